// rooms: evidence
// Bundles of evidence from elsewhere: whatever the bytes, an answer; what is a tar archive of ours
// comes back unchanged.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "evidence/tar.h"
#include "evidence/verify_export.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto files = ambit::evidence::read_tar(bytes);
  if (files && ambit::evidence::write_tar(*files) != bytes) std::abort();
  (void)ambit::evidence::verify_export(bytes);
  return 0;
}
