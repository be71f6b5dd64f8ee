#include "insight/entitlements.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

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
  Result<std::vector<std::string>> scope_of(const Json& task, std::vector<std::string> tools) const;
  Result<std::int64_t> released(const std::string& task);
  Result<Json> approvals();
  std::string why_not() const;

  Evidence& evidence_;
  const std::string& agent_;
  const Time until_;  // not included
  const Time at_;
  std::string state_;
  Json profile_;
  Json policies_;
  std::map<std::string, Json> open_;  // tasks of the agent
  std::set<std::string> unknown_;
};

Result<> Moment::read_agent() {
  // Only a record about the agent itself has its state.
  AMBIT_TRY(const auto record, evidence_.newest(of({{{Facet::kAgent, agent_}},
                                                    {{Facet::kKind, "identity.registered"},
                                                     {Facet::kKind, "identity.updated"},
                                                     {Facet::kKind, "identity.active"},
                                                     {Facet::kKind, "identity.suspended"},
                                                     {Facet::kKind, "identity.retired"}}})));
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

// Tools that the task and all above it cover.
Result<std::vector<std::string>> Moment::scope_of(const Json& task,
                                                  std::vector<std::string> tools) const {
  Json now = task;
  for (int depth = 0; depth < 64; ++depth) {
    const std::vector<std::string> scope = texts_of(member(now, "scope"), "tools");
    std::erase_if(tools, [&](const std::string& tool) { return !contains(scope, tool); });
    const std::string parent = text_of(now, "parent");
    if (parent.empty()) break;
    AMBIT_TRY(const auto started,
              evidence_.newest(of({{{Facet::kTask, parent}}, {{Facet::kKind, "task.started"}}})));
    if (!started) break;
    now = member(started->body, "spec");
  }
  return tools;
}

Result<std::int64_t> Moment::released(const std::string& task) {
  AMBIT_TRY(const std::uint64_t let_go, evidence_.count(of({{{Facet::kWithin, task}},
                                                            {{Facet::kKind, "decision"}},
                                                            {{Facet::kVerdict, "allow"}}})));
  AMBIT_TRY(const std::uint64_t withdrawn,
            evidence_.count(of({{{Facet::kWithin, task}}, {{Facet::kKind, "withdrawn"}}})));
  return static_cast<std::int64_t>(let_go) - static_cast<std::int64_t>(withdrawn);
}

Result<Json> Moment::describe_task(const Json& task) {
  const std::string id = text_of(task, "id");
  AMBIT_TRY(const auto names, scope_of(task, texts_of(profile_, "tools")));
  Json tools = Json::array();
  for (const std::string& name : names) {
    AMBIT_TRY(Json tool, describe_tool(name));
    tools.push_back(std::move(tool));
  }
  AMBIT_TRY(const std::int64_t used, released(id));
  const std::int64_t budget = number_of(member(task, "budget"), "calls");
  return Json::object({{"task", id},
                       {"goal", text_of(task, "goal")},
                       {"started_by", text_of(task, "started_by")},
                       {"on_behalf_of", text_of(task, "on_behalf_of")},
                       {"parent", text_of(task, "parent")},
                       {"deadline", text_of(task, "deadline")},
                       {"calls_left", std::max<std::int64_t>(budget - used, 0)},
                       {"targets", member(member(task, "scope"), "targets")},
                       {"data_domains", member(member(task, "scope"), "data_domains")},
                       {"outcomes", member(member(task, "scope"), "outcomes")},
                       {"tools", std::move(tools)}});
}

// Granted to the agent and neither used nor run out.
Result<Json> Moment::approvals() {
  std::set<std::string> ids;
  AMBIT_CHECK_OK(each(of({{{Facet::kAgent, agent_}}, {{Facet::kKind, "approval.granted"}}}),
                      [&](const ledger::Record& grant) {
                        // One of a task that is over can no longer be used.
                        if (!open_.contains(text_of(grant.body, "task"))) return;
                        ids.insert(text_of(grant.body, "approval"));
                      }));
  Json out = Json::array();
  for (const std::string& id : ids) {
    AMBIT_TRY(const auto decisions,
              evidence_.records(of({{{Facet::kApproval, id}}, {{Facet::kKind, "decision"}}})));
    bool used = false;
    Json requested;
    for (const ledger::Record& record : decisions) {
      used = used || text_of(member(record.body, "decision"), "approval") == id;
      if (const Json* asked = record.body.find("approval_requested")) requested = *asked;
    }
    const auto expires = parse_rfc3339(text_of(requested, "expires_at"));
    if (used || !expires || *expires <= at_ || !open_.contains(text_of(requested, "task")))
      continue;
    out.push_back(Json::object({{"approval", id},
                                {"task", text_of(requested, "task")},
                                {"action_digest", text_of(requested, "action_digest")},
                                {"expires_at", text_of(requested, "expires_at")}}));
  }
  return out;
}

std::string Moment::why_not() const {
  if (state_ != "active") return "the agent was " + state_;
  const auto retires = parse_rfc3339(text_of(profile_, "retires_at"));
  if (retires && *retires <= at_) return "the agent's retirement date had passed";
  if (open_.empty()) return "it had no open task, and authority belongs to tasks";
  if (policies_.as_object().empty()) return "no policies were published: everything was denied";
  return {};
}

Result<Json> Moment::describe() {
  AMBIT_CHECK_OK(read_agent());
  AMBIT_CHECK_OK(read_policies());
  AMBIT_CHECK_OK(read_tasks());
  Json tasks = Json::array();
  for (const auto& [id, task] : open_) {
    AMBIT_TRY(Json described, describe_task(task));
    tasks.push_back(std::move(described));
  }
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
