#include "identity/replay_guard.h"

#include <algorithm>
#include <cstring>

#include "crypto/random.h"

namespace ambit::identity {
namespace {

constexpr std::size_t kSecretBytes = 32;
// A key takes at most one part in so many of what is left in common.
constexpr std::size_t kShares = 4;

}  // namespace

ReplayGuard::ReplayGuard(ReplayLimits limits, Time not_before)
    : limits_(limits), not_before_(not_before), secret_(crypto::random_bytes(kSecretBytes)) {}

Result<> ReplayGuard::remember(std::string_view thumbprint, std::string_view id, Time issued_at,
                               Time expires_at, Time now) {
  // Time that ran backwards must not bring forgotten proofs back to life, hence the maximum.
  const std::int64_t current = std::max(now.ms / 1000, first_second_);
  forget_before(current);
  const std::int64_t last = expires_at.ms / 1000;
  if (issued_at < not_before_ || last < current ||
      last >= current + static_cast<std::int64_t>(kMaxSeconds)) {
    return fail(Code::kUnauthenticated, "dpop.time",
                "the proof was not made just now; make a new one for each request");
  }
  const Name name = hash(thumbprint, id);
  if (seen_.contains(name)) {
    return fail(Code::kUnauthenticated, "dpop.replay",
                "the proof was used before; make a new one for each request");
  }
  const std::uint64_t key = hash(thumbprint, "")[0];
  const auto known = per_key_.find(key);
  const std::size_t used = known == per_key_.end() ? 0 : known->second;
  if (!has_room(used)) {
    return fail(Code::kExhausted, "dpop.replay_capacity",
                "too many proofs within their lifetime; try again in a minute");
  }
  seen_.insert(name);
  if (used >= limits_.assured) ++common_;
  per_key_[key] = used + 1;
  by_second_[static_cast<std::size_t>(last) % kMaxSeconds].push_back({name, key});
  return {};
}

bool ReplayGuard::has_room(std::size_t used) const {
  if (seen_.size() >= limits_.total) return false;
  if (used < limits_.assured) return true;
  const std::size_t left = limits_.total / 2 - common_;
  return used - limits_.assured < left / kShares;
}

ReplayGuard::Name ReplayGuard::hash(std::string_view thumbprint, std::string_view id) const {
  // A thumbprint is base64url, so that the separator cannot stand in it.
  std::string text;
  text.reserve(thumbprint.size() + 1 + id.size());
  text.append(thumbprint).append(1, '.').append(id);
  const crypto::Digest digest = crypto::hmac_sha256(secret_.expose(), text);
  Name name;
  std::memcpy(name.data(), digest.bytes.data(), sizeof name);
  return name;
}

void ReplayGuard::forget_before(std::int64_t second) {
  const std::int64_t behind = std::min<std::int64_t>(second - first_second_, kMaxSeconds);
  for (std::int64_t i = 0; i < behind; ++i) {
    auto& slot = by_second_[static_cast<std::size_t>(first_second_ + i) % kMaxSeconds];
    for (const Entry& entry : slot) {
      seen_.erase(entry.name);
      const auto used = per_key_.find(entry.key);
      if (used->second > limits_.assured) --common_;
      if (--used->second == 0) per_key_.erase(used);
    }
    slot.clear();
  }
  first_second_ = second;
}

}  // namespace ambit::identity
