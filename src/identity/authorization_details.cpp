#include "identity/authorization_details.h"

#include <algorithm>

namespace ambit::identity {
namespace {

tl::unexpected<Error> malformed(std::string message) {
  return fail(Code::kInvalid, "token.authorization_details", std::move(message));
}

text::Json to_json_array(const std::vector<std::string>& items) {
  return text::JsonArray(items.begin(), items.end());
}

Result<std::vector<std::string>> strings(const text::Json& detail, std::string_view name) {
  const text::Json* list = detail.find(name);
  if (list == nullptr || !list->is_array()) {
    return malformed("the authorization detail has no list `" + std::string(name) + "`");
  }
  std::vector<std::string> out;
  out.reserve(list->as_array().size());
  for (const text::Json& item : list->as_array()) {
    if (!item.is_string()) {
      return malformed("the list `" + std::string(name) + "` holds something other than strings");
    }
    out.push_back(item.as_string());
  }
  return out;
}

bool is_ours(const text::Json& detail) {
  return detail.string_or("type", "") == kTaskAuthorityType;
}

}  // namespace

text::Json to_authorization_details(const TaskAuthority& authority) {
  return text::Json::array({text::Json::object({{"type", kTaskAuthorityType},
                                                {"tools", to_json_array(authority.tools)},
                                                {"locations", to_json_array(authority.targets)},
                                                {"datatypes", to_json_array(authority.data)},
                                                {"actions", to_json_array(authority.actions)}})});
}

bool is_authorization_details(const text::Json& value) {
  return value.is_array() && std::all_of(value.as_array().begin(), value.as_array().end(),
                                         [](const text::Json& detail) {
                                           return !detail.string_or("type", "").empty();
                                         });
}

Result<TaskAuthority> task_authority_from(const text::Json& authorization_details) {
  if (!is_authorization_details(authorization_details)) {
    return malformed("`authorization_details` is a list of objects that name their `type`");
  }
  const text::JsonArray& details = authorization_details.as_array();
  if (std::count_if(details.begin(), details.end(), is_ours) != 1) {
    return malformed("there must be one authorization detail of type `ambit_task`");
  }
  const text::Json& detail = *std::find_if(details.begin(), details.end(), is_ours);
  // RFC 9396 section 5: a detail with members that are not understood grants nothing.
  if (detail.as_object().size() != 5) {
    return malformed(
        "an `ambit_task` detail has `type`, `tools`, `locations`, `datatypes`, `actions`");
  }
  TaskAuthority authority;
  AMBIT_TRY(authority.tools, strings(detail, "tools"));
  AMBIT_TRY(authority.targets, strings(detail, "locations"));
  AMBIT_TRY(authority.data, strings(detail, "datatypes"));
  AMBIT_TRY(authority.actions, strings(detail, "actions"));
  return authority;
}

}  // namespace ambit::identity
