// How other products put a tool call before Cedar: AWS AgentCore Policy and ToolHive. Policies
// written for them decide here as they do there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar/authorizer.h"
#include "cedar/entities.h"
#include "cedar/policy.h"
#include "text/json.h"

namespace ambit::profiles {

enum class Profile { kAgentCore, kToolHive };

// `agentcore`, `toolhive`; error reason `profile.unknown`.
Result<Profile> profile_called(std::string_view name);
std::string_view name_of(Profile profile);

struct ProfileRequest {
  cedar::Request request;
  cedar::Entities entities;
};

// Reads one call.
//
// AgentCore: `{"principal": {"type": "OAuthUser", "id": "sub", "claims": {...}}, "gateway": "ARN",
// "target": "T", "tool": "t", "arguments": {...}, "now": "2026-01-01T00:00:00Z"}`; the type may be
// `IamEntity` (the id is the ARN) or `UnauthenticatedUser`. Claims become tags, as text. An integer
// is a Long, another number a decimal of which digits beyond the fourth are cut off.
//
// ToolHive: `{"claims": {"sub": "...", ...}, "groups": [...], "server": "name", "operation":
// "call_tool", "name": "tool", "arguments": {...}, "annotations": {"readOnlyHint": true}}`; claims
// and arguments become attributes with prefixes; without `groups`, those of the claims count. Every
// number is a decimal, cut off as above; arrays and objects among arguments are only
// `arg_NAME_present`.
//
// Error reason `profile.request`, which says what is missing.
Result<ProfileRequest> request_from_json(Profile profile, const text::Json& json);

struct ProfileDecision {
  bool allow = false;
  std::vector<std::string> determining;
  std::vector<cedar::PolicyError> errors;
};

// AgentCore decides as Cedar does: a policy that errs is passed over. ToolHive denies on any error,
// and allows every listing, whose items it filters one by one.
ProfileDecision decide(Profile profile, const cedar::PolicySet& policies,
                       const ProfileRequest& request);

}  // namespace ambit::profiles
