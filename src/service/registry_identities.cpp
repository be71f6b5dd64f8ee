#include <algorithm>

#include "crypto/random.h"
#include "domain/fields.h"
#include "identity/secret_token.h"
#include "service/internal/context.h"
#include "service/internal/endings.h"
#include "service/internal/evidence.h"
#include "service/internal/guardrails.h"
#include "service/internal/identity_changes.h"
#include "service/internal/situation.h"
#include "service/registry.h"
#include "text/base64url.h"

namespace ambit::service {
namespace {

using domain::Identity;
using domain::IdentityClass;
using domain::IdentityState;
using domain::Role;
using text::Json;

constexpr Duration kMaxTokenLifetime = {366LL * 24 * 3'600'000};

tl::unexpected<Error> unknown(const std::string& id) {
  return fail(Code::kNotFound, "identity.unknown",
              "there is no identity `" + id.substr(0, 60) + "`");
}

Json published(const Identity& identity) {
  Json out = domain::to_json(identity);
  out.set("revision", static_cast<std::int64_t>(identity.revision));
  if (identity.agent) {
    text::JsonArray missing;
    for (const auto& path : domain::missing_for_activation(identity)) missing.emplace_back(path);
    out.set("missing", Json(std::move(missing)));
  }
  text::JsonArray tokens;
  for (const auto& token : identity.tokens) {
    tokens.push_back(
        Json::object({{"id", token.id}, {"expires_at", to_rfc3339(token.expires_at)}}));
  }
  if (!tokens.empty()) out.set("tokens", Json(std::move(tokens)));
  return out;
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
  refuse_override(context, caller, "the decision rights of `" + after.id + "`",
                  Json::object({{"agent", after.id}, {"decides", domain::to_json(rights)}}),
                  allowed.error(), done);
  return true;
}

}  // namespace

void store_identity(Context& context, Identity identity, std::string actor, std::string kind,
                    Json evidence, bool reduces_authority, Answer done) {
  domain::seal(identity);
  Commit change;
  change.actor = std::move(actor);
  change.kind = std::move(kind);
  change.reduces_authority = reduces_authority;
  change.writes.push_back(write_of(identity));
  evidence.set("identity", identity.id);
  evidence.set("class", domain::name_of(identity.identity_class));
  evidence.set("state", domain::name_of(identity.state));
  evidence.set("digest", crypto::to_string(identity.digest));
  change.evidence = std::move(evidence);
  auto shared = std::make_shared<Identity>(std::move(identity));
  commit(
      context, std::move(change),
      [&context, shared](std::uint64_t revision) {
        shared->revision = revision;
        context.world.put(*shared);
        record_document(context, "identity", shared->digest,
                        [&] { return domain::to_json(*shared); });
      },
      [shared, done = std::move(done)](Result<std::uint64_t> revision) {
        if (!done) return;
        if (!revision) return done(fail(revision.error()));
        done(published(*shared));
      });
}

void Registry::register_identity(const Caller& caller, const Json& spec, Answer done) {
  auto identity = domain::identity_from_spec(spec, "identity");
  if (!identity) return done(fail(identity.error()));
  if (auto allowed = may_write(caller, *identity); !allowed) return done(fail(allowed.error()));
  if (refuses_rights(context_, caller, nullptr, *identity, done)) return;
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
                 Json::object({{"spec", spec}}), false, std::move(done));
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
                 Json::object({{"spec", spec}, {"review_opened", review}}), false, std::move(done));
}

std::vector<std::string> suspend_now(Context& context, const std::string& id,
                                     const std::string& reason) {
  ++context.world.epoch;
  std::vector<std::string> tasks;
  for (const auto& [task, entry] : context.world.tasks) {
    if (entry.task->agent == id && entry.task->state == domain::TaskState::kOpen) {
      tasks.push_back(task);
    }
  }
  for (const auto& task : tasks) end_task(context, task, reason, "ambit", {});
  return tasks;
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
  after.updated_at = context_.now();
  const bool reduces = after.state != IdentityState::kActive;
  Json evidence = Json::object(
      {{"from", domain::name_of(before->state)}, {"to", domain::name_of(after.state)}});
  if (after.state == IdentityState::kRetired) after.tokens.clear();
  if (reduces) {
    context_.world.put(after);  // at once, before anything is written
    text::JsonArray ended;
    for (const auto& task : suspend_now(context_, id, std::string(domain::name_of(after.state)))) {
      ended.emplace_back(task);
    }
    evidence.set("ended_tasks", Json(std::move(ended)));
  }
  const IdentityState after_state = after.state;
  store_identity(context_, std::move(after), caller.identity,
                 "identity." + std::string(domain::name_of(after_state)), std::move(evidence),
                 reduces, std::move(done));
}

Result<Json> Registry::show_identity(const Caller& caller, const std::string& id) const {
  AMBIT_CHECK_OK(may_read(caller));
  const auto identity = context_.world.identity(id);
  if (!identity) return unknown(id);
  return published(*identity);
}

Result<Json> Registry::list_identities(const Caller& caller,
                                       const std::string& identity_class) const {
  AMBIT_CHECK_OK(may_read(caller));
  text::JsonArray items;
  for (const auto& [id, identity] : context_.world.identities) {
    if (identity_class.empty() || domain::name_of(identity->identity_class) == identity_class) {
      items.push_back(published(*identity));
    }
  }
  return Json::object({{"items", Json(std::move(items))}});
}

void Registry::identity_history(const Caller& caller, const std::string& id, Answer done) const {
  if (auto allowed = may_read(caller); !allowed) return done(fail(allowed.error()));
  context_.ports.background->post(
      [&context = context_, id, done, alive = std::weak_ptr<bool>(context_.alive)] {
        auto changes = context.ports.store->history(ports::Kind::kIdentity, id);
        context.ports.loop->post([changes = std::move(changes), id, done, alive] {
          if (!alive.lock()) return;
          if (!changes) return done(fail(changes.error()));
          if (changes->empty()) return done(unknown(id));
          text::JsonArray items;
          for (const auto& change : *changes) {
            auto json = text::parse_json(change.json);
            if (json) json->erase("tokens");
            items.push_back(Json::object({{"revision", static_cast<std::int64_t>(change.revision)},
                                          {"at", to_rfc3339(change.at)},
                                          {"actor", change.actor},
                                          {"identity", json ? *json : Json(nullptr)}}));
          }
          done(Json::object({{"items", Json(std::move(items))}}));
        });
      });
}

void Registry::issue_token(const Caller& caller, const std::string& id, Duration lifetime,
                           Answer done) {
  if (auto allowed = require_role(caller, {}); !allowed && caller.identity != id) {
    return done(fail(allowed.error()));
  }
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
  auto secret = std::make_shared<crypto::SecretBytes>(identity::generate_secret_token());
  domain::AccessToken token;
  token.id = crypto::random_id("tok_", context_.now());
  token.sha256 = text::to_hex(identity::hash_secret_token(secret->expose()).view());
  token.created_at = context_.now();
  token.expires_at = context_.now() + lifetime;
  Identity after = *before;
  after.tokens.push_back(token);
  after.updated_at = context_.now();
  store_identity(context_, std::move(after), caller.identity, "token.issued",
                 Json::object({{"token", token.id}, {"expires_at", to_rfc3339(token.expires_at)}}),
                 false, [secret, token, done](Result<Json> stored) {
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
  Identity after = *before;
  const auto known = std::find_if(after.tokens.begin(), after.tokens.end(),
                                  [&](const auto& item) { return item.id == token; });
  if (known == after.tokens.end()) {
    return done(fail(Code::kNotFound, "token.unknown",
                     "`" + id + "` has no token `" + token.substr(0, 60) + "`"));
  }
  after.tokens.erase(known);
  after.updated_at = context_.now();
  domain::seal(after);
  context_.world.put(after);  // dead at once, before anything is written
  store_identity(context_, std::move(after), caller.identity, "token.revoked",
                 Json::object({{"token", token}}), true, std::move(done));
}

}  // namespace ambit::service
