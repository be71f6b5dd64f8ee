#include <utility>

#include "doors/authzen/internal/door.h"
#include "doors/authzen/internal/opa.h"

namespace ambit::doors::authzen {
namespace {

void refuse_as_opa(net::Exchange& exchange, const Error& error) {
  int status = net::status_of(error.code);
  if (error.reason == "http.content_type") status = 415;
  net::HttpResponse response = opa_error(status, error);
  add_challenge(response);
  respond(exchange, std::move(response));
}

// Whose call it is: a task's own, or the one that an enforcement point names.
Result<> fill_in(const service::Caller& caller, OpaCall& call) {
  if (caller.kind == service::CallerKind::kTask) {
    if (call.agent.empty()) call.agent = caller.identity;
    if (call.task.empty()) call.task = caller.task;
    return {};
  }
  for (const auto& [value, name] : {std::pair(&call.agent, "agent"), {&call.task, "task"}}) {
    if (value->empty()) {
      return fail(Code::kInvalid, "field.missing",
                  "`input." + std::string(name) +
                      "` is missing: an enforcement point says for "
                      "which agent and task it asks");
    }
  }
  return {};
}

// The tool call as an evaluation; one without a resource when the tool is not known.
Evaluation evaluation_of(const service::Searches& searches, const service::Caller& caller,
                         OpaCall call) {
  Evaluation out{.subject_type = "agent",
                 .subject_id = std::move(call.agent),
                 .action_name = "tools/call",
                 .resource_type = "tool",
                 .resource_id = {},
                 .arguments = std::move(call.arguments).value_or(text::Json::object()),
                 .task = std::move(call.task),
                 .instance = std::move(call.instance),
                 .intent = std::move(call.intent),
                 .justification = std::move(call.justification)};
  if (!call.server.empty()) {
    out.resource_id = call.server + "/" + call.tool;
  } else {
    out.resource_id = find_tool(call.tool, searches.tools_in_scope(caller, out.task));
    // Named in full but outside the task: that is for the gates to say.
    if (out.resource_id.empty() && classify_resource("tool", call.tool) == nullptr) {
      out.resource_id = std::move(call.tool);
    }
  }
  return out;
}

std::string write_rule(OpaRule rule, const NotOurs& reason) {
  return rule == OpaRule::kAllow ? write_opa_result("", false) : write_opa_decision(reason);
}

std::string write_rule(OpaRule rule, const service::Released& released) {
  if (rule == OpaRule::kDecision) return write_opa_decision(released);
  return write_opa_result(released.decision_id,
                          released.decision.verdict == domain::Verdict::kAllow);
}

void decide_as_opa(AuthzenDoor::State& door, OpaRule rule, SharedExchange exchange,
                   const service::Caller& caller, OpaInput input, Clock::time_point began) {
  if (auto* call = std::get_if<OpaCall>(&input)) {
    if (call->tool.empty()) {
      return refuse_as_opa(*exchange,
                           Error{Code::kInvalid, "field.missing", "`input.tool` is missing"});
    }
    if (const auto filled = fill_in(caller, *call); !filled) {
      return refuse_as_opa(*exchange, filled.error());
    }
    input = evaluation_of(door.service.searches(), caller, std::move(*call));
  }
  auto& evaluation = std::get<Evaluation>(input);
  const bool unknown = evaluation.resource_id.empty();
  auto question = question_of(caller, std::move(evaluation));
  if (!question) return refuse_as_opa(*exchange, question.error());
  if (question->not_ours != nullptr) {
    const NotOurs& reason = unknown ? kUnknownOpaTool : *question->not_ours;
    return respond(*exchange, net::HttpResponse::json(200, write_rule(rule, reason)));
  }
  decide(door, std::move(question->attempt), began,
         [rule, exchange = std::move(exchange)](const service::Released& released) {
           respond(*exchange, net::HttpResponse::json(200, write_rule(rule, released)));
         });
}

// The tools that the task may use at all, as a list of names.
void list_as_opa(AuthzenDoor::State& door, SharedExchange exchange, const service::Caller& caller,
                 OpaInput input) {
  auto* call = std::get_if<OpaCall>(&input);
  if (call == nullptr) {
    return refuse_as_opa(*exchange, Error{Code::kInvalid, "field.invalid",
                                          "`input` must name an agent and a task, no evaluation"});
  }
  if (const auto filled = fill_in(caller, *call); !filled) {
    return refuse_as_opa(*exchange, filled.error());
  }
  service::SearchQuery query{.kind = service::SearchKind::kResource,
                             .agent = std::move(call->agent),
                             .task = call->task,
                             .instance = std::move(call->instance),
                             .tool = {},
                             .arguments = {},
                             .capabilities = true,
                             .intent = std::move(call->intent),
                             .justification = std::move(call->justification),
                             .limit = service::Searches::kMaxPage,
                             .token = {}};
  std::vector<std::string> tools = door.service.searches().tools_in_scope(caller, call->task);
  door.service.searches().search(
      caller, std::move(query),
      [exchange = std::move(exchange),
       tools = std::move(tools)](Result<service::SearchAnswer> answer) {
        if (!answer) return refuse_as_opa(*exchange, answer.error());
        std::vector<std::string> permitted;
        for (const service::Found& found : answer->found) permitted.push_back(found.id);
        text::Json names = text::Json::array();
        for (std::string& name : names_of(permitted, tools)) names.push_back(std::move(name));
        respond(*exchange,
                net::HttpResponse::json(200, write_opa_list(answer->id, std::move(names),
                                                            !answer->next_token.empty())));
      });
}

}  // namespace

void answer_as_opa(AuthzenDoor::State& door, OpaRule rule, SharedExchange exchange) {
  const Clock::time_point began = Clock::now();
  const auto caller = admit(door, exchange->request());
  if (!caller) return refuse_as_opa(*exchange, caller.error());
  auto input = read_opa_input(exchange->request().body);
  if (!input) return refuse_as_opa(*exchange, input.error());
  if (const auto may = may_ask(*caller); !may) return refuse_as_opa(*exchange, may.error());
  if (rule == OpaRule::kTools) {
    return list_as_opa(door, std::move(exchange), *caller, *std::move(input));
  }
  decide_as_opa(door, rule, std::move(exchange), *caller, *std::move(input), began);
}

void undefined_as_opa(AuthzenDoor::State& door, SharedExchange exchange) {
  if (exchange->request().method != "POST") {
    net::HttpResponse response =
        opa_error(405, {Code::kInvalid, "http.method_not_allowed", "this path takes `POST` only"});
    response.headers.push_back({"Allow", "POST"});
    return respond(*exchange, std::move(response));
  }
  const auto caller = admit(door, exchange->request());
  if (!caller) return refuse_as_opa(*exchange, caller.error());
  if (const auto may = may_ask(*caller); !may) return refuse_as_opa(*exchange, may.error());
  respond(*exchange, net::HttpResponse::json(200, std::string("{}")));
}

}  // namespace ambit::doors::authzen
