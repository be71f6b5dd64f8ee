#include "service/authenticator.h"

#include <algorithm>

#include "identity/secret_token.h"
#include "service/internal/context.h"
#include "text/base64url.h"

namespace ambit::service {
namespace {

tl::unexpected<Error> unauthenticated(std::string reason, std::string message) {
  return fail(Code::kUnauthenticated, std::move(reason), std::move(message));
}

Result<Caller> opaque_caller(const Context& context, std::string_view token) {
  const crypto::Digest presented = identity::hash_secret_token(token);
  const auto owner = context.world.token_owner.find(text::to_hex(presented.view()));
  if (owner == context.world.token_owner.end()) {
    return unauthenticated("token.unknown", "the access token is not known");
  }
  const auto who = context.world.identity(owner->second);
  if (!who || !domain::alive(*who)) {
    return unauthenticated("token.unknown", "the access token is not known");
  }
  for (const auto& known : who->tokens) {
    if (known.sha256 != owner->first) continue;
    if (known.expires_at <= context.now()) {
      return unauthenticated("token.expired", "the access token has expired");
    }
    Caller caller;
    caller.kind = who->identity_class == domain::IdentityClass::kHuman ? CallerKind::kHuman
                                                                       : CallerKind::kService;
    caller.identity = who->id;
    caller.roles = who->roles;
    caller.credential = known.id;
    return caller;
  }
  return unauthenticated("token.unknown", "the access token is not known");
}

Result<Caller> task_caller(const Context& context, const identity::TaskClaims& claims) {
  const TaskEntry* task = context.world.task(claims.task);
  if (!task || task->task->state != domain::TaskState::kOpen) {
    return unauthenticated("token.task_ended", "the task of this credential has ended");
  }
  const auto instance = context.world.instances.find(claims.instance);
  if (instance == context.world.instances.end() || instance->second->task != claims.task) {
    return unauthenticated("token.instance", "the instance of this credential is not admitted");
  }
  if (instance->second->key_thumbprint != claims.key_thumbprint.value_or("")) {
    return unauthenticated("token.instance", "the credential is bound to another key");
  }
  Caller caller;
  caller.kind = CallerKind::kTask;
  caller.identity = claims.subject;
  caller.credential = claims.token_id;
  caller.task = claims.task;
  caller.instance = claims.instance;
  caller.session = claims.session;
  return caller;
}

enum class Scheme { kNone, kBearer, kDpop, kOther };

// The scheme, in whatever case it was written (RFC 9110 section 11.1), and what stands after it.
Scheme take_scheme(std::string_view header, std::string_view& rest) {
  const std::size_t space = header.find(' ');
  if (space == std::string_view::npos) return Scheme::kNone;
  const auto is = [scheme = header.substr(0, space)](std::string_view name) {
    return std::equal(scheme.begin(), scheme.end(), name.begin(), name.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
  };
  rest = header.substr(space);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return is("bearer") ? Scheme::kBearer : is("dpop") ? Scheme::kDpop : Scheme::kOther;
}

}  // namespace

Result<Caller> Authenticator::authenticate(const Presented& presented) {
  std::string_view token;
  const Scheme scheme = take_scheme(presented.authorization, token);
  if (scheme == Scheme::kNone) {
    return unauthenticated("token.missing",
                           "no credential: send `Authorization: Bearer ...` or "
                           "`Authorization: DPoP ...`");
  }
  if (scheme == Scheme::kOther) {
    return unauthenticated("token.scheme", "the authorization scheme must be `Bearer` or `DPoP`");
  }
  if (identity::is_secret_token(token)) {
    AMBIT_TRY(Caller caller, opaque_caller(context_, token));
    caller.loopback = presented.loopback;
    return caller;
  }
  const Time now = context_.now();
  const auto verification = context_.token_cache.verify(context_.verifier, token, now);
  if (!verification) {
    return unauthenticated(verification.error().reason, verification.error().message);
  }
  const auto& verified = *verification;
  const identity::TaskClaims& claims = verified->claims();
  AMBIT_TRY(Caller caller, task_caller(context_, claims));
  caller.loopback = presented.loopback;
  if (!claims.key_thumbprint) {
    if (scheme == Scheme::kBearer) return caller;
    return unauthenticated("token.scheme", "this credential is a bearer: send it as `Bearer`");
  }
  if (scheme != Scheme::kDpop || presented.dpop.empty()) {
    return unauthenticated("dpop.missing",
                           "this credential is bound to a key: send it as `DPoP` with a proof");
  }
  identity::DpopRequest request{presented.method, presented.uri};
  request.access_token = token;
  request.key_thumbprint = *claims.key_thumbprint;
  AMBIT_TRY(const auto proof,
            identity::verify_dpop(presented.dpop, request, now, context_.replay_guard));
  caller.key_bound = true;
  return caller;
}

}  // namespace ambit::service
