#include "streams/internal/feed.h"

#include <utility>

namespace ambit::streams {
namespace {

using text::Json;

constexpr text::JsonLimits kLimits{1u << 20, 64};
constexpr std::size_t kMaxEntries = 16'384;
constexpr std::size_t kMaxFacts = 256;

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
  if (!is_of_kind(entry.record, "situation")) return;
  const auto item = parse_item(entry.index, entry.record);
  if (!item) return;
  if (entries_.size() >= kMaxEntries) entries_.clear();
  entries_[std::string(item->body.string_or("id", ""))] = entry.index;
}

Result<std::optional<std::uint64_t>> Feed::find(const std::string& situation,
                                                std::uint64_t before) {
  using ports::Facet;
  if (const auto known = entries_.find(situation); known != entries_.end()) return known->second;
  if (index_ == nullptr) {
    return fail(Code::kUnavailable, "stream.situation",
                "the search index, which tells where situation `" + situation +
                    "` stands, is not available");
  }
  AMBIT_TRY(const ports::IndexPage page,
            index_->find({.all = {{{Facet::kSituation, situation}}, {{Facet::kKind, "situation"}}},
                          .before = before,
                          .limit = 1}));
  if (!page.entries.empty()) return page.entries.front();
  if (page.indexed >= before) return std::nullopt;
  return fail(Code::kUnavailable, "stream.situation",
              "the search index, which tells where situation `" + situation +
                  "` stands, has come to entry " + std::to_string(page.indexed) + " of " +
                  std::to_string(before));
}

Result<Json> Feed::facts_of(const std::string& situation, std::uint64_t before) {
  if (situation.empty()) return Json::object();
  if (const auto known = facts_.find(situation); known != facts_.end()) return known->second;
  AMBIT_TRY(const auto where, find(situation, before));
  Json facts = Json::object();
  if (where) {
    AMBIT_TRY(const ports::Entry entry, log_.read(*where));
    AMBIT_TRY(const EvidenceItem item, parse_item(*where, entry.record));
    const Json* found = item.body.find("facts");
    if (found != nullptr && found->is_object()) facts = *found;
  }
  if (facts_.size() >= kMaxFacts) facts_.clear();
  return facts_[situation] = std::move(facts);
}

Result<Batch> Feed::read(std::uint64_t from, std::size_t max_items, std::size_t max_bytes) {
  Batch batch;
  batch.end = from;
  std::size_t bytes = 0;
  AMBIT_CHECK_OK(log_.scan(from, [&](const ports::EntryView& entry) {
    learn(entry);
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
    AMBIT_TRY(item.facts, facts_of(std::string(item.body.string_or("situation", "")), item.index));
  }
  return batch;
}

}  // namespace ambit::streams
