#include "service/internal/key_marks.h"

#include <algorithm>
#include <iterator>

#include "crypto/digest.h"

namespace ambit::service {
namespace {

constexpr std::size_t kMostRecent = 1024;

std::uint64_t mark_of(std::string_view thumbprint) {
  const crypto::Digest digest = crypto::sha256(thumbprint);
  std::uint64_t mark = 0;
  for (std::size_t i = 0; i < sizeof mark; ++i) mark = mark << 8 | digest.bytes[i];
  return mark;
}

}  // namespace

void KeyMarks::insert(std::string_view thumbprint) {
  if (contains(thumbprint)) return;
  const std::uint64_t mark = mark_of(thumbprint);
  recent_.insert(std::lower_bound(recent_.begin(), recent_.end(), mark), mark);
  if (recent_.size() < kMostRecent) return;
  settled_ = sorted();
  recent_.clear();
}

bool KeyMarks::contains(std::string_view thumbprint) const {
  const std::uint64_t mark = mark_of(thumbprint);
  return std::binary_search(settled_.begin(), settled_.end(), mark) ||
         std::binary_search(recent_.begin(), recent_.end(), mark);
}

std::vector<std::uint64_t> KeyMarks::sorted() const {
  std::vector<std::uint64_t> all;
  all.reserve(settled_.size() + recent_.size());
  std::merge(settled_.begin(), settled_.end(), recent_.begin(), recent_.end(),
             std::back_inserter(all));
  return all;
}

KeyMarks KeyMarks::from_sorted(std::vector<std::uint64_t> marks) {
  KeyMarks out;
  out.settled_ = std::move(marks);
  return out;
}

}  // namespace ambit::service
