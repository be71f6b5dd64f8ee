#include "service/internal/attempt_run.h"

#include <algorithm>

#include "crypto/random.h"
#include "service/internal/assemble.h"
#include "service/internal/decision_record.h"
#include "service/internal/endings.h"
#include "service/internal/evidence.h"
#include "service/internal/rebuild.h"
#include "service/internal/sealing.h"
#include "service/internal/situation.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

using decision::Decision;
using decision::Gate;
using decision::Reason;
using domain::Verdict;

constexpr std::size_t kMaxShown = 8 * 1024;
constexpr std::size_t kMaxProblem = 1024;

Decision deny(Gate gate, std::string code, std::string message, std::string remedy = {}) {
  Decision decision;
  decision.verdict = Verdict::kDeny;
  decision.gate = gate;
  decision.reasons.push_back({std::move(code), std::move(message), std::move(remedy)});
  return decision;
}

// A result for what the tool's own words say could not be seen; they are part of its state.
domain::ProbeResult unseen(domain::ProbeResult result, const std::string& words) {
  result.state = crypto::sha256(
      {result.state.view(), std::string_view("\nunseen\n"), std::string_view(words)});
  result.problem = text::truncate_utf8(words, kMaxProblem);
  return result;
}

}  // namespace

AttemptRun::AttemptRun(Context& context, Attempt attempt, Done done)
    : context_(context), attempt_(std::move(attempt)), done_(std::move(done)) {}

void AttemptRun::start(Context& context, Attempt attempt, Done done) {
  std::make_shared<AttemptRun>(context, std::move(attempt), std::move(done))->begin();
}

void AttemptRun::begin() {
  action_ = assemble_action(context_, std::move(attempt_));
  released_.decision_id = action_.id;
  const ToolEntry* entry = context_.world.tool(action_.full_tool());
  const bool probes = entry && entry->tool->binding && entry->tool->binding->probe;
  if (!probes || !action_.problem_code.empty()) return decide_and_record();

  domain::Action unprobed = action_;
  unprobed.effect.outcome.clear();
  const auto snapshot = take_snapshot(context_, unprobed);
  if (decision::recheck(snapshot, unprobed)) return decide_and_record();
  probe([self = shared_from_this()](Result<domain::ProbeResult> result) {
    if (result) {
      const ToolEntry* tool = self->context_.world.tool(self->action_.full_tool());
      if (tool && tool->tool->binding) {
        self->action_.effect = domain::effect_of(*tool->tool, *result);
        self->action_.tier = domain::tier_of(*tool->tool, self->action_.effect);
      }
      self->action_.probe = *std::move(result);
    } else {
      self->action_.problem_code = "probe.failed";
      self->action_.problem =
          "what the call would change could not be looked at: " + result.error().message;
    }
    self->decide_and_record();
  });
}

void AttemptRun::probe(std::function<void(Result<domain::ProbeResult>)> then) {
  const ToolEntry* entry = context_.world.tool(action_.full_tool());
  const auto server = context_.world.server(action_.server);
  if (!entry || !server || !entry->tool->binding || !entry->tool->binding->probe) {
    return then(fail(Code::kConflict, "tool.changed", "the tool changed while it was probed"));
  }
  const domain::Probe probe = *entry->tool->binding->probe;
  const auto found = [self = shared_from_this(), probe, server,
                      then](Result<ports::ToolAnswer> answer) {
    if (!answer) return then(fail(answer.error()));
    domain::ProbeResult result;
    result.unknown = answer->is_error && !domain::says_absent(probe, answer->text);
    result.present = !answer->is_error || result.unknown;
    if (!result.present) return then(std::move(result));
    if (result.unknown) return then(unseen(std::move(result), answer->text));
    result.state = crypto::sha256(answer->text);
    if (probe.show_tool.empty()) return then(std::move(result));
    const auto shown = [then, result](Result<ports::ToolAnswer> state) mutable {
      if (!state) return then(fail(state.error()));
      if (state->is_error) return then(unseen(std::move(result), state->text));
      result.state = crypto::sha256({result.state.view(), std::string_view(state->text)});
      result.truncated = state->text.size() > kMaxShown;
      result.shown = text::truncate_utf8(state->text, kMaxShown);
      then(std::move(result));
    };
    self->context_.ports.upstream->call_tool(
        *server, self->action_.task, probe.show_tool,
        fill_template(probe.show_arguments, self->action_.arguments), shown);
  };
  context_.ports.upstream->call_tool(*server, action_.task, probe.tool,
                                     fill_template(probe.arguments, action_.arguments), found);
}

void AttemptRun::find_approval(decision::Snapshot& snapshot) const {
  if (context_.world.approval_by_digest.empty()) return;
  const std::string digest = crypto::to_string(
      domain::action_digest(action_, snapshot.tool ? snapshot.tool->digest : std::string()));
  const auto [first, last] = context_.world.approval_by_digest.equal_range(digest);
  for (auto id = first; id != last; ++id) {
    const domain::Approval& found = context_.world.approvals.at(id->second);
    if (found.state == domain::ApprovalState::kGranted && found.expires_at > snapshot.now) {
      snapshot.approval = &found;
      return;
    }
  }
}

void AttemptRun::decide_and_record() {
  auto snapshot = snapshot_to_decide(context_, action_);
  released_.revision = {snapshot.policies ? snapshot.policies->version : 0, snapshot.epoch};
  find_approval(snapshot);
  // Given back below unless the action is allowed, so that a call that nobody alive makes, or that
  // is out of scope, uses up nobody's limits.
  Reserved reserved = reserve(context_, action_);
  snapshot.reservation = std::move(reserved.reservation);
  reserved_ = reserved.taken;
  const std::int64_t in_flight = snapshot.session ? snapshot.session->in_flight : 0;
  Decision decision = decision::decide(snapshot, action_);
  if (decision.verdict != Verdict::kAllow && reserved_) {
    unreserve(context_, action_, true);
    reserved_ = false;
  }
  if (decision.verdict == Verdict::kHold) hold(decision);
  if (decision.verdict == Verdict::kDeny && coalesce_denial(decision)) {
    released_.decision = std::move(decision);
    return finish();
  }
  released_.decision = std::move(decision);
  if (released_.decision.verdict == Verdict::kAllow && !released_.decision.approval.empty()) {
    // Used up from here on: a second identical call in flight must not find it again.
    auto& approval = context_.world.approvals[released_.decision.approval];
    approval.state = domain::ApprovalState::kUsed;
    approval.used_by = action_.id;
    forget_digest(context_.world, approval);
  }
  situation_ = situation_of(context_, snapshot, action_);
  const DecisionRecord record{
      .action = action_,
      .decision = released_.decision,
      .snapshot = snapshot,
      .in_flight = in_flight,
      .situation = situation_,
      .approval = released_.approval,
      .requested = new_approval_ ? &context_.world.approvals[released_.approval] : nullptr};
  SealedBody body = encode(record, key_for(context_, action_.task));
  body.awaits_checkpoint = released_.decision.verdict == Verdict::kAllow &&
                           context_.settings.sealed_tiers.contains(action_.tier);
  append_evidence(context_, "decision", snapshot.now, std::move(body),
                  [self = shared_from_this()](Result<ports::Position> position) {
                    self->recorded(std::move(position));
                  });
}

// Whether whoever asks has not used up its rate of denials and of holds that add nothing.
bool AttemptRun::take_of_denials() {
  World& world = context_.world;
  const auto agent = world.identity(action_.agent);
  const std::int64_t set = agent && agent->agent ? agent->agent->limits.denials_per_minute : 0;
  const std::int64_t rate = set > 0 ? set : context_.settings.default_denials_per_minute;
  // Of an instance, which may renew its credential as often as its denials would have to wait.
  const bool own = action_.requested_by.empty() && !action_.instance.empty();
  const std::string& flooder = own ? action_.instance : action_.credential;
  return world.denial_buckets[flooder].take(context_.now(), rate, rate);
}

bool AttemptRun::coalesce_denial(const Decision& decision) {
  if (take_of_denials()) return false;
  World& world = context_.world;
  const Time now = context_.now();
  const TaskEntry* task = world.task(action_.task);
  CoalescedDenials& entry = world.coalesced[{
      .credential = action_.credential,
      .agent = world.identity(action_.agent) ? action_.agent : "",
      .task = task ? action_.task : "",
      .instance = world.instances.contains(action_.instance) ? action_.instance : ""}];
  if (entry.count == 0) entry.first = now;
  ++entry.count;
  entry.last = now;
  entry.last_reason = decision.reasons.empty() ? std::string() : decision.reasons.front().code;
  entry.last_tool = action_.full_tool();
  return true;
}

// Joins the approval that waits for this very action, or asks for one. What a human could not keep
// up with is denied.
void AttemptRun::hold(Decision& decision) {
  const auto refuse = [&decision](const char* code, const char* message) {
    Decision refused = deny(Gate::kApproval, code, message, "wait until a human has answered");
    refused.snapshot = decision.snapshot;
    refused.action = decision.action;
    decision = std::move(refused);
  };
  if (const domain::Approval* pending = pending_approval(decision)) {
    if (!take_of_denials()) {
      return refuse("approval.asked_too_often",
                    "this very action waits for an approval, and was asked for too often since");
    }
    released_.approval = pending->id;
    released_.approval_expires = pending->expires_at;
  } else if (!request_approval(decision)) {
    refuse("approval.too_many_pending", "too many approvals of this task are pending already");
  }
}

const domain::Approval* AttemptRun::pending_approval(const Decision& decision) const {
  const World& world = context_.world;
  const auto [first, last] =
      world.approval_by_digest.equal_range(crypto::to_string(decision.action));
  for (auto id = first; id != last; ++id) {
    const domain::Approval& found = world.approvals.at(id->second);
    if (found.state == domain::ApprovalState::kPending) return &found;
  }
  return nullptr;
}

bool AttemptRun::request_approval(const Decision& decision) {
  World& world = context_.world;
  const std::string digest = crypto::to_string(decision.action);
  TaskEntry* task = world.task(action_.task);
  if (!task || task->pending_approvals.size() >= context_.settings.max_pending_approvals_per_task) {
    return false;
  }
  domain::Approval approval;
  approval.id = crypto::random_id("apr_", context_.now());
  approval.action_digest = digest;
  approval.task = action_.task;
  approval.agent = action_.agent;
  approval.decision = action_.id;
  approval.needs = decision.needs;
  approval.requested_at = context_.now();
  approval.expires_at =
      std::min(approval.requested_at + context_.settings.approval_lifetime, task->task->deadline);
  approval.view = std::make_shared<const text::Json>(approval_view(decision));
  released_.approval = approval.id;
  released_.approval_expires = approval.expires_at;
  new_approval_ = true;
  // Held from here on, so that a second identical call joins it; granting waits for the record.
  world.approval_by_digest.emplace(digest, approval.id);
  task->pending_approvals.insert(approval.id);
  task->approvals.insert(approval.id);
  world.approvals[approval.id] = std::move(approval);
  return true;
}

void AttemptRun::recorded(Result<ports::Position> position) {
  if (position && !situation_is_durable(context_, situation_)) {
    position = fail(Code::kUnavailable, "ledger.unwritable",
                    "what the decision was based on could not be recorded");
  }
  if (!position) {
    if (reserved_) unreserve(context_, action_, true);
    reserved_ = false;
    ++context_.counters.unrecorded;
    give_back_approval();
    if (new_approval_) {
      // Nobody was asked: the request is not evidence, so it does not exist.
      auto& world = context_.world;
      forget_digest(world, world.approvals[released_.approval]);
      if (TaskEntry* task = world.task(action_.task)) {
        task->pending_approvals.erase(released_.approval);
        task->approvals.erase(released_.approval);
      }
      world.approvals.erase(released_.approval);
    }
    released_.approval.clear();
    released_.approval_expires.reset();
    released_.decision = deny(Gate::kNone, position.error().reason,
                              "no evidence, no action: the decision could not be recorded (" +
                                  position.error().message + ")",
                              "try again when the ledger can be written");
    return finish();
  }
  released_.ledger_index = position->index;
  if (reserved_) unreserve(context_, action_, false);  // from in flight to released, below
  reserved_ = false;
  fold_decision(context_, {.index = position->index,
                           .id = action_.id,
                           .situation = situation_,
                           .verdict = released_.decision.verdict,
                           .approval_used = released_.decision.approval,
                           .tier = action_.tier,
                           .would = released_.decision.would});
  if (released_.decision.verdict != Verdict::kAllow) return finish();
  release();
}

// What was not recorded did not use it up.
void AttemptRun::give_back_approval() {
  World& world = context_.world;
  const auto used = world.approvals.find(released_.decision.approval);
  if (used == world.approvals.end() || used->second.used_by != action_.id) return;
  used->second.state = domain::ApprovalState::kGranted;
  used->second.used_by.clear();
  world.approval_by_digest.emplace(used->second.action_digest, used->first);
}

void AttemptRun::release() {
  // Asked again after the record is durable: authority may have ended while it was written.
  const auto fresh = take_snapshot(context_, action_);
  if (const auto reason = decision::recheck(fresh, action_)) return withdraw(*reason);
  if (!action_.probe) {
    released_.canonical_arguments = action_.canonical_arguments;
    return finish();
  }
  probe([self = shared_from_this()](Result<domain::ProbeResult> again) {
    const bool same = again && again->present == self->action_.probe->present &&
                      again->state == self->action_.probe->state;
    const auto now = take_snapshot(self->context_, self->action_);
    if (const auto reason = decision::recheck(now, self->action_)) return self->withdraw(*reason);
    if (!same) {
      return self->withdraw({"probe.changed", "what is at the target changed since it was decided",
                             "repeat the call"});
    }
    self->released_.canonical_arguments = self->action_.canonical_arguments;
    self->finish();
  });
}

void AttemptRun::withdraw(const Reason& reason) {
  ++context_.counters.withdrawn;
  const text::Json body = text::Json::object({{"decision", action_.id},
                                              {"task", action_.task},
                                              {"reason", reason.code},
                                              {"message", reason.message}});
  if (const auto key = decision_key(action_.id)) {
    context_.world.endings[*key] = {Ending::Kind::kWithdrawn, {}, body};
  }
  Decision refused = deny(Gate::kLiveness, reason.code, reason.message, reason.remedy);
  refused.snapshot = released_.decision.snapshot;
  refused.action = released_.decision.action;
  released_.decision = std::move(refused);
  append_reserved_evidence(context_, "withdrawn", body,
                           [self = shared_from_this(), body](Result<ports::Position> position) {
                             if (position) {
                               fold_record(self->context_, position->index, "withdrawn", body);
                             }
                           });
  finish();
}

void AttemptRun::finish() {
  switch (released_.decision.verdict) {
    case Verdict::kAllow: ++context_.counters.allowed; break;
    case Verdict::kDeny: ++context_.counters.denied; break;
    case Verdict::kHold: ++context_.counters.held; break;
  }
  done_(std::move(released_));
}

}  // namespace ambit::service
