#include "doors/rest/rest_door.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "doors/rest/internal/route.h"
#include "text/utf8.h"

namespace ambit::doors::rest {
namespace {

// A route without a body takes none, or an empty object.
Result<> check_no_body(const text::Json& body) {
  if (body.as_object().empty()) return {};
  return fail(Code::kInvalid, "field.unknown",
              "`" + body.as_object().front().first + "` is not known here: this takes no body");
}

// A misspelt filter must not be taken for none: each parameter is one that the route knows, can be
// read and is given once.
Result<> check_query(const Route& route, std::string_view query) {
  std::set<std::string_view> given;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto known = std::find_if(
        route.query.begin(), route.query.end(),
        [&](const QueryParameter& one) { return net::query_value(pair, one.name).has_value(); });
    if (known == route.query.end()) {
      std::string names;
      for (const QueryParameter& one : route.query) {
        names += std::string(names.empty() ? "" : " ") + "`" + one.name + "`";
      }
      return fail(Code::kInvalid, "field.unknown",
                  "`" + std::string(text::truncate_utf8(pair.substr(0, pair.find('=')), 60)) +
                      "` is not known in this query, or its value cannot be read; known: " +
                      (names.empty() ? "none" : names));
    }
    if (net::query_value(pair, known->name)->empty()) {
      return fail(Code::kInvalid, "field.invalid",
                  std::string("`") + known->name + "` is empty; leave it out instead");
    }
    if (!given.insert(known->name).second) {
      return fail(Code::kInvalid, "field.repeated",
                  std::string("`") + known->name + "` stands twice in the query");
    }
  }
  return {};
}

void serve(RestDoor::State& door, const Route& route, std::shared_ptr<net::Exchange> exchange,
           const net::PathParams& params) {
  Call call{door, route, {&door, std::move(exchange)}, params, {}, {}};
  if (route.access == Access::kCaller) {
    auto caller = authenticate(door, call.request());
    if (!caller) return answer(call.reply, caller.error());
    call.caller = *std::move(caller);
    const auto asked = check_query(route, call.request().query);
    if (!asked) return answer(call.reply, asked.error());
  }
  const bool takes_body = route.body[0] != '\0';
  auto body = read_body(call.request(), takes_body);
  if (!body) return answer(call.reply, body.error());
  call.body = *std::move(body);
  if (!takes_body) {
    if (const auto checked = check_no_body(call.body); !checked) {
      return answer(call.reply, checked.error());
    }
  }
  route.handle(call);
}

// What others keep, read when metrics are asked for.
void collect(const RestParts& parts, telemetry::Collector& out) {
  using telemetry::MetricType;
  const service::Counters counters = parts.service->counters();
  const service::Health health = parts.service->health();
  const auto number = [](auto value) { return static_cast<double>(value); };
  constexpr const char* kVerdicts = "Decisions by verdict.";
  out.add("ambit_decisions_total", MetricType::kCounter, kVerdicts, number(counters.allowed),
          {{"verdict", "allow"}});
  out.add("ambit_decisions_total", MetricType::kCounter, kVerdicts, number(counters.denied),
          {{"verdict", "deny"}});
  out.add("ambit_decisions_total", MetricType::kCounter, kVerdicts, number(counters.held),
          {{"verdict", "hold"}});
  out.add("ambit_decisions_withdrawn_total", MetricType::kCounter,
          "Permits taken back after their record was durable, before release.",
          number(counters.withdrawn));
  out.add("ambit_decisions_unrecorded_total", MetricType::kCounter,
          "Denials because the record could not be kept.", number(counters.unrecorded));
  out.add("ambit_ledger_entries", MetricType::kGauge, "Durable entries of the ledger.",
          number(parts.log->size()));
  out.add("ambit_ledger_writable", MetricType::kGauge, "1 while the ledger can be written.",
          parts.log->writable() ? 1 : 0);
  out.add("ambit_ready", MetricType::kGauge, "1 while /readyz answers 200.", health.ready ? 1 : 0);
  out.add("ambit_registry_revision", MetricType::kGauge, "Newest revision of the registry.",
          number(health.registry_revision));
  out.add("ambit_open_tasks", MetricType::kGauge, "Tasks that are open.",
          number(health.open_tasks));
  out.add("ambit_pending_approvals", MetricType::kGauge, "Approvals that wait for a human.",
          number(health.pending_approvals));
}

void append(std::vector<Route>& all, std::vector<Route> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<Route> all_routes() {
  std::vector<Route> all;
  for (const auto& part :
       {identity_routes, tool_routes, task_routes, approval_routes, decision_routes, insight_routes,
        policy_routes, finding_routes, ledger_routes, ledger_proof_routes, export_routes,
        hold_routes, system_routes, other_doors_routes}) {
    append(all, part());
  }
  return all;
}

RestDoor::RestDoor(RestParts parts, RestOptions options) {
  telemetry::Counter& unauthenticated = parts.metrics->counter(
      "ambit_authentication_failures_total",
      "Requests whose credential was missing or not accepted, by door.", {{"door", "rest"}});
  telemetry::Counter& internal_errors = parts.metrics->counter(
      "ambit_internal_errors_total", "Requests that failed by a defect of ours, by door.",
      {{"door", "rest"}});
  std::string openapi = make_openapi(all_routes(), options);
  state_ =
      std::make_unique<State>(State{parts, std::move(options), unauthenticated, internal_errors,
                                    identity::ReplayGuard(), std::move(openapi)});
  parts.metrics->on_expose([parts](telemetry::Collector& out) { collect(parts, out); });
}

RestDoor::~RestDoor() = default;

void RestDoor::add_routes(net::Router& router) {
  for (Route& route : all_routes()) {
    if (route.handle == nullptr) continue;
    const char* method = route.method;
    const char* path = route.path;
    router.add(method, path,
               [state = state_.get(), route = std::move(route)](
                   std::shared_ptr<net::Exchange> exchange, const net::PathParams& params) {
                 serve(*state, route, std::move(exchange), params);
               });
  }
}

const std::string& RestDoor::openapi() const { return state_->openapi; }

}  // namespace ambit::doors::rest
