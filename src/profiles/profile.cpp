#include "profiles/profile.h"

#include <utility>

#include "profiles/internal/requests.h"

namespace ambit::profiles {

Result<Profile> profile_called(std::string_view name) {
  for (const Profile profile : {Profile::kAgentCore, Profile::kToolHive}) {
    if (name == name_of(profile)) return profile;
  }
  return fail(Code::kInvalid, "profile.unknown",
              "there is no profile `" + std::string(name) + "`: `agentcore` or `toolhive`");
}

std::string_view name_of(Profile profile) {
  return profile == Profile::kAgentCore ? "agentcore" : "toolhive";
}

Result<ProfileRequest> request_from_json(Profile profile, const text::Json& json) {
  return profile == Profile::kAgentCore ? agentcore_request(json) : toolhive_request(json);
}

ProfileDecision decide(Profile profile, const cedar::PolicySet& policies,
                       const ProfileRequest& request) {
  const bool is_listing = request.request.action.id.starts_with("list_");
  if (profile == Profile::kToolHive && is_listing) return {true, {}, {}};
  auto answer = cedar::is_authorized(request.request, policies, request.entities);
  ProfileDecision out{answer.allow, std::move(answer.determining), std::move(answer.errors)};
  if (profile == Profile::kToolHive && !out.errors.empty()) {
    out.allow = false;
    out.determining.clear();
  }
  return out;
}

}  // namespace ambit::profiles
