#include "streams/ocsf.h"

#include <utility>

namespace ambit::streams {
namespace {

using text::Json;

constexpr int kClass = 6003;
constexpr int kCategory = 6;

std::string text_of(const Json& object, std::string_view key) {
  return std::string(object.string_or(key, ""));
}

// Create 1, Read 2, Update 3, Delete 4, Other 99.
int activity_of(const Json& body) {
  const std::string action_class = text_of(body, "class");
  if (action_class == "read" || action_class == "query" || action_class == "browse") return 2;
  if (action_class == "delete") return 4;
  if (action_class == "write") return text_of(body, "outcome") == "create" ? 1 : 3;
  return 99;
}

struct Outcome {
  int action;  // 0 unknown, 1 allowed, 2 denied
  const char* action_name;
  int disposition;  // 1 allowed, 2 blocked, 14 delayed
  const char* disposition_name;
  int status;  // 1 success, 2 failure, 99 other
  const char* status_name;
  int severity;  // 1 informational, 2 low
};

Outcome outcome_of(const std::string& verdict) {
  if (verdict == "allow" || verdict == "would_deny") {
    return {1, "Allowed", 1, "Allowed", 1, "Success", 1};
  }
  if (verdict == "hold") return {0, "Unknown", 14, "Delayed", 99, "Other", 1};
  return {2, "Denied", 2, "Blocked", 2, "Failure", 2};
}

Json metadata_of(const EvidenceItem& item, std::string_view version) {
  return Json::object(
      {{"version", "1.3.0"},
       {"product",
        Json::object({{"name", "Ambit"}, {"vendor_name", "Ambit"}, {"version", version}})},
       {"profiles", Json::array({"security_control"})},
       {"log_name", "ledger"},
       {"uid", text_of(item.body, "id")},
       {"correlation_uid", text_of(item.facts, "task")},
       {"sequence", static_cast<std::int64_t>(item.index)}});
}

Json actor_of(const Json& facts) {
  Json out =
      Json::object({{"user", Json::object({{"uid", text_of(facts, "agent")},
                                           {"name", text_of(facts, "agent")},
                                           {"type", "Other"},
                                           {"type_id", 99}})},
                    {"session", Json::object({{"uid", text_of(facts, "session")},
                                              {"credential_uid", text_of(facts, "credential")}})}});
  const std::string by = text_of(facts, "authorised_by");
  if (!by.empty()) out.set("invoked_by", by);
  return out;
}

Json resources_of(const EvidenceItem& item) {
  Json out = Json::array();
  const Json* targets = item.body.find("targets");
  if (targets == nullptr || !targets->is_array()) return out;
  for (const Json& target : targets->as_array()) {
    out.push_back(
        Json::object({{"name", text_of(target, "value")}, {"type", text_of(target, "kind")}}));
  }
  return out;
}

Json policy_of(const Json& facts) {
  const Json& policy = member(facts, "policy");
  Json out = Json::object({{"name", text_of(policy, "name")}, {"uid", text_of(policy, "digest")}});
  if (const Json* version = policy.find("version"); version != nullptr && version->is_int()) {
    out.set("version", std::to_string(version->as_int()));
  }
  return out;
}

}  // namespace

std::optional<Json> to_ocsf(const EvidenceItem& item, std::string_view version) {
  if (item.kind != "decision") return std::nullopt;
  const Json& decision = member(item.body, "decision");
  const std::string verdict = text_of(decision, "verdict");
  const Outcome outcome = outcome_of(verdict);
  const int activity = activity_of(item.body);
  const std::string tool = text_of(item.facts, "server") + "/" + text_of(item.facts, "tool");
  Json out = Json::object(
      {{"metadata", metadata_of(item, version)},
       {"time", item.at.ms},
       {"category_uid", kCategory},
       {"class_uid", kClass},
       {"activity_id", activity},
       {"activity_name", activity == 99 ? text_of(item.body, "class") : std::string()},
       {"type_uid", kClass * 100 + activity},
       {"severity_id", outcome.severity},
       {"status_id", outcome.status},
       {"status", outcome.status_name},
       {"action_id", outcome.action},
       {"action", outcome.action_name},
       {"disposition_id", outcome.disposition},
       {"disposition", outcome.disposition_name},
       {"actor", actor_of(item.facts)},
       {"api", Json::object({{"operation", tool},
                             {"service", Json::object({{"name", text_of(item.facts, "system")}})},
                             {"request", Json::object({{"uid", text_of(item.body, "id")}})}})},
       {"src_endpoint", Json::object({{"instance_uid", text_of(item.facts, "instance")},
                                      {"type", "Other"},
                                      {"type_id", 99}})},
       {"resources", resources_of(item)},
       {"policy", policy_of(item.facts)},
       {"authorizations",
        Json::array({Json::object({{"decision", verdict}, {"policy", policy_of(item.facts)}})})}});
  if (activity != 99) out.erase("activity_name");
  Json unmapped = Json::object({{"task", text_of(item.facts, "task")},
                                {"tier", text_of(item.body, "tier")},
                                {"outcome", text_of(item.body, "outcome")},
                                {"gate", text_of(decision, "gate")}});
  if (const Json* reasons = decision.find("reasons")) {
    unmapped.set("reasons", *reasons);
    if (reasons->is_array() && !reasons->as_array().empty()) {
      out.set("status_code", text_of(reasons->as_array().front(), "code"));
      // The words of a reason may be sealed; its code never is.
      const std::string message = text_of(reasons->as_array().front(), "message");
      if (!message.empty()) out.set("status_detail", message);
    }
  }
  out.set("unmapped", std::move(unmapped));
  return out;
}

}  // namespace ambit::streams
