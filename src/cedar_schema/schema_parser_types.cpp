// Types, and the names that all rules are made of.
#include <algorithm>
#include <tuple>
#include <utility>

#include "cedar_schema/internal/schema_parser.h"
#include "cedar_schema/schema_limits.h"

namespace ambit::cedar {

std::optional<TypeExpression> SchemaParser::type(std::size_t depth) {
  if (depth > kMaxTypeDepth) {
    in_.error(in_.token().span,
              "this type is nested more than " + std::to_string(kMaxTypeDepth) + " levels deep");
    return std::nullopt;
  }
  if (in_.at(TokenKind::kOpenBrace)) return record(depth);
  auto reference = path();
  if (!reference) return std::nullopt;
  TypeExpression out;
  out.span = reference->span;
  if (reference->name == "Set" && in_.accept(TokenKind::kLess)) {
    auto element = type(depth + 1);
    if (!element || !in_.expect(TokenKind::kGreater)) return std::nullopt;
    out.kind = TypeExpression::Kind::kSet;
    out.element.push_back(*std::move(element));
    out.span.length = in_.end_of_last() - out.span.offset;
    return out;
  }
  out.kind = TypeExpression::Kind::kEntityOrCommon;
  out.name = std::move(reference->name);
  return out;
}

std::optional<TypeExpression> SchemaParser::record(std::size_t depth) {
  TypeExpression out;
  const std::size_t begin = in_.offset();
  in_.take();
  while (!in_.accept(TokenKind::kCloseBrace)) {
    if (!attribute(out, depth)) return std::nullopt;
    if (in_.accept(TokenKind::kComma)) continue;
    if (!in_.expect(TokenKind::kCloseBrace)) return std::nullopt;
    break;
  }
  out.span = {begin, in_.end_of_last() - begin};
  auto& list = out.attributes;
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.span.offset) < std::tie(b.name, b.span.offset);
  });
  const auto twice = std::adjacent_find(
      list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twice == list.end()) return out;
  already(twice->span, std::next(twice)->span,
          "the attribute `" + twice->name + "` is declared twice");
  return std::nullopt;
}

bool SchemaParser::attribute(TypeExpression& record, std::size_t depth) {
  AttributeDeclaration out;
  if (!annotations(out.annotations)) return false;
  auto attribute = name("the name of an attribute");
  if (!attribute) return false;
  out.name = std::move(attribute->text);
  out.span = attribute->span;
  in_.want("`?`");
  if (in_.token().kind == TokenKind::kUnknown && in_.token().text == "?") {
    in_.take();
    out.required = false;
  }
  if (!in_.expect(TokenKind::kColon)) return false;
  auto declared = type(depth + 1);
  if (!declared) return false;
  out.type = *std::move(declared);
  record.attributes.push_back(std::move(out));
  return true;
}

bool SchemaParser::type_references(std::vector<TypeReference>& out) {
  if (!in_.accept(TokenKind::kOpenBracket)) {
    auto one = path();
    if (!one) return false;
    out.push_back(*std::move(one));
    return true;
  }
  if (in_.accept(TokenKind::kCloseBracket)) return true;
  do {
    auto next = path();
    if (!next) return false;
    out.push_back(*std::move(next));
  } while (in_.accept(TokenKind::kComma));
  return in_.expect(TokenKind::kCloseBracket);
}

std::optional<TypeReference> SchemaParser::path() {
  auto first = identifier("a name");
  if (!first) return std::nullopt;
  TypeReference out{std::move(first->text), first->span};
  while (in_.accept(TokenKind::kDoubleColon)) {
    const auto part = identifier("a name");
    if (!part) return std::nullopt;
    out.name += "::" + part->text;
  }
  out.span.length = in_.end_of_last() - out.span.offset;
  return out;
}

std::optional<DeclaredName> SchemaParser::identifier(std::string_view wanted) {
  if (!in_.at(TokenKind::kIdentifier, wanted)) {
    in_.unexpected();
    return std::nullopt;
  }
  const Token token = in_.token();
  if (is_reserved(token.text) && token.text != "__cedar") {
    in_.error(token.span, "`" + std::string(token.text) + "` is a reserved word",
              "as an action or attribute it can stand in double quotes");
    return std::nullopt;
  }
  in_.take();
  return DeclaredName{std::string(token.text), token.span};
}

std::optional<DeclaredName> SchemaParser::declared_identifier(std::string_view wanted) {
  auto out = identifier(wanted);
  if (!out || out->text != "__cedar") return out;
  in_.error(out->span, "the name `__cedar` is reserved", "names with `__cedar` are Cedar's own");
  return std::nullopt;
}

std::optional<DeclaredName> SchemaParser::name(std::string_view wanted) {
  if (in_.token().kind == TokenKind::kString) return string();
  in_.want("a string in double quotes");
  return identifier(wanted);
}

std::optional<DeclaredName> SchemaParser::string() {
  if (!in_.at(TokenKind::kString)) {
    in_.unexpected();
    return std::nullopt;
  }
  const auto content = in_.unquoted(in_.token(), Quoted::kString);
  if (!content) return std::nullopt;
  const Token token = in_.take();
  return DeclaredName{content->pieces.front(), token.span};
}

}  // namespace ambit::cedar
