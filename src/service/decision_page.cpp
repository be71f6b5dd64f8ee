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
// so that an index that has them has it too.
class Situations {
 public:
  explicit Situations(const EvidenceSources& sources) : sources_(sources) {}

  Result<Json> facts(const std::string& id) {
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
    ports::IndexQuery query;
    query.all = {{{ports::Facet::kSituation, id}}};
    query.oldest_first = true;
    AMBIT_TRY(const auto page, sources_.index->look(query));
    for (const std::uint64_t index : page.entries) {
      AMBIT_TRY(const ports::Entry entry, sources_.log->read(index));
      AMBIT_TRY(const Json record, text::parse_json(entry.record, {1u << 20, 64}));
      const Json* body = record.find("body");
      const Json* found = body ? body->find("facts") : nullptr;
      if (!found || body->string_or("id", "") != id) continue;
      return known_.emplace(id, *found).first->second;
    }
    return fail(Code::kInternal, "ledger.no_situation",
                "the ledger has no situation `" + id + "`, which a decision names");
  }

 private:
  const EvidenceSources& sources_;
  std::unordered_map<std::string, Json> known_;
};

}  // namespace

Result<DecisionPage> read_decisions(const EvidenceSources& sources,
                                    const std::vector<std::uint64_t>& entries,
                                    const std::string& task) {
  Situations situations(sources);
  const auto find = [&](const std::string& id) { return situations.facts(id); };
  DecisionPage page;
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < entries.size(); ++at) {
    AMBIT_TRY(const ports::Entry entry, sources.log->read(entries[at]));
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
