#include "domain/vocabulary.h"

#include <cstddef>

#include "text/utf8.h"

namespace ambit::domain {
namespace {

// Names in the order of each enum's values.
constexpr std::array<std::string_view, 3> kClasses{"human", "service", "agent"};
constexpr std::array<std::string_view, 4> kIdentityStates{"draft", "active", "suspended",
                                                          "retired"};
constexpr std::array<std::string_view, 2> kTaskStates{"open", "ended"};
constexpr std::array<std::string_view, 4> kToolStates{"quarantined", "approved", "frozen", "gone"};
constexpr std::array<std::string_view, 5> kApprovalStates{"pending", "granted", "refused",
                                                          "expired", "used"};
constexpr std::array<std::string_view, 3> kTiers{"low", "elevated", "high"};
constexpr std::array<std::string_view, 3> kVerdicts{"allow", "deny", "hold"};
constexpr std::array<std::string_view, 14> kActionClasses{
    "browse",        "query",      "read",  "write",        "delete",
    "execute",       "move_data",  "spend", "change_infra", "change_settings",
    "change_access", "use_secret", "send",  "delegate"};
constexpr std::array<std::string_view, 6> kTargetKinds{"path",    "host",      "url",
                                                       "account", "recipient", "resource"};
constexpr std::array<std::string_view, 6> kRoles{"admin",    "security", "operator",
                                                 "approver", "auditor",  "enforcement"};

template <class T, std::size_t N>
Result<T> look_up(const std::array<std::string_view, N>& names, std::string_view name,
                  std::string_view what) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<T>(i);
  }
  std::string message = "`" + std::string(text::truncate_utf8(name, 60)) + "` is not " +
                        std::string(what) + "; it is one of";
  for (const auto known : names) message += " `" + std::string(known) + "`";
  return fail(Code::kInvalid, "value.unknown", std::move(message));
}

template <std::size_t N>
std::string_view at(const std::array<std::string_view, N>& names, auto value) {
  return names[static_cast<std::size_t>(value)];
}

}  // namespace

std::string_view name_of(IdentityClass value) { return at(kClasses, value); }
std::string_view name_of(IdentityState value) { return at(kIdentityStates, value); }
std::string_view name_of(TaskState value) { return at(kTaskStates, value); }
std::string_view name_of(ToolState value) { return at(kToolStates, value); }
std::string_view name_of(ApprovalState value) { return at(kApprovalStates, value); }
std::string_view name_of(Tier value) { return at(kTiers, value); }
std::string_view name_of(Verdict value) { return at(kVerdicts, value); }
std::string_view name_of(ActionClass value) { return at(kActionClasses, value); }
std::string_view name_of(TargetKind value) { return at(kTargetKinds, value); }
std::string_view name_of(Role value) { return at(kRoles, value); }

template <>
Result<IdentityClass> value_of(std::string_view name) {
  return look_up<IdentityClass>(kClasses, name, "an identity class");
}
template <>
Result<IdentityState> value_of(std::string_view name) {
  return look_up<IdentityState>(kIdentityStates, name, "an identity state");
}
template <>
Result<TaskState> value_of(std::string_view name) {
  return look_up<TaskState>(kTaskStates, name, "a task state");
}
template <>
Result<ToolState> value_of(std::string_view name) {
  return look_up<ToolState>(kToolStates, name, "a tool state");
}
template <>
Result<ApprovalState> value_of(std::string_view name) {
  return look_up<ApprovalState>(kApprovalStates, name, "an approval state");
}
template <>
Result<Tier> value_of(std::string_view name) {
  return look_up<Tier>(kTiers, name, "a tier");
}
template <>
Result<Verdict> value_of(std::string_view name) {
  return look_up<Verdict>(kVerdicts, name, "a verdict");
}
template <>
Result<ActionClass> value_of(std::string_view name) {
  return look_up<ActionClass>(kActionClasses, name, "an action class");
}
template <>
Result<TargetKind> value_of(std::string_view name) {
  return look_up<TargetKind>(kTargetKinds, name, "a target kind");
}
template <>
Result<Role> value_of(std::string_view name) {
  return look_up<Role>(kRoles, name, "a role");
}

Tier default_tier(ActionClass action_class) {
  switch (action_class) {
    case ActionClass::kBrowse:
    case ActionClass::kQuery:
    case ActionClass::kRead: return Tier::kLow;
    case ActionClass::kMoveData:
    case ActionClass::kSpend:
    case ActionClass::kChangeInfra:
    case ActionClass::kChangeAccess: return Tier::kHigh;
    default: return Tier::kElevated;
  }
}

}  // namespace ambit::domain
