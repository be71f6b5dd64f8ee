#include <algorithm>
#include <utility>

#include "cedar/syntax.h"
#include "cedar_schema/schema_text.h"

namespace ambit::cedar {
namespace {

constexpr std::size_t kIndent = 2;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (true) {  // an apostrophe is escaped too, as the Rust implementation does
    const std::size_t apostrophe = text.find('\'');
    append_escaped(out, text.substr(0, apostrophe), Quoted::kString);
    if (apostrophe == std::string_view::npos) return out + '"';
    out += "\\'";
    text.remove_prefix(apostrophe + 1);
  }
}

std::string attribute_name(const std::string& name) {
  return is_identifier(name) && !is_reserved(name) ? name : quoted(name);
}

template <class List, class Print>
std::string joined(const List& list, Print print) {
  std::string out = "[";
  for (const auto& item : list) {
    if (out.size() > 1) out += ", ";
    out += print(item);
  }
  return out + "]";
}

std::string names_of(const std::vector<TypeReference>& types) {
  return joined(types, [](const TypeReference& type) { return type.name; });
}

void append_annotations(std::string& out, const Annotations& annotations, std::size_t indent) {
  for (const auto& [name, value] : annotations) {
    out.append(indent, ' ');
    out += "@" + name + "(" + quoted(value) + ")\n";
  }
}

void append_type(std::string& out, const TypeExpression& type, std::size_t indent);

void append_record(std::string& out, const TypeExpression& type, std::size_t indent) {
  const std::size_t inner = indent + kIndent;
  out += "{";
  for (std::size_t i = 0; i < type.attributes.size(); ++i) {
    const AttributeDeclaration& attribute = type.attributes[i];
    out += i == 0 ? "\n" : ",\n";
    append_annotations(out, attribute.annotations, inner);
    out.append(inner, ' ');
    out += attribute_name(attribute.name) + (attribute.required ? ": " : "?: ");
    append_type(out, attribute.type, inner);
  }
  if (!type.attributes.empty()) out += "\n";
  out.append(indent, ' ');
  out += "}";
}

void append_type(std::string& out, const TypeExpression& type, std::size_t indent) {
  switch (type.kind) {
    case TypeExpression::Kind::kBool: out += "__cedar::Bool"; return;
    case TypeExpression::Kind::kLong: out += "__cedar::Long"; return;
    case TypeExpression::Kind::kString: out += "__cedar::String"; return;
    case TypeExpression::Kind::kExtension: out += "__cedar::" + type.name; return;
    case TypeExpression::Kind::kRecord: append_record(out, type, indent); return;
    case TypeExpression::Kind::kEntity:
    case TypeExpression::Kind::kCommon:
    case TypeExpression::Kind::kEntityOrCommon: out += type.name; return;
    case TypeExpression::Kind::kSet:
      out += "Set<";
      append_type(out, type.element.front(), indent);
      out += ">";
  }
}

void append_declaration(std::string& out, const CommonTypeDeclaration& type, std::size_t indent) {
  out += "type " + type.name + " = ";
  append_type(out, type.type, indent);
}

void append_declaration(std::string& out, const EntityTypeDeclaration& type, std::size_t indent) {
  out += "entity " + type.name;
  if (type.enum_ids) {
    out += " enum " + joined(*type.enum_ids, quoted);
    return;
  }
  if (!type.parents.empty()) out += " in " + names_of(type.parents);
  if (type.shape) {
    out += " = ";
    append_type(out, *type.shape, indent);
  }
  if (type.tags) {
    out += " tags ";
    append_type(out, *type.tags, 0);  // never indented by the Rust implementation
  }
}

std::string parent_text(const ActionReference& parent) {
  return parent.type.value_or("Action") + "::" + quoted(parent.id);
}

void append_declaration(std::string& out, const ActionDeclaration& action, std::size_t indent) {
  out += "action " + quoted(action.name);
  if (action.parents && !action.parents->empty()) {
    out += " in " + joined(*action.parents, parent_text);
  }
  const auto& applies_to = action.applies_to;
  if (!applies_to || applies_to->principals.empty() || applies_to->resources.empty()) return;
  const std::string line = "\n" + std::string(indent + kIndent, ' ');
  out += " appliesTo {" + line + "principal: " + names_of(applies_to->principals) + "," + line +
         "resource: " + names_of(applies_to->resources) + "," + line + "context: ";
  if (applies_to->context) {
    append_type(out, *applies_to->context, indent + kIndent);
  } else {
    out += "{}";
  }
  out += "\n" + std::string(indent, ' ') + "}";
}

template <class List>
void append_declarations(std::string& out, const List& list, std::size_t indent, bool& is_first) {
  for (const auto& declaration : list) {
    if (!std::exchange(is_first, false)) out += "\n";
    append_annotations(out, declaration.annotations, indent);
    out.append(indent, ' ');
    append_declaration(out, declaration, indent);
    out += ";\n";
  }
}

void append_body(std::string& out, const NamespaceDeclaration& space, std::size_t indent) {
  bool is_first = true;
  append_declarations(out, space.common_types, indent, is_first);
  append_declarations(out, space.entity_types, indent, is_first);
  append_declarations(out, space.actions, indent, is_first);
}

std::vector<std::string_view> parts_last_first(std::string_view name) {
  std::vector<std::string_view> out;
  const std::size_t last = name.rfind("::");
  if (last == std::string_view::npos) return {name};
  out.push_back(name.substr(last + 2));
  for (name = name.substr(0, last);;) {
    const std::size_t separator = name.find("::");
    out.push_back(name.substr(0, separator));
    if (separator == std::string_view::npos) return out;
    name.remove_prefix(separator + 2);
  }
}

// The Rust implementation's order of namespaces: none, then by last part, then by the others.
std::vector<const NamespaceDeclaration*> ordered(const SchemaFragment& fragment) {
  std::vector<const NamespaceDeclaration*> out;
  for (const NamespaceDeclaration& space : fragment.namespaces) out.push_back(&space);
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) {
    if (a->name.empty() != b->name.empty()) return a->name.empty();
    return parts_last_first(a->name) < parts_last_first(b->name);
  });
  return out;
}

tl::unexpected<Error> cannot_say(std::string message) {
  return fail(Code::kUnsupported, "cedar.schema", std::move(message));
}

Result<void> check_expressible(const NamespaceDeclaration& space) {
  const std::string prefix = space.name.empty() ? "" : space.name + "::";
  for (const EntityTypeDeclaration& type : space.entity_types) {
    if (type.shape && type.shape->kind != TypeExpression::Kind::kRecord) {
      return cannot_say("the attributes of `" + prefix + type.name +
                        "` are given by a name; schema text needs them written out");
    }
    const auto common = std::lower_bound(
        space.common_types.begin(), space.common_types.end(), type.name,
        [](const auto& declared, const std::string& name) { return declared.name < name; });
    const bool collides = common != space.common_types.end() && common->name == type.name;
    if (collides && !space.name.empty()) {
      return cannot_say("`" + prefix + type.name +
                        "` is both an entity type and a common type, which schema text cannot "
                        "tell apart where it is used");
    }
  }
  return {};
}

}  // namespace

Result<std::string> to_schema_text(const SchemaFragment& fragment) {
  std::string out;
  bool is_first = true;
  for (const NamespaceDeclaration* space : ordered(fragment)) {
    AMBIT_CHECK_OK(check_expressible(*space));
    if (!std::exchange(is_first, false)) out += "\n";
    if (space->name.empty()) {
      append_body(out, *space, 0);
      continue;
    }
    append_annotations(out, space->annotations, 0);
    out += "namespace " + space->name + " {\n";
    append_body(out, *space, kIndent);
    out += "}\n";
  }
  return out;
}

std::string to_schema_text(const TypeExpression& type, std::size_t indent) {
  std::string out;
  append_type(out, type, indent);
  return out;
}

}  // namespace ambit::cedar
