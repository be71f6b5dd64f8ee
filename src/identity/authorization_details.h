// What a task may touch, as its credential says it: one RFC 9396 authorization detail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/json.h"

namespace ambit::identity {

// The `type` of the detail (RFC 9396 section 2).
inline constexpr std::string_view kTaskAuthorityType = "ambit_task";

// The task's scope at the time of issue. It tells the holder and other resource servers what the
// credential is for; Ambit itself decides each action by the task of that moment.
struct TaskAuthority {
  std::vector<std::string> tools;
  std::vector<std::string> targets;  // `locations` of RFC 9396
  std::vector<std::string> data;     // `datatypes`
  std::vector<std::string> actions;  // action classes

  friend bool operator==(const TaskAuthority&, const TaskAuthority&) = default;
};

// The value of `authorization_details`: an array with one detail.
text::Json to_authorization_details(const TaskAuthority& authority);

// Finds the one detail of our type. Fails with `token.authorization_details` when there is none or
// more than one, when a list is missing or malformed, or when the detail has unknown members.
Result<TaskAuthority> task_authority_from(const text::Json& authorization_details);

// Whether `value` is an array of objects that each name their `type`.
bool is_authorization_details(const text::Json& value);

}  // namespace ambit::identity
