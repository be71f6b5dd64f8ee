#include "service/internal/newest_decisions.h"

#include <utility>

namespace ambit::service {
namespace {

constexpr std::size_t kFewestSlots = 1024;

// The value of a character of Crockford's base32 as ids have it, in lower case.
std::optional<std::uint64_t> value_of(char c) {
  constexpr std::string_view kCharacters = "0123456789abcdefghjkmnpqrstvwxyz";
  const std::size_t value = kCharacters.find(c);
  if (value == std::string_view::npos) return std::nullopt;
  return value;
}

}  // namespace

std::optional<DecisionKey> decision_key(std::string_view id) {
  constexpr std::string_view kPrefix = "dec_";
  constexpr std::size_t kCharacters = 26;  // of five bits each, the first two of them zero
  if (!id.starts_with(kPrefix) || id.size() != kPrefix.size() + kCharacters) return std::nullopt;
  id.remove_prefix(kPrefix.size());
  if (id.front() > '7') return std::nullopt;
  DecisionKey key;
  for (const char c : id) {
    const auto five = value_of(c);
    if (!five) return std::nullopt;
    key.high = key.high << 5 | key.low >> 59;
    key.low = key.low << 5 | *five;
  }
  return key;
}

bool NewestDecisions::add(const DecisionKey& key, std::uint64_t index) {
  if (slots_.size() < 2 * (size_ + 1)) grow();
  Slot& slot = slots_[seek(key)];
  if (slot.index != kVacant) return false;
  slot = {key, index};
  ++size_;
  return true;
}

std::optional<std::uint64_t> NewestDecisions::find(const DecisionKey& key) const {
  if (size_ == 0) return std::nullopt;
  const Slot& slot = slots_[seek(key)];
  if (slot.index == kVacant) return std::nullopt;
  return slot.index;
}

// Those behind it move up to where they would be had it never been there (Knuth, The Art of
// Computer Programming 6.4, algorithm R).
void NewestDecisions::remove(const DecisionKey& key, std::uint64_t index) {
  if (size_ == 0) return;
  std::size_t gap = seek(key);
  if (slots_[gap].index != index || index == kVacant) return;
  for (std::size_t at = after(gap); slots_[at].index != kVacant; at = after(at)) {
    const std::size_t mask = slots_.size() - 1;
    const std::size_t from_home = (at - home(slots_[at].key)) & mask;
    if (from_home < ((at - gap) & mask)) continue;
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = {};
  --size_;
}

std::size_t NewestDecisions::seek(const DecisionKey& key) const {
  std::size_t at = home(key);
  while (slots_[at].index != kVacant && slots_[at].key != key) at = after(at);
  return at;
}

void NewestDecisions::grow() {
  const std::vector<Slot> old =
      std::exchange(slots_, std::vector<Slot>(slots_.empty() ? kFewestSlots : 2 * slots_.size()));
  for (const Slot& slot : old) {
    if (slot.index != kVacant) slots_[seek(slot.key)] = slot;
  }
}

}  // namespace ambit::service
