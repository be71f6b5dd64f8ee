#include "insight/timeline.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "insight/internal/json_reading.h"
#include "insight/internal/path.h"
#include "insight/internal/timeline_items.h"

namespace ambit::insight {
namespace {

using internal::text_of;
using internal::texts_of;
using internal::TimelineItems;
using internal::to_array;
using ports::Facet;
using ports::IndexQuery;
using ports::Term;
using text::Json;

constexpr std::size_t kMostItems = 1000;
constexpr std::size_t kHoldsAtOnce = 200;
const std::vector<Term> kToolKinds{{Facet::kKind, "server.imported"},
                                   {Facet::kKind, "tools.approved"},
                                   {Facet::kKind, "tools.changed"}};

// Entries of several searches together.
class Union {
 public:
  Union(Evidence& evidence, std::uint64_t from, std::size_t limit)
      : evidence_(evidence), from_(from), limit_(std::clamp<std::size_t>(limit, 1, kMostItems)) {}

  Result<> add(std::vector<std::vector<Term>> all) {
    IndexQuery query{.all = std::move(all), .from = from_};
    query.limit = limit_ + 1;
    query.oldest_first = true;
    AMBIT_TRY(const ports::IndexPage page, evidence_.find(query));
    entries_.insert(page.entries.begin(), page.entries.end());
    if (from_ == 0) return {};
    query.from = 0;
    query.before = from_;
    AMBIT_CHECK_OK(add_preceding(query));
    query.all.push_back({{Facet::kVerdict, "allow"}});
    return add_preceding(query);
  }

  // What came right before the page: the newest entry, and the newest action that was let go.
  Result<std::vector<ledger::Record>> preceding() const {
    std::vector<ledger::Record> out;
    for (const std::uint64_t entry : preceding_) {
      AMBIT_TRY(auto record, evidence_.record(entry));
      out.push_back(std::move(record));
    }
    return out;
  }

  // The page, and where the next one begins if there is one.
  std::vector<std::uint64_t> page(std::optional<std::uint64_t>& next) const {
    std::vector<std::uint64_t> out(entries_.begin(), entries_.end());
    if (out.size() > limit_) {
      next = out[limit_];
      out.resize(limit_);
    }
    return out;
  }

 private:
  Result<> add_preceding(IndexQuery query) {
    query.limit = 1;
    query.oldest_first = false;
    AMBIT_TRY(const ports::IndexPage page, evidence_.find(query));
    preceding_.insert(page.entries.begin(), page.entries.end());
    return {};
  }

  Evidence& evidence_;
  std::uint64_t from_;
  std::size_t limit_;
  std::set<std::uint64_t> entries_;
  std::set<std::uint64_t> preceding_;
};

Result<> collect_session(Evidence& evidence, const std::string& id, Union& all) {
  AMBIT_CHECK_OK(all.add({{{Facet::kSession, id}}}));
  // Humans' answers name the approval and not the session.
  IndexQuery holds{.all = {{{Facet::kSession, id}}, {{Facet::kVerdict, "hold"}}}};
  holds.limit = kHoldsAtOnce;
  holds.oldest_first = true;
  for (bool more = true; more;) {
    AMBIT_TRY(const ports::IndexPage page, evidence.find(holds));
    std::vector<Term> approvals;
    for (const std::uint64_t entry : page.entries) {
      AMBIT_TRY(const ledger::Record record, evidence.record(entry));
      approvals.push_back({Facet::kApproval, text_of(record.body, "approval")});
      holds.from = entry + 1;
    }
    if (!approvals.empty()) AMBIT_CHECK_OK(all.add({approvals}));
    more = page.more;
  }
  return {};
}

Result<> collect_identity(Evidence& evidence, const std::string& id, Union& all) {
  AMBIT_CHECK_OK(all.add({{{Facet::kIdentity, id}, {Facet::kAgent, id}}}));
  AMBIT_TRY(
      const auto lifecycle,
      evidence.newest({.all = {{{Facet::kAgent, id}}, {{Facet::kKind, "identity.registered"}}}}));
  if (!lifecycle) return {};
  AMBIT_CHECK_OK(all.add({{{Facet::kKind, "policy.published"}}}));
  // Of every version of the agent.
  IndexQuery versions{
      .all = {{{Facet::kAgent, id}, {Facet::kIdentity, id}},
              {{Facet::kKind, "identity.registered"}, {Facet::kKind, "identity.updated"}}}};
  versions.limit = kMostItems;
  AMBIT_TRY(const auto records, evidence.records(versions));
  std::set<Term> tools;
  for (const ledger::Record& record : records) {
    AMBIT_TRY(const Json agent, evidence.document(text_of(record.body, "digest")));
    for (const std::string& tool : texts_of(member(agent, "agent"), "tools")) {
      tools.insert({Facet::kTool, tool});
    }
  }
  if (tools.empty()) return {};
  return all.add({{tools.begin(), tools.end()}, kToolKinds});
}

Result<> collect(Evidence& evidence, const TimelineQuery& query, Union& all) {
  switch (query.subject) {
    case Subject::kTask: return all.add({{{Facet::kWithin, query.id}}});
    case Subject::kSession: return collect_session(evidence, query.id, all);
    case Subject::kIdentity: return collect_identity(evidence, query.id, all);
  }
  return {};
}

const char* name_of(Subject subject) {
  switch (subject) {
    case Subject::kTask: return "task";
    case Subject::kSession: return "session";
    case Subject::kIdentity: return "identity";
  }
  return "";
}

Result<Json> items_json(Evidence& evidence, TimelineItems& items,
                        const std::vector<std::uint64_t>& entries) {
  Json out = Json::array();
  for (const std::uint64_t entry : entries) {
    AMBIT_TRY(const ledger::Record record, evidence.record(entry));
    AMBIT_TRY(Json item, items.make(record));
    out.push_back(std::move(item));
  }
  return out;
}

// How a later action belongs to the task of an earlier one.
const char* relation_of(const std::string& task, const std::vector<std::string>& above,
                        const Json& item) {
  if (text_of(item, "task") == task) return "same_task";
  const std::vector<std::string> chain = texts_of(item, "chain");
  if (std::find(chain.begin(), chain.end(), task) != chain.end()) return "task_below";
  if (std::find(above.begin(), above.end(), text_of(item, "task")) != above.end()) {
    return "task_above";
  }
  return "same_root";
}

}  // namespace

Result<Json> timeline(Evidence& evidence, const TimelineQuery& query) {
  Union all(evidence, query.from, query.limit);
  AMBIT_CHECK_OK(collect(evidence, query, all));
  std::optional<std::uint64_t> next;
  const std::vector<std::uint64_t> entries = all.page(next);
  if (entries.empty() && query.from == 0) {
    return fail(Code::kNotFound, "timeline.unknown",
                std::string("the ledger has nothing of the ") + name_of(query.subject) + " `" +
                    query.id.substr(0, 60) + "`");
  }
  TimelineItems items(evidence);
  AMBIT_TRY(const auto preceding, all.preceding());
  AMBIT_CHECK_OK(items.follow(preceding));
  AMBIT_TRY(Json list, items_json(evidence, items, entries));
  Json out = Json::object({{"subject", name_of(query.subject)},
                           {"id", query.id},
                           {"items", std::move(list)},
                           {"touched", items.touched()},
                           {"longest_gap", items.longest_gap()}});
  if (next) out.set("next_from", static_cast<std::int64_t>(*next));
  return out;
}

Result<Json> trace(Evidence& evidence, const TraceQuery& query) {
  AMBIT_TRY(const internal::Path path, internal::path_of(evidence, query.decision));
  TimelineItems items(evidence);
  Json backward = Json::array();
  for (const ledger::Record& record : path.records) {
    // What humans answer to a held call follows it; how a call ended belongs to it.
    if (record.index > path.decision.index && &record != path.ending()) continue;
    AMBIT_TRY(Json item, items.make(record));
    backward.push_back(std::move(item));
  }
  const std::vector<std::string> chain = texts_of(path.facts, "chain");
  const std::string task = text_of(path.facts, "task");
  Union later(evidence, std::max(query.from, path.decision.index + 1), query.limit);
  if (!chain.empty()) AMBIT_CHECK_OK(later.add({{{Facet::kWithin, chain.back()}}}));
  std::optional<std::uint64_t> next;
  AMBIT_TRY(Json forward, items_json(evidence, items, later.page(next)));
  for (Json& item : forward.as_array()) item.set("relation", relation_of(task, chain, item));
  Json out = Json::object({{"decision", query.decision},
                           {"ledger_index", static_cast<std::int64_t>(path.decision.index)},
                           {"backward", std::move(backward)},
                           {"forward", std::move(forward)},
                           {"touched", items.touched()},
                           {"complete", path.missing.empty()},
                           {"missing", to_array(path.missing)}});
  if (next) out.set("next_from", static_cast<std::int64_t>(*next));
  return out;
}

}  // namespace ambit::insight
