// What policies see of a tool's arguments: a type for the schema that they are checked against, and
// for each call a value of exactly that type.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/entities.h"
#include "cedar/value.h"
#include "cedar_schema/schema_fragment.h"
#include "text/json.h"

namespace ambit::tool_schema {

struct ArgumentNode;

// The arguments of one call, for its context.
struct MappedArguments {
  cedar::Value value = cedar::Value::record();
  std::vector<cedar::Entity> entities;  // those that `value` names and that have attributes or tags
  // Whether `value` is of the declared type. It is not where a number fits no decimal, a text is
  // not of its format, or the arguments do not agree with the tool's schema: what could not be read
  // is an opaque entity there, so that comparing it is an error and equality to anything is false.
  bool typed = true;
};

// The types of one tool's arguments, made once from its `inputSchema`. Never fails: what cannot be
// typed is opaque. Immutable, cheap to copy, thread-safe.
//
// boolean is Bool, integer Long, number decimal, string String, or by `format` datetime, duration,
// ipaddr or decimal; an object with a fixed set of members is a record; one with further members is
// an entity with attributes and tags; an array is a Set, a tuple a record of `proj0`, `proj1`...;
// alternatives are a record of optional `typeChoice0`, `typeChoice1`..., each present when the
// value fits it; null, and what has no type, are opaque entities `Null` and `Unknown`.
class ArgumentTypes {
 public:
  // `schema_namespace` is where opaque types are declared (`Ambit`); those of the tool's own are
  // called `Ambit::TOOL::Input::...`. A null schema: no arguments are declared.
  static ArgumentTypes compile(const text::Json* input_schema, std::string_view schema_namespace,
                               std::string_view tool);

  // The type of the arguments as a whole. Adds the entity types of this tool to `fragment`; those
  // that tools share, `Null`, `Number` and `Unknown`, are the caller's to declare.
  cedar::TypeExpression declare(cedar::SchemaFragment& fragment) const;

  // Precondition: `arguments` is an object.
  MappedArguments map(const text::Json& arguments) const;

  // Whether values of some arguments are entities, and so map() has to be asked for all at once.
  bool names_entities() const;

  // One member of what map() gives, and whether a text there stays as it is. Precondition: not
  // names_entities().
  cedar::Value map_member(std::string_view name, const text::Json& value) const;
  bool is_text(std::string_view name) const;

 private:
  explicit ArgumentTypes(std::shared_ptr<const ArgumentNode> root, std::string schema_namespace)
      : root_(std::move(root)), namespace_(std::move(schema_namespace)) {}

  std::shared_ptr<const ArgumentNode> root_;
  std::string namespace_;
};

}  // namespace ambit::tool_schema
