// What the evidence says: explanations, timelines, entitlements.

#include "doors/rest/internal/route.h"
#include "insight/entitlements.h"
#include "insight/explain.h"
#include "insight/timeline.h"

namespace ambit::doors::rest {
namespace {

using domain::Role;
using Question = std::function<Result<text::Json>(insight::Evidence&)>;

// Reads the evidence off the loop and answers on it.
void ask_evidence(Call& call, Question question) {
  const RestParts& parts = call.door.parts;
  if (parts.index == nullptr) {
    return answer(call.reply, Error{Code::kUnavailable, "index.unavailable",
                                    "this server keeps no search index"});
  }
  answer_reading(call,
                 [index = parts.index, log = parts.log, keys = parts.keys,
                  question = std::move(question)]() -> Result<std::string> {
                   insight::Evidence evidence(*log, *index, keys);
                   AMBIT_TRY(const text::Json found,
                             insight::with_lag(evidence, question(evidence)));
                   return text::to_json(found);
                 });
}

// Those who may read what all agents did.
bool refused(const Call& call) {
  const auto allowed = service::require_role(
      call.caller, {Role::kAuditor, Role::kSecurity, Role::kOperator, Role::kApprover});
  if (!allowed) answer(call.reply, allowed.error());
  return !allowed;
}

void explanation(Call& call) {
  if (refused(call)) return;
  ask_evidence(call, [id = call.param("id")](insight::Evidence& evidence) {
    return insight::explain(evidence, id);
  });
}

void trace(Call& call) {
  if (refused(call)) return;
  const auto from = query_number(call, "from", 0);
  const auto limit = query_limit(call);
  if (!from || !limit) return answer(call.reply, from ? limit.error() : from.error());
  ask_evidence(call, [query = insight::TraceQuery{call.param("id"), *from, *limit}](
                         insight::Evidence& evidence) { return insight::trace(evidence, query); });
}

Result<insight::TimelineQuery> timeline_query(const Call& call) {
  insight::TimelineQuery query;
  int named = 0;
  for (const auto& [name, subject] : {std::pair{"task", insight::Subject::kTask},
                                      std::pair{"session", insight::Subject::kSession},
                                      std::pair{"identity", insight::Subject::kIdentity}}) {
    std::string id = call.query(name);
    if (id.empty()) continue;
    ++named;
    query.subject = subject;
    query.id = std::move(id);
  }
  if (named != 1) {
    return fail(Code::kInvalid, "field.invalid", "name one of `task`, `session` and `identity`");
  }
  AMBIT_TRY(query.from, query_number(call, "from", 0));
  AMBIT_TRY(query.limit, query_limit(call));
  return query;
}

void timeline(Call& call) {
  if (refused(call)) return;
  auto query = timeline_query(call);
  if (!query) return answer(call.reply, query.error());
  ask_evidence(call, [query = *std::move(query)](insight::Evidence& evidence) {
    return insight::timeline(evidence, query);
  });
}

void entitlements(Call& call) {
  if (refused(call)) return;
  const auto at = query_time(call, "at");
  if (!at) return answer(call.reply, at.error());
  const Time now = call.door.parts.clock->now();
  const Time then = at->value_or(now);
  if (then > now) {
    return answer(call.reply, Error{Code::kInvalid, "time.future",
                                    "`at` is in the future, of which the ledger knows nothing; it "
                                    "is now `" +
                                        to_rfc3339(now) + "`"});
  }
  ask_evidence(call, [agent = call.param("id"), then](insight::Evidence& evidence) {
    return insight::entitlements(evidence, agent, then);
  });
}

}  // namespace

std::vector<Route> insight_routes() {
  return {
      {.method = "GET",
       .path = "/v1/decisions/{id}/explanation",
       .operation = "explainDecision",
       .tag = "evidence",
       .summary = "Why it was decided so, who was accountable, what each gate said",
       .answer = "Explanation",
       .handle = explanation},
      {.method = "GET",
       .path = "/v1/decisions/{id}/trace",
       .operation = "traceDecision",
       .tag = "evidence",
       .summary = "Back to what triggered it and on to everything that followed",
       .answer = "Trace",
       .query = {{"from", "`next_from` of the page before", QueryType::kNumber},
                 limit_parameter(200, 1000)},
       .handle = trace},
      {.method = "GET",
       .path = "/v1/timeline",
       .operation = "timeline",
       .tag = "evidence",
       .summary = "What happened to a task, a session or an identity, oldest first",
       .answer = "Timeline",
       .query = {{"task", "of this task and those below it"},
                 {"session", "of this session"},
                 {"identity", "of this agent, human or service"},
                 {"from", "`next_from` of the page before", QueryType::kNumber},
                 limit_parameter(200, 1000)},
       .handle = timeline},
      {.method = "GET",
       .path = "/v1/identities/{id}/entitlements",
       .operation = "entitlements",
       .tag = "evidence",
       .summary = "What an agent could do at one moment",
       .answer = "Entitlements",
       .query = {{"at", "that moment (RFC 3339); now when absent", QueryType::kTime}},
       .handle = entitlements},
  };
}

}  // namespace ambit::doors::rest
