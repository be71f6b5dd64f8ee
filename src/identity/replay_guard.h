// Remembers which proofs were seen, so that each works once.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

namespace ambit::identity {

struct ReplayLimits {
  std::size_t total = 1u << 18;    // proofs remembered at once
  std::size_t per_key = 1u << 16;  // of these, for one key: one flooder does not shut out the rest
};

// Bounded in memory: when full it refuses (fails closed) until remembered proofs run out. The names
// that it stores are chosen by strangers, so it files them under a keyed hash. Not thread-safe: one
// guard belongs to one thread, or stands under one lock.
class ReplayGuard {
 public:
  // How far in the future a proof may run out; see `kDpopWindow`.
  static constexpr std::size_t kMaxSeconds = 128;

  // Proofs issued before `not_before` are refused: a process that has just started cannot know
  // which of them were used already.
  explicit ReplayGuard(ReplayLimits limits = {}, Time not_before = {});

  // Remembers the proof `id` of the key `thumbprint`, which was issued at `issued_at` and can be
  // used until `expires_at`, inclusive. Fails with `dpop.replay` when it is known, with
  // `dpop.replay_capacity` when there is no room, and with `dpop.time` when it has run out or
  // reaches too far ahead by the latest time that was ever passed as `now`.
  Result<> remember(std::string_view thumbprint, std::string_view id, Time issued_at,
                    Time expires_at, Time now);

  std::size_t size() const { return seen_.size(); }

 private:
  // 128 bits of a keyed hash: enough that no two names are taken for one.
  using Name = std::array<std::uint64_t, 2>;
  struct NameHash {
    std::size_t operator()(const Name& name) const { return name[0]; }
  };
  struct Entry {
    Name name;
    std::uint64_t key;
  };

  Name hash(std::string_view thumbprint, std::string_view id) const;
  void forget_before(std::int64_t second);

  ReplayLimits limits_;
  Time not_before_;
  crypto::SecretBytes secret_;
  // INVARIANT: `seen_` holds the names of all entries of `by_second_`, and `per_key_` their number
  // for each key. An entry that runs out in second s stands in slot s modulo kMaxSeconds, and
  // first_second_ <= s < first_second_ + kMaxSeconds.
  std::unordered_set<Name, NameHash> seen_;
  std::unordered_map<std::uint64_t, std::size_t> per_key_;
  std::array<std::vector<Entry>, kMaxSeconds> by_second_;
  std::int64_t first_second_ = 0;
};

}  // namespace ambit::identity
