// rooms: service
// State snapshots: what is read from a file that is authentic, and a file that is not.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "service/internal/state_file.h"

namespace {

using namespace ambit;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::HmacKey key("a key");
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  require(!service::read_state(bytes, key));
  const auto state = service::read_state_body(bytes);
  if (!state) return 0;
  // What can be read is written in one way, which is read as the same.
  const std::string written = service::write_state_body(*state);
  const auto again = service::read_state_body(written);
  require(again && service::write_state_body(*again) == written);
  const std::string file = service::write_state(*state, key);
  const auto whole = service::read_state(file, key);
  require(whole && service::write_state_body(*whole) == written);
  return 0;
}
