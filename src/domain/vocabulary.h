// The closed vocabularies of design.md: classes, states, tiers, verdicts, and their names in JSON.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace ambit::domain {

enum class IdentityClass { kHuman, kService, kAgent };
enum class IdentityState { kDraft, kActive, kSuspended, kRetired };
enum class TaskState { kOpen, kEnded };
// A tool is usable in `kApproved` only. `kFrozen`: what the server lists is not what was approved.
enum class ToolState { kQuarantined, kApproved, kFrozen, kGone };
enum class ApprovalState { kPending, kGranted, kRefused, kExpired, kUsed };
enum class Tier { kLow, kElevated, kHigh };
enum class Verdict { kAllow, kDeny, kHold };
enum class ActionClass {
  kBrowse,
  kQuery,
  kRead,
  kWrite,
  kDelete,
  kExecute,
  kMoveData,
  kSpend,
  kChangeInfra,
  kChangeSettings,
  kChangeAccess,
  kUseSecret,
  kSend,
  kDelegate,
};
// What kind of thing an argument can point at; decides how scope rules compare it.
enum class TargetKind { kPath, kHost, kUrl, kAccount, kRecipient, kResource };

// Roles of humans and services in Ambit itself.
enum class Role {
  kAdmin,        // may do everything but approve its own requests
  kSecurity,     // policies, tools, thresholds
  kOperator,     // registers agents, starts and ends tasks
  kApprover,     // answers approvals
  kAuditor,      // reads everything, changes nothing
  kEnforcement,  // a service that asks for decisions on behalf of agents
};

// The name of a value as it stands in JSON, policies and the CLI; lower case, stable.
std::string_view name_of(IdentityClass value);
std::string_view name_of(IdentityState value);
std::string_view name_of(TaskState value);
std::string_view name_of(ToolState value);
std::string_view name_of(ApprovalState value);
std::string_view name_of(Tier value);
std::string_view name_of(Verdict value);
std::string_view name_of(ActionClass value);
std::string_view name_of(TargetKind value);
std::string_view name_of(Role value);

// The value called `name`; an error that lists the names there are. T is any enum above.
template <class T>
Result<T> value_of(std::string_view name);

// The tier that a class has before target, labels and policy raise it.
Tier default_tier(ActionClass action_class);

}  // namespace ambit::domain
