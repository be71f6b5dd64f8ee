// rooms: base text cedar cedar_schema tool_schema
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cedar_schema/conformance.h"
#include "cedar_schema/schema.h"
#include "cedar_schema/schema_text.h"
#include "tool_schema/argument_types.h"
#include "tool_schema/schema_generator.h"

namespace {

using namespace ambit;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

// The schema of any tool whatever is one of Cedar, and fits what the mapping says is typed.
void check_arguments(const text::Json& schema, const text::Json& arguments) {
  const auto types = tool_schema::ArgumentTypes::compile(&schema, "T", "a-b");
  static const auto kStub =
      cedar::parse_schema_fragment(
          "namespace T { entity Null, Number, Unknown, P; action run appliesTo { principal: P, "
          "resource: P, context: { input: Long } }; }")
          .value();
  auto fragment = kStub;
  cedar::TypeExpression input = types.declare(fragment);
  fragment.namespaces[0].actions[0].applies_to->context->attributes[0].type = std::move(input);
  const auto resolved = cedar::Schema::resolve({fragment});
  require(resolved.has_value(), "the types of a tool make a schema");
  const auto printed = cedar::to_schema_text(fragment);
  require(printed && cedar::Schema::parse(*printed) == *resolved, "which can be printed");
  if (!arguments.is_object()) return;
  const auto mapped = types.map(arguments);
  const auto context = cedar::Value::record({{"input", mapped.value}});
  bool fits = cedar::validate_context(context, {"T::Action", "run"}, *resolved).has_value();
  for (const auto& entity : mapped.entities) {
    fits = fits && cedar::validate_entity(entity, *resolved).has_value();
  }
  require(fits == mapped.typed, "a value is of its type or said not to be");
}

// What the generator makes of any listing can be printed and read again.
void check_generator(const text::Json& listing, unsigned options) {
  static const auto kStub =
      cedar::parse_schema_fragment(
          "namespace M { @mcp_principal entity U; @mcp_resource entity S; @mcp_context(\"c\") type "
          "C = { a: Long }; @mcp_action action all; entity mode enum [\"a\"]; }")
          .value();
  const auto read = tool_schema::listing_from_json(listing);
  if (!read) return require(!read.error().message.empty(), "an error says something");
  const auto made =
      tool_schema::generate_schema(kStub, *read,
                                   {(options & 1) != 0, (options & 2) != 0, (options & 4) != 0,
                                    (options & 8) != 0, (options & 16) != 0, (options & 32) != 0});
  if (!made) return require(!made.error().message.empty(), "an error says something");
  const auto printed = cedar::to_schema_text(*made);
  if (!printed) return;
  require(cedar::parse_schema_fragment(*printed).has_value(), "it can be read again");
}

}  // namespace

// The first byte chooses options; then two JSON texts with a NUL between them: a schema or listing,
// and arguments.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t end = input.find('\0');
  const auto schema = text::parse_json(input.substr(0, end));
  if (!schema) return 0;
  check_generator(*schema, data[0]);
  const auto arguments =
      end == std::string_view::npos ? schema : text::parse_json(input.substr(end + 1));
  if (arguments) check_arguments(*schema, *arguments);
  return 0;
}
