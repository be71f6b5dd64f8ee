#include "service/decision_page.h"

#include <unordered_map>
#include <utility>

#include "service/internal/decision_record.h"

namespace ambit::service {
namespace {

using text::Json;

// Beyond it the page ends early.
constexpr std::size_t kMaxPageBytes = 4u << 20;

// The facts of situations, each looked up once. A situation stands before the decisions made in it,
// so that an index that has them has it too; and mostly shortly before, so that one looks
// backwards.
class Situations {
 public:
  explicit Situations(const EvidenceSources& sources) : sources_(sources) {}

  // `before` is the decision's own entry.
  Result<Json> facts(const std::string& id, std::uint64_t before) {
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
    ports::IndexQuery query;
    query.all = {{{ports::Facet::kSituation, id}}};
    query.before = before;
    for (std::uint64_t reach = kNear; query.before > 0; reach *= kFarther) {
      query.from = before > reach ? before - reach : 0;
      AMBIT_TRY(const auto page, sources_.index->look(query));
      for (const std::uint64_t index : page.entries) {
        AMBIT_TRY(std::optional<Json> facts, read(index, id));
        if (facts) return known_.emplace(id, *std::move(facts)).first->second;
      }
      query.before = query.from;
    }
    return fail(Code::kInternal, "ledger.no_situation",
                "the ledger has no situation `" + id + "`, which a decision names");
  }

 private:
  static constexpr std::uint64_t kNear = 65'536;  // entries
  static constexpr std::uint64_t kFarther = 16;

  // None where that entry is another one, whatever the index said.
  Result<std::optional<Json>> read(std::uint64_t index, const std::string& id) const {
    AMBIT_TRY(const ports::Entry entry, sources_.log->read(index));
    AMBIT_TRY(Json record, text::parse_json(entry.record, {1u << 20, 64}));
    Json* body = record.find("body");
    Json* facts = body ? body->find("facts") : nullptr;
    if (!facts || body->string_or("id", "") != id) return std::nullopt;
    return std::move(*facts);
  }

  const EvidenceSources& sources_;
  std::unordered_map<std::string, Json> known_;
};

}  // namespace

Result<DecisionPage> read_decisions(const EvidenceSources& sources,
                                    const std::vector<std::uint64_t>& entries,
                                    const std::string& task) {
  Situations situations(sources);
  DecisionPage page;
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < entries.size(); ++at) {
    AMBIT_TRY(const ports::Entry entry, sources.log->read(entries[at]));
    const auto find = [&](const std::string& id) { return situations.facts(id, entries[at]); };
    AMBIT_TRY(Json record, shown_record(entries[at], entry, sources.keys, find));
    if (!record.find("decision") || !record.find("situation")) continue;
    if (!task.empty() && record.string_or("task", "") != task) continue;
    page.items.push_back(std::move(record));
    bytes += entry.record.size() + entry.beside.size();
    if (bytes >= kMaxPageBytes && at + 1 < entries.size()) {
      page.cut_at = entries[at];
      break;
    }
  }
  return page;
}

}  // namespace ambit::service
