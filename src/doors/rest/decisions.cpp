#include <algorithm>

#include "domain/fields.h"
#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

Result<service::DecisionQuery> read_query(const Call& call) {
  service::DecisionQuery query;
  query.agent = call.query("agent");
  query.task = call.query("task");
  query.verdict = call.query("verdict");
  if (!query.verdict.empty()) {
    AMBIT_CHECK_OK(domain::value_of<domain::Verdict>(query.verdict));
  }
  AMBIT_TRY(const std::uint64_t limit, query_number(call, "limit", query.limit));
  query.limit = static_cast<std::size_t>(std::min<std::uint64_t>(limit, 500));
  AMBIT_TRY(query.before, query_number(call, "before", 0));
  return query;
}

void list(Call& call) {
  const auto query = read_query(call);
  if (!query) return answer(call.reply, query.error());
  answer(call.reply, 200, call.service().decisions().list(call.caller, *query));
}

void show(Call& call) {
  answer(call.reply, 200, call.service().decisions().show(call.caller, call.param("id")));
}

Result<service::Outcome> read_outcome(const text::Json& body) {
  using Status = service::Outcome::Status;
  domain::Fields fields(body, "body");
  service::Outcome outcome;
  const std::string status = fields.text("status");
  if (status == "tool_error") {
    outcome.status = Status::kToolError;
  } else if (status == "unknown") {
    outcome.status = Status::kUnknown;
  } else if (status != "ok") {
    fields.problem("status", "must be `ok`, `tool_error` or `unknown`");
  }
  const std::int64_t bytes = fields.integer_or("bytes", 0);
  outcome.took = {fields.integer_or("took_ms", 0)};
  if (bytes < 0) fields.problem("bytes", "must not be negative");
  if (outcome.took.ms < 0) fields.problem("took_ms", "must not be negative");
  outcome.detail = fields.text_or("detail", "");
  AMBIT_CHECK_OK(fields.finish());
  outcome.bytes = static_cast<std::size_t>(bytes);
  return outcome;
}

void report(Call& call) {
  auto outcome = read_outcome(call.body);
  if (!outcome) return answer(call.reply, outcome.error());
  // What was decided over AuthZEN is executed by whoever asked.
  call.service().decisions().report({call.caller, "authzen", call.param("id"), *std::move(outcome)},
                                    [reply = call.reply](Result<> recorded) {
                                      if (!recorded) return answer(reply, recorded.error());
                                      reply.exchange->respond({.status = 204});
                                    });
}

}  // namespace

std::vector<Route> decision_routes() {
  return {
      {.method = "GET",
       .path = "/v1/decisions",
       .operation = "listDecisions",
       .tag = "decisions",
       .summary = "List decisions, newest first",
       .answer = "DecisionList",
       .query = {{"agent", "only those of this agent"},
                 {"task", "only those of this task"},
                 {"verdict", "`allow`, `deny` or `hold`"},
                 {"limit", "at most so many, up to 500"},
                 {"before", "`next_before` of the page before"}},
       .handle = list},
      {.method = "GET",
       .path = "/v1/decisions/{id}",
       .operation = "showDecision",
       .tag = "decisions",
       .summary = "Everything recorded of one decision",
       .answer = "DecisionRecord",
       .handle = show},
      {.method = "POST",
       .path = "/v1/decisions/{id}/outcome",
       .operation = "reportOutcome",
       .tag = "decisions",
       .summary = "Report what became of a call that was let go",
       .body = "Outcome",
       .status = 204,
       .handle = report},
  };
}

}  // namespace ambit::doors::rest
