// The one form of tar archive (POSIX ustar) that a bundle has: regular files, nothing that varies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ambit::evidence {

struct TarFile {
  std::string_view name;  // 1 to 99 of printable ASCII
  std::string_view bytes;
};

// Mode 0644, owner 0, time 0, two blocks of zeros at the end: the same files give the same bytes.
std::string write_tar(const std::vector<TarFile>& files);

// Reads exactly what write_tar writes; the views point into `bytes`. Fails with `export.archive`.
Result<std::vector<TarFile>> read_tar(std::string_view bytes);

}  // namespace ambit::evidence
