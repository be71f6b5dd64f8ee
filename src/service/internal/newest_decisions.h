// Where the newest decisions stand in the ledger: exact, and without an allocation for each, as
// every decision passes here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ambit::service {

// The 128 bits of a decision's id, `dec_` and a ULID as crypto::random_id() writes it.
struct DecisionKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;  // all of it random

  friend bool operator==(const DecisionKey&, const DecisionKey&) = default;
};

struct DecisionKeyHash {
  std::size_t operator()(const DecisionKey& key) const { return key.low; }
};

// None where `id` is not of that form, and so no decision's.
std::optional<DecisionKey> decision_key(std::string_view id);

// A table with open addressing and linear probing, at most half full.
class NewestDecisions {
 public:
  // Puts a decision in, unless it is known: whether it was not.
  bool add(const DecisionKey& key, std::uint64_t index);

  // The index of its entry in the ledger.
  std::optional<std::uint64_t> find(const DecisionKey& key) const;

  // Fetches what a call with this key will read, for whoever calls a little later: the table is far
  // larger than the caches, and its keys are random.
  void expect(const DecisionKey& key) const {
    if (size_ > 0) __builtin_prefetch(&slots_[home(key)], 1);
  }

  // Takes it out if that is where it stands.
  void remove(const DecisionKey& key, std::uint64_t index);

  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint64_t kVacant = ~std::uint64_t{0};
  struct Slot {
    DecisionKey key;
    std::uint64_t index = kVacant;
  };

  std::size_t home(const DecisionKey& key) const { return key.low & (slots_.size() - 1); }
  std::size_t after(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  // Its slot, or the vacant one in which it would be; there are slots.
  std::size_t seek(const DecisionKey& key) const;
  void grow();

  std::vector<Slot> slots_;  // a power of two, or none
  std::size_t size_ = 0;
};

}  // namespace ambit::service
