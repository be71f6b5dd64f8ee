#include "streams/internal/feed.h"

#include <utility>

namespace ambit::streams {
namespace {

using text::Json;

constexpr text::JsonLimits kLimits{1u << 20, 64};
constexpr std::size_t kRecent = 256;

// A record is canonical, so that its last bytes tell its kind without reading it.
bool is_of_kind(std::string_view record, std::string_view kind) {
  constexpr std::string_view kVersion = "\",\"v\":";
  constexpr std::string_view kBefore = ",\"kind\":\"";
  if (record.size() < 2) return false;
  record.remove_suffix(2);  // one digit and a brace
  if (!record.ends_with(kVersion)) return false;
  record.remove_suffix(kVersion.size());
  if (!record.ends_with(kind)) return false;
  record.remove_suffix(kind.size());
  return record.ends_with(kBefore);
}

Result<EvidenceItem> parse_item(std::uint64_t index, std::string_view bytes) {
  AMBIT_TRY(Json record, text::parse_json(bytes, kLimits));
  EvidenceItem out;
  out.index = index;
  out.kind = record.string_or("kind", "");
  if (const Json* at = record.find("at"); at != nullptr && at->is_int()) out.at = {at->as_int()};
  if (Json* body = record.find("body"); body != nullptr && body->is_object()) {
    out.body = std::move(*body);
  }
  out.facts = Json::object();
  return out;
}

}  // namespace

void Feed::learn(const ports::EntryView& entry) {
  learnt_ = entry.index + 1;
  if (!is_of_kind(entry.record, "situation")) return;
  const auto item = parse_item(entry.index, entry.record);
  if (item) situations_[std::string(item->body.string_or("id", ""))] = entry.index;
}

Result<> Feed::learn_before(std::uint64_t from) {
  if (learnt_ >= from) return {};
  return log_.scan(learnt_, [&](const ports::EntryView& entry) {
    learn(entry);
    return learnt_ < from;
  });
}

Result<Json> Feed::facts_of(const std::string& situation) {
  if (const auto known = recent_at_.find(situation); known != recent_at_.end()) {
    recent_.splice(recent_.begin(), recent_, known->second);
    return recent_.front().second;
  }
  const auto where = situations_.find(situation);
  if (where == situations_.end()) return Json::object();
  AMBIT_TRY(const ports::Entry entry, log_.read(where->second));
  AMBIT_TRY(const EvidenceItem item, parse_item(where->second, entry.record));
  const Json* facts = item.body.find("facts");
  recent_.emplace_front(situation,
                        facts != nullptr && facts->is_object() ? *facts : Json::object());
  recent_at_[situation] = recent_.begin();
  if (recent_.size() > kRecent) {
    recent_at_.erase(recent_.back().first);
    recent_.pop_back();
  }
  return recent_.front().second;
}

Result<Batch> Feed::read(std::uint64_t from, std::size_t max_items, std::size_t max_bytes) {
  AMBIT_CHECK_OK(learn_before(from));
  Batch batch;
  batch.end = from;
  std::size_t bytes = 0;
  AMBIT_CHECK_OK(log_.scan(from, [&](const ports::EntryView& entry) {
    if (entry.index >= learnt_) learn(entry);
    batch.end = entry.index + 1;
    bytes += entry.record.size();
    if (is_of_kind(entry.record, "decision") || is_of_kind(entry.record, "outcome")) {
      auto item = parse_item(entry.index, entry.record);
      if (item) batch.items.push_back(*std::move(item));
    }
    return batch.items.size() < max_items && bytes < max_bytes;
  }));
  for (EvidenceItem& item : batch.items) {
    if (item.kind != "decision") continue;
    AMBIT_TRY(item.facts, facts_of(std::string(item.body.string_or("situation", ""))));
  }
  return batch;
}

}  // namespace ambit::streams
