// Remembers verified tokens, so that a signature is checked once and not at every request.
#pragma once

#include <cstddef>
#include <cstring>
#include <list>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "crypto/digest.h"
#include "identity/jwt.h"

namespace ambit::identity {

// Holds at most `capacity` tokens of one verifier and drops the one unused for longest. Every call
// takes constant time. A token is found until it expires, or until `flush`, which the owner calls
// when the revocation epoch or the verifier's keys change. Not thread-safe: one per thread.
class TokenCache {
 public:
  // Precondition: `capacity` is at least 1.
  explicit TokenCache(std::size_t capacity) : capacity_(capacity) {}

  // The token as verified before, or by `verifier` now. Fails as `verifier` does; failures are not
  // remembered, as strangers can make any number of them.
  Result<std::shared_ptr<const VerifiedToken>> verify(const TokenVerifier& verifier,
                                                      std::string_view token, Time now);

  void flush();
  std::size_t size() const { return by_digest_.size(); }

 private:
  struct Entry {
    crypto::Digest digest;
    std::shared_ptr<const VerifiedToken> token;
  };
  // Only tokens that we signed come in, so that nobody can choose digests that collide.
  struct DigestHash {
    std::size_t operator()(const crypto::Digest& digest) const {
      std::size_t out = 0;
      std::memcpy(&out, digest.bytes.data(), sizeof out);
      return out;
    }
  };
  using Entries = std::list<Entry>;

  std::shared_ptr<const VerifiedToken> find(const crypto::Digest& digest, Time now);
  void insert(const crypto::Digest& digest, std::shared_ptr<const VerifiedToken> token);

  std::size_t capacity_;
  // INVARIANT: `by_digest_` has exactly one entry for each of `entries_`, latest use first.
  Entries entries_;
  std::unordered_map<crypto::Digest, Entries::iterator, DigestHash> by_digest_;
};

}  // namespace ambit::identity
