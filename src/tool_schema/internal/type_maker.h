// Makes the types of one listing in a schema.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "cedar_schema/schema_fragment.h"
#include "tool_schema/internal/generated_schema.h"
#include "tool_schema/internal/shared_types.h"

namespace ambit::tool_schema {

// What references mean at a place: the full name of each definition in sight.
using DefinitionNames = std::map<std::string, std::string>;

class TypeMaker {
 public:
  TypeMaker(GeneratedSchema& schema, const GeneratorOptions& options)
      : schema_(schema), options_(options) {}

  // Declares these once, before anything that uses them.
  Result<> declare_shared(SharedTypes shared);

  // Declares the definitions and adds them to what is in sight, hiding those of the same name.
  Result<> define(const ListedDefinitions& definitions, const std::string& name_space,
                  DefinitionNames& names);

  // The type, with whatever it needs declared below its place.
  Result<cedar::TypeExpression> make(const TypePlace& place, const ListedType& type,
                                     const DefinitionNames& names);

  Result<cedar::TypeExpression> record_of(const ListedParameters& parameters,
                                          const std::string& name_space, DefinitionNames names);

 private:
  Result<cedar::TypeExpression> make_enum(const TypePlace& place, const ListedType& type);
  Result<cedar::TypeExpression> make_parts(const TypePlace& place, const ListedType& type,
                                           const DefinitionNames& names);
  Result<cedar::TypeExpression> make_object(const TypePlace& place, const ListedType& type,
                                            const DefinitionNames& names);
  Result<cedar::TypeExpression> make_number(const std::string& opaque);

  GeneratedSchema& schema_;
  const GeneratorOptions& options_;
  SharedTypes shared_;
};

// `name` as the name of a type. Error reason `tool_schema.name`.
Result<> check_type_name(const std::string& name);

}  // namespace ambit::tool_schema
