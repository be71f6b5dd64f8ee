// rooms: text cedar cedar_schema
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cedar_schema/typed_world_fixture.h"

// A policy that validates, asked of entities and requests that fit its schema, never fails for
// their types. The first byte chooses the mode, the others the policy, the entities and the
// requests.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ambit::cedar;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  TypedWorld world(choose_by_bytes(bytes));
  Soundness out;
  check_soundness(world, data[0] % 2 == 0 ? ValidationMode::kStrict : ValidationMode::kPermissive,
                  out);
  if (out.broken.empty()) return 0;
  std::fprintf(stderr, "%s\n", out.broken.c_str());
  std::abort();
}
