// This door over a governed service behind a real HTTP server, for the tests of this room.
#pragma once

#include <gtest/gtest.h>
#include <string>

#include "doors/authzen/authzen_door.h"
#include "tests/fakes/ledger_records.h"
#include "tests/fakes/served.h"

namespace ambit::doors::authzen {

using fakes::json;
using fakes::reason_of;

inline constexpr const char* kEvaluationPath = "/access/v1/evaluation";

class Authzen : public fakes::Served {
 public:
  Authzen() : door(*service, metrics, {url}) {
    door.add_routes(router);
    set_up();
    credential = admit();
  }

  // The request of an enforcement point about `files/read` of the task, with replacements.
  std::string body(const std::string& tool = "files/read",
                   const std::string& arguments = R"({"path": "/docs/a"})",
                   const std::string& agent = "helper", std::string task = "same") {
    if (task == "same") task = task_id;
    return R"({"subject": {"type": "agent", "id": ")" + agent +
           R"("}, "action": {"name": "tools/call"}, "resource": {"type": "tool", "id": ")" + tool +
           R"("}, "context": {"task": ")" + task + R"(", "arguments": )" + arguments + "}}";
  }

  net::HttpResponse ask(const std::string& request) { return post(kEvaluationPath, request); }

  // As the enforcement point.
  net::HttpResponse post(const std::string& path, const std::string& request) {
    return send_json(gate_token, "POST", path, request);
  }

  // The same for an answer that must be 200.
  text::Json answer(const std::string& path, const std::string& request) {
    const auto response = post(path, request);
    EXPECT_EQ(response.status, 200) << response.body;
    return json(response.body);
  }

  text::Json decision(const std::string& request) { return answer(kEvaluationPath, request); }

  // Publishes one policy.
  void publish(const std::string& policy) {
    must([&](service::Answer done) {
      service->policies().put(
          admin(), text::Json::object({{"policies", text::Json::object({{"one", policy}})}}), done);
    });
  }

  std::size_t decisions_recorded() {
    return fakes::records_of(log, "decision", vault.get()).size();
  }

  AuthzenDoor door;
  std::string credential;
};

inline bool allowed(const text::Json& answer) {
  const text::Json* decision = answer.find("decision");
  if (decision == nullptr || !decision->is_bool()) {
    ADD_FAILURE() << "`decision` must be a boolean: " << text::to_json(answer);
    return false;
  }
  return decision->as_bool();
}

inline std::string first_reason(const text::Json& answer) {
  const text::Json* context = answer.find("context");
  const text::Json* reasons = context != nullptr ? context->find("reasons") : nullptr;
  if (reasons == nullptr || reasons->as_array().empty()) return {};
  return std::string(reasons->as_array().front().string_or("code", ""));
}

}  // namespace ambit::doors::authzen
