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
  const SituationFacts* facts = nullptr;  // of the world
  bool allowed = false;
};

Result<Decided> decided(const Context& context, const std::string& id, std::uint64_t index) {
  const World& world = context.world;
  if (const auto awaited = world.awaited.find(id); awaited != world.awaited.end()) {
    return Decided{&world.situations.at(awaited->second), true};
  }
  AMBIT_TRY(const DecisionHead head, read_head(context, index));
  return Decided{&head.facts, head.verdict == domain::name_of(domain::Verdict::kAllow)};
}

// Whether the caller is the one who asked and was let go, and nothing was said of it yet.
Result<> may_report(const World& world, const Report& report, const Decided& decided) {
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
  const auto ending = world.endings.find(report.decision);
  const bool ended = ending != world.endings.end();
  if (!decided.allowed || (ended && ending->second.kind == Ending::Kind::kWithdrawn)) {
    return fail(Code::kConflict, "outcome.not_released", "the call was not let go");
  }
  if (ended) {
    return fail(Code::kConflict, "outcome.known", "the outcome of this call is recorded already");
  }
  return {};
}

tl::unexpected<Error> unknown_decision(const std::string& id) {
  return fail(Code::kNotFound, "decision.unknown",
              "there is no decision `" + id.substr(0, 60) + "`");
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
  text::Json body = text::Json::object({{"decision", report.decision},
                                        {"task", facts.task},
                                        {"status", name_of(outcome.status)},
                                        {"bytes", static_cast<std::int64_t>(outcome.bytes)},
                                        {"took_ms", outcome.took.ms},
                                        {"labels", domain::to_json(facts.labels)}});
  if (!outcome.detail.empty()) body.set("detail", text::truncate_utf8(outcome.detail, 512));
  return body;
}

}  // namespace

void Decisions::attempt(Attempt attempt, std::function<void(Released)> done) {
  AttemptRun::start(context_, std::move(attempt), std::move(done));
}

void Decisions::report(Report report, std::function<void(Result<>)> done) {
  auto answer = [done = std::move(done)](Result<> result) {
    if (done) done(std::move(result));
  };
  World& world = context_.world;
  const auto index = world.decision_index.find(report.decision);
  if (index == world.decision_index.end()) return answer(unknown_decision(report.decision));
  const auto known = decided(context_, report.decision, index->second);
  if (!known) return answer(fail(known.error()));
  if (auto allowed = may_report(world, report, *known); !allowed) {
    return answer(fail(allowed.error()));
  }
  const SituationFacts& facts = *known->facts;
  // The next action must already see what this result brought in.
  add_labels(context_, facts.task, facts.labels);
  text::Json body = outcome_record(report, facts);
  // Taken from here on: a second report, while this one is written, comes too late.
  world.endings[report.decision] = {Ending::Kind::kOutcome, {}, body};
  auto recorded = [&context = context_, answer = std::move(answer),
                   id = std::move(report.decision)](const Result<ports::Position>& position) {
    const auto ending = context.world.endings.find(id);
    if (!position) {
      context.world.endings.erase(ending);
      return answer(fail(position.error()));
    }
    fold_record(context, position->index, "outcome", std::exchange(ending->second.body, {}));
    answer({});
  };
  append_evidence(context_, "outcome", std::move(body), {facts.task, {"detail"}},
                  Context::Append::kUnawaited, std::move(recorded));
}

Result<text::Json> Decisions::show(const Caller& caller, const std::string& decision_id) const {
  const auto& world = context_.world;
  const auto index = world.decision_index.find(decision_id);
  if (index == world.decision_index.end()) return unknown_decision(decision_id);
  AMBIT_TRY(text::Json out, read_record(context_, index->second));
  AMBIT_CHECK_OK(may_read_of(caller, out.string_or("task", "")));
  const auto ending = world.endings.find(decision_id);
  if (ending != world.endings.end()) {
    text::Json how = ending->second.body;
    if (ending->second.index) {
      AMBIT_TRY(how, read_record(context_, *ending->second.index));
    }
    const bool withdrawn = ending->second.kind == Ending::Kind::kWithdrawn;
    out.set(withdrawn ? "withdrawn" : "result", std::move(how));
  }
  return out;
}

Result<> Decisions::may_read(const Caller& caller, std::string_view task) const {
  return may_read_of(caller, task);
}

Result<text::JsonArray> Decisions::read(const std::vector<std::uint64_t>& entries) const {
  text::JsonArray out;
  for (const std::uint64_t entry : entries) {
    AMBIT_TRY(text::Json record, read_record(context_, entry));
    if (record.find("decision") && record.find("situation")) out.push_back(std::move(record));
  }
  return out;
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
