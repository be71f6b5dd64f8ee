// Reads the types of arguments from a JSON Schema.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "text/json.h"
#include "tool_schema/internal/argument_node.h"

namespace ambit::tool_schema {

class ArgumentReader {
 public:
  // `root` outlives the reader. `tool_namespace` is `Ambit::TOOL`.
  ArgumentReader(const text::Json& root, std::string tool_namespace)
      : root_(root), tool_namespace_(std::move(tool_namespace)) {}

  std::shared_ptr<const ArgumentNode> read();

 private:
  using Node = std::shared_ptr<const ArgumentNode>;
  // Where a type stands, for the name of its entity type: `Ambit::TOOL::Input::outer` and `inner`.
  struct Place {
    std::string name_space;
    std::string name;

    Place below(std::string_view member) const;
  };

  Node type_of(const text::Json& schema, const Place& place, std::size_t depth);
  Node of_object(const text::Json& schema, const Place& place, std::size_t depth);
  Node of_reference(const text::Json& schema, const Place& place, std::size_t depth);
  Node of_type_name(const std::string& type, const text::Json& schema, const Place& place,
                    std::size_t depth);
  Node of_untyped(const text::Json& schema, const Place& place, std::size_t depth);
  Node array(const text::Json& schema, const Place& place, std::size_t depth);
  Node tuple(const text::JsonArray& items, const text::Json& schema, const Place& place,
             std::size_t depth);
  Node set_of(Node element);
  // `schemas` as alternatives, read in place of `type` when they are names of types.
  Node alternatives(const text::JsonArray& types, const text::Json& schema, const Place& place,
                    std::size_t depth);
  Node object(const text::Json& schema, const Place& place, std::size_t depth, bool is_root);

  const text::Json& root_;
  std::string tool_namespace_;
  std::vector<const text::Json*> references_;  // being read: what leads back to one of them recurs
  std::set<std::string> used_;                 // full names of entity types
  std::size_t nodes_ = 0;
};

}  // namespace ambit::tool_schema
