// One record per identity: humans, services and agents (design law 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "domain/scope.h"
#include "domain/vocabulary.h"
#include "text/json.h"

namespace ambit::domain {

// Recorded answers that decide whether the agent profile of controls applies; unanswered = denied.
struct AutonomyProfile {
  std::optional<bool> chooses_tools;
  std::optional<bool> sequences_actions;
  std::optional<bool> acts_without_gate;

  // All three questions answered.
  bool classified() const { return chooses_tools && sequences_actions && acts_without_gate; }
};

// The humans who answer for an agent, by identity id; empty while nobody does.
struct Owners {
  std::string business;        // answers for the outcomes, receives the incidents
  std::string control;         // answers for policy
  std::string scope_approver;  // approved the operating scope
  std::string lifecycle;       // sponsor: renews, retires
};

// Bounds on volume; zero means the default of the installation.
// What holds for an agent whose record leaves the limit out.
inline constexpr std::int64_t kDefaultCallsPerMinute = 600;
inline constexpr std::int64_t kDefaultBurst = 60;

struct Limits {
  std::int64_t calls_per_minute = 0;
  std::int64_t burst = 0;  // calls that may come at once
  std::int64_t denials_per_minute = 0;
  std::int64_t open_tasks = 0;
};

struct AgentProfile {
  std::string purpose;
  AutonomyProfile autonomy;
  Owners owners;
  std::vector<std::string> tools;  // `server/tool`
  std::vector<std::string> data_domains;
  std::vector<std::string> outcomes;
  // Decision rights: the outcomes that it may decide on by itself. Policies read them and defer the
  // others to a human (Requirement E4); security alone adds to them.
  std::vector<std::string> decides;
  Limits limits;
  std::optional<Time> retires_at;
  std::string policy;          // name of the policy set that binds it
  std::string runtime_digest;  // model, prompt, manifests and code as approved; empty: not pinned
};

// An access token of a human or a service, as stored: never the secret, only its hash.
struct AccessToken {
  std::string id;
  std::string sha256;  // hex
  Time created_at;
  Time expires_at;
  // The token with which its owner made this one; it ends with that. Empty: another made it, or an
  // admin did.
  std::string issued_with = {};
};

struct Identity {
  std::string id;
  IdentityClass identity_class = IdentityClass::kAgent;
  IdentityState state = IdentityState::kDraft;
  std::string display_name;
  std::vector<Role> roles;            // humans and services
  std::vector<AccessToken> tokens;    // humans and services
  std::optional<Scope> entitlements;  // humans: what they may hand on to an agent
  std::optional<AgentProfile> agent;  // agents only
  Time created_at;
  Time updated_at;
  std::uint64_t revision = 0;  // of the registry, when this version was committed
  crypto::Digest digest;       // of this version's canonical JSON without `revision`
};

bool has_role(const Identity& identity, Role role);
bool alive(const Identity& identity);

// What an agent still lacks before it may act (Requirement A3), as paths such as
// `agent.owners.business`; empty for a complete one and for humans and services.
std::vector<std::string> missing_for_activation(const Identity& identity);

// Whether the lifecycle has a move from `from` to `to`; the error lists the legal ones.
// draft -> active | retired; active <-> suspended; active, suspended -> retired; retired is final.
Result<> check_move(IdentityState from, IdentityState to);

// The stored and published form; `tokens` only with `with_tokens`, which storage asks for.
text::Json to_json(const Identity& identity, bool with_tokens = false);

// What a caller may write: id, class, display_name, roles, entitlements, agent. State, times and
// tokens are Ambit's own. `path` names the object in errors.
Result<Identity> identity_from_spec(const text::Json& json, const std::string& path);

// Reads the stored form back and computes its digest.
Result<Identity> identity_from_json(const text::Json& json);

// Recomputes `digest`; to be called after every change.
void seal(Identity& identity);

}  // namespace ambit::domain
