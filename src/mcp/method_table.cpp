#include "mcp/method_table.h"

namespace ambit::mcp {
namespace {

constexpr auto kAgent = Direction::kFromAgent;
constexpr auto kServer = Direction::kFromServer;
constexpr auto kRequest = Form::kRequest;
constexpr auto kNotification = Form::kNotification;

constexpr Method kTable[] = {
    {"tools/call", kAgent, kRequest, Treatment::kGoverned},

    {"initialize", kAgent, kRequest, Treatment::kAnswered},
    {"ping", kAgent, kRequest, Treatment::kAnswered},
    {"tools/list", kAgent, kRequest, Treatment::kAnswered},
    {"logging/setLevel", kAgent, kRequest, Treatment::kAnswered},

    {"resources/list", kAgent, kRequest, Treatment::kRefused},
    {"resources/templates/list", kAgent, kRequest, Treatment::kRefused},
    {"resources/read", kAgent, kRequest, Treatment::kRefused},
    {"resources/subscribe", kAgent, kRequest, Treatment::kRefused},
    {"resources/unsubscribe", kAgent, kRequest, Treatment::kRefused},
    {"prompts/list", kAgent, kRequest, Treatment::kRefused},
    {"prompts/get", kAgent, kRequest, Treatment::kRefused},
    {"completion/complete", kAgent, kRequest, Treatment::kRefused},
    {"tasks/get", kAgent, kRequest, Treatment::kRefused},
    {"tasks/result", kAgent, kRequest, Treatment::kRefused},
    {"tasks/list", kAgent, kRequest, Treatment::kRefused},
    {"tasks/cancel", kAgent, kRequest, Treatment::kRefused},
    {"server/discover", kAgent, kRequest, Treatment::kRefused},
    {"subscriptions/listen", kAgent, kRequest, Treatment::kRefused},

    {"notifications/initialized", kAgent, kNotification, Treatment::kHarmless},
    {"notifications/cancelled", kAgent, kNotification, Treatment::kHarmless},
    {"notifications/progress", kAgent, kNotification, Treatment::kHarmless},
    {"notifications/roots/list_changed", kAgent, kNotification, Treatment::kRefused},
    {"notifications/tasks/status", kAgent, kNotification, Treatment::kRefused},

    {"ping", kServer, kRequest, Treatment::kAnswered},
    {"roots/list", kServer, kRequest, Treatment::kAnswered},
    {"sampling/createMessage", kServer, kRequest, Treatment::kRefused},
    {"elicitation/create", kServer, kRequest, Treatment::kRefused},
    {"tasks/get", kServer, kRequest, Treatment::kRefused},
    {"tasks/result", kServer, kRequest, Treatment::kRefused},
    {"tasks/list", kServer, kRequest, Treatment::kRefused},
    {"tasks/cancel", kServer, kRequest, Treatment::kRefused},

    {"notifications/progress", kServer, kNotification, Treatment::kHarmless},
    {"notifications/tools/list_changed", kServer, kNotification, Treatment::kHarmless},
    {"notifications/cancelled", kServer, kNotification, Treatment::kHarmless},
    {"notifications/message", kServer, kNotification, Treatment::kRefused},
    {"notifications/resources/updated", kServer, kNotification, Treatment::kRefused},
    {"notifications/resources/list_changed", kServer, kNotification, Treatment::kRefused},
    {"notifications/prompts/list_changed", kServer, kNotification, Treatment::kRefused},
    {"notifications/elicitation/complete", kServer, kNotification, Treatment::kRefused},
    {"notifications/tasks/status", kServer, kNotification, Treatment::kRefused},
};

}  // namespace

std::span<const Method> method_table() { return kTable; }

Treatment treatment_of(Direction direction, Form form, std::string_view method) {
  for (const Method& known : kTable) {
    if (known.direction == direction && known.form == form && known.name == method) {
      return known.treatment;
    }
  }
  return Treatment::kRefused;
}

}  // namespace ambit::mcp
