// rooms: base text cedar profiles
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "profiles/import.h"
#include "profiles/profile.h"

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

}  // namespace

// The first byte chooses the profile; then policies and, after a NUL, a call.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ambit;
  if (size == 0) return 0;
  const auto profile =
      data[0] % 2 == 0 ? profiles::Profile::kAgentCore : profiles::Profile::kToolHive;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t end = input.find('\0');
  const std::string_view text = input.substr(0, end);
  profiles::ImportOptions options;
  options.server = "s";
  if (const auto made = profiles::import_policies(profile, text, options)) {
    const auto again = cedar::PolicySet::parse(made->text());
    require(again.has_value(), "what is carried over parses");
    std::size_t carried = 0;
    for (const auto& policy : made->policies) carried += policy.carried() ? 1 : 0;
    require(again->policies().size() == carried, "and is as many policies");
  }
  if (end == std::string_view::npos) return 0;
  const auto json = text::parse_json(input.substr(end + 1));
  const auto policies = cedar::PolicySet::parse(text);
  if (!json || !policies) return 0;
  if (const auto request = profiles::request_from_json(profile, *json)) {
    const auto decision = profiles::decide(profile, *policies, *request);
    require(!decision.allow || profile == profiles::Profile::kAgentCore || decision.errors.empty(),
            "an error denies in ToolHive");
  }
  return 0;
}
