#include "tool_schema/internal/shared_types.h"

#include <algorithm>
#include <set>
#include <utility>

#include "cedar_schema/schema_text.h"
#include "tool_schema/type_names.h"

namespace ambit::tool_schema {
namespace {

using Kind = ListedType::Kind;

bool is_plain_object(const ListedType& type) {
  return type.kind == Kind::kObject && type.parts.empty() && !type.members.empty() &&
         std::all_of(type.members.begin(), type.members.end(),
                     [](const ListedMember& member) { return member.type.is_primitive(); });
}

struct Occurrences {
  SharedType first;
  std::vector<std::string> name_spaces;
};

class Search {
 public:
  void add(const ListedParameters& parameters, const std::string& name_space) {
    for (const auto& member : parameters.members) visit({name_space, member.name}, member.type);
    for (const auto& [name, type] : parameters.definitions) visit({name_space, name}, type);
  }

  void add_enum(const TypePlace& place, const ListedType& type) {
    if (type.kind == Kind::kEnum) note(place, type);
  }

  std::map<std::string, Occurrences> take() { return std::move(found_); }

 private:
  void visit(const TypePlace& place, const ListedType& type) {
    if (type.kind == Kind::kArray) return visit(place, type.parts.front());
    if (!is_type_name(place.name)) return;
    if (type.kind == Kind::kEnum || is_plain_object(type)) note(place, type);
    for (const auto& member : type.members) visit(place.below(member.name), member.type);
    for (std::size_t i = 0; i < type.parts.size(); ++i) {
      visit(place.below(part_name(place, type, i)), type.parts[i]);
    }
  }

  static std::string part_name(const TypePlace& place, const ListedType& type, std::size_t i) {
    if (type.kind == Kind::kObject) return place.name + "Tag";
    return (type.kind == Kind::kUnion ? "TypeChoice" : "Proj") + std::to_string(i);
  }

  void note(const TypePlace& place, const ListedType& type) {
    if (!is_type_name(place.name)) return;
    auto& occurrences = found_[key_of(place.name, type)];
    occurrences.first.name = place.name;
    occurrences.first.type = type;
    occurrences.name_spaces.push_back(place.name_space);
  }

  std::map<std::string, Occurrences> found_;
};

// `A::B` of `A::B::C` and `A::B::D`. INVARIANT: all begin with the stub's namespace.
std::string common_namespace(const std::vector<std::string>& names) {
  std::string common = names.front();
  for (const std::string& name : names) {
    while (name != common && !name.starts_with(common + "::")) {
      common.erase(common.rfind("::"));
    }
  }
  return common;
}

std::string primitive_text(Kind kind) {
  switch (kind) {
    case Kind::kBool: return "Bool";
    case Kind::kInteger: return "Long";
    case Kind::kString: return "String";
    case Kind::kDecimal: return "decimal";
    case Kind::kDatetime: return "datetime";
    case Kind::kDuration: return "duration";
    case Kind::kIp: return "ipaddr";
    default: return "";
  }
}

bool says_the_same(const cedar::EntityTypeDeclaration& declared, const ListedType& type) {
  if (type.kind == Kind::kEnum) return declared.enum_ids == type.variants;
  if (declared.enum_ids || !declared.shape ||
      declared.shape->kind != cedar::TypeExpression::Kind::kRecord ||
      declared.shape->attributes.size() != type.members.size()) {
    return false;
  }
  return std::all_of(type.members.begin(), type.members.end(), [&](const ListedMember& member) {
    const auto& attributes = declared.shape->attributes;
    const auto same = std::find_if(attributes.begin(), attributes.end(), [&](const auto& one) {
      return one.name == member.name && one.required == member.required &&
             cedar::to_schema_text(one.type) == primitive_text(member.type.kind);
    });
    return same != attributes.end();
  });
}

}  // namespace

std::string key_of(const std::string& name, const ListedType& type) {
  std::string out = name + '\n';
  if (type.kind == Kind::kEnum) {
    for (const std::string& variant : type.variants) {
      out += std::to_string(variant.size()) + ':' + variant;
    }
    return out;
  }
  std::vector<std::string> members;
  for (const ListedMember& member : type.members) {
    members.push_back('{' + std::to_string(static_cast<int>(member.type.kind)) +
                      (member.required ? "!" : "?") + std::to_string(member.name.size()) + ':' +
                      member.name);
  }
  std::sort(members.begin(), members.end());
  for (const std::string& member : members) out += member;
  return out;
}

SharedTypes shared_types(const ToolListing& listing, const GeneratorOptions& options,
                         const GeneratedSchema& schema) {
  Search search;
  for (const ListedTool& tool : listing.tools) {
    const std::string space = schema.root() + "::" + tool.name;
    search.add(tool.inputs, space + "::Input");
    if (options.include_outputs) search.add(tool.outputs, space + "::Output");
    for (const auto& [name, type] : tool.definitions) search.add_enum({space, name}, type);
  }
  SharedTypes out;
  std::map<std::string, int> wanted;  // by the full name of the place
  for (auto& [key, occurrences] : search.take()) {
    if (occurrences.name_spaces.size() < 2) continue;
    if (options.objects_as_records && occurrences.first.type.kind == Kind::kObject) continue;
    SharedType shared = std::move(occurrences.first);
    shared.name_space = common_namespace(occurrences.name_spaces);
    ++wanted[shared.name_space + "::" + shared.name];
    out.emplace(key, std::move(shared));
  }
  std::erase_if(out, [&](const auto& entry) {
    const TypePlace place{entry.second.name_space, entry.second.name};
    if (wanted[place.full()] > 1 || schema.has_common_type(place)) return true;
    const auto* declared = schema.find_entity(place);
    return declared && !says_the_same(*declared, entry.second.type);
  });
  return out;
}

}  // namespace ambit::tool_schema
