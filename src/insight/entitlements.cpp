#include "insight/entitlements.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "domain/approval.h"
#include "domain/fields.h"
#include "domain/tool.h"
#include "insight/internal/json_reading.h"

namespace ambit::insight {
namespace {

using internal::items_of;
using internal::number_of;
using internal::text_of;
using internal::texts_of;
using internal::to_array;
using ports::Facet;
using ports::IndexQuery;
using text::Json;

constexpr std::size_t kAtOnce = 256;
constexpr std::size_t kMostAbove = 64;

// That say in which state an identity is from then on.
const std::vector<ports::Term> kIdentityRecords{{Facet::kKind, "identity.registered"},
                                                {Facet::kKind, "identity.updated"},
                                                {Facet::kKind, "identity.active"},
                                                {Facet::kKind, "identity.suspended"},
                                                {Facet::kKind, "identity.retired"}};

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

class Moment {
 public:
  Moment(Evidence& evidence, const std::string& agent, Time at)
      : evidence_(evidence), agent_(agent), until_{at.ms + 1}, at_(at) {}

  Result<Json> describe();

 private:
  IndexQuery of(std::vector<std::vector<ports::Term>> all) const {
    IndexQuery query{.all = std::move(all)};
    query.until = until_;
    query.limit = kAtOnce;
    query.oldest_first = true;
    return query;
  }
  // Calls `visit` with every record that fits, the oldest first.
  template <class Visit>
  Result<> each(IndexQuery query, const Visit& visit) {
    while (true) {
      AMBIT_TRY(const auto records, evidence_.records(query));
      for (const ledger::Record& record : records) visit(record);
      if (records.size() < query.limit) return {};
      query.from = records.back().index + 1;
    }
  }
  Result<> read_agent();
  Result<> read_policies();
  Result<> read_tasks();
  Result<Json> describe_task(const Json& task);
  Result<Json> describe_tool(const std::string& tool);
  Result<std::vector<Json>> line_of(const Json& task) const;
  Result<std::int64_t> calls_left(const std::vector<Json>& line);
  Result<std::string> state_of(const std::string& identity);
  Result<bool> has_active_owner();
  Result<Json> approvals();
  Result<bool> is_granted(const std::string& approval, const Json& requested);
  std::string why_not() const;

  Evidence& evidence_;
  const std::string& agent_;
  const Time until_;  // not included
  const Time at_;
  std::string state_;
  Json profile_;
  Json policies_;
  bool is_owned_ = false;             // an accountable human was active
  std::map<std::string, Json> open_;  // tasks of the agent
  std::string why_no_task_;           // could act, where there were some
  std::set<std::string> unknown_;
};

Result<> Moment::read_agent() {
  // Only a record about the agent itself has its state.
  AMBIT_TRY(const auto record, evidence_.newest(of({{{Facet::kAgent, agent_}}, kIdentityRecords})));
  if (record) {
    state_ = text_of(record->body, "state");
    AMBIT_TRY(const Json document, evidence_.document(text_of(record->body, "digest")));
    profile_ = member(document, "agent");
    if (document.is_null()) unknown_.insert("the agent's profile: the ledger has only its digest");
    return {};
  }
  return fail(Code::kNotFound, "identity.unknown",
              "the ledger knows no agent `" + agent_.substr(0, 60) + "` at that moment");
}

Result<> Moment::read_policies() {
  AMBIT_TRY(const auto published, evidence_.newest(of({{{Facet::kKind, "policy.published"}}})));
  policies_ = Json::object();
  if (!published) return {};
  for (const char* key : {"name", "version", "digest"}) {
    policies_.set(key, member(published->body, key));
  }
  policies_.set("since", to_rfc3339(published->at));
  AMBIT_TRY(const Json document, evidence_.document(text_of(published->body, "digest")));
  if (document.is_null()) {
    unknown_.insert("the texts of the policies in force: the ledger has only their digest");
  } else {
    policies_.set("texts", member(document, "texts"));
    policies_.set("high_tier_needs", member(document, "high_tier_needs"));
    if (const Json* tiers = document.find("tiers")) policies_.set("tiers", *tiers);
  }
  return {};
}

Result<> Moment::read_tasks() {
  const auto take = [this](const ledger::Record& record) {
    if (record.kind == "task.ended") {
      for (const std::string& id : texts_of(record.body, "ended")) open_.erase(id);
      return;
    }
    const Json& spec = member(record.body, "spec");
    const auto deadline = parse_rfc3339(text_of(spec, "deadline"));
    if (deadline && *deadline > at_) open_[text_of(spec, "id")] = spec;
  };
  AMBIT_CHECK_OK(each(of({{{Facet::kKind, "task.started"}, {Facet::kKind, "task.ended"}},
                          {{Facet::kAgent, agent_}}}),
                      take));
  // A task ends with one above it, also where that is another agent's.
  for (auto it = open_.begin(); it != open_.end();) {
    AMBIT_TRY(const auto ended,
              evidence_.newest(of({{{Facet::kTask, it->first}}, {{Facet::kKind, "task.ended"}}})));
    it = ended ? open_.erase(it) : std::next(it);
  }
  return {};
}

Result<Json> Moment::describe_tool(const std::string& tool) {
  AMBIT_TRY(const auto* changes, evidence_.tool_changes(tool.substr(0, tool.find('/'))));
  std::string state = "unknown", name;
  for (const ToolChange& change : *changes) {
    if (change.tool != tool || change.at >= until_) continue;
    state = change.state;
    name = change.document;
  }
  Json out = Json::object({{"tool", tool}, {"state", state}, {"usable", state == "approved"}});
  AMBIT_TRY(const Json document, evidence_.document(name));
  const Result<domain::Tool> known =
      document.is_null() ? domain::Tool() : domain::tool_from_json(document);
  if (!known || !known->binding) {
    if (state == "approved") unknown_.insert("what a call of tool " + tool + " does");
    return out;
  }
  const domain::Effect& effect = known->binding->effect;
  out.set("class", domain::name_of(effect.action_class));
  out.set("outcome", effect.outcome);
  out.set("tier", domain::name_of(domain::tier_of(*known, effect)));
  out.set("data_domain", known->binding->data_domain);
  out.set("labels", domain::to_json(known->binding->labels));
  // Whatever the policies say, a call of the high tier waits for a human, and so does one of a tier
  // for which the tier table names approvers.
  const domain::Tier tier = domain::tier_of(*known, effect);
  const Json& approval =
      member(member(member(policies_, "tiers"), std::string(domain::name_of(tier))), "approval");
  out.set("needs_human",
          tier == domain::Tier::kHigh || (approval.is_array() && !approval.as_array().empty()));
  return out;
}

// The task and all above it, as they were started.
Result<std::vector<Json>> Moment::line_of(const Json& task) const {
  std::vector<Json> out{task};
  while (out.size() < kMostAbove) {
    const std::string parent = text_of(out.back(), "parent");
    if (parent.empty()) break;
    AMBIT_TRY(const auto started,
              evidence_.newest(of({{{Facet::kTask, parent}}, {{Facet::kKind, "task.started"}}})));
    if (!started) break;
    out.push_back(member(started->body, "spec"));
  }
  return out;
}

// A call counts against the budgets of the task and of all above it.
Result<std::int64_t> Moment::calls_left(const std::vector<Json>& line) {
  std::int64_t out = std::numeric_limits<std::int64_t>::max();
  for (const Json& task : line) {
    const std::string id = text_of(task, "id");
    AMBIT_TRY(const std::uint64_t let_go, evidence_.count(of({{{Facet::kWithin, id}},
                                                              {{Facet::kKind, "decision"}},
                                                              {{Facet::kVerdict, "allow"}}})));
    AMBIT_TRY(const std::uint64_t withdrawn,
              evidence_.count(of({{{Facet::kWithin, id}}, {{Facet::kKind, "withdrawn"}}})));
    const std::int64_t budget = number_of(member(task, "budget"), "calls");
    out = std::min(out, budget - static_cast<std::int64_t>(let_go - withdrawn));
  }
  return std::max<std::int64_t>(out, 0);
}

// Empty where the ledger does not know the identity.
Result<std::string> Moment::state_of(const std::string& identity) {
  IndexQuery query = of({{{Facet::kIdentity, identity}}, kIdentityRecords});
  query.oldest_first = false;
  while (true) {
    AMBIT_TRY(const auto records, evidence_.records(query));
    for (const ledger::Record& record : records) {
      // It may have been another one's, on this one's word.
      if (text_of(record.body, "identity") == identity) return text_of(record.body, "state");
    }
    if (records.size() < query.limit) return std::string();
    query.before = records.back().index;
  }
}

Result<bool> Moment::has_active_owner() {
  const Json& owners = member(profile_, "owners");
  for (const char* role : {"business", "control", "scope_approver", "lifecycle"}) {
    const std::string owner = text_of(owners, role);
    if (owner.empty()) continue;
    AMBIT_TRY(const std::string state, state_of(owner));
    if (state == "active") return true;
  }
  return false;
}

Result<Json> Moment::describe_task(const Json& task) {
  const std::string id = text_of(task, "id");
  AMBIT_TRY(const std::vector<Json> line, line_of(task));
  std::vector<std::string> names = texts_of(profile_, "tools");
  for (const Json& each : line) {
    const std::vector<std::string> scope = texts_of(member(each, "scope"), "tools");
    std::erase_if(names, [&](const std::string& tool) { return !contains(scope, tool); });
  }
  Json tools = Json::array();
  for (const std::string& name : names) {
    AMBIT_TRY(Json tool, describe_tool(name));
    tools.push_back(std::move(tool));
  }
  AMBIT_TRY(const std::int64_t left, calls_left(line));
  const std::string delegator = text_of(task, "on_behalf_of");
  std::string why_not;
  if (left == 0) why_not = "its budget, or one above it, was used up";
  if (!delegator.empty()) {
    AMBIT_TRY(const std::string state, state_of(delegator));
    if (state != "active") why_not = "`" + delegator + "`, for whom it acts, was not active";
  }
  Json out = Json::object({{"task", id},
                           {"goal", text_of(task, "goal")},
                           {"started_by", text_of(task, "started_by")},
                           {"on_behalf_of", delegator},
                           {"parent", text_of(task, "parent")},
                           {"deadline", text_of(task, "deadline")},
                           {"calls_left", left},
                           {"targets", member(member(task, "scope"), "targets")},
                           {"data_domains", member(member(task, "scope"), "data_domains")},
                           {"outcomes", member(member(task, "scope"), "outcomes")},
                           {"tools", std::move(tools)}});
  if (!why_not.empty()) out.set("why_not", why_not);
  return out;
}

// Granted to the agent and neither used nor run out.
Result<Json> Moment::approvals() {
  std::set<std::string> ids;
  // Of several grants that one approval needs the last one may be missing.
  AMBIT_CHECK_OK(each(of({{{Facet::kAgent, agent_}}, {{Facet::kKind, "approval.granted"}}}),
                      [&](const ledger::Record& grant) {
                        // One of a task that is over can no longer be used.
                        if (!open_.contains(text_of(grant.body, "task"))) return;
                        ids.insert(text_of(grant.body, "approval"));
                      }));
  Json out = Json::array();
  for (const std::string& id : ids) {
    IndexQuery asking = of({{{Facet::kApproval, id}}, {{Facet::kKind, "decision"}}});
    asking.limit = 1;
    AMBIT_TRY(const auto first, evidence_.records(asking));
    const Json requested =
        first.empty() ? Json() : member(first.front().body, "approval_requested");
    AMBIT_TRY(const auto used, evidence_.newest(of({{{Facet::kApproval, id}},
                                                    {{Facet::kKind, "decision"}},
                                                    {{Facet::kVerdict, "allow"}}})));
    const auto expires = parse_rfc3339(text_of(requested, "expires_at"));
    if (used || !expires || *expires <= at_ || !open_.contains(text_of(requested, "task"))) {
      continue;
    }
    AMBIT_TRY(const bool granted, is_granted(id, requested));
    if (!granted) continue;
    out.push_back(Json::object({{"approval", id},
                                {"task", text_of(requested, "task")},
                                {"action_digest", text_of(requested, "action_digest")},
                                {"expires_at", text_of(requested, "expires_at")}}));
  }
  return out;
}

// By as many as it needs, and refused by nobody.
Result<bool> Moment::is_granted(const std::string& approval, const Json& requested) {
  AMBIT_TRY(
      const auto refused,
      evidence_.newest(of({{{Facet::kApproval, approval}}, {{Facet::kKind, "approval.refused"}}})));
  if (refused) return false;
  const auto asked = domain::approval_from_json(requested);
  if (!asked) return false;
  std::vector<domain::Grant> grants;
  AMBIT_CHECK_OK(each(of({{{Facet::kApproval, approval}}, {{Facet::kKind, "approval.granted"}}}),
                      [&](const ledger::Record& record) {
                        grants.push_back({.by = text_of(record.body, "by"),
                                          .classes = texts_of(record.body, "classes"),
                                          .at = record.at});
                      }));
  return domain::satisfied(asked->needs, grants);
}

std::string Moment::why_not() const {
  if (state_ != "active") return "the agent was " + state_;
  const auto retires = parse_rfc3339(text_of(profile_, "retires_at"));
  if (retires && *retires <= at_) return "the agent's retirement date had passed";
  if (!is_owned_) return "none of the humans accountable for it was active";
  if (open_.empty()) return "it had no open task, and authority belongs to tasks";
  if (!why_no_task_.empty()) return "no task of it could act: " + why_no_task_;
  if (policies_.as_object().empty()) return "no policies were published: everything was denied";
  return {};
}

Result<Json> Moment::describe() {
  AMBIT_CHECK_OK(read_agent());
  AMBIT_CHECK_OK(read_policies());
  AMBIT_CHECK_OK(read_tasks());
  AMBIT_TRY(is_owned_, has_active_owner());
  Json tasks = Json::array();
  bool may_any = false;
  for (const auto& [id, task] : open_) {
    AMBIT_TRY(Json described, describe_task(task));
    const std::string why = text_of(described, "why_not");
    may_any = may_any || why.empty();
    if (why_no_task_.empty() && !why.empty()) why_no_task_ = "`" + id + "`: " + why;
    tasks.push_back(std::move(described));
  }
  if (may_any) why_no_task_.clear();
  AMBIT_TRY(Json granted, approvals());
  const std::string reason = why_not();
  Json out = Json::object({{"agent", agent_},
                           {"at", to_rfc3339(at_)},
                           {"state", state_},
                           {"may_act", reason.empty()},
                           {"profile", profile_},
                           {"policies", policies_},
                           {"tasks", std::move(tasks)},
                           {"approvals", std::move(granted)},
                           {"unknown", to_array(unknown_)}});
  if (!reason.empty()) out.set("why_not", reason);
  return out;
}

}  // namespace

Result<Json> entitlements(Evidence& evidence, const std::string& agent, Time at) {
  return Moment(evidence, agent, at).describe();
}

}  // namespace ambit::insight
