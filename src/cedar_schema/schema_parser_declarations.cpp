// Entity types and actions.
#include <utility>

#include "cedar_schema/internal/schema_names.h"
#include "cedar_schema/internal/schema_parser.h"

namespace ambit::cedar {
namespace {

constexpr std::string_view kAppliesToHint =
    "an action applies to at least one `principal` type and one `resource` type; without "
    "`appliesTo` it is a group";

}  // namespace

bool SchemaParser::entity(Open& open, Annotations annotations) {
  const std::size_t begin = in_.offset();
  std::vector<DeclaredName> names;
  do {
    auto name = declared_identifier("the name of an entity type");
    if (!name) return false;
    if (name->text == "Action") {
      return in_.error(name->span, "`Action` cannot be an entity type",
                       "it is the type of actions, which `action` declares");
    }
    if (!declare(open.entity_types, *name, open.declaration.name)) return false;
    names.push_back(*std::move(name));
  } while (in_.accept(TokenKind::kComma));
  EntityTypeDeclaration out;
  out.annotations = std::move(annotations);
  const bool good = in_.accept_word("enum") ? enum_ids(out) : entity_body(out);
  if (!good || !in_.expect(TokenKind::kSemicolon) || !spend(begin, names)) return false;
  for (DeclaredName& name : names) {
    out.name = std::move(name.text);
    out.span = name.span;
    open.declaration.entity_types.push_back(out);
  }
  return true;
}

bool SchemaParser::entity_body(EntityTypeDeclaration& out) {
  if (in_.accept_word("in") && !type_references(out.parents)) return false;
  const bool has_equal = in_.accept(TokenKind::kSingleEqual);
  if (in_.at(TokenKind::kOpenBrace)) {
    out.shape = record(1);
    if (!out.shape) return false;
    if (out.shape->is_empty_record()) out.shape.reset();
  } else if (has_equal) {
    return in_.unexpected("an entity type's attributes are written out here");
  }
  if (in_.accept_word("tags")) {
    out.tags = type(1);
    if (!out.tags) return false;
  }
  return true;
}

bool SchemaParser::enum_ids(EntityTypeDeclaration& out) {
  if (!in_.expect(TokenKind::kOpenBracket)) return false;
  out.enum_ids.emplace();
  do {
    auto id = string();
    if (!id) return false;
    out.enum_ids->push_back(std::move(id->text));
  } while (in_.accept(TokenKind::kComma));
  return in_.expect(TokenKind::kCloseBracket);
}

bool SchemaParser::action(Open& open, Annotations annotations) {
  const std::size_t begin = in_.offset();
  std::vector<DeclaredName> names;
  do {
    auto name = this->name("the name of an action");
    if (!name || !declare(open.actions, *name, open.declaration.name)) return false;
    names.push_back(*std::move(name));
  } while (in_.accept(TokenKind::kComma));
  ActionDeclaration out;
  out.annotations = std::move(annotations);
  if (!action_body(out, names.front())) return false;
  if (!in_.expect(TokenKind::kSemicolon) || !spend(begin, names)) return false;
  for (DeclaredName& name : names) {
    out.name = std::move(name.text);
    out.span = name.span;
    open.declaration.actions.push_back(out);
  }
  return true;
}

bool SchemaParser::action_body(ActionDeclaration& out, const DeclaredName& first) {
  if (in_.accept_word("in")) {
    out.parents.emplace();
    if (!action_parents(*out.parents)) return false;
  }
  // Text always says whom an action applies to, if only nobody.
  out.applies_to.emplace();
  if (in_.accept_word("appliesTo") && !applies_to(*out.applies_to, first)) return false;
  if (in_.accept_word("attributes")) {
    return in_.expect(TokenKind::kOpenBrace) && in_.expect(TokenKind::kCloseBrace);
  }
  return true;
}

bool SchemaParser::action_parents(std::vector<ActionReference>& out) {
  const bool is_list = in_.accept(TokenKind::kOpenBracket);
  do {
    auto parent = action_reference();
    if (!parent) return false;
    out.push_back(*std::move(parent));
  } while (is_list && in_.accept(TokenKind::kComma));
  return !is_list || in_.expect(TokenKind::kCloseBracket);
}

std::optional<ActionReference> SchemaParser::action_reference() {
  const std::size_t begin = in_.offset();
  auto first = name("the name of an action");
  if (!first) return std::nullopt;
  ActionReference out;
  // A string is the whole name; an identifier may begin the type.
  const bool was_string = in_.text(first->span).starts_with('"');
  if (was_string || !in_.accept(TokenKind::kDoubleColon)) {
    out.id = std::move(first->text);
  } else {
    out.type = std::move(first->text);
    while (in_.token().kind == TokenKind::kIdentifier) {
      const auto part = identifier("a name");
      if (!part || !in_.expect(TokenKind::kDoubleColon)) return std::nullopt;
      *out.type += "::" + part->text;
    }
    auto id = string();
    if (!id) return std::nullopt;
    out.id = std::move(id->text);
  }
  out.span = {begin, in_.end_of_last() - begin};
  return out;
}

bool SchemaParser::applies_to(AppliesTo& out, const DeclaredName& action) {
  if (!in_.expect(TokenKind::kOpenBrace)) return false;
  Names seen;
  do {
    if (!applies_to_entry(out, action, seen)) return false;
  } while (in_.accept(TokenKind::kComma) && !in_.at(TokenKind::kCloseBrace));
  if (!in_.expect(TokenKind::kCloseBrace)) return false;
  for (const char* required : {"principal", "resource"}) {
    if (!seen.contains(required)) {
      return in_.error(action.span, "the action `" + action.text + "` lacks `" + required + "`",
                       std::string(kAppliesToHint));
    }
  }
  return true;
}

bool SchemaParser::applies_to_entry(AppliesTo& out, const DeclaredName& action, Names& seen) {
  const bool known = in_.at_word("principal") || in_.at_word("resource") || in_.at_word("context");
  if (!known) return in_.unexpected();
  const Token word = in_.take();
  const std::string what(word.text);
  if (const auto [at, is_new] = seen.emplace(what, word.span); !is_new) {
    return already(at->second, word.span,
                   "the action `" + action.text + "` has `" + what + "` twice");
  }
  if (!in_.expect(TokenKind::kColon)) return false;
  if (what == "principal") return applies_to_types(out.principals, action, what);
  if (what == "resource") return applies_to_types(out.resources, action, what);
  if (in_.at(TokenKind::kOpenBrace)) {
    out.context = record(1);
    if (!out.context) return false;
    if (out.context->is_empty_record()) out.context.reset();
    return true;
  }
  auto reference = path();
  if (!reference) return false;
  if (is_kind_of_type(reference->name)) {
    in_.error(reference->span, "`" + reference->name + "` is no record",
              "a context is written out, or the name of a common type that is a record");
    return false;
  }
  // JSON has no shorter form for a name that is a word of its own.
  const auto kind = reference->name == "EntityOrCommon" ? TypeExpression::Kind::kEntityOrCommon
                                                        : TypeExpression::Kind::kCommon;
  TypeExpression named{kind, std::move(reference->name), {}, {}, reference->span};
  out.context = std::move(named);
  return true;
}

bool SchemaParser::applies_to_types(std::vector<TypeReference>& out, const DeclaredName& action,
                                    std::string_view what) {
  const std::size_t begin = in_.offset();
  if (!type_references(out)) return false;
  if (!out.empty()) return true;
  return in_.error({begin, in_.end_of_last() - begin},
                   "the action `" + action.text + "` has no `" + std::string(what) + "` types",
                   std::string(kAppliesToHint));
}

}  // namespace ambit::cedar
