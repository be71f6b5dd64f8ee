#include "service/retention.h"

#include <memory>
#include <set>
#include <unordered_set>
#include <utility>

#include "ledger/record.h"
#include "service/internal/agreement.h"
#include "service/internal/ledger_state.h"
#include "service/internal/state_file.h"
#include "text/json.h"

namespace ambit::service {
namespace {

using text::Json;

constexpr text::JsonLimits kLimits{ledger::kMaxRecordBytes, 64};

// What entries are known by that later ones refer to.
struct References {
  std::set<std::uint64_t> entries;  // of approvals
  std::unordered_set<std::string> approvals, situations, documents, tasks;
};

void add_texts(const Json& value, std::unordered_set<std::string>& out) {
  if (value.is_string()) {
    out.insert(value.as_string());
  } else if (value.is_array()) {
    for (const Json& item : value.as_array()) add_texts(item, out);
  } else if (value.is_object()) {
    for (const auto& [key, item] : value.as_object()) add_texts(item, out);
  }
}

Json body_of(const ports::EntryView& entry) {
  auto record = text::parse_json(entry.record, kLimits);
  Json* body = record ? record->find("body") : nullptr;
  return body ? std::move(*body) : Json::object();
}

References known_to(const History& history) {
  References out;
  for (const auto& [id, records] : history.approval_records) {
    out.approvals.insert(id);
    out.entries.insert(records.requested);
    if (records.refused) out.entries.insert(*records.refused);
  }
  for (const auto& [id, entry] : history.tasks) out.tasks.insert(id);
  for (const auto& [id, facts] : history.situations) out.situations.insert(id);
  for (const auto* documents : {&history.documents.young(), &history.documents.old()}) {
    for (const auto& [digest, whole] : *documents) out.documents.insert(digest);
  }
  return out;
}

// A request stands in a decision, which refers to its situation, and that to documents.
Result<> follow(const ScanRange& scan, std::uint64_t end, References& known) {
  AMBIT_CHECK_OK(scan(0, end, [&](const ports::EntryView& entry) {
    if (!known.entries.contains(entry.index)) return true;
    if (const auto decision = outline_of(body_of(entry))) {
      known.situations.insert(decision->situation);
    }
    return true;
  }));
  return scan(0, end, [&](const ports::EntryView& entry) {
    if (!ledger::has_kind(entry.record, "situation")) return true;
    const Json body = body_of(entry);
    const Json* facts = body.find("facts");
    if (facts && known.situations.contains(std::string(body.string_or("id", "")))) {
      add_texts(*facts, known.documents);
    }
    return true;
  });
}

// There are few of these, and a later situation may refer to one that no known one does.
bool is_shared(const Json& document) {
  const std::string_view kind = document.string_or("kind", "");
  return kind != "task" && kind != "instance";
}

bool is_known(const References& known, const ports::EntryView& entry) {
  if (known.entries.contains(entry.index)) return true;
  const std::string_view kind = ledger::kind_of(entry.record);
  if (kind.empty()) return true;
  const auto names = [&](const char* member, const std::unordered_set<std::string>& all) {
    return all.contains(std::string(body_of(entry).string_or(member, "")));
  };
  if (kind == "document") return is_shared(body_of(entry)) || names("digest", known.documents);
  if (kind == "situation") return names("id", known.situations);
  if (kind.starts_with("approval.")) return names("approval", known.approvals);
  for (const char* family : {"ledger.", "registry.", "finding."}) {
    if (kind.starts_with(family)) return true;
  }
  const bool of_task =
      kind.starts_with("task.") || kind.starts_with("instance.") || kind.starts_with("credential.");
  return of_task ? names("task", known.tasks) : tells_of_change(kind);
}

}  // namespace

bool may_be_referred_to(const ports::EntryView& entry) {
  const std::string_view kind = ledger::kind_of(entry.record);
  if (kind == "decision") return entry.record.find("\"approval_requested\":") != entry.record.npos;
  for (const char* one : {"outcome", "withdrawn", "denials", "search", "evidence.exported"}) {
    if (kind == one) return false;
  }
  return true;
}

Result<Retained> retain(const ScanRange& scan, std::uint64_t end, std::string_view earlier) {
  LedgerState state;
  if (!earlier.empty()) {
    AMBIT_TRY(state, read_dropped_state(earlier));
  }
  Result<> outcome;
  AMBIT_CHECK_OK(scan(state.tree.size(), end, [&](const ports::EntryView& entry) {
    outcome = fold_entry(state, entry);
    return outcome.has_value();
  }));
  AMBIT_CHECK_OK(outcome);
  auto known = std::make_shared<References>(known_to(state.history));
  AMBIT_CHECK_OK(follow(scan, end, *known));
  return Retained{write_dropped_state(state), state.tree.root(),
                  [known](const ports::EntryView& entry) { return is_known(*known, entry); }};
}

}  // namespace ambit::service
