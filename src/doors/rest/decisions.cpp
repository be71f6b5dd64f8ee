#include <array>
#include <optional>

#include "domain/fields.h"
#include "doors/rest/internal/route.h"
#include "service/decision_page.h"

namespace ambit::doors::rest {
namespace {

using ports::Facet;

// What an entry of the list can be asked for by, beside its time.
struct Filter {
  const char* name;
  Facet facet;
  const char* about;
};
constexpr std::array<Filter, 13> kFilters{
    Filter{"agent", Facet::kAgent, "only those of this agent"},
    Filter{"task", Facet::kTask, "only those of this task"},
    Filter{"within", Facet::kWithin, "only those of this task and of the tasks below it"},
    Filter{"session", Facet::kSession, "only those of this session"},
    Filter{"identity", Facet::kIdentity, "only those that concern this identity"},
    Filter{"tool", Facet::kTool, "only calls of this tool, as `server/tool`"},
    Filter{"system", Facet::kSystem, "only calls to this system"},
    Filter{"target", Facet::kTarget, "only on this target, as `kind:value`; a path with all below"},
    Filter{"verdict", Facet::kVerdict, "`allow`, `deny` or `hold`"},
    Filter{"reason", Facet::kReason, "only with this reason code"},
    Filter{"label", Facet::kLabel, "only where the tool or the session bore this label"},
    Filter{"approver", Facet::kApprover, "only what this human approved"},
    Filter{"tier", Facet::kTier, "`low`, `elevated` or `high`"}};

// One that cannot be right must not come out as if nothing had happened.
Result<> check(const Filter& filter, const std::string& value) {
  if (filter.facet == Facet::kVerdict) {
    AMBIT_CHECK_OK(domain::value_of<domain::Verdict>(value));
  }
  if (filter.facet == Facet::kTier) {
    AMBIT_CHECK_OK(domain::value_of<domain::Tier>(value));
  }
  if (filter.facet == Facet::kTool && value.find('/') == std::string::npos) {
    return fail(Code::kInvalid, "field.invalid", "`tool` must be `server/tool`");
  }
  return {};
}

// As the index has it. Errors: `field.invalid`, `vocabulary.*`.
Result<std::string> read_target(std::string value) {
  const std::size_t colon = value.find(':');
  if (colon == std::string::npos) {
    return fail(Code::kInvalid, "field.invalid",
                "`target` must be `kind:value`, such as `path:/srv/reports`");
  }
  AMBIT_TRY(const domain::TargetKind kind,
            domain::value_of<domain::TargetKind>(std::string_view(value).substr(0, colon)));
  if (kind != domain::TargetKind::kPath) return value;
  while (value.size() > colon + 2 && value.back() == '/') value.pop_back();
  if (std::count(value.begin(), value.end(), '/') <=
      static_cast<std::ptrdiff_t>(ports::kMaxFoldersFound)) {
    return value;
  }
  return fail(Code::kInvalid, "field.invalid",
              "a path that is sought has at most " + std::to_string(ports::kMaxFoldersFound) +
                  " folders; seek one above it");
}

Result<ports::IndexQuery> read_query(const Call& call) {
  ports::IndexQuery query{.all = {{{Facet::kKind, "decision"}}}};
  for (const Filter& filter : kFilters) {
    std::string value = call.query(filter.name);
    if (value.empty()) continue;
    AMBIT_CHECK_OK(check(filter, value));
    if (filter.facet == Facet::kTarget) {
      AMBIT_TRY(value, read_target(std::move(value)));
    }
    query.all.push_back({{filter.facet, std::move(value)}});
  }
  AMBIT_TRY(query.since, query_time(call, "since"));
  AMBIT_TRY(query.until, query_time(call, "until"));
  if (query.since && query.until && *query.since >= *query.until) {
    return fail(Code::kInvalid, "field.invalid", "`since` must be before `until`");
  }
  AMBIT_TRY(query.limit, query_limit(call));
  AMBIT_TRY(query.before, query_number(call, "before", query.before));
  return query;
}

// Found, read and written out off the loop: hundreds of decisions take longer than one may wait.
Result<std::string> page_of(const service::EvidenceSources& sources, const ports::IndexQuery& query,
                            const std::string& task) {
  AMBIT_TRY(const ports::IndexPage found, sources.index->find(query));
  AMBIT_TRY(service::DecisionPage page, service::read_decisions(sources, found.entries, task));
  text::Json out = text::Json::object({{"items", text::Json(std::move(page.items))}});
  if (found.more && !page.cut_at) page.cut_at = found.entries.back();
  if (page.cut_at) out.set("next_before", static_cast<std::int64_t>(*page.cut_at));
  const std::uint64_t size = sources.log->size();
  if (found.indexed < size) {
    out.set("not_indexed", static_cast<std::int64_t>(size - found.indexed));
  }
  return text::to_json(out);
}

void list(Call& call) {
  const std::string task = call.query("task");
  const auto allowed = call.service().decisions().may_read(call.caller, task);
  if (!allowed) return answer(call.reply, allowed.error());
  auto query = read_query(call);
  if (!query) return answer(call.reply, query.error());
  const RestParts& parts = call.door.parts;
  if (parts.index == nullptr) {
    return answer(call.reply, Error{Code::kUnavailable, "index.unavailable",
                                    "this server keeps no search index"});
  }
  answer_reading(call, [sources = service::EvidenceSources{parts.log, parts.index, parts.keys},
                        query = *std::move(query), task] { return page_of(sources, query, task); });
}

std::vector<QueryParameter> list_parameters() {
  std::vector<QueryParameter> out;
  for (const Filter& filter : kFilters) out.push_back({filter.name, filter.about});
  for (const QueryParameter& more :
       {QueryParameter{"since", "only from this time on (RFC 3339)", QueryType::kTime},
        QueryParameter{"until", "only before this time (RFC 3339)", QueryType::kTime},
        limit_parameter(50, 500),
        QueryParameter{"before", "`next_before` of the page before", QueryType::kNumber}}) {
    out.push_back(more);
  }
  return out;
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
       .query = list_parameters(),
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
