#include "identity/internal/claims.h"

#include <array>

#include "identity/authorization_details.h"
#include "identity/internal/compact_jws.h"

namespace ambit::identity::internal {
namespace {

constexpr std::int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z

struct TextClaim {
  std::string_view name;
  std::string TaskClaims::* member;
};
constexpr std::array<TextClaim, 8> kTextClaims{{{"iss", &TaskClaims::issuer},
                                                {"sub", &TaskClaims::subject},
                                                {"aud", &TaskClaims::audience},
                                                {"client_id", &TaskClaims::client_id},
                                                {"jti", &TaskClaims::token_id},
                                                {"instance", &TaskClaims::instance},
                                                {"session", &TaskClaims::session},
                                                {"task", &TaskClaims::task}}};

tl::unexpected<Error> bad_claim(std::string_view name) {
  return refuse("token", "malformed",
                "the claim `" + std::string(name) + "` is missing or of the wrong kind");
}

Result<Time> required_date(const text::Json& payload, std::string_view name) {
  const auto time = numeric_date(payload, name);
  if (!time) return bad_claim(name);
  return *time;
}

Result<std::optional<std::string>> confirmation(const text::Json& payload) {
  const text::Json* cnf = payload.find("cnf");
  if (cnf == nullptr) return std::nullopt;
  // A confirmation of a kind that we cannot check must not become a bearer token.
  const std::string_view thumbprint = cnf->string_or("jkt", "");
  if (thumbprint.empty() || cnf->as_object().size() != 1) return bad_claim("cnf");
  return std::string(thumbprint);
}

}  // namespace

std::int64_t to_seconds(Time time) { return time.ms / 1000 - (time.ms % 1000 < 0 ? 1 : 0); }

std::optional<Time> numeric_date(const text::Json& payload, std::string_view name) {
  const text::Json* value = payload.find(name);
  if (value == nullptr || !value->is_int()) return std::nullopt;
  const std::int64_t second = value->as_int();
  if (second < 0 || second > kLastSecond) return std::nullopt;
  return Time{second * 1000};
}

text::Json to_payload(const TaskClaims& claims) {
  text::Json payload = text::Json::object();
  for (const auto& [name, member] : kTextClaims) payload.set(name, claims.*member);
  payload.set("iat", to_seconds(claims.issued_at));
  payload.set("exp", to_seconds(claims.expires_at));
  payload.set("epoch", claims.epoch);
  payload.set("authorization_details", claims.authorization_details);
  if (claims.key_thumbprint) {
    payload.set("cnf", text::Json::object({{"jkt", *claims.key_thumbprint}}));
  }
  return payload;
}

Result<TaskClaims> claims_from(const text::Json& payload) {
  TaskClaims claims;
  for (const auto& [name, member] : kTextClaims) {
    const std::string_view text = payload.string_or(name, "");
    if (text.empty()) return bad_claim(name);
    claims.*member = text;
  }
  AMBIT_TRY(claims.issued_at, required_date(payload, "iat"));
  AMBIT_TRY(claims.expires_at, required_date(payload, "exp"));
  AMBIT_TRY(claims.key_thumbprint, confirmation(payload));
  const text::Json* epoch = payload.find("epoch");
  if (epoch == nullptr || !epoch->is_int() || epoch->as_int() < 0) return bad_claim("epoch");
  claims.epoch = epoch->as_int();
  const text::Json* details = payload.find("authorization_details");
  if (details == nullptr || !is_authorization_details(*details)) {
    return bad_claim("authorization_details");
  }
  claims.authorization_details = *details;
  return claims;
}

}  // namespace ambit::identity::internal
