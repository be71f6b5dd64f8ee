// What a condition that held has shown: attributes and tags that are there.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace ambit::cedar {

// One attribute or tag of whatever `subject` (the shape of an expression) comes to.
struct Capability {
  std::uint32_t subject = 0;
  bool is_tag = false;
  std::uint32_t name = 0;  // an attribute's number, or the shape of a tag's name

  friend auto operator<=>(const Capability&, const Capability&) = default;
};

class Capabilities {
 public:
  Capabilities() = default;
  explicit Capabilities(Capability one) : all_{one} {}

  bool contains(const Capability& c) const {
    return std::binary_search(all_.begin(), all_.end(), c);
  }

  // What either has shown.
  void add(const Capabilities& other) {
    if (other.all_.size() == 1) {
      const auto at = std::lower_bound(all_.begin(), all_.end(), other.all_.front());
      if (at == all_.end() || *at != other.all_.front()) all_.insert(at, other.all_.front());
    } else if (!other.all_.empty()) {
      std::vector<Capability> both;
      std::set_union(all_.begin(), all_.end(), other.all_.begin(), other.all_.end(),
                     std::back_inserter(both));
      all_ = std::move(both);
    }
  }

  Capabilities with(const Capabilities& other) const {
    Capabilities both = *this;
    both.add(other);
    return both;
  }

  // What both have shown.
  Capabilities common_with(const Capabilities& other) const {
    Capabilities common;
    std::set_intersection(all_.begin(), all_.end(), other.all_.begin(), other.all_.end(),
                          std::back_inserter(common.all_));
    return common;
  }

 private:
  std::vector<Capability> all_;  // sorted, each once
};

}  // namespace ambit::cedar
