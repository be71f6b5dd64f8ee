#include "service/internal/endings.h"

#include <algorithm>

#include "crypto/random.h"
#include "decision/decide.h"
#include "service/internal/assemble.h"
#include "service/internal/evidence.h"
#include "service/internal/rebuild.h"
#include "service/internal/recall.h"

namespace ambit::service {
namespace {

using domain::ApprovalState;
using text::Json;

// Who is named where no human answered.
constexpr const char* kOurselves = "ambit";

// Of a task whose credential was renewed all the time only the newest are shown to the
// authenticator: an end must not take the longer for them.
constexpr std::size_t kMostProbed = 32;

// Descendants after their ancestors.
void collect(const World& world, const std::string& id, std::vector<std::string>& out) {
  const TaskEntry* entry = world.task(id);
  if (!entry || entry->task->state != domain::TaskState::kOpen) return;
  out.push_back(id);
  for (const auto& child : entry->children) collect(world, child, out);
}

Json probe(std::string name, std::string subject, bool refused, std::string detail) {
  return Json::object({{"probe", std::move(name)},
                       {"subject", std::move(subject)},
                       {"refused", refused},
                       {"detail", std::move(detail)}});
}

// A credential like those that were issued, made anew and shown to the authenticator.
Json probe_credential(Context& context, const TaskEntry& entry, const domain::Instance& instance,
                      const std::string& token_id) {
  identity::TaskClaims claims;
  claims.subject = instance.agent;
  claims.audience = context.settings.issuer;
  claims.client_id = instance.agent;
  claims.token_id = token_id;
  claims.instance = instance.id;
  claims.session = instance.session;
  claims.task = entry.task->id;
  claims.issued_at = context.now();
  claims.expires_at = claims.issued_at + minutes(1);
  claims.authorization_details = Json::array();
  auto token = context.signer.sign_task_token(claims);
  if (!token) return probe("credential", token_id, false, token.error().message);
  const std::string header = "Bearer " + *token;
  Presented presented;
  presented.authorization = header;
  presented.loopback = true;
  const auto caller = Authenticator(context).authenticate(presented);
  // Any other refusal would prove something else than the end of the task.
  return probe("credential", token_id, !caller && caller.error().reason == "token.task_ended",
               caller ? "the credential was accepted" : caller.error().reason);
}

Json probe_tool(Context& context, const domain::Instance& instance, const std::string& tool) {
  const std::size_t slash = tool.find('/');
  domain::Action action;
  action.id = "probe";
  action.agent = instance.agent;
  action.task = instance.task;
  action.instance = instance.id;
  action.key_bound = true;
  action.loopback = true;
  action.server = tool.substr(0, slash);
  action.tool = slash == std::string::npos ? std::string() : tool.substr(slash + 1);
  const auto decision = decision::decide(snapshot_to_decide(context, action), action);
  const std::string reason = decision.reasons.empty() ? "" : decision.reasons.front().code;
  return probe(
      "tool", tool,
      decision.verdict == domain::Verdict::kDeny && decision.gate == decision::Gate::kLiveness,
      reason);
}

}  // namespace

std::string reason_to_end(const Context& context, const domain::Task& task) {
  if (task.deadline <= context.now()) return "deadline";
  const auto agent = context.world.identity(task.agent);
  if (!agent || !agent->agent || !domain::alive(*agent)) return "agent_not_active";
  if (agent->agent->retires_at && *agent->agent->retires_at <= context.now()) return "retired";
  const TaskEntry* parent = context.world.task(task.parent);
  const bool orphan = !parent || parent->task->state != domain::TaskState::kOpen;
  return !task.parent.empty() && orphan ? "parent_ended" : "";
}

ApprovalAnswer answer_of(const World& world, const std::string& id) {
  const auto it = world.approvals.find(id);
  if (it == world.approvals.end()) return {};
  const domain::Approval& approval = it->second;
  const TaskEntry* task = world.task(approval.task);
  const bool nobody = approval.closed_by.empty() || approval.closed_by == kOurselves;
  return {approval.state, nobody ? std::string() : approval.closed_by,
          nobody ? std::string() : approval.note,
          nobody && task && task->task->state == domain::TaskState::kEnded};
}

void tell_waiters(Context& context, const std::string& approval) {
  std::vector<std::function<void(const ApprovalAnswer&)>> told;
  for (auto it = context.waiters.begin(); it != context.waiters.end();) {
    if (it->second.approval == approval) {
      told.push_back(std::move(it->second.answered));
      it = context.waiters.erase(it);
    } else {
      ++it;
    }
  }
  const ApprovalAnswer answer = answer_of(context.world, approval);
  for (auto& answered : told) answered(answer);
}

void close_approval(Context& context, const std::string& id, ApprovalState state,
                    const std::string& by, const std::string& note,
                    std::function<void(Result<ports::Position>)> done) {
  const auto it = context.world.approvals.find(id);
  if (it == context.world.approvals.end() || it->second.state != ApprovalState::kPending) {
    if (done) done(fail(Code::kConflict, "approval.not_pending", "the approval is not pending"));
    return;
  }
  const std::string kind = "approval." + std::string(domain::name_of(state));
  const Json body = Json::object({{"approval", id},
                                  {"task", it->second.task},
                                  {"agent", it->second.agent},
                                  {"by", by},
                                  {"note", note}});
  fold_record(context, 0, kind, body);  // refusing only reduces authority: it holds at once
  append_evidence(context, kind, body, {it->second.task, {"note"}}, Context::Append::kReserved,
                  std::move(done));
  tell_waiters(context, id);
}

std::vector<std::string> end_now(Context& context, const std::string& task,
                                 const std::string& reason) {
  std::vector<std::string> ended;
  collect(context.world, task, ended);
  if (ended.empty()) return ended;
  ++context.world.epoch;
  for (const auto& id : ended) {
    domain::Task value = *context.world.task(id)->task;
    value.state = domain::TaskState::kEnded;
    value.ended_at = context.now();
    value.end_reason = id == task ? reason : "parent_ended";
    domain::seal(value);
    context.world.put(std::move(value));
    const auto pending = context.world.task(id)->pending_approvals;
    for (const auto& approval : pending) {
      close_approval(context, approval, ApprovalState::kRefused, kOurselves,
                     "the task has ended (" + reason + ")", {});
    }
    for (const auto& instance : context.world.task(id)->instances) {
      context.renewals.erase(instance->id);
    }
    if (context.ports.upstream) context.ports.upstream->release_task(id);
  }
  context.token_cache.flush();
  for (const auto& id : ended) context.tell_subscribers(id, true);
  return ended;
}

Json probe_end(Context& context, const std::string& task) {
  const TaskEntry* entry = context.world.task(task);
  text::JsonArray probes;
  if (entry) {
    for (const auto& instance : entry->instances) {
      // Their ids begin with the time of issue.
      auto token = entry->credentials.rbegin();
      for (std::size_t i = 0; i < kMostProbed && token != entry->credentials.rend(); ++i, ++token) {
        probes.push_back(probe_credential(context, *entry, *instance, *token));
      }
      for (const auto& tool : entry->task->scope.tools) {
        probes.push_back(probe_tool(context, *instance, tool));
      }
    }
    probes.push_back(probe("approvals", task, entry->pending_approvals.empty(),
                           std::to_string(entry->pending_approvals.size()) + " pending"));
    const bool released = !context.ports.upstream || context.ports.upstream->task_is_released(task);
    probes.push_back(probe("servers", task, released,
                           released ? "no child server runs for it" : "a child server still runs"));
  }
  const bool all = std::all_of(probes.begin(), probes.end(),
                               [](const Json& item) { return item.find("refused")->as_bool(); });
  return Json::object(
      {{"verified", all},
       {"at", to_rfc3339(context.now())},
       {"credentials", static_cast<std::int64_t>(entry ? entry->credentials.size() : 0)},
       {"probes", Json(std::move(probes))}});
}

void end_task(Context& context, const std::string& task, const std::string& reason,
              const std::string& actor, std::function<void(Result<Json>)> done) {
  flush_denials(context);
  const auto ended = end_now(context, task, reason);
  if (ended.empty()) {
    if (done) done(fail(Code::kConflict, "task.ended", "the task has ended already"));
    return;
  }
  Commit change;
  change.actor = actor;
  change.kind = "task.ended";
  change.reduces_authority = true;
  text::JsonArray ids;
  for (const auto& id : ended) {
    domain::Task value = *context.world.task(id)->task;
    value.end_report = probe_end(context, id);
    domain::seal(value);
    change.writes.push_back(write_of(value));
    context.world.put(std::move(value));
    ids.emplace_back(id);
  }
  const domain::Task& first = *context.world.task(task)->task;
  change.evidence = Json::object({{"task", task},
                                  {"agent", first.agent},
                                  {"reason", reason},
                                  {"ended", Json(std::move(ids))},
                                  {"report", first.end_report}});
  const auto applied = [&context, ended](std::uint64_t revision) {
    for (const auto& id : ended) {
      domain::Task value = *context.world.task(id)->task;
      value.revision = revision;
      const bool root = value.parent.empty();
      context.world.put(std::move(value));
      // From here on the registry can tell of it.
      if (root) context.world.ended_roots.emplace_back(context.now(), id);
    }
  };
  commit(context, std::move(change), applied,
         [&context, task, done = std::move(done)](Result<std::uint64_t> revision) {
           if (!done) return;
           if (!revision) return done(fail(revision.error()));
           const auto known = recall_task(context, task);
           if (!known) return done(fail(known.error()));
           done(*known ? domain::to_json(**known) : Json());
         });
}

void flush_denials(Context& context) {
  for (const auto& [whose, denials] : std::exchange(context.world.coalesced, {})) {
    Json body = Json::object({{"credential", whose.credential},
                              {"agent", whose.agent},
                              {"task", whose.task},
                              {"count", denials.count},
                              {"first", to_rfc3339(denials.first)},
                              {"last", to_rfc3339(denials.last)},
                              {"last_reason", denials.last_reason},
                              {"last_tool", denials.last_tool}});
    if (!whose.instance.empty()) body.set("instance", whose.instance);
    append_reserved_evidence(context, "denials", body,
                             [&context, body](Result<ports::Position> position) {
                               if (position) {
                                 fold_record(context, position->index, "denials", body);
                               }
                             });
  }
}

}  // namespace ambit::service
