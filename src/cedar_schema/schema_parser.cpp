#include "cedar_schema/internal/schema_parser.h"

#include <algorithm>
#include <utility>

#include "cedar_schema/internal/schema_names.h"
#include "cedar_schema/schema_limits.h"
#include "cedar_schema/schema_text.h"

namespace ambit::cedar {
namespace {

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

template <class List>
void sort_by_name(List& list) {
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

tl::unexpected<Diagnostic> refuse(std::string_view text, std::size_t offset, std::string message) {
  Diagnostic diagnostic;
  diagnostic.span = {offset, 1};
  diagnostic.message = std::move(message);
  locate(diagnostic, text.substr(0, offset));
  return tl::unexpected<Diagnostic>(std::move(diagnostic));
}

// Offset of the first byte that is not UTF-8, or npos.
std::size_t first_bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    std::uint32_t scalar = 0;
    const std::size_t length = decode_utf8(text, i, scalar);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

bool has_reserved_part(std::string_view path) {
  while (true) {
    const std::size_t separator = path.find("::");
    if (path.substr(0, separator) == "__cedar") return true;
    if (separator == std::string_view::npos) return false;
    path.remove_prefix(separator + 2);
  }
}

}  // namespace

tl::expected<SchemaFragment, Diagnostic> parse_schema_fragment(std::string_view text) {
  if (text.size() > kMaxSchemaTextBytes) {
    return refuse(
        text, 0,
        "this schema text is longer than " + std::to_string(kMaxSchemaTextBytes) + " bytes");
  }
  if (const std::size_t bad = first_bad_byte(text); bad != std::string_view::npos) {
    return refuse(text, bad, "this is not UTF-8");
  }
  return SchemaParser(text).parse();
}

tl::expected<SchemaFragment, Diagnostic> SchemaParser::parse() {
  while (in_.token().kind != TokenKind::kEnd) {
    if (!item()) return tl::unexpected<Diagnostic>(in_.diagnostic());
  }
  SchemaFragment out;
  for (auto& [name, open] : namespaces_) {
    NamespaceDeclaration& declaration = open.declaration;
    sort_by_name(declaration.common_types);
    sort_by_name(declaration.entity_types);
    sort_by_name(declaration.actions);
    out.namespaces.push_back(std::move(declaration));
  }
  return out;
}

bool SchemaParser::item() {
  Annotations notes;
  if (!annotations(notes)) return false;
  if (namespaces_.empty() && in_.token().kind == TokenKind::kOpenBrace) {
    return in_.unexpected("a schema in JSON is read with another function");
  }
  if (in_.accept_word("namespace")) return namespace_item(std::move(notes));
  Open& unnamed = namespaces_[""];
  return declaration(unnamed, std::move(notes));
}

bool SchemaParser::namespace_item(Annotations annotations) {
  const auto name = path();
  if (!name) return false;
  if (has_reserved_part(name->name)) {
    return in_.error(name->span, "the namespace " + quoted(name->name) + " is reserved",
                     "names with `__cedar` are Cedar's own");
  }
  if (const auto at = namespaces_.find(name->name); at != namespaces_.end()) {
    return already(at->second.declaration.span, name->span,
                   "the namespace " + quoted(name->name) + " is declared twice");
  }
  Open& open = namespaces_[name->name];
  open.declaration.name = name->name;
  open.declaration.span = name->span;
  open.declaration.annotations = std::move(annotations);
  if (!in_.expect(TokenKind::kOpenBrace)) return false;
  while (!in_.accept(TokenKind::kCloseBrace)) {
    Annotations notes;
    if (!this->annotations(notes)) return false;
    if (in_.token().kind == TokenKind::kIdentifier && in_.token().text == "namespace") {
      return in_.unexpected("namespaces do not nest; write `namespace " + name->name +
                            "::Inner { ... }` beside this one");
    }
    if (!declaration(open, std::move(notes))) return false;
  }
  return true;
}

bool SchemaParser::declaration(Open& open, Annotations annotations) {
  if (in_.accept_word("entity")) return entity(open, std::move(annotations));
  if (in_.accept_word("action")) return action(open, std::move(annotations));
  if (in_.accept_word("type")) return common_type(open, std::move(annotations));
  in_.want("`@`");
  return in_.unexpected();
}

bool SchemaParser::annotations(Annotations& out) {
  while (in_.token().kind == TokenKind::kAt) {
    in_.take();
    if (!in_.at(TokenKind::kIdentifier, "an annotation's name")) return in_.unexpected();
    const Token name = in_.take();
    std::string content;
    if (in_.accept(TokenKind::kOpenParen)) {
      const auto value = string();
      if (!value || !in_.expect(TokenKind::kCloseParen)) return false;
      content = value->text;
    }
    if (!out.emplace(std::string(name.text), std::move(content)).second) {
      return in_.error(
          name.span, "the annotation " + quoted("@" + std::string(name.text)) + " is given twice");
    }
  }
  return true;
}

bool SchemaParser::common_type(Open& open, Annotations annotations) {
  const std::size_t begin = in_.offset();
  const auto name = declared_identifier("the name of a type");
  if (!name) return false;
  if (is_kind_of_type(name->text)) {
    return in_.error(name->span, quoted(name->text) + " cannot be the name of a common type",
                     "it names a kind of type already");
  }
  if (!declare(open.common_types, *name, open.declaration.name)) return false;
  if (!in_.expect(TokenKind::kSingleEqual)) return false;
  auto definition = type(1);
  if (!definition || !in_.expect(TokenKind::kSemicolon)) return false;
  open.declaration.common_types.push_back(
      {name->text, *std::move(definition), std::move(annotations), name->span});
  return spend(begin, {*name});
}

bool SchemaParser::declare(Names& names, const DeclaredName& name,
                           const std::string& namespace_name) {
  const auto [at, is_new] = names.emplace(name.text, name.span);
  if (is_new) return true;
  std::string message = quoted(name.text) + " is declared twice";
  if (!namespace_name.empty()) message += " in the namespace " + quoted(namespace_name);
  return already(at->second, name.span, std::move(message));
}

bool SchemaParser::already(const SourceSpan& first, const SourceSpan& span, std::string message) {
  return in_.error(span, std::move(message), "first on line " + std::to_string(line_of(first)));
}

std::size_t SchemaParser::line_of(const SourceSpan& span) const {
  const std::string_view before = in_.text({0, span.offset});
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

bool SchemaParser::spend(std::size_t begin, const std::vector<DeclaredName>& names) {
  const SourceSpan& last = names.back().span;
  const std::size_t shared = in_.end_of_last() - (last.offset + last.length);
  spent_ += (last.offset + last.length - begin) + shared * names.size();
  if (spent_ <= kMaxSchemaTextBytes) return true;
  return in_.error(last,
                   "with every declaration written out for each of its names, the schema is "
                   "longer than " +
                       std::to_string(kMaxSchemaTextBytes) + " bytes");
}

}  // namespace ambit::cedar
