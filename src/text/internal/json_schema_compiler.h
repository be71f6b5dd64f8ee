// The compiler of JSON Schema: json_schema_compile.cpp walks the schema and its references,
// json_schema_keywords.cpp reads what stands in one schema object.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/internal/json_schema_program.h"

namespace ambit::text::internal {

std::string quoted(std::string_view text);
tl::unexpected<Error> invalid_keyword(std::string_view keyword, const std::string& place,
                                      const std::string& rule);
tl::unexpected<Error> unsupported_keyword(std::string_view keyword, const std::string& place,
                                          const std::string& why);
// A JSON pointer, longer by one token.
std::string below(const std::string& place, std::string_view token);

class SchemaCompiler {
 public:
  // `root` must live as long as this.
  explicit SchemaCompiler(const Json& root) : root_(root) {}

  // Once.
  Result<SchemaProgram> run();

 private:
  // One keyword of one schema object, on its way into the node.
  struct Site {
    SchemaNode& node;
    const Json& schema;
    const std::string& keyword;
    const Json& value;
    const std::string& place;
    std::size_t depth;
  };
  // What a reference leads to is compiled after what refers to it, so that a chain of references
  // costs no stack.
  struct Referenced {
    SchemaNode& node;
    const Json& schema;
    std::string place;
  };
  using Handler = Result<> (SchemaCompiler::*)(const Site&);

  Result<> read_dialect();
  Result<const SchemaNode*> compile(const Json& schema, const std::string& place,
                                    std::size_t depth);
  Result<SchemaNode*> declare(const Json& schema, const std::string& place, std::size_t depth);
  Result<> fill(SchemaNode& node, const Json& schema, const std::string& place, std::size_t depth);
  Result<> keyword(const Site& site);
  static Handler handler_of(std::string_view keyword);

  Result<const SchemaNode*> child(const Site& site) {
    return compile(site.value, below(site.place, site.keyword), site.depth + 1);
  }
  Result<const SchemaNode*> sibling(const Site& site, const char* name) {
    const Json* schema = site.schema.find(name);
    if (schema == nullptr) return nullptr;
    return compile(*schema, below(site.place, name), site.depth + 1);
  }
  Result<std::vector<const SchemaNode*>> children(const Site& site);
  Result<std::vector<NamedSchema>> named_children(const Site& site);
  Result<> set_size(const Site& site, std::size_t& out);

  Result<> type(const Site& site);
  Result<> enumeration(const Site& site);
  Result<> constant(const Site& site);
  Result<> bound(const Site& site);
  Result<> size(const Site& site);
  Result<> pattern(const Site& site);
  Result<> unique(const Site& site);
  Result<> items(const Site& site);
  Result<> prefix_items(const Site& site);
  Result<> contains_rule(const Site& site);
  Result<> properties(const Site& site);
  Result<> pattern_properties(const Site& site);
  Result<> member_schema(const Site& site);
  Result<> required(const Site& site);
  Result<> dependent_required(const Site& site);
  Result<> dependent_schemas(const Site& site);
  Result<> dependencies(const Site& site);
  Result<> combination(const Site& site);
  Result<> negation(const Site& site);
  Result<> condition(const Site& site);
  Result<> reference(const Site& site);

  const Json& root_;
  bool reference_hides_siblings_ = false;  // drafts 6 and 7
  std::map<const Json*, const SchemaNode*> known_;
  std::vector<Referenced> referenced_;
  SchemaProgram program_;
};

}  // namespace ambit::text::internal
