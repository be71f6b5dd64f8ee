#include "cli/internal/value_check.h"

#include "vault/open_record.h"

namespace ambit::cli {

Result<> ValueCheck::add(const ports::EntryView& entry) {
  const bool erasure = ledger::has_kind(entry.record, "task.erased");
  if (!erasure && entry.record.find(R"("sealed":{)") == std::string_view::npos) return {};
  AMBIT_TRY(const auto opened, vault::open_record(entry.index, entry.record, entry.beside, keys_));
  if (erasure) {
    const text::Json* keys = opened.record.body.find("keys");
    if (keys == nullptr || !keys->is_array()) return {};
    for (const text::Json& key : keys->as_array()) {
      if (key.is_string()) accounted_for_.insert(key.as_string());
    }
    return {};
  }
  switch (opened.values) {
    case vault::Values::kNone: break;
    case vault::Values::kOpen: ++counts_.opened; break;
    case vault::Values::kLocked: ++counts_.locked; break;
    case vault::Values::kErased: {
      ++counts_.erased;
      const text::Json* sealed = opened.record.body.find("sealed");
      if (sealed != nullptr) {
        destroyed_.try_emplace(std::string(sealed->string_or("key", "")), entry.index);
      }
      break;
    }
  }
  return {};
}

void ValueCheck::conclude(ledger::VerifyReport& report) const {
  for (const auto& [key, index] : destroyed_) {
    if (accounted_for_.contains(key)) continue;
    report.finding = ledger::Finding::kValues;
    report.first_bad_index = index;
    report.what = "the key of `" + key + "`, which sealed the values of entry " +
                  std::to_string(index) + ", was destroyed without a record of it";
    return;
  }
}

}  // namespace ambit::cli
