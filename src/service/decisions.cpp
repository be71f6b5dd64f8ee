#include "service/decisions.h"

#include <algorithm>

#include "crypto/random.h"
#include "decision/decide.h"
#include "service/internal/assemble.h"
#include "service/internal/attempt_run.h"
#include "service/internal/context.h"
#include "service/internal/endings.h"
#include "service/internal/evidence.h"
#include "service/internal/rebuild.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

// Bound on what one list call reads back from the ledger.
constexpr std::uint64_t kMaxScan = 20'000;

Result<text::Json> read_record(const Context& context, std::uint64_t index) {
  AMBIT_TRY(const std::string bytes, context.ports.log->read(index));
  AMBIT_TRY(text::Json record, text::parse_json(bytes, {1u << 20, 64}));
  const text::Json* body = record.find("body");
  if (!body) return fail(Code::kInternal, "ledger.record_form", "a record has no body");
  text::Json out = *body;
  if (const text::Json* at = record.find("at"); at && at->is_int()) {
    out.set("at", to_rfc3339(Time{at->as_int()}));
  }
  out.set("ledger_index", static_cast<std::int64_t>(index));
  return out;
}

Result<> may_read(const Caller& caller, std::string_view task) {
  if (caller.kind == CallerKind::kTask) {
    if (caller.task == task) return {};
    return fail(Code::kNotFound, "decision.unknown", "there is no such decision in this task");
  }
  return require_role(caller,
                      {domain::Role::kAuditor, domain::Role::kSecurity, domain::Role::kOperator,
                       domain::Role::kApprover, domain::Role::kEnforcement});
}

bool matches(const DecisionQuery& query, const text::Json& body) {
  const text::Json* decision = body.find("decision");
  return (query.agent.empty() || body.string_or("agent", "") == query.agent) &&
         (query.task.empty() || body.string_or("task", "") == query.task) &&
         (query.verdict.empty() ||
          (decision && decision->string_or("verdict", "") == query.verdict));
}

// Whether the caller is the one who asked and was let go, and nothing was said of it yet.
Result<> may_report(const World& world, const Report& report, const text::Json& decided) {
  const Caller& caller = report.caller;
  AMBIT_CHECK_OK(may_read(caller, decided.string_or("task", "")));
  const bool own = caller.kind == CallerKind::kTask
                       ? decided.find("requested_by") == nullptr &&
                             decided.string_or("instance", "") == caller.instance
                       : decided.string_or("requested_by", "") == caller.identity;
  if (!own || decided.string_or("channel", "") != report.channel) {
    return fail(Code::kDenied, "outcome.not_yours",
                "only whoever asked for the decision and executes the call can say what became "
                "of it");
  }
  const text::Json* decision = decided.find("decision");
  const auto ending = world.endings.find(report.decision);
  const bool ended = ending != world.endings.end();
  if (!decision || decision->string_or("verdict", "") != "allow" ||
      (ended && ending->second.kind == Ending::Kind::kWithdrawn)) {
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

text::Json outcome_record(const Report& report, const text::Json& decided) {
  const Outcome& outcome = report.outcome;
  text::Json labels = text::Json::array();
  if (const text::Json* found = decided.find("labels")) labels = *found;
  text::Json body = text::Json::object({{"decision", report.decision},
                                        {"task", decided.string_or("task", "")},
                                        {"status", name_of(outcome.status)},
                                        {"bytes", static_cast<std::int64_t>(outcome.bytes)},
                                        {"took_ms", outcome.took.ms},
                                        {"labels", std::move(labels)}});
  if (!outcome.detail.empty()) body.set("detail", text::truncate_utf8(outcome.detail, 512));
  return body;
}

}  // namespace

void Decisions::attempt(Attempt attempt, std::function<void(Released)> done) {
  AttemptRun::start(context_, std::move(attempt), std::move(done));
}

void Decisions::report(Report report, std::function<void(Result<>)> done) {
  const auto answer = [done = std::move(done)](Result<> result) {
    if (done) done(std::move(result));
  };
  World& world = context_.world;
  const auto index = world.decision_index.find(report.decision);
  if (index == world.decision_index.end()) return answer(unknown_decision(report.decision));
  const auto decided = read_record(context_, index->second);
  if (!decided) return answer(fail(decided.error()));
  if (auto allowed = may_report(world, report, *decided); !allowed) {
    return answer(fail(allowed.error()));
  }
  // Taken from here on: a second report, while this one is written, comes too late.
  world.endings[report.decision] = {Ending::Kind::kOutcome};
  const text::Json body = outcome_record(report, *decided);
  append_evidence(context_, "outcome", body,
                  [&context = context_, body, answer,
                   id = std::move(report.decision)](Result<ports::Position> position) {
                    if (!position) {
                      context.world.endings.erase(id);
                      return answer(fail(position.error()));
                    }
                    fold_record(context, position->index, "outcome", body);
                    answer({});
                  });
}

Result<text::Json> Decisions::show(const Caller& caller, const std::string& decision_id) const {
  const auto& world = context_.world;
  const auto index = world.decision_index.find(decision_id);
  if (index == world.decision_index.end()) return unknown_decision(decision_id);
  AMBIT_TRY(text::Json out, read_record(context_, index->second));
  AMBIT_CHECK_OK(may_read(caller, out.string_or("task", "")));
  const auto ending = world.endings.find(decision_id);
  if (ending != world.endings.end() && ending->second.index) {
    AMBIT_TRY(text::Json how, read_record(context_, *ending->second.index));
    const bool withdrawn = ending->second.kind == Ending::Kind::kWithdrawn;
    out.set(withdrawn ? "withdrawn" : "result", std::move(how));
  }
  return out;
}

Result<text::Json> Decisions::list(const Caller& caller, const DecisionQuery& query) const {
  AMBIT_CHECK_OK(may_read(caller, query.task));
  const std::uint64_t size = context_.ports.log->size();
  std::uint64_t index = query.before == 0 ? size : std::min(query.before, size);
  const std::uint64_t lowest = index > kMaxScan ? index - kMaxScan : 0;
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, 500);
  text::JsonArray items;
  while (index > lowest && items.size() < limit) {
    --index;
    AMBIT_TRY(text::Json body, read_record(context_, index));
    if (body.find("decision") && body.find("decision")->is_object() && matches(query, body)) {
      items.push_back(std::move(body));
    }
  }
  text::Json out = text::Json::object({{"items", text::Json(std::move(items))}});
  if (index > 0) out.set("next_before", static_cast<std::int64_t>(index));
  return out;
}

}  // namespace ambit::service
