// rooms: text cedar
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cedar/policy_json.h"

namespace {

using namespace ambit::cedar;
using ambit::text::Json;

constexpr ambit::text::JsonLimits kLimits{4u << 20, 3000};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

// A set that was read, from text or JSON, is written and read again with the same JSON; what it
// prints as text says the same.
void round_trip(const PolicySet& set) {
  const auto json = policy_set_to_json(set);
  if (!json) {
    require(json.error().reason == "cedar.policy_json_depth", "only depth stops the writer");
    return;
  }
  const auto again = policy_set_from_json(*json);
  require(again.has_value(), "what is written is read");
  require(*policy_set_to_json(*again) == *json, "and written the same");
  for (const Policy& policy : again->policies()) {
    const auto printed = PolicySet::parse(to_cedar_text(policy));
    require(printed && printed->policies().size() == 1, "a policy read from JSON prints");
    require(same_policy(printed->policies()[0], policy), "as what it says");
  }
  for (const Template& each : again->templates()) {
    const auto printed = PolicySet::parse(to_cedar_text(each));
    require(printed && printed->templates().size() == 1, "so does a template");
    require(same_template(printed->templates()[0], each), "as what it says");
  }
}

}  // namespace

// The input is a policy set, or one policy, in JSON, or policies in text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto text = PolicySet::parse(input)) round_trip(*text);
  const auto json = ambit::text::parse_json(input, kLimits);
  if (!json) return 0;
  if (const auto set = policy_set_from_json(*json)) round_trip(*set);
  const auto wrapped = Json::object({{"staticPolicies", Json::object({{"p", *json}})}});
  if (const auto set = policy_set_from_json(wrapped)) round_trip(*set);
  return 0;
}
