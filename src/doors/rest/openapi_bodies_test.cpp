// What the document says of a body is what its reader takes, member for member.
#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>

#include "doors/rest/internal/route.h"
#include "tests/fakes/served.h"

namespace ambit::doors::rest {
namespace {

using text::Json;

class Bodies : public fakes::Served {
 public:
  Bodies()
      : door({.loop = &loop,
              .service = service.get(),
              .log = &log,
              .clock = &clock,
              .background = &executor,
              .logger = &logger,
              .metrics = &metrics},
             {url, "0.1.0"}) {
    door.add_routes(router);
    set_up();
  }

  telemetry::Logger logger{{.level = telemetry::Level::kOff, .sink = {}}};
  RestDoor door;
};

// A request whose only fault is a member `zz` that nobody knows.
struct Probe {
  std::string method;
  std::string path;
  std::string body;
};

constexpr const char* kTaskStart =
    R"("agent": "helper", "goal": "g", "deadline_in": "1h", "scope": {)";

// By the place of the closed schema under `components.schemas`.
std::map<std::string, Probe> probes() {
  const std::string task = std::string("{") + kTaskStart;
  const std::string budget = R"("budget": {"calls": 1})";
  const std::string trigger = R"("trigger": {"kind": "human", "reference": "r"})";
  const std::string agent = R"({"id": "a", "class": "agent", "agent": {)";
  return {
      {"IdentitySpec", {"POST", "/v1/identities", R"({"id": "a", "class": "human", "zz": 1})"}},
      {"AgentProfile", {"POST", "/v1/identities", agent + R"("zz": 1}})"}},
      {"AgentProfile/autonomy", {"POST", "/v1/identities", agent + R"("autonomy": {"zz": 1}}})"}},
      {"AgentProfile/owners", {"POST", "/v1/identities", agent + R"("owners": {"zz": 1}}})"}},
      {"AgentProfile/limits", {"POST", "/v1/identities", agent + R"("limits": {"zz": 1}}})"}},
      {"Scope", {"POST", "/v1/tasks", task + R"("zz": 1}, )" + trigger + ", " + budget + "}"}},
      {"TaskSpec", {"POST", "/v1/tasks", task + "}, " + trigger + ", " + budget + R"(, "zz": 1})"}},
      {"TaskSpec/trigger",
       {"POST", "/v1/tasks",
        task + R"(}, "trigger": {"kind": "human", "reference": "r", "zz": 1}, )" + budget + "}"}},
      {"TaskSpec/budget",
       {"POST", "/v1/tasks", task + "}, " + trigger + R"(, "budget": {"calls": 1, "zz": 1}})"}},
      {"TokenSpec", {"POST", "/v1/identities/olga/tokens", R"({"lifetime": "1h", "zz": 1})"}},
      {"ServerImport", {"POST", "/v1/servers", R"({"server": {}, "zz": 1})"}},
      {"ToolApproval", {"POST", "/v1/servers/files/approve", R"({"zz": 1})"}},
      {"TaskErase", {"POST", "/v1/tasks/tsk_x/erase", R"({"reason": "r", "zz": 1})"}},
      {"TaskEnd", {"POST", "/v1/tasks/t/end", R"({"reason": "r", "zz": 1})"}},
      {"CredentialRequest", {"POST", "/v1/credentials", R"({"claim": "c", "zz": 1})"}},
      {"Grant", {"POST", "/v1/approvals/a/grant", R"({"digest": "d", "zz": 1})"}},
      {"PolicyApproval",
       {"POST", "/v1/policies/proposals/p/approve", R"({"digest": "d", "zz": 1})"}},
      {"Refusal", {"POST", "/v1/approvals/a/refuse", R"({"zz": 1})"}},
      {"ExportRequest", {"POST", "/v1/exports", R"({"zz": 1})"}},
      {"HoldRequest", {"POST", "/v1/ledger/holds", R"({"name": "a", "reason": "r", "zz": 1})"}},
      {"HoldRelease", {"POST", "/v1/ledger/holds/a/release", R"({"reason": "r", "zz": 1})"}},
      {"FindingClosure", {"POST", "/v1/findings/f/close", R"({"note": "n", "zz": 1})"}},
      {"Outcome", {"POST", "/v1/decisions/d/outcome", R"({"status": "ok", "zz": 1})"}},
      {"PolicySet", {"PUT", "/v1/policies", R"({"policies": {}, "zz": 1})"}},
      {"Need",
       {"PUT", "/v1/policies",
        R"({"policies": {}, "high_tier_needs": [{"approvers": "a", "quorum": 1, "zz": 1}]})"}},
      {"TierTable", {"PUT", "/v1/policies", R"({"policies": {}, "tiers": {"zz": 1}})"}},
      {"TierControls", {"PUT", "/v1/policies", R"({"policies": {}, "tiers": {"low": {"zz": 1}}})"}},
  };
}

void collect_closed(const Json& schema, const std::string& place,
                    std::map<std::string, std::set<std::string>>& out) {
  const Json* properties = schema.find("properties");
  const Json* additional = schema.find("additionalProperties");
  if (properties == nullptr || !properties->is_object()) return;
  if (additional != nullptr && additional->is_bool() && !additional->as_bool()) {
    for (const auto& [name, member] : properties->as_object()) out[place].insert(name);
  }
  for (const auto& [name, member] : properties->as_object()) {
    if (member.is_object()) collect_closed(member, place + "/" + name, out);
  }
}

// The names in backticks after `it has`.
std::set<std::string> known_members(const std::string& detail) {
  std::set<std::string> out;
  std::string_view rest = detail;
  const std::size_t start = rest.find("it has");
  if (start == std::string_view::npos) return out;
  rest.remove_prefix(start);
  for (std::size_t open = rest.find('`'); open != std::string_view::npos; open = rest.find('`')) {
    const std::size_t close = rest.find('`', open + 1);
    out.emplace(rest.substr(open + 1, close - open - 1));
    rest.remove_prefix(close + 1);
  }
  return out;
}

TEST(OpenApiBodies, HaveExactlyTheMembersThatAreRead) {
  Bodies rest;
  std::map<std::string, std::set<std::string>> closed;
  const Json all = fakes::json(schemas());
  for (const auto& [name, schema] : all.as_object()) collect_closed(schema, name, closed);
  const auto requests = probes();
  for (const auto& [place, members] : closed) {
    const auto probe = requests.find(place);
    ASSERT_NE(probe, requests.end()) << "no request here tries `" << place << "`";
    const auto& [method, path, body] = probe->second;
    net::HttpResponse answer;
    if (place == "CredentialRequest") {  // which a claim authenticates
      answer = rest.send(method, path, {{"Content-Type", "application/json"}}, body);
    } else {
      answer = rest.send_json(rest.admin_token, method, path, body);
    }
    EXPECT_EQ(fakes::reason_of(answer), "field.unknown") << place << ": " << answer.body;
    EXPECT_EQ(known_members(std::string(fakes::json(answer.body).string_or("detail", ""))), members)
        << place << ": " << answer.body;
  }
  EXPECT_EQ(closed.size(), requests.size());
}

}  // namespace
}  // namespace ambit::doors::rest
