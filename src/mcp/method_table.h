// The closed table of MCP methods in both directions: what is not in it is refused.
#pragma once

#include <span>
#include <string_view>

namespace ambit::mcp {

enum class Direction { kFromAgent, kFromServer };
enum class Form { kRequest, kNotification };

enum class Treatment {
  kGoverned,  // decided, recorded, then forwarded
  kAnswered,  // answered by Ambit itself; the other side never sees it
  kHarmless,  // acted on by Ambit or relayed to the request that it belongs to; carries no
              // authority
  kRefused,   // a request gets an error, a notification is dropped and counted
};

struct Method {
  std::string_view name;
  Direction direction;
  Form form;
  Treatment treatment;
};

// Every method of the revisions 2024-11-05 to 2025-11-25, and those by which 2026-07-28 knocks.
std::span<const Method> method_table();

// `kRefused` for a method that the table does not have in this direction and form.
Treatment treatment_of(Direction direction, Form form, std::string_view method);

}  // namespace ambit::mcp
