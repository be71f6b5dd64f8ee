#include "streams/otlp.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "text/base64url.h"

namespace ambit::streams {
namespace {

using text::Json;

constexpr int kInternal = 1;  // SpanKind
constexpr int kClient = 3;
constexpr int kOk = 1;  // StatusCode
constexpr int kError = 2;

std::string text_of(const Json& object, std::string_view key) {
  return std::string(object.string_or(key, ""));
}

// The first `bytes` of a digest in hex; never all zeros.
std::string id_of(std::string_view what, const std::string& name, std::size_t bytes) {
  const crypto::Digest digest = crypto::sha256({what, name});
  return text::to_hex(digest.view().substr(0, bytes));
}
std::string trace_of(const std::string& task) { return id_of("ambit trace ", task, 16); }
std::string span_of(const std::string& decision) { return id_of("ambit span ", decision, 8); }

std::string nanoseconds(std::int64_t ms) {
  return std::to_string(std::max<std::int64_t>(ms, 0)) + "000000";
}

class Attributes {
 public:
  void text(std::string_view key, const std::string& value) {
    if (!value.empty()) add(key, Json::object({{"stringValue", value}}));
  }
  void number(std::string_view key, std::int64_t value) {
    add(key, Json::object({{"intValue", std::to_string(value)}}));
  }
  void texts(std::string_view key, const Json* list) {
    if (list == nullptr || !list->is_array() || list->as_array().empty()) return;
    Json values = Json::array();
    for (const Json& item : list->as_array()) {
      values.push_back(Json::object(
          {{"stringValue", item.is_string() ? item.as_string() : text_of(item, "code")}}));
    }
    add(key, Json::object({{"arrayValue", Json::object({{"values", std::move(values)}})}}));
  }
  Json take() { return std::move(list_); }

 private:
  void add(std::string_view key, Json value) {
    list_.push_back(Json::object({{"key", key}, {"value", std::move(value)}}));
  }
  Json list_ = Json::array();
};

Json decision_span(const EvidenceItem& item) {
  const Json& body = item.body;
  static const Json empty = Json::object();
  const Json& decision = body.find("decision") ? *body.find("decision") : empty;
  const std::string verdict = text_of(decision, "verdict");
  const std::string tool = text_of(item.facts, "tool");
  Attributes attributes;
  // No `gen_ai.operation.name`: a decision executes no tool, what may follow it does.
  attributes.text("gen_ai.tool.name", tool);
  attributes.text("gen_ai.agent.id", text_of(item.facts, "agent"));
  attributes.text("gen_ai.conversation.id", text_of(item.facts, "session"));
  attributes.text("ambit.decision", text_of(body, "id"));
  attributes.text("ambit.verdict", verdict);
  attributes.text("ambit.gate", text_of(decision, "gate"));
  attributes.texts("ambit.reasons", decision.find("reasons"));
  attributes.texts("ambit.policies", decision.find("determining"));
  attributes.text("ambit.task", text_of(item.facts, "task"));
  attributes.text("ambit.instance", text_of(item.facts, "instance"));
  attributes.text("ambit.server", text_of(item.facts, "server"));
  attributes.text("ambit.system", text_of(item.facts, "system"));
  attributes.text("ambit.class", text_of(body, "class"));
  attributes.text("ambit.outcome", text_of(body, "outcome"));
  attributes.text("ambit.tier", text_of(body, "tier"));
  attributes.number("ambit.ledger.index", static_cast<std::int64_t>(item.index));
  const std::string at = nanoseconds(item.at.ms);
  // A denial is an answer, no failure of the service; yet what was asked for did not happen.
  Json status = Json::object({{"code", verdict == "deny" ? kError : kOk}});
  if (verdict == "deny") status.set("message", "denied");
  return Json::object({{"traceId", trace_of(text_of(item.facts, "task"))},
                       {"spanId", span_of(text_of(body, "id"))},
                       {"name", "decide " + text_of(item.facts, "server") + "/" + tool},
                       {"kind", kInternal},
                       {"startTimeUnixNano", at},
                       {"endTimeUnixNano", at},
                       {"attributes", attributes.take()},
                       {"status", std::move(status)}});
}

Json outcome_span(const EvidenceItem& item) {
  const Json& body = item.body;
  const std::string decision = text_of(body, "decision");
  const std::string status = text_of(body, "status");
  const Json* took = body.find("took_ms");
  const std::int64_t ms =
      took != nullptr && took->is_int() ? std::max<std::int64_t>(took->as_int(), 0) : 0;
  Attributes attributes;
  attributes.text("gen_ai.operation.name", "execute_tool");
  attributes.text("ambit.decision", decision);
  attributes.text("ambit.task", text_of(body, "task"));
  attributes.text("ambit.status", status);
  if (status != "ok") attributes.text("error.type", status.empty() ? "_OTHER" : status);
  if (const Json* bytes = body.find("bytes"); bytes != nullptr && bytes->is_int()) {
    attributes.number("ambit.result.bytes", bytes->as_int());
  }
  attributes.texts("ambit.labels", body.find("labels"));
  attributes.number("ambit.ledger.index", static_cast<std::int64_t>(item.index));
  return Json::object({{"traceId", trace_of(text_of(body, "task"))},
                       {"spanId", span_of(decision + " outcome")},
                       {"parentSpanId", span_of(decision)},
                       {"name", "execute_tool"},
                       {"kind", kClient},
                       {"startTimeUnixNano", nanoseconds(item.at.ms - ms)},
                       {"endTimeUnixNano", nanoseconds(item.at.ms)},
                       {"attributes", attributes.take()},
                       {"status", Json::object({{"code", status == "ok" ? kOk : kError}})}});
}

Json resource_of(std::string_view version) {
  Attributes attributes;
  attributes.text("service.name", "ambit");
  attributes.text("service.version", std::string(version));
  return Json::object({{"attributes", attributes.take()}});
}

Json scope_of(std::string_view version) {
  return Json::object({{"name", "ambit.ledger"}, {"version", version}});
}

}  // namespace

std::optional<Json> to_span(const EvidenceItem& item) {
  if (item.kind == "decision") return decision_span(item);
  if (item.kind == "outcome") return outcome_span(item);
  return std::nullopt;
}

Json to_log_record(const Json& ocsf) {
  const Json* time = ocsf.find("time");
  const Json* severity = ocsf.find("severity_id");
  const bool low = severity != nullptr && severity->is_int() && severity->as_int() > 1;
  return Json::object(
      {{"timeUnixNano", nanoseconds(time != nullptr && time->is_int() ? time->as_int() : 0)},
       {"severityNumber", low ? 13 : 9},  // WARN, INFO
       {"severityText", low ? "WARN" : "INFO"},
       {"eventName", "ocsf.api_activity"},
       {"body", Json::object({{"stringValue", text::to_json(ocsf)}})}});
}

std::string trace_request(std::vector<Json> spans, std::string_view version) {
  return text::to_json(Json::object(
      {{"resourceSpans", Json::array({Json::object(
                             {{"resource", resource_of(version)},
                              {"scopeSpans", Json::array({Json::object(
                                                 {{"scope", scope_of(version)},
                                                  {"spans", Json(std::move(spans))}})})}})})}}));
}

std::string log_request(std::vector<Json> records, std::string_view version) {
  return text::to_json(Json::object(
      {{"resourceLogs",
        Json::array({Json::object(
            {{"resource", resource_of(version)},
             {"scopeLogs",
              Json::array({Json::object({{"scope", scope_of(version)},
                                         {"logRecords", Json(std::move(records))}})})}})})}}));
}

}  // namespace ambit::streams
