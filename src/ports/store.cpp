#include "ports/store.h"

#include <array>

namespace ambit::ports {
namespace {

constexpr std::array<std::string_view, 6> kKinds{"identity", "server", "tool",
                                                 "task",     "policy", "setting"};

}  // namespace

std::string_view name_of(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

Result<Kind> kind_of(std::string_view name) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == name) return static_cast<Kind>(i);
  }
  return fail(Code::kInvalid, "store.kind",
              "`" + std::string(name.substr(0, 40)) + "` is not a kind of document");
}

}  // namespace ambit::ports
