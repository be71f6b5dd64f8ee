// A map that forgets what was not used for long: of two generations the older one is dropped.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

namespace ambit::service {

// Keeps at least the `size` keys that were used last, and at most twice as many.
template <class Value>
class Generations {
 public:
  using Map = std::unordered_map<std::string, Value>;

  explicit Generations(std::size_t size) : size_(size) {}
  // As `young` and `old` of another one gave it.
  Generations(std::size_t size, Map young, Map old)
      : size_(size), young_(std::move(young)), old_(std::move(old)) {}

  void put(const std::string& key, Value value) {
    if (young_.size() >= size_ && !young_.contains(key)) {
      old_ = std::move(young_);
      young_.clear();
    }
    old_.erase(key);
    young_.insert_or_assign(key, std::move(value));
  }
  // Null when it is not known, or was forgotten. Counts as a use.
  const Value* find(const std::string& key) {
    if (const auto found = young_.find(key); found != young_.end()) return &found->second;
    const auto found = old_.find(key);
    if (found == old_.end()) return nullptr;
    put(key, Value(found->second));
    return &young_.at(key);
  }
  void erase(const std::string& key) {
    young_.erase(key);
    old_.erase(key);
  }

  const Map& young() const { return young_; }
  const Map& old() const { return old_; }

 private:
  std::size_t size_;
  Map young_, old_;
};

}  // namespace ambit::service
