// rooms: text cedar
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cedar/format.h"
#include "cedar/policy.h"

namespace {

using namespace ambit::cedar;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

}  // namespace

// What parses can be laid out, in any width, as text that says the same, and stays as it is when it
// is laid out again. The first byte is the width, the second the indent.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const FormatOptions options{data[0], data[1] % 10u};
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto once = format_policies(text, options);
  if (!once) {
    const std::string& reason = once.error().reason;
    require(reason == "cedar.syntax" || reason == "cedar.format_limit", "what parses is laid out");
    require((reason == "cedar.syntax") == !PolicySet::parse(text), "and only what parses");
    return 0;
  }
  const auto before = PolicySet::parse(text);
  const auto after = PolicySet::parse(*once);
  require(before && after && before->policies().size() == after->policies().size() &&
              before->templates().size() == after->templates().size(),
          "nothing is lost");
  for (std::size_t i = 0; i < before->policies().size(); ++i) {
    require(same_policy(before->policies()[i], after->policies()[i]), "every policy says the same");
  }
  const auto twice = format_policies(*once, options);
  require(twice && *twice == *once, "the second time changes nothing");
  return 0;
}
