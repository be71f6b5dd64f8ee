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

// Half of the room is common: whatever a key needs beyond `assured` it takes from there, and never
// more than a quarter of what is left of it, so that the first flooder leaves something to the next
// and all flooders together leave every other key its assured share.
struct ReplayLimits {
  std::size_t total = 1u << 18;  // proofs remembered at once
  std::size_t assured =
      1u << 7;  // for one key, whatever others do; for total / 2 / assured of them
};

// Bounded in memory: where there is no room it refuses (fails closed) until remembered proofs run
// out. The names that it stores are chosen by strangers, so it files them under a keyed hash. Not
// thread-safe: one guard belongs to one thread, or stands under one lock.
class ReplayGuard {
 public:
  // How far in the future a proof may run out; see `kDpopWindow`.
  static constexpr std::size_t kMaxSeconds = 128;

  // Proofs issued before `not_before` are refused: a process that has just started cannot know
  // which of them were used already.
  explicit ReplayGuard(ReplayLimits limits = {}, Time not_before = {});

  // Remembers the proof `id` of the key `thumbprint`, which was issued at `issued_at` and can be
  // used until `expires_at`, inclusive. Fails with `dpop.replay` when it is known, with
  // `dpop.replay_capacity` when there is no room for this key, and with `dpop.time` when it has run
  // out or reaches too far ahead by the latest time that was ever passed as `now`.
  Result<> remember(std::string_view thumbprint, std::string_view id, Time issued_at,
                    Time expires_at, Time now);

  std::size_t size() const { return seen_.size(); }

 private:
  // 128 bits of a keyed hash: enough that no two names are taken for one.
  using Name = std::array<std::uint64_t, 2>;
  struct NameHash {
    std::size_t operator()(const Name& name) const noexcept { return name[0]; }
  };
  struct Entry {
    Name name;
    std::uint64_t key;
  };

  Name hash(std::string_view thumbprint, std::string_view id) const;
  void forget_before(std::int64_t second);
  bool has_room(std::size_t used) const;

  ReplayLimits limits_;
  Time not_before_;
  crypto::SecretBytes secret_;
  // INVARIANT: `seen_` holds the names of all entries of `by_second_`, and `per_key_` their number
  // for each key, of which those beyond the assured ones are counted in `common_`. An entry that
  // runs out in second s stands in slot s modulo kMaxSeconds, and first_second_ <= s <
  // first_second_ + kMaxSeconds.
  std::unordered_set<Name, NameHash> seen_;
  std::unordered_map<std::uint64_t, std::size_t> per_key_;
  std::size_t common_ = 0;
  std::array<std::vector<Entry>, kMaxSeconds> by_second_;
  std::int64_t first_second_ = 0;
};

}  // namespace ambit::identity
