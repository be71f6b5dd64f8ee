#include <algorithm>
#include <set>

#include "crypto/random.h"
#include "domain/fields.h"
#include "identity/secret_token.h"
#include "service/internal/context.h"
#include "service/internal/endings.h"
#include "service/internal/evidence.h"
#include "service/internal/guardrails.h"
#include "service/internal/identity_changes.h"
#include "service/registry.h"
#include "text/base64url.h"

namespace ambit::service {
namespace {

using domain::Identity;
using domain::IdentityClass;
using domain::IdentityState;
using domain::Role;
using text::Json;

constexpr std::size_t kMaxTokens = 64;
constexpr Duration kMaxTokenLifetime = {366LL * 24 * 3'600'000};
// Each is on record for good, in the ledger and in the identity's history.
constexpr std::int64_t kOwnTokensPerMinute = 12;

tl::unexpected<Error> unknown(const std::string& id) {
  return fail(Code::kNotFound, "identity.unknown",
              "there is no identity `" + id.substr(0, 60) + "`");
}

Result<> may_read(const Caller& caller) {
  return require_role(caller, {Role::kOperator, Role::kAuditor, Role::kSecurity, Role::kApprover,
                               Role::kEnforcement});
}

// Roles are power over Ambit itself: only an admin hands them out, except that operators may
// register people without any.
Result<> may_write(const Caller& caller, const Identity& identity) {
  if (!identity.roles.empty()) return require_role(caller, {});
  return require_role(caller, {Role::kOperator, Role::kSecurity});
}

// Accountability needs real people: every named owner must be a registered, active human.
Result<> check_owners(const World& world, const Identity& identity) {
  if (!identity.agent) return {};
  const domain::Owners& owners = identity.agent->owners;
  for (const auto* id :
       {&owners.business, &owners.control, &owners.scope_approver, &owners.lifecycle}) {
    if (id->empty()) continue;
    const auto human = world.identity(*id);
    if (!human || human->identity_class != IdentityClass::kHuman || !domain::alive(*human)) {
      return fail(
          Code::kInvalid, "owner.not_alive",
          "owner `" + *id + "` is not an active human in the registry; register them first");
    }
  }
  return {};
}

// Changes after which rights must be looked at again (Requirement C2).
bool needs_review(const Identity& before, const Identity& after) {
  if (!before.agent || !after.agent) return false;
  const auto& a = *before.agent;
  const auto& b = *after.agent;
  return a.purpose != b.purpose || a.tools != b.tools || a.data_domains != b.data_domains ||
         a.outcomes != b.outcomes || a.decides != b.decides ||
         a.runtime_digest != b.runtime_digest || a.policy != b.policy;
}

// Whoever may not issue tokens to others issues none to itself that outlives the one it uses: a
// token that was stolen, or lent, is over when it was to be over.
Result<> check_own_token(Context& context, const Caller& caller, const Identity& identity,
                         Time expires_at) {
  const auto used = std::find_if(identity.tokens.begin(), identity.tokens.end(),
                                 [&](const auto& token) { return token.id == caller.credential; });
  if (used == identity.tokens.end()) {
    return fail(Code::kUnauthenticated, "token.unknown", "the access token is not known");
  }
  if (expires_at > used->expires_at) {
    return fail(Code::kDenied, "token.outlives",
                "the token that you use expires at " + to_rfc3339(used->expires_at) +
                    ", and one that you issue to yourself may not outlive it; ask for a shorter "
                    "lifetime, or an admin for a new token");
  }
  if (!context.token_issues[identity.id].take(context.now(), kOwnTokensPerMinute,
                                              kOwnTokensPerMinute)) {
    return fail(Code::kExhausted, "token.rate",
                "`" + identity.id + "` issued " + std::to_string(kOwnTokensPerMinute) +
                    " tokens to itself in this minute; go on using one of them");
  }
  return {};
}

Json published(const ports::Change& change) {
  auto json = text::parse_json(change.json);
  if (json) json->erase("tokens");
  return Json::object({{"revision", static_cast<std::int64_t>(change.revision)},
                       {"at", to_rfc3339(change.at)},
                       {"actor", change.actor},
                       {"identity", json ? *json : Json(nullptr)}});
}

Result<Json> read_history(const ports::Store& store, const std::string& id, std::uint64_t after,
                          std::size_t limit) {
  constexpr std::size_t kAtOnce = 32;
  constexpr std::size_t kMostBytes = std::size_t{4} << 20;
  text::JsonArray items;
  std::uint64_t last = after;
  for (std::size_t bytes = 0;;) {
    // One beyond what is wanted tells whether more follow.
    AMBIT_TRY(const auto changes, store.history(ports::Kind::kIdentity, id, last, kAtOnce));
    if (changes.empty()) break;
    for (const ports::Change& change : changes) {
      if (items.size() == limit || bytes > kMostBytes) {
        return Json::object(
            {{"items", Json(std::move(items))}, {"next_after", static_cast<std::int64_t>(last)}});
      }
      items.push_back(published(change));
      bytes += change.json.size();
      last = change.revision;
    }
  }
  if (items.empty() && after == 0) return unknown(id);
  return Json::object({{"items", Json(std::move(items))}});
}

// Takes a token away with all that were issued with it, and with those.
void erase_token(Identity& identity, const std::string& token) {
  std::set<std::string> ended{token};
  // INVARIANT: a token stands behind the one that it was issued with.
  std::erase_if(identity.tokens, [&](const auto& item) {
    if (!item.issued_with.empty() && ended.contains(item.issued_with)) ended.insert(item.id);
    return ended.contains(item.id);
  });
}

// What `after` may decide on by itself that `before` may not.
std::vector<std::string> new_rights(const Identity* before, const Identity& after) {
  std::vector<std::string> out;
  if (!after.agent) return out;
  for (const auto& right : after.agent->decides) {
    const bool had = before && before->agent &&
                     std::find(before->agent->decides.begin(), before->agent->decides.end(),
                               right) != before->agent->decides.end();
    if (!had) out.push_back(right);
  }
  return out;
}

// Decision rights are a guardrail: whoever is not of security does not widen them (Requirement B3).
// True when the attempt was refused, recorded and answered.
bool refuses_rights(Context& context, const Caller& caller, const Identity* before,
                    const Identity& after, const Answer& done) {
  const auto rights = new_rights(before, after);
  if (rights.empty()) return false;
  const auto allowed = require_role(caller, {Role::kSecurity});
  if (allowed) return false;
  refuse_override(
      context, caller, "the decision rights of `" + after.id + "`",
      [&] { return Json::object({{"agent", after.id}, {"decides", domain::to_json(rights)}}); },
      allowed.error(), done);
  return true;
}

}  // namespace

void Registry::register_identity(const Caller& caller, const Json& spec, Answer done) {
  auto identity = domain::identity_from_spec(spec, "identity");
  if (!identity) return done(fail(identity.error()));
  if (auto allowed = may_write(caller, *identity); !allowed) return done(fail(allowed.error()));
  if (refuses_rights(context_, caller, nullptr, *identity, done)) return;
  // A policy names approvers by role or by id.
  if (domain::value_of<Role>(identity->id)) {
    return done(fail(Code::kInvalid, "identity.reserved",
                     "`" + identity->id +
                         "` is the name of a role; whom a policy means by it "
                         "could not be told"));
  }
  if (context_.world.identity(identity->id)) {
    return done(fail(Code::kConflict, "identity.exists",
                     "there is an identity `" + identity->id + "` already"));
  }
  if (auto owners = check_owners(context_.world, *identity); !owners) {
    return done(fail(owners.error()));
  }
  const bool is_agent = identity->identity_class == IdentityClass::kAgent;
  identity->state = is_agent ? IdentityState::kDraft : IdentityState::kActive;
  identity->created_at = identity->updated_at = context_.now();
  store_identity(context_, *std::move(identity), caller.identity, "identity.registered",
                 Json::object({{"spec", spec}}), std::move(done));
}

void Registry::update_identity(const Caller& caller, const std::string& id, const Json& spec,
                               std::uint64_t revision, Answer done) {
  const auto before = context_.world.identity(id);
  if (!before) return done(unknown(id));
  auto after = domain::identity_from_spec(spec, "identity");
  if (!after) return done(fail(after.error()));
  if (after->id != id || after->identity_class != before->identity_class) {
    return done(fail(Code::kInvalid, "identity.fixed", "`id` and `class` cannot be changed"));
  }
  if (auto allowed = may_write(caller, before->roles.empty() ? *after : *before); !allowed) {
    return done(fail(allowed.error()));
  }
  if (refuses_rights(context_, caller, before.get(), *after, done)) return;
  if (revision != 0 && revision != before->revision) {
    return done(fail(Code::kConflict, "store.conflict",
                     "identity `" + id + "` is at revision " + std::to_string(before->revision) +
                         ", not " + std::to_string(revision)));
  }
  if (before->state == IdentityState::kRetired) {
    return done(fail(Code::kConflict, "identity.illegal_move", "a retired identity cannot change"));
  }
  if (auto owners = check_owners(context_.world, *after); !owners) {
    return done(fail(owners.error()));
  }
  after->state = before->state;
  after->tokens = before->tokens;
  after->created_at = before->created_at;
  after->updated_at = context_.now();
  after->revision = before->revision;
  const bool review = before->state == IdentityState::kActive && needs_review(*before, *after);
  if (review) {
    after->state = IdentityState::kSuspended;
    suspend_now(context_, id, "identity_changed");
  }
  store_identity(context_, *std::move(after), caller.identity, "identity.updated",
                 Json::object({{"spec", spec}, {"review_opened", review}}), std::move(done));
}

void Registry::move_identity(const Caller& caller, const std::string& id, const std::string& move,
                             Answer done) {
  const auto before = context_.world.identity(id);
  if (!before) return done(unknown(id));
  if (auto allowed = may_write(caller, *before); !allowed) return done(fail(allowed.error()));
  Identity after = *before;
  if (move == "activate")
    after.state = IdentityState::kActive;
  else if (move == "suspend")
    after.state = IdentityState::kSuspended;
  else if (move == "decommission")
    after.state = IdentityState::kRetired;
  else {
    return done(
        fail(Code::kInvalid, "identity.move",
             "`" + move.substr(0, 40) + "` is not `activate`, `suspend` or `decommission`"));
  }
  if (auto legal = domain::check_move(before->state, after.state); !legal) {
    return done(fail(legal.error()));
  }
  if (after.state == IdentityState::kActive && after.agent) {
    const auto missing = domain::missing_for_activation(after);
    if (!missing.empty()) {
      std::string names;
      for (const auto& path : missing) names += (names.empty() ? "`" : ", `") + path + "`";
      return done(fail(Code::kInvalid, "agent.incomplete",
                       "agent `" + id + "` cannot be activated: " + names + " missing"));
    }
    if (auto owners = check_owners(context_.world, after); !owners) {
      return done(fail(owners.error()));
    }
    if (*after.agent->retires_at <= context_.now()) {
      return done(fail(Code::kExpired, "agent.retired",
                       "`agent.retires_at` has passed; set a later date first"));
    }
  }
  const std::string name(domain::name_of(after.state));
  Json evidence = Json::object({{"from", domain::name_of(before->state)}, {"to", name}});
  if (after.state == IdentityState::kActive) {
    after.updated_at = context_.now();
    return store_identity(context_, std::move(after), caller.identity, "identity." + name,
                          std::move(evidence), std::move(done));
  }
  auto reduction = begin_reduction(context_, id, [state = after.state](Identity& identity) {
    identity.state = state;
    if (state == IdentityState::kRetired) identity.tokens.clear();
  });
  text::JsonArray ended;
  for (const auto& task : suspend_now(context_, id, name)) ended.emplace_back(task);
  evidence.set("ended_tasks", Json(std::move(ended)));
  store_reduction(context_, std::move(reduction), caller.identity, "identity." + name,
                  std::move(evidence), std::move(done));
}

Result<Json> Registry::show_identity(const Caller& caller, const std::string& id) const {
  AMBIT_CHECK_OK(may_read(caller));
  const auto identity = context_.world.identity(id);
  if (!identity) return unknown(id);
  return published(*identity);
}

Result<std::function<Result<Json>()>> Registry::list_identities(
    const Caller& caller, const std::string& identity_class) const {
  AMBIT_CHECK_OK(may_read(caller));
  std::vector<std::shared_ptr<const Identity>> found;
  for (const auto& [id, identity] : context_.world.identities) {
    if (identity_class.empty() || domain::name_of(identity->identity_class) == identity_class) {
      found.push_back(identity);
    }
  }
  return [found = std::move(found)]() -> Result<Json> {
    text::JsonArray items;
    for (const auto& identity : found) items.push_back(published(*identity));
    return Json::object({{"items", Json(std::move(items))}});
  };
}

Result<std::function<Result<Json>()>> Registry::identity_history(const Caller& caller,
                                                                 const std::string& id,
                                                                 std::uint64_t after,
                                                                 std::size_t limit) const {
  AMBIT_CHECK_OK(may_read(caller));
  return [store = context_.ports.store, id, after, limit] {
    return read_history(*store, id, after, limit);
  };
}

void Registry::issue_token(const Caller& caller, const std::string& id, Duration lifetime,
                           Answer done) {
  const auto may_for_others = require_role(caller, {});
  if (!may_for_others && caller.identity != id) return done(fail(may_for_others.error()));
  const auto before = context_.world.identity(id);
  if (!before) return done(unknown(id));
  if (before->identity_class == IdentityClass::kAgent) {
    return done(fail(Code::kDenied, "agent.static_credential",
                     "an agent gets no lasting token: its credentials come from tasks"));
  }
  if (caller.kind == CallerKind::kTask || !domain::alive(*before)) {
    return done(fail(Code::kDenied, "identity.not_active", "`" + id + "` is not active"));
  }
  if (lifetime.ms <= 0 || lifetime > kMaxTokenLifetime) {
    return done(fail(Code::kInvalid, "token.lifetime",
                     "the lifetime of an access token is between 1 ms and 366 days"));
  }
  const Time expires_at = context_.now() + lifetime;
  if (!may_for_others) {
    const auto own = check_own_token(context_, caller, *before, expires_at);
    if (!own) return done(fail(own.error()));
  }
  Identity after = *before;
  std::erase_if(after.tokens, [&](const auto& old) { return old.expires_at <= context_.now(); });
  if (after.tokens.size() >= kMaxTokens) {
    return done(fail(Code::kExhausted, "token.too_many",
                     "`" + id + "` has " + std::to_string(kMaxTokens) +
                         " tokens; revoke those that nobody needs any more"));
  }
  auto secret = std::make_shared<crypto::SecretBytes>(identity::generate_secret_token());
  domain::AccessToken token;
  token.id = crypto::random_id("tok_", context_.now());
  token.sha256 = text::to_hex(identity::hash_secret_token(secret->expose()).view());
  token.created_at = context_.now();
  token.expires_at = expires_at;
  if (!may_for_others) token.issued_with = caller.credential;
  after.tokens.push_back(token);
  after.updated_at = context_.now();
  Json evidence = Json::object({{"token", token.id}, {"expires_at", to_rfc3339(token.expires_at)}});
  if (!token.issued_with.empty()) evidence.set("issued_with", token.issued_with);
  store_identity(context_, std::move(after), caller.identity, "token.issued", std::move(evidence),
                 [secret, token, done](Result<Json> stored) {
                   if (!stored) return done(fail(stored.error()));
                   done(Json::object({{"id", token.id},
                                      {"token", secret->expose()},
                                      {"expires_at", to_rfc3339(token.expires_at)}}));
                 });
}

void Registry::revoke_token(const Caller& caller, const std::string& id, const std::string& token,
                            Answer done) {
  if (auto allowed = require_role(caller, {Role::kSecurity}); !allowed && caller.identity != id) {
    return done(fail(allowed.error()));
  }
  const auto before = context_.world.identity(id);
  if (!before) return done(unknown(id));
  const bool known = std::any_of(before->tokens.begin(), before->tokens.end(),
                                 [&](const auto& item) { return item.id == token; });
  if (!known) {
    return done(fail(Code::kNotFound, "token.unknown",
                     "`" + id + "` has no token `" + token.substr(0, 60) + "`"));
  }
  auto reduction =
      begin_reduction(context_, id, [token](Identity& identity) { erase_token(identity, token); });
  store_reduction(context_, std::move(reduction), caller.identity, "token.revoked",
                  Json::object({{"token", token}}), std::move(done));
}

}  // namespace ambit::service
