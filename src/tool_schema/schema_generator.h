// From the tools of an MCP server to a Cedar schema, by the rules of cedar-policy/cedar-for-agents:
// every tool becomes an action with typed arguments.
#pragma once

#include "base/result.h"
#include "cedar_schema/schema_fragment.h"
#include "tool_schema/tool_listing.h"

namespace ambit::tool_schema {

struct GeneratorOptions {
  bool include_outputs = false;     // what a tool gives, as `output` beside `input`
  bool objects_as_records = false;  // objects without further members as records, not entities
  bool keep_annotations = false;    // `@mcp_...` of the stub
  bool flatten_namespaces = false;  // `A::tool_Input_x` in place of `A::tool::Input::x`
  bool numbers_as_decimal = false;  // otherwise `Number` and `Float`, of which nothing is known
  bool deduplicate = false;         // equal enumerations and plain objects of several tools as one
};

// Adds the tools to `stub`, which has one namespace: principals are its entity types with
// `@mcp_principal`, resources those with `@mcp_resource`; a type with `@mcp_context("name")` stands
// in every action's context under that name; actions with `@mcp_action` are parents of all. Error
// reasons `tool_schema.stub`, `tool_schema.name` for what has no name in Cedar,
// `tool_schema.conflict` when two things would be called the same, `tool_schema.reference`.
Result<cedar::SchemaFragment> generate_schema(const cedar::SchemaFragment& stub,
                                              const ToolListing& listing,
                                              const GeneratorOptions& options = {});

}  // namespace ambit::tool_schema
