#include "service/decisions.h"

#include <algorithm>
#include <utility>

#include "crypto/random.h"
#include "decision/decide.h"
#include "domain/fields.h"
#include "service/internal/assemble.h"
#include "service/internal/attempt_run.h"
#include "service/internal/context.h"
#include "service/internal/decision_record.h"
#include "service/internal/endings.h"
#include "service/internal/evidence.h"
#include "service/internal/rebuild.h"
#include "service/internal/recall.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

Result<> may_read_of(const Caller& caller, std::string_view task) {
  if (caller.kind == CallerKind::kTask) {
    if (caller.task == task) return {};
    return fail(Code::kNotFound, "decision.unknown", "there is no such decision in this task");
  }
  return require_role(caller,
                      {domain::Role::kAuditor, domain::Role::kSecurity, domain::Role::kOperator,
                       domain::Role::kApprover, domain::Role::kEnforcement});
}

// What became of a decision so far, as far as a report of its outcome asks.
struct Decided {
  std::shared_ptr<const SituationFacts> recalled = {};  // when it has left memory
  const SituationFacts* facts = nullptr;                // those or the world's
  bool allowed = false;
};

Result<Decided> decided(const Context& context, const std::string& id, std::uint64_t index) {
  const World& world = context.world;
  if (const auto awaited = world.awaited.find(id); awaited != world.awaited.end()) {
    return Decided{{}, &world.situations.at(awaited->second), true};
  }
  AMBIT_TRY(const DecisionHead head, read_head(context, index));
  const bool allowed = head.verdict == domain::name_of(domain::Verdict::kAllow);
  if (const auto known = world.situations.find(head.situation); known != world.situations.end()) {
    return Decided{{}, &known->second, allowed};
  }
  AMBIT_TRY(SituationFacts facts, recall_situation(context, head.situation));
  auto recalled = std::make_shared<const SituationFacts>(std::move(facts));
  const SituationFacts* where = recalled.get();
  return Decided{std::move(recalled), where, allowed};
}

// As recall_decision(). What a call of the gateway brought in binds the next action, so that no
// index may stand in between: such calls are remembered until they end.
Result<KnownDecision> recall_to_report(const Context& context, const std::string& id) {
  const auto key = decision_key(id);
  if (!key || !context.world.awaited.contains(id)) return recall_decision(context, id);
  KnownDecision known;
  known.key = *key;
  const auto ending = context.world.endings.find(*key);
  if (ending != context.world.endings.end()) known.ending = ending->second;
  return known;
}

// Whether the caller is the one who asked and was let go, and nothing was said of it yet.
Result<> may_report(const Report& report, const Decided& decided,
                    const std::optional<Ending>& ending) {
  const Caller& caller = report.caller;
  const SituationFacts& facts = *decided.facts;
  AMBIT_CHECK_OK(may_read_of(caller, facts.task));
  const bool own = caller.kind == CallerKind::kTask
                       ? facts.requested_by.empty() && facts.instance == caller.instance
                       : facts.requested_by == caller.identity;
  if (!own || facts.channel != report.channel) {
    return fail(Code::kDenied, "outcome.not_yours",
                "only whoever asked for the decision and executes the call can say what became "
                "of it");
  }
  if (!decided.allowed || (ending && ending->kind == Ending::Kind::kWithdrawn)) {
    return fail(Code::kConflict, "outcome.not_released", "the call was not let go");
  }
  if (ending) {
    return fail(Code::kConflict, "outcome.known", "the outcome of this call is recorded already");
  }
  return {};
}

const char* name_of(Outcome::Status status) {
  switch (status) {
    case Outcome::Status::kOk: return "ok";
    case Outcome::Status::kToolError: return "tool_error";
    case Outcome::Status::kUnknown: return "unknown";
  }
  return "unknown";
}

text::Json outcome_record(const Report& report, const SituationFacts& facts) {
  const Outcome& outcome = report.outcome;
  text::JsonObject body;
  body.reserve(7);
  body.emplace_back("decision", report.decision);
  body.emplace_back("task", facts.task);
  body.emplace_back("status", name_of(outcome.status));
  body.emplace_back("bytes", static_cast<std::int64_t>(outcome.bytes));
  body.emplace_back("took_ms", outcome.took.ms);
  body.emplace_back("labels", domain::to_json(facts.labels));
  if (!outcome.detail.empty()) {
    body.emplace_back("detail", text::truncate_utf8(outcome.detail, 512));
  }
  return text::Json(std::move(body));
}

constexpr Duration kRetry{500};

// Writes the outcome that has been taken for a decision of `task`. One that nobody waits for would
// not be reported a second time: what refuses it for now is asked again.
void write_outcome(Context& context, const DecisionKey& key, const std::string& task,
                   std::function<void(Result<>)> done) {
  const text::Json& body = context.world.endings.at(key).body;
  auto recorded = [&context, key, task, done = std::move(done)](Result<ports::Position> position) {
    const auto ending = context.world.endings.find(key);
    if (position) {
      fold_record(context, position->index, "outcome", std::exchange(ending->second.body, {}));
      if (done) done({});
    } else if (!done && context.ports.timers &&
               position.error().reason != "ledger.record_too_large") {
      context.ports.timers->after(
          kRetry, [&context, alive = std::weak_ptr<bool>(context.alive), key, task] {
            if (alive.lock()) write_outcome(context, key, task, {});
          });
    } else {
      context.world.endings.erase(ending);
      if (done) done(fail(position.error()));
    }
  };
  if (!body.find("detail")) {
    return append_unawaited_evidence(context, "outcome", body, std::move(recorded));
  }
  append_evidence(context, "outcome", body, {task, {"detail"}}, Context::Append::kUnawaited,
                  std::move(recorded));
}

}  // namespace

void Decisions::attempt(Attempt attempt, std::function<void(Released)> done) {
  AttemptRun::start(context_, std::move(attempt), std::move(done));
}

void Decisions::report(const Report& report, std::function<void(Result<>)> done) {
  const auto answer = [&done](Result<> result) {
    if (done) done(std::move(result));
  };
  World& world = context_.world;
  const auto recalled = recall_to_report(context_, report.decision);
  if (!recalled) return answer(fail(recalled.error()));
  const auto known = decided(context_, report.decision, recalled->index);
  if (!known) return answer(fail(known.error()));
  if (auto allowed = may_report(report, *known, recalled->ending); !allowed) {
    return answer(fail(allowed.error()));
  }
  if (!recalled->surely) {
    return answer(fail(Code::kUnavailable, "index.behind",
                       "whether the outcome is recorded already cannot be said while the search "
                       "index is being made; try again later"));
  }
  const SituationFacts& facts = *known->facts;
  // The next action must already see what this result brought in.
  add_labels(context_.world, facts.task, facts.labels);
  // Taken from here on: a second report, while this one is written, comes too late.
  Ending& taken = world.endings[recalled->key];
  taken = {Ending::Kind::kOutcome, {}, outcome_record(report, facts)};
  write_outcome(context_, recalled->key, facts.task, std::move(done));
}

Result<text::Json> Decisions::show(const Caller& caller, const std::string& decision_id) const {
  AMBIT_TRY(const KnownDecision known, recall_decision(context_, decision_id));
  AMBIT_TRY(text::Json out, read_record(context_, known.index));
  AMBIT_CHECK_OK(may_read_of(caller, out.string_or("task", "")));
  if (known.ending) {
    text::Json how = known.ending->body;
    if (known.ending->index) {
      AMBIT_TRY(how, read_record(context_, *known.ending->index));
    }
    const bool withdrawn = known.ending->kind == Ending::Kind::kWithdrawn;
    out.set(withdrawn ? "withdrawn" : "result", std::move(how));
  }
  return out;
}

Result<> Decisions::may_read(const Caller& caller, std::string_view task) const {
  return may_read_of(caller, task);
}

void Decisions::hand_over(const Caller& caller, text::Json what,
                          std::function<void(Result<std::uint64_t>)> done) {
  if (auto allowed = require_role(caller, {domain::Role::kAuditor}); !allowed) {
    return done(fail(allowed.error()));
  }
  what.set("by", caller.identity);
  what.set("credential", caller.credential);
  append_evidence(context_, "evidence.exported", what,
                  [done = std::move(done)](Result<ports::Position> position) {
                    if (!position) return done(fail(position.error()));
                    done(position->index);
                  });
}

}  // namespace ambit::service
