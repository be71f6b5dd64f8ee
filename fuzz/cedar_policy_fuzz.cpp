// rooms: text cedar
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cedar/authorizer.h"

namespace {

using namespace ambit::cedar;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

Entities some_entities() {
  const Value attributes =
      Value::record({{"n", Value::integer(1)},
                     {"s", Value::string("a*b")},
                     {"b", Value::boolean(true)},
                     {"e", Value::entity({"G", "g"})},
                     {"r", Value::record({{"n", Value::integer(2)}})},
                     {"st", Value::set({Value::integer(1), Value::string("a")})}});
  return Entities::make({{{"U", "a"}, attributes, {{"G", "g"}}, attributes},
                         {{"G", "g"}, attributes, {{"G", "h"}}}})
      .value();
}

}  // namespace

// What parses prints as something that parses to the same, and evaluates without harm, twice alike.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policies = parse_policies(text);
  const auto errors = syntax_errors(text);
  require(errors.empty() == policies.has_value(), "what cannot be read has an error");
  if (!policies) {
    require(errors.front().summary() == policies.error().summary(), "and it is the first");
    for (std::size_t i = 1; i < errors.size(); ++i) {
      require(errors[i].span.offset >= errors[i - 1].span.offset && errors[i].span.offset <= size,
              "errors stand in order");
    }
    require(!policies.error().pretty().empty(), "a refusal says why");
    require(policies.error().span.offset <= size, "a refusal is about a place in the text");
    return 0;
  }
  std::string printed;
  for (const Policy& policy : policies->policies()) printed += to_cedar_text(policy);
  const auto again = PolicySet::parse(printed);
  require(again && again->policies().size() == policies->policies().size(),
          "printed policies parse");
  for (std::size_t i = 0; i < again->policies().size(); ++i) {
    require(same_policy(policies->policies()[i], again->policies()[i]), "and say the same");
  }
  static const Entities entities = some_entities();
  Request request{{"U", "a"}, {"Action", "x"}, {"G", "g"}};
  request.context = entities.find({"U", "a"})->entity().attributes;
  const Authorization first = is_authorized(request, *policies, entities);
  const Authorization second = is_authorized(request, *again, entities);
  require(first.allow == second.allow && first.determining == second.determining &&
              first.errors.size() == second.errors.size(),
          "and decide the same");
  return 0;
}
