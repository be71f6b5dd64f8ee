#include "service/internal/policy_forge.h"

namespace ambit::service {
namespace {

// A compiler remembers every name that it ever saw; a new one knows only those in use.
constexpr std::size_t kSetsOfOneCompiler = 1024;

}  // namespace

PolicyForge::PolicyForge() : compiler_(decision::new_compiler()) {}

std::shared_ptr<const decision::PolicyState> PolicyForge::compile(decision::PolicyState state) {
  if (++sets_ > kSetsOfOneCompiler) {
    compiler_ = decision::new_compiler();
    sets_ = 1;
  }
  decision::note_modes(state);
  decision::compile(state, compiler_);
  return std::make_shared<const decision::PolicyState>(std::move(state));
}

}  // namespace ambit::service
