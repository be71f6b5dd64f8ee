#include "mcp/method_table.h"

#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>

namespace ambit::mcp {
namespace {

// The ClientRequest, ClientNotification, ServerRequest and ServerNotification unions of the schemas
// of 2025-06-18 and 2025-11-25.
const std::set<std::string> kAgentRequests = {"initialize",
                                              "ping",
                                              "tools/list",
                                              "tools/call",
                                              "logging/setLevel",
                                              "completion/complete",
                                              "prompts/list",
                                              "prompts/get",
                                              "resources/list",
                                              "resources/templates/list",
                                              "resources/read",
                                              "resources/subscribe",
                                              "resources/unsubscribe",
                                              "tasks/get",
                                              "tasks/result",
                                              "tasks/list",
                                              "tasks/cancel"};
const std::set<std::string> kAgentNotifications = {
    "notifications/initialized", "notifications/cancelled", "notifications/progress",
    "notifications/roots/list_changed", "notifications/tasks/status"};
const std::set<std::string> kServerRequests = {"ping",
                                               "roots/list",
                                               "sampling/createMessage",
                                               "elicitation/create",
                                               "tasks/get",
                                               "tasks/result",
                                               "tasks/list",
                                               "tasks/cancel"};
const std::set<std::string> kServerNotifications = {"notifications/cancelled",
                                                    "notifications/progress",
                                                    "notifications/message",
                                                    "notifications/resources/updated",
                                                    "notifications/resources/list_changed",
                                                    "notifications/tools/list_changed",
                                                    "notifications/prompts/list_changed",
                                                    "notifications/elicitation/complete",
                                                    "notifications/tasks/status"};

std::set<std::string> names(Direction direction, Form form) {
  std::set<std::string> out;
  for (const Method& method : method_table()) {
    if (method.direction == direction && method.form == form) {
      EXPECT_TRUE(out.insert(std::string(method.name)).second) << method.name << " stands twice";
    }
  }
  return out;
}

TEST(MethodTable, HasEveryMethodOfBothRevisionsAndTheTwoByWhichTheNextOneKnocks) {
  auto agent_requests = kAgentRequests;
  agent_requests.insert({"server/discover", "subscriptions/listen"});
  EXPECT_EQ(names(Direction::kFromAgent, Form::kRequest), agent_requests);
  EXPECT_EQ(names(Direction::kFromAgent, Form::kNotification), kAgentNotifications);
  EXPECT_EQ(names(Direction::kFromServer, Form::kRequest), kServerRequests);
  EXPECT_EQ(names(Direction::kFromServer, Form::kNotification), kServerNotifications);
}

TEST(MethodTable, LetsNothingButToolCallsThrough) {
  std::map<Treatment, std::set<std::string>> from_agent, from_server;
  for (const Method& method : method_table()) {
    auto& side = method.direction == Direction::kFromAgent ? from_agent : from_server;
    side[method.treatment].insert(std::string(method.name));
  }
  EXPECT_EQ(from_agent[Treatment::kGoverned], std::set<std::string>{"tools/call"});
  EXPECT_EQ(from_agent[Treatment::kAnswered],
            (std::set<std::string>{"initialize", "ping", "tools/list", "logging/setLevel"}));
  EXPECT_EQ(from_server[Treatment::kAnswered], (std::set<std::string>{"ping", "roots/list"}));
  EXPECT_TRUE(from_server[Treatment::kGoverned].empty());
}

TEST(MethodTable, RefusesWhatItDoesNotKnow) {
  for (const char* method :
       {"", "tools/call ", "Tools/Call", "tools/calls", "rpc.discover", "eval"}) {
    EXPECT_EQ(treatment_of(Direction::kFromAgent, Form::kRequest, method), Treatment::kRefused);
  }
  EXPECT_EQ(treatment_of(Direction::kFromAgent, Form::kNotification, "tools/call"),
            Treatment::kRefused);
  EXPECT_EQ(treatment_of(Direction::kFromServer, Form::kRequest, "tools/call"),
            Treatment::kRefused);
  EXPECT_EQ(treatment_of(Direction::kFromServer, Form::kRequest, "sampling/createMessage"),
            Treatment::kRefused);
}

}  // namespace
}  // namespace ambit::mcp
