#include "doors/authzen/internal/evaluation.h"

#include <utility>

#include "doors/authzen/internal/entities.h"
#include "doors/authzen/internal/fields.h"
#include "net/http.h"

namespace ambit::doors::authzen {
namespace {

constexpr NotOurs kSubjectType{"authzen.subject_type",
                               "only a subject of type `agent` acts under this authority",
                               "name the agent as {\"type\":\"agent\",\"id\":...}"};
constexpr NotOurs kActionName{"authzen.action", "only the action `tools/call` is decided here",
                              "name the action as {\"name\":\"tools/call\"}"};
constexpr NotOurs kResource{
    "authzen.resource", "only a resource of type `tool` with an id `server/tool` is decided here",
    "name the tool as {\"type\":\"tool\",\"id\":\"server/tool\"}"};

}  // namespace

Result<Evaluation> take_evaluation(text::Json& json) {
  Evaluation out;
  AMBIT_TRY(text::Json * subject, read_object(json, "subject"));
  AMBIT_CHECK_OK(take(*subject, "type", "subject.type", out.subject_type));
  AMBIT_CHECK_OK(take(*subject, "id", "subject.id", out.subject_id));
  AMBIT_CHECK_OK(read_optional_object(*subject, "properties", "subject.properties"));
  AMBIT_TRY(text::Json * action, read_object(json, "action"));
  AMBIT_CHECK_OK(take(*action, "name", "action.name", out.action_name));
  AMBIT_CHECK_OK(read_optional_object(*action, "properties", "action.properties"));
  AMBIT_TRY(text::Json * resource, read_object(json, "resource"));
  AMBIT_CHECK_OK(take(*resource, "type", "resource.type", out.resource_type));
  AMBIT_CHECK_OK(take(*resource, "id", "resource.id", out.resource_id));
  AMBIT_TRY(Circumstances circumstances, take_circumstances(json, *resource));
  out.arguments =
      circumstances.arguments ? *std::move(circumstances.arguments) : text::Json::object();
  out.task = std::move(circumstances.task);
  out.instance = std::move(circumstances.instance);
  out.intent = std::move(circumstances.intent);
  out.justification = std::move(circumstances.justification);
  return out;
}

Result<Evaluation> read_evaluation(std::string_view body) {
  AMBIT_TRY(text::Json json, parse_body(body));
  return take_evaluation(json);
}

const NotOurs* classify_subject(std::string_view type) {
  return type == "agent" ? nullptr : &kSubjectType;
}

const NotOurs* classify_action(std::string_view name) {
  return name == "tools/call" ? nullptr : &kActionName;
}

const NotOurs* classify_resource_type(std::string_view type) {
  return type == "tool" ? nullptr : &kResource;
}

const NotOurs* classify_resource(std::string_view type, std::string_view id) {
  const std::size_t slash = id.find('/');
  const bool named = slash != std::string_view::npos && slash > 0 && slash + 1 < id.size();
  return type == "tool" && named ? nullptr : &kResource;
}

const NotOurs* classify(const Evaluation& evaluation, std::string& server, std::string& tool) {
  if (const auto* no = classify_subject(evaluation.subject_type)) return no;
  if (const auto* no = classify_action(evaluation.action_name)) return no;
  if (const auto* no = classify_resource(evaluation.resource_type, evaluation.resource_id)) {
    return no;
  }
  const std::size_t slash = evaluation.resource_id.find('/');
  server = evaluation.resource_id.substr(0, slash);
  tool = evaluation.resource_id.substr(slash + 1);
  return nullptr;
}

void append_reason(std::string& out, std::string_view code, std::string_view message,
                   std::string_view remedy) {
  out += "{\"code\":";
  text::append_json_string(out, code);
  out += ",\"message\":";
  text::append_json_string(out, message);
  out += ",\"remedy\":";
  text::append_json_string(out, remedy);
  out += '}';
}

void append_revision(std::string& out, const service::Revision& revision) {
  out.append("\"revision\":{\"policy\":")
      .append(std::to_string(revision.policy_version))
      .append(",\"epoch\":")
      .append(std::to_string(revision.epoch))
      .append("}");
}

void append_details(std::string& out, const service::Released& released) {
  const decision::Decision& decision = released.decision;
  out += "\"reasons\":[";
  for (std::size_t i = 0; i < decision.reasons.size(); ++i) {
    if (i > 0) out += ',';
    const decision::Reason& reason = decision.reasons[i];
    append_reason(out, reason.code, reason.message, reason.remedy);
  }
  out += ']';
  if (released.ledger_index) {
    out.append(",\"ledger_index\":").append(std::to_string(*released.ledger_index));
  }
  out += ',';
  append_revision(out, released.revision);
  if (!released.approval.empty()) {
    out += ",\"approval\":{\"id\":";
    text::append_json_string(out, released.approval);
    if (released.approval_expires) {
      out.append(",\"expires_at\":\"").append(to_rfc3339(*released.approval_expires)).append("\"");
    }
    out += '}';
  }
  // Canonical JSON already: exactly what was decided, and all that may be executed.
  if (decision.verdict == domain::Verdict::kAllow) {
    out.append(",\"arguments\":").append(released.canonical_arguments);
  }
}

std::string write_answer(const service::Released& released) {
  const bool allowed = released.decision.verdict == domain::Verdict::kAllow;
  std::string out;
  out.reserve(256 + (allowed ? released.canonical_arguments.size() : 512));
  out += allowed ? "{\"decision\":true,\"context\":{\"id\":"
                 : "{\"decision\":false,\"context\":{\"id\":";
  text::append_json_string(out, released.decision_id);
  out.append(",\"verdict\":\"").append(domain::name_of(released.decision.verdict)).append("\",");
  append_details(out, released);
  out += "}}";
  return out;
}

std::string write_answer(const NotOurs& reason) {
  std::string out = "{\"decision\":false,\"context\":{\"verdict\":\"deny\",\"reasons\":[";
  append_reason(out, reason.code, reason.message, reason.remedy);
  out += "]}}";
  return out;
}

std::string write_error(const Error& error) {
  std::string out = "{\"decision\":false,\"context\":{\"verdict\":\"deny\",\"error\":{\"status\":";
  out += std::to_string(net::status_of(error.code));
  out += ",\"message\":";
  text::append_json_string(out, error.message);
  out += "},\"reasons\":[";
  append_reason(out, error.reason, error.message, "");
  out += "]}}";
  return out;
}

}  // namespace ambit::doors::authzen
