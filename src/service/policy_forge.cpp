#include "service/internal/policy_forge.h"

#include <cstring>

#include "crypto/random.h"

namespace ambit::service {
namespace {

// A compiler remembers every name that it ever saw; a new one knows only those in use.
constexpr std::size_t kSetsOfOneCompiler = 1024;

cedar::PolicyCompiler new_compiler() {
  std::uint64_t key = 0;
  std::memcpy(&key, crypto::random_bytes(sizeof key).data(), sizeof key);
  return cedar::PolicyCompiler(key);
}

}  // namespace

PolicyForge::PolicyForge() : compiler_(new_compiler()) {}

std::shared_ptr<const decision::PolicyState> PolicyForge::compile(decision::PolicyState state) {
  if (++sets_ > kSetsOfOneCompiler) {
    compiler_ = new_compiler();
    sets_ = 1;
  }
  decision::note_modes(state);
  decision::compile(state, compiler_);
  return std::make_shared<const decision::PolicyState>(std::move(state));
}

}  // namespace ambit::service
