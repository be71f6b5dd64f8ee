// Operands: literals, names, calls, attributes, sets and records.
#include <algorithm>
#include <charconv>
#include <set>

#include "cedar/internal/expression_parser.h"
#include "cedar/internal/tree.h"

namespace ambit::cedar {
namespace {

constexpr std::string_view kAnExpression = "an expression";

std::optional<Variable> variable_called(std::string_view name) {
  for (const Variable v :
       {Variable::kPrincipal, Variable::kAction, Variable::kResource, Variable::kContext}) {
    if (name_of(v) == name) return v;
  }
  return std::nullopt;
}

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string hint_for_method(std::string_view name) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (is_one_of({"startsWith", "endsWith", "startswith", "endswith", "matches"})) {
    return "`like` looks into a string: `a like \"begin*\"`";
  }
  if (is_one_of({"size", "length", "count"})) {
    return "how long a string or a set is cannot be asked; `isEmpty` tests for an empty set";
  }
  return "the methods are `contains`, `containsAll`, `containsAny`, `isEmpty`, `hasTag`, `getTag` "
         "and those of `decimal`, `ip`, `datetime` and `duration`";
}

}  // namespace

ExprPtr ExpressionParser::member() {
  const std::size_t begin = in_.offset();
  return member_of(primary(), begin);
}

ExprPtr ExpressionParser::member_of(ExprPtr target, std::size_t begin) {
  while (target) {
    if (in_.accept(TokenKind::kDot)) {
      target = attribute_or_method(std::move(target), begin);
    } else if (in_.accept(TokenKind::kOpenBracket)) {
      target = index(std::move(target), begin);
    } else if (in_.token().kind == TokenKind::kOpenParen) {
      in_.error(in_.token().span, "this cannot be called",
                "calls look like `ip(\"10.0.0.1\")` or `a.contains(b)`");
      return nullptr;
    } else {
      return target;
    }
  }
  return nullptr;
}

ExprPtr ExpressionParser::attribute_or_method(ExprPtr target, std::size_t begin) {
  const auto name = attribute_name();
  if (!name) return nullptr;
  if (in_.token().kind == TokenKind::kOpenParen) return method(std::move(target), *name, begin);
  return make(GetAttribute{std::move(target), std::string(name->text)}, begin);
}

ExprPtr ExpressionParser::method(ExprPtr target, const Token& name, std::size_t begin) {
  const FunctionInfo* info = find_function(name.text);
  if (info == nullptr) {
    in_.error(name.span, quoted(name.text) + " is not a method", hint_for_method(name.text));
    return nullptr;
  }
  if (!info->is_method) {
    in_.error(name.span, quoted(name.text) + " is a function, not a method",
              "write `" + std::string(name.text) + "(...)`");
    return nullptr;
  }
  in_.take();
  std::vector<ExprPtr> arguments{std::move(target)};
  if (!list(TokenKind::kCloseParen, arguments)) return nullptr;
  if (!info->is_extension && arguments.size() != info->arity) {
    in_.error(name.span, "the number of arguments of " + quoted(name.text) + " is " +
                             std::to_string(info->arity - 1) + ", not " +
                             std::to_string(arguments.size() - 1));
    return nullptr;
  }
  return make(make_call(info->function, std::move(arguments)), begin);
}

ExprPtr ExpressionParser::index(ExprPtr target, std::size_t begin) {
  if (!in_.at(TokenKind::kString, "an attribute name as a string in double quotes")) {
    in_.unexpected();
    return nullptr;
  }
  auto name = string();
  if (!name || !in_.expect(TokenKind::kCloseBracket)) return nullptr;
  return make(GetAttribute{std::move(target), *std::move(name)}, begin);
}

ExprPtr ExpressionParser::primary() {
  switch (in_.token().kind) {
    case TokenKind::kString: return literal_string();
    case TokenKind::kNumber: return literal_number();
    case TokenKind::kIdentifier: return starts_with_word();
    case TokenKind::kOpenParen: return parenthesised();
    case TokenKind::kOpenBracket: return set_literal();
    case TokenKind::kOpenBrace: return record_literal();
    case TokenKind::kSlot: refuse_slot(in_.token()); return nullptr;
    default:
      in_.want(kAnExpression);
      in_.unexpected();
      return nullptr;
  }
}

ExprPtr ExpressionParser::literal_string() {
  const std::size_t begin = in_.offset();
  auto text = string();
  return text ? make(Literal{Value::string(*std::move(text))}, begin) : nullptr;
}

ExprPtr ExpressionParser::literal_number() {
  const Token number = in_.take();
  std::int64_t value = 0;
  const char* end = number.text.data() + number.text.size();
  if (std::from_chars(number.text.data(), end, value).ec != std::errc()) {
    in_.error(number.span, quoted(number.text) + " does not fit in 64 bits",
              "the highest number is `9223372036854775807`");
    return nullptr;
  }
  return make(Literal{Value::integer(value)}, number.span.offset);
}

ExprPtr ExpressionParser::starts_with_word() {
  const std::size_t begin = in_.offset();
  const bool is_true = in_.token().text == "true";
  if (is_true || in_.token().text == "false") {
    in_.take();
    return make(Literal{Value::boolean(is_true)}, begin);
  }
  if (in_.token().text == "if") {
    in_.want(kAnExpression);
    in_.unexpected("an `if` inside a larger expression needs parentheses around it");
    return nullptr;
  }
  return starts_with_name();
}

ExprPtr ExpressionParser::starts_with_name() {
  const auto read = name();
  if (!read) return nullptr;
  if (read->id) {
    return make(Literal{Value::entity({read->text, *read->id})}, read->span.offset);
  }
  return in_.token().kind == TokenKind::kOpenParen ? function(*read) : variable(*read);
}

ExprPtr ExpressionParser::function(const Name& name) {
  const FunctionInfo* info = find_function(name.text);
  if (info == nullptr) {
    in_.error(name.span, quoted(name.text) + " is not a function",
              "the functions are `decimal`, `ip`, `datetime` and `duration`");
    return nullptr;
  }
  if (info->is_method) {
    in_.error(name.span, quoted(name.text) + " is a method, not a function",
              "write `a." + name.text + "(...)`");
    return nullptr;
  }
  in_.take();
  std::vector<ExprPtr> arguments;
  if (!list(TokenKind::kCloseParen, arguments)) return nullptr;
  return make(make_call(info->function, std::move(arguments)), name.span.offset);
}

ExprPtr ExpressionParser::variable(const Name& name) {
  if (const auto known = variable_called(name.text)) {
    return make(VariableRef{*known}, name.span.offset);
  }
  const std::string hint =
      name.text.find("::") != std::string::npos
          ? "an entity is written " + quoted(name.text + "::\"id\"") +
                ", a test of its type `principal is " + name.text + "`"
          : "the variables are `principal`, `action`, `resource` and `context`; text "
            "stands in double quotes, an attribute after its owner as in `context." +
                name.text + "`";
  in_.error(name.span, quoted(name.text) + " is not a variable", hint);
  return nullptr;
}

ExprPtr ExpressionParser::parenthesised() {
  in_.take();
  ExprPtr inner = expression();
  return inner && in_.expect(TokenKind::kCloseParen) ? inner : nullptr;
}

bool ExpressionParser::list(TokenKind close, std::vector<ExprPtr>& items) {
  while (!in_.accept(close)) {
    items.push_back(expression());
    if (!items.back()) return false;
    if (!in_.accept(TokenKind::kComma)) return in_.expect(close);
  }
  return true;
}

ExprPtr ExpressionParser::set_literal() {
  const std::size_t begin = in_.offset();
  in_.take();
  SetLiteral set;
  return list(TokenKind::kCloseBracket, set.elements) ? make(std::move(set), begin) : nullptr;
}

ExprPtr ExpressionParser::record_literal() {
  const std::size_t begin = in_.offset();
  in_.take();
  RecordLiteral record;
  std::set<std::string> keys;
  while (!in_.accept(TokenKind::kCloseBrace)) {
    const SourceSpan key_span = in_.token().span;
    auto key = record_key();
    if (!key) return nullptr;
    if (!keys.insert(*key).second) {
      in_.error(key_span, "the record already has the key " + quoted(*key));
      return nullptr;
    }
    if (!in_.expect(TokenKind::kColon)) return nullptr;
    ExprPtr value = expression();
    if (!value) return nullptr;
    record.fields.emplace_back(*std::move(key), std::move(value));
    if (in_.accept(TokenKind::kComma)) continue;
    if (!in_.expect(TokenKind::kCloseBrace)) return nullptr;
    break;
  }
  return make(std::move(record), begin);
}

std::optional<std::string> ExpressionParser::record_key() {
  if (in_.at(TokenKind::kString, "a record key, plain or as a string in double quotes")) {
    return string();
  }
  const auto key = plain_identifier("a record key, plain or as a string in double quotes",
                                    "a reserved word as a key stands in double quotes");
  return key ? std::optional<std::string>(key->text) : std::nullopt;
}

std::optional<Token> ExpressionParser::plain_identifier(std::string_view wanted, std::string hint) {
  if (!in_.at(TokenKind::kIdentifier, wanted)) {
    in_.unexpected();
    return std::nullopt;
  }
  if (!is_reserved(in_.token().text)) return in_.take();
  in_.error(in_.token().span, quoted(in_.token().text) + " is a reserved word and cannot be a name",
            std::move(hint));
  return std::nullopt;
}

std::optional<Token> ExpressionParser::attribute_name() {
  if (in_.token().kind == TokenKind::kNumber) {
    in_.want("an attribute name");
    in_.unexpected("a number with a fraction is written `decimal(\"0.5\")`");
    return std::nullopt;
  }
  const std::string word = "\"" + std::string(in_.token().text) + "\"";
  return plain_identifier("an attribute name", "an attribute of this name is written `a[" + word +
                                                   "]`, its test `a has " + word + "`");
}

std::optional<Name> ExpressionParser::name() {
  const auto first = plain_identifier("a name");
  if (!first) return std::nullopt;
  Name out{std::string(first->text), first->span, std::nullopt};
  while (!out.id && in_.accept(TokenKind::kDoubleColon)) {
    if (in_.at(TokenKind::kString, "an id in double quotes")) {
      out.id = string();
      if (!out.id) return std::nullopt;
    } else if (in_.at(TokenKind::kIdentifier)) {
      const auto part = plain_identifier("a name");
      if (!part) return std::nullopt;
      out.text += "::" + std::string(part->text);
    } else {
      in_.unexpected("an entity is written `User::\"alice\"`");
      return std::nullopt;
    }
    out.span.length = in_.end_of_last() - out.span.offset;
  }
  return out;
}

std::optional<std::string> ExpressionParser::string() {
  auto content = in_.unquoted(in_.token(), Quoted::kString);
  if (!content) return std::nullopt;
  in_.take();
  return std::move(content->pieces.front());
}

std::optional<std::string> ExpressionParser::entity_type() {
  const Token first = in_.token();
  if (!in_.at(TokenKind::kIdentifier, "an entity type")) {
    in_.unexpected(first.kind == TokenKind::kString ? "a type is written without quotes" : "");
    return std::nullopt;
  }
  const auto read = name();
  if (!read) return std::nullopt;
  if (read->id) {
    in_.error(read->span, "`is` takes an entity type, not one entity",
              "equality with one entity is `==`");
    return std::nullopt;
  }
  return read->text;
}

void ExpressionParser::refuse_slot(const Token& slot) {
  in_.error(slot.span, "the slot " + quoted(slot.text) + " cannot stand here",
            "`?principal` stands after `principal ==` or `principal in` in the head of a template, "
            "`?resource` so for `resource`");
}

std::optional<EntityUid> ExpressionParser::entity() {
  auto found = entity_or_slot();
  if (!found) return std::nullopt;
  if (const auto* slot = std::get_if<Token>(&*found)) {
    refuse_slot(*slot);
    return std::nullopt;
  }
  return std::get<EntityUid>(*std::move(found));
}

std::optional<std::variant<EntityUid, Token>> ExpressionParser::entity_or_slot() {
  std::size_t parentheses = 0;
  while (in_.token().kind == TokenKind::kOpenParen) {
    in_.take();
    ++parentheses;
  }
  std::variant<EntityUid, Token> out;
  if (in_.token().kind == TokenKind::kSlot) {
    out = in_.take();
  } else {
    auto uid = entity_name();
    if (!uid) return std::nullopt;
    out = *std::move(uid);
  }
  for (; parentheses > 0; --parentheses) {
    if (!in_.expect(TokenKind::kCloseParen)) return std::nullopt;
  }
  return out;
}

std::optional<EntityUid> ExpressionParser::entity_name() {
  if (!in_.at(TokenKind::kIdentifier, "an entity such as `User::\"alice\"`")) {
    in_.unexpected();
    return std::nullopt;
  }
  auto read = name();
  if (!read) return std::nullopt;
  if (!read->id) {
    in_.error(
        read->span, quoted(read->text) + " is not an entity",
        "an entity is written " + quoted(read->text + "::\"id\"") + ", a test of a type `is`");
    return std::nullopt;
  }
  return EntityUid{std::move(read->text), *std::move(read->id)};
}

}  // namespace ambit::cedar
