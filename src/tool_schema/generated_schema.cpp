#include "tool_schema/internal/generated_schema.h"

#include <algorithm>

namespace ambit::tool_schema {
namespace {

template <class List>
auto find_named(List& list, const std::string& name) {
  return std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.name == name; });
}

tl::unexpected<Error> conflict(const TypePlace& place) {
  return fail(Code::kInvalid, "tool_schema.conflict",
              "two types would be called `" + place.full() + "`");
}

template <class List>
void sort_by_name(List& list) {
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

// Whether `type` is nothing but the name of what stands at `place`.
bool names_itself(const cedar::TypeExpression& type, const TypePlace& place) {
  using Kind = cedar::TypeExpression::Kind;
  const bool is_name = type.kind == Kind::kCommon || type.kind == Kind::kEntity ||
                       type.kind == Kind::kEntityOrCommon;
  return is_name && (type.name == place.name || type.name == place.full());
}

}  // namespace

GeneratedSchema::GeneratedSchema(cedar::SchemaFragment stub, bool flatten) : flatten_(flatten) {
  root_ = stub.namespaces.front().name;
  spaces_.emplace(root_, std::move(stub.namespaces.front()));
}

TypePlace GeneratedSchema::written(const TypePlace& place) const {
  if (!flatten_) return place;
  std::string rest = place.full().substr(root_.size() + 2);
  for (std::size_t at = rest.find("::"); at != std::string::npos; at = rest.find("::", at)) {
    rest.replace(at, 2, "_");
  }
  return {root_, std::move(rest)};
}

std::string GeneratedSchema::full_name(const TypePlace& place) const {
  return written(place).full();
}

cedar::NamespaceDeclaration& GeneratedSchema::at(const std::string& name) {
  auto& space = spaces_[name];
  space.name = name;
  return space;
}

Result<> GeneratedSchema::add(const TypePlace& place, cedar::EntityTypeDeclaration type) {
  const TypePlace here = written(place);
  auto& types = at(here.name_space).entity_types;
  if (find_named(types, here.name) != types.end()) return conflict(here);
  type.name = here.name;
  types.push_back(std::move(type));
  return {};
}

Result<> GeneratedSchema::add(const TypePlace& place, cedar::TypeExpression common_type) {
  const TypePlace here = written(place);
  if (names_itself(common_type, here)) return {};
  auto& types = at(here.name_space).common_types;
  if (find_named(types, here.name) != types.end()) return conflict(here);
  cedar::CommonTypeDeclaration declared;
  declared.name = here.name;
  declared.type = std::move(common_type);
  types.push_back(std::move(declared));
  return {};
}

std::string GeneratedSchema::shared_entity(const std::string& name) {
  const TypePlace place = written({root_, name});
  auto& types = at(place.name_space).entity_types;
  if (find_named(types, place.name) == types.end()) {
    cedar::EntityTypeDeclaration type;
    type.name = place.name;
    types.push_back(std::move(type));
  }
  return root_ + "::" + name;
}

const cedar::EntityTypeDeclaration* GeneratedSchema::find_entity(const TypePlace& place) const {
  const auto space = spaces_.find(place.name_space);
  if (space == spaces_.end()) return nullptr;
  const auto found = find_named(space->second.entity_types, place.name);
  return found == space->second.entity_types.end() ? nullptr : &*found;
}

bool GeneratedSchema::has_common_type(const TypePlace& place) const {
  const auto space = spaces_.find(place.name_space);
  return space != spaces_.end() &&
         find_named(space->second.common_types, place.name) != space->second.common_types.end();
}

cedar::SchemaFragment GeneratedSchema::take() {
  cedar::SchemaFragment out;
  for (auto& [name, space] : spaces_) {
    sort_by_name(space.common_types);
    sort_by_name(space.entity_types);
    sort_by_name(space.actions);
    out.namespaces.push_back(std::move(space));
  }
  return out;
}

}  // namespace ambit::tool_schema
