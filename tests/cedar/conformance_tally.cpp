#include "conformance_tally.h"

#include <cstdio>

namespace ambit::conformance {

void Tally::failed(const std::string& kind, const std::filesystem::path& file,
                   const std::string& what) {
  ++counts_[kind].failed;
  std::printf("FAILED %s: %s: %s\n", file.c_str(), kind.c_str(), what.c_str());
}

void Tally::check(const std::string& kind, const std::filesystem::path& file, bool good,
                  const std::string& what) {
  if (good) {
    passed(kind);
  } else {
    failed(kind, file, what);
  }
}

bool Tally::print() const {
  Count all;
  for (const auto& [kind, count] : counts_) {
    std::printf("%-22s %8zu passed, %zu failed\n", kind.c_str(), count.passed, count.failed);
    all.passed += count.passed;
    all.failed += count.failed;
  }
  std::printf("%zu passed, %zu failed\n", all.passed, all.failed);
  return all.failed == 0;
}

}  // namespace ambit::conformance
