#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

void healthz(Call& call) { answer(call.reply, 200, std::string("{\"status\":\"ok\"}")); }

void readyz(Call& call) {
  const service::Health health = call.service().health();
  text::JsonArray problems(health.problems.begin(), health.problems.end());
  text::JsonArray warnings;
  for (const service::Warning& warning : health.warnings) {
    warnings.push_back(text::Json::object(
        {{"code", warning.code}, {"message", warning.message}, {"remedy", warning.remedy}}));
  }
  const auto number = [](auto value) { return static_cast<std::int64_t>(value); };
  answer(
      call.reply, health.ready ? 200 : 503,
      text::to_json(text::Json::object({{"ready", health.ready},
                                        {"problems", text::Json(std::move(problems))},
                                        {"warnings", text::Json(std::move(warnings))},
                                        {"ledger_entries", number(health.ledger_entries)},
                                        {"registry_revision", number(health.registry_revision)},
                                        {"open_tasks", number(health.open_tasks)},
                                        {"pending_approvals", number(health.pending_approvals)}})));
}

void metrics(Call& call) {
  // Beyond loopback the counts are for those who may read here, not for everybody.
  if (call.request().peer == nullptr || !call.request().peer->is_loopback) {
    const auto caller = authenticate(call.door, call.request());
    if (!caller) return answer(call.reply, caller.error());
  }
  net::HttpResponse response{.status = 200,
                             .content_type = "text/plain; version=0.0.4; charset=utf-8"};
  response.body = call.door.parts.metrics->expose();
  call.reply.exchange->respond(std::move(response));
}

void jwks(Call& call) { answer(call.reply, 200, text::to_json(call.service().jwks())); }

void openapi(Call& call) { answer(call.reply, 200, call.door.openapi); }

}  // namespace

std::vector<Route> system_routes() {
  return {
      {.method = "GET",
       .path = "/healthz",
       .operation = "healthz",
       .tag = "system",
       .summary = "Alive: answers while the server runs at all",
       .access = Access::kNobody,
       .answer = "Alive",
       .handle = healthz},
      {.method = "GET",
       .path = "/readyz",
       .operation = "readyz",
       .tag = "system",
       .summary = "Ready: 503 with the problems when, for one, evidence cannot be written; "
                  "warnings do not make it red",
       .access = Access::kNobody,
       .answer = "Readiness",
       .handle = readyz},
      {.method = "GET",
       .path = "/metrics",
       .operation = "metrics",
       .tag = "system",
       .summary = "Metrics in the Prometheus text format; beyond loopback for callers only",
       .access = Access::kNobody,
       .answer = "text",
       .handle = metrics},
      {.method = "GET",
       .path = "/.well-known/jwks.json",
       .operation = "jwks",
       .tag = "system",
       .summary = "The keys that verify task credentials (RFC 7517)",
       .access = Access::kNobody,
       .answer = "JsonObject",
       .handle = jwks},
      {.method = "GET",
       .path = "/openapi.json",
       .operation = "openapi",
       .tag = "system",
       .summary = "This document",
       .access = Access::kNobody,
       .answer = "JsonObject",
       .handle = openapi},
  };
}

std::vector<Route> other_doors_routes() {
  return {
      {.method = "POST",
       .path = "/access/v1/evaluation",
       .operation = "evaluate",
       .tag = "authzen",
       .summary = "Decide one action (AuthZEN Authorization API 1.0)",
       .body = "Evaluation",
       .answer = "EvaluationAnswer"},
      {.method = "GET",
       .path = "/.well-known/authzen-configuration",
       .operation = "authzenConfiguration",
       .tag = "authzen",
       .summary = "Metadata of the policy decision point",
       .access = Access::kNobody,
       .answer = "JsonObject"},
      {.method = "POST",
       .path = "/mcp/{server}",
       .operation = "mcpPost",
       .tag = "mcp",
       .summary = "Send an MCP message to a governed server (streamable HTTP)",
       .body = "JsonObject",
       .answer = "JsonObject"},
      {.method = "GET",
       .path = "/mcp/{server}",
       .operation = "mcpListen",
       .tag = "mcp",
       .summary = "Listen to a governed server's messages (server-sent events)",
       .answer = "text"},
      {.method = "DELETE",
       .path = "/mcp/{server}",
       .operation = "mcpEnd",
       .tag = "mcp",
       .summary = "End an MCP session",
       .status = 204},
  };
}

}  // namespace ambit::doors::rest
