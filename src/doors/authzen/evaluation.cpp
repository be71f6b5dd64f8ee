#include "doors/authzen/internal/evaluation.h"

#include <utility>

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

tl::unexpected<Error> missing(std::string_view path) {
  return fail(Code::kInvalid, "field.missing", "`" + std::string(path) + "` is missing");
}

tl::unexpected<Error> wrong(std::string_view path, std::string_view what) {
  return fail(Code::kInvalid, "field.invalid", "`" + std::string(path) + "` " + std::string(what));
}

Result<text::Json*> read_object(text::Json& in, std::string_view key) {
  text::Json* member = in.find(key);
  if (member == nullptr) return missing(key);
  if (!member->is_object()) return wrong(key, "must be an object");
  return member;
}

// Takes a text that must be there.
Result<> take(text::Json& in, std::string_view key, std::string_view path, std::string& out) {
  text::Json* member = in.find(key);
  if (member == nullptr) return missing(path);
  if (!member->is_string() || member->as_string().empty()) {
    return wrong(path, "must be a string that is not empty");
  }
  out = std::move(member->as_string());
  return {};
}

// Takes a text that may be absent.
Result<> take_optional(text::Json& in, std::string_view key, std::string_view path,
                       std::string& out) {
  text::Json* member = in.find(key);
  if (member == nullptr || member->is_null()) return {};
  if (!member->is_string()) return wrong(path, "must be a string");
  out = std::move(member->as_string());
  return {};
}

Result<> read_context(text::Json& context, Evaluation& out) {
  AMBIT_CHECK_OK(take_optional(context, "task", "context.task", out.task));
  AMBIT_CHECK_OK(take_optional(context, "instance", "context.instance", out.instance));
  AMBIT_CHECK_OK(take_optional(context, "intent", "context.intent", out.intent));
  return take_optional(context, "justification", "context.justification", out.justification);
}

// `properties` of a subject, action or resource: an object when there is one.
Result<text::Json*> read_properties(text::Json& in, std::string_view path) {
  text::Json* properties = in.find("properties");
  if (properties == nullptr || properties->is_null()) return nullptr;
  if (!properties->is_object()) return wrong(path, "must be an object");
  return properties;
}

// The arguments stand in one of two places; if they stood in both, two readers could decide and
// execute different ones.
Result<> read_arguments(text::Json* context, text::Json* properties, Evaluation& out) {
  text::Json* in_context = context != nullptr ? context->find("arguments") : nullptr;
  text::Json* in_resource = properties != nullptr ? properties->find("arguments") : nullptr;
  if (in_context != nullptr && in_resource != nullptr) {
    return wrong("resource.properties.arguments",
                 "must not stand beside `context.arguments`; send the arguments once");
  }
  text::Json* found = in_context != nullptr ? in_context : in_resource;
  if (found == nullptr) {
    out.arguments = text::Json::object();
    return {};
  }
  if (!found->is_object()) {
    return wrong(in_context != nullptr ? "context.arguments" : "resource.properties.arguments",
                 "must be an object");
  }
  out.arguments = std::move(*found);
  return {};
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

}  // namespace

Result<Evaluation> read_evaluation(std::string_view body) {
  auto parsed = text::parse_json(body);
  // Whatever is wrong with it (too deep, too), it is the request that is wrong.
  if (!parsed) return fail(Code::kInvalid, parsed.error().reason, parsed.error().message);
  text::Json& json = *parsed;
  if (!json.is_object()) {
    return fail(Code::kInvalid, "field.type", "the body must be a JSON object");
  }
  Evaluation out;
  AMBIT_TRY(text::Json * subject, read_object(json, "subject"));
  AMBIT_CHECK_OK(take(*subject, "type", "subject.type", out.subject_type));
  AMBIT_CHECK_OK(take(*subject, "id", "subject.id", out.subject_id));
  AMBIT_CHECK_OK(read_properties(*subject, "subject.properties"));
  AMBIT_TRY(text::Json * action, read_object(json, "action"));
  AMBIT_CHECK_OK(take(*action, "name", "action.name", out.action_name));
  AMBIT_CHECK_OK(read_properties(*action, "action.properties"));
  AMBIT_TRY(text::Json * resource, read_object(json, "resource"));
  AMBIT_CHECK_OK(take(*resource, "type", "resource.type", out.resource_type));
  AMBIT_CHECK_OK(take(*resource, "id", "resource.id", out.resource_id));
  AMBIT_TRY(text::Json * properties, read_properties(*resource, "resource.properties"));
  text::Json* context = json.find("context");
  if (context != nullptr && context->is_null()) context = nullptr;
  if (context != nullptr) {
    if (!context->is_object()) return wrong("context", "must be an object");
    AMBIT_CHECK_OK(read_context(*context, out));
  }
  AMBIT_CHECK_OK(read_arguments(context, properties, out));
  return out;
}

const NotOurs* classify(const Evaluation& evaluation, std::string& server, std::string& tool) {
  if (evaluation.subject_type != "agent") return &kSubjectType;
  if (evaluation.action_name != "tools/call") return &kActionName;
  const std::size_t slash = evaluation.resource_id.find('/');
  if (evaluation.resource_type != "tool" || slash == std::string::npos || slash == 0 ||
      slash + 1 == evaluation.resource_id.size()) {
    return &kResource;
  }
  server = evaluation.resource_id.substr(0, slash);
  tool = evaluation.resource_id.substr(slash + 1);
  return nullptr;
}

std::string write_answer(const service::Released& released) {
  const decision::Decision& decision = released.decision;
  const bool allowed = decision.verdict == domain::Verdict::kAllow;
  std::string out;
  out.reserve(256 + (allowed ? released.canonical_arguments.size() : 512));
  out += allowed ? "{\"decision\":true,\"context\":{\"id\":"
                 : "{\"decision\":false,\"context\":{\"id\":";
  text::append_json_string(out, released.decision_id);
  out.append(",\"verdict\":\"")
      .append(domain::name_of(decision.verdict))
      .append("\",\"reasons\":[");
  for (std::size_t i = 0; i < decision.reasons.size(); ++i) {
    if (i > 0) out += ',';
    const decision::Reason& reason = decision.reasons[i];
    append_reason(out, reason.code, reason.message, reason.remedy);
  }
  out += ']';
  if (released.ledger_index) {
    out.append(",\"ledger_index\":").append(std::to_string(*released.ledger_index));
  }
  if (!released.approval.empty()) {
    out += ",\"approval\":{\"id\":";
    text::append_json_string(out, released.approval);
    if (released.approval_expires) {
      out.append(",\"expires_at\":\"").append(to_rfc3339(*released.approval_expires)).append("\"");
    }
    out += '}';
  }
  // Canonical JSON already: exactly what was decided, and all that may be executed.
  if (allowed) out.append(",\"arguments\":").append(released.canonical_arguments);
  out += "}}";
  return out;
}

std::string write_answer(const NotOurs& reason) {
  std::string out = "{\"decision\":false,\"context\":{\"verdict\":\"deny\",\"reasons\":[";
  append_reason(out, reason.code, reason.message, reason.remedy);
  out += "]}}";
  return out;
}

std::string sanitised_request_id(std::string_view sent) {
  constexpr std::size_t kMaxBytes = 128;
  constexpr std::string_view kExtra = "._:/+=@-";
  std::string out;
  for (const char c : sent) {
    const bool safe = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      kExtra.find(c) != std::string_view::npos;
    if (safe && out.size() < kMaxBytes) out += c;
  }
  return out;
}

}  // namespace ambit::doors::authzen
