// What was checked and how it went.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

namespace ambit::conformance {

class Tally {
 public:
  // Counts one check of this kind; of a failed one, says what is wrong.
  void passed(const std::string& kind) { ++counts_[kind].passed; }
  void failed(const std::string& kind, const std::filesystem::path& file, const std::string& what);

  void check(const std::string& kind, const std::filesystem::path& file, bool good,
             const std::string& what);

  bool empty() const { return counts_.empty(); }

  // Prints a line for each kind and the line `N passed, N failed` at the end. Whether none failed.
  bool print() const;

 private:
  struct Count {
    std::size_t passed = 0;
    std::size_t failed = 0;
  };

  std::map<std::string, Count> counts_;
};

}  // namespace ambit::conformance
