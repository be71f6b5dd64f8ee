// What the tests of this room share: fixed keys and forged tokens.
#pragma once

#include <string>

#include "crypto/keys.h"
#include "identity/authorization_details.h"
#include "identity/jwt.h"
#include "text/base64url.h"
#include "text/json.h"

namespace ambit::identity::testing {

inline constexpr Time kNow{1'800'000'000'000};
inline constexpr char kIssuer[] = "https://ambit.example";
inline constexpr char kAudience[] = "https://ambit.example/mcp";

inline crypto::SigningKey ed25519_key(char fill = 'k') {
  return *crypto::SigningKey::from_ed25519_seed(std::string(32, fill));
}

// Anything signed as a compact JWS, as nobody of ours would sign it.
inline std::string forge(const crypto::SigningKey& key, std::string_view header,
                         std::string_view payload) {
  const std::string input = text::to_base64url(header) + "." + text::to_base64url(payload);
  return input + "." + text::to_base64url(key.sign(input));
}

inline TaskClaims task_claims() {
  TaskClaims claims;
  claims.subject = "agent_1";
  claims.audience = kAudience;
  claims.client_id = "agent_1";
  claims.token_id = "tok_1";
  claims.instance = "inst_1";
  claims.session = "sess_1";
  claims.task = "task_1";
  claims.issued_at = kNow;
  claims.expires_at = kNow + minutes(10);
  claims.authorization_details = to_authorization_details({.tools = {"files/read"},
                                                           .targets = {"file:///srv/reports/"},
                                                           .data = {"finance"},
                                                           .actions = {"read"}});
  claims.epoch = 7;
  return claims;
}

}  // namespace ambit::identity::testing
