// Operators: from `if` down to the unary ones.
#include "cedar/internal/expression_parser.h"

#include <charconv>

#include "cedar/internal/tree.h"
#include "cedar/limits.h"

namespace ambit::cedar {
namespace {

constexpr int kMaxUnaryChain = 4;

std::string too_deep() {
  return "this expression is nested more than " + std::to_string(kMaxExpressionDepth) +
         " levels deep";
}

}  // namespace

ExprPtr ExpressionParser::make(Expr::Node node, std::size_t begin) {
  const SourceSpan span{begin, in_.end_of_last() - begin};
  const std::size_t depth = depth_of(node);
  if (depth > kMaxExpressionDepth) {
    in_.error(span, too_deep());
    return nullptr;
  }
  return std::make_shared<const Expr>(Expr{std::move(node), span, depth});
}

ExprPtr ExpressionParser::expression() {
  if (depth_ >= kMaxExpressionDepth) {
    in_.error(in_.token().span, too_deep());
    return nullptr;
  }
  ++depth_;
  ExprPtr out = in_.token().text == "if" ? if_then_else() : any_of();
  --depth_;
  return out;
}

ExprPtr ExpressionParser::if_then_else() {
  const std::size_t begin = in_.offset();
  in_.take();
  ExprPtr condition = expression();
  if (!condition || !(in_.accept_word("then") || in_.unexpected())) return nullptr;
  ExprPtr then = expression();
  if (!then || !(in_.accept_word("else") || in_.unexpected())) return nullptr;
  ExprPtr otherwise = expression();
  if (!otherwise) return nullptr;
  return make(IfThenElse{std::move(condition), std::move(then), std::move(otherwise)}, begin);
}

ExprPtr ExpressionParser::any_of() {
  const std::size_t begin = in_.offset();
  ExprPtr first = all_of();
  if (!first || !in_.at(TokenKind::kOr, "an operator")) return first;
  std::vector<ExprPtr> operands{std::move(first)};
  while (in_.accept(TokenKind::kOr, "an operator")) {
    operands.push_back(all_of());
    if (!operands.back()) return nullptr;
  }
  return make(AnyOf{std::move(operands)}, begin);
}

ExprPtr ExpressionParser::all_of() {
  const std::size_t begin = in_.offset();
  ExprPtr first = relation();
  if (!first || !in_.at(TokenKind::kAnd, "an operator")) return first;
  std::vector<ExprPtr> operands{std::move(first)};
  while (in_.accept(TokenKind::kAnd, "an operator")) {
    operands.push_back(relation());
    if (!operands.back()) return nullptr;
  }
  return make(AllOf{std::move(operands)}, begin);
}

ExprPtr ExpressionParser::relation() {
  const std::size_t begin = in_.offset();
  ExprPtr left = sum();
  if (!left || !at_relation()) return left;
  ExprPtr out = relation_of(std::move(left), begin);
  if (out && at_relation()) {
    in_.error(in_.token().span, "comparisons do not chain", "put parentheses around one of them");
    return nullptr;
  }
  return out;
}

ExprPtr ExpressionParser::relation_of(ExprPtr left, std::size_t begin) {
  if (in_.accept_word("has")) return has(std::move(left), begin);
  if (in_.accept_word("like")) return like(std::move(left), begin);
  if (in_.accept_word("is")) return is(std::move(left), begin);
  const auto op = accept_relation_operator();
  if (!op) {
    in_.error(in_.token().span, "`=` is not an operator", "equality is `==`");
    return nullptr;
  }
  ExprPtr right = sum();
  return right ? make(Binary{*op, std::move(left), std::move(right)}, begin) : nullptr;
}

// Whether a comparison goes on here: an operator, one of the words, or `=`, which is none.
bool ExpressionParser::at_relation() {
  in_.want("an operator");
  switch (in_.token().kind) {
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual:
    case TokenKind::kSingleEqual: return true;
    case TokenKind::kIdentifier: break;
    default: return false;
  }
  const std::string_view word = in_.token().text;
  return word == "in" || word == "has" || word == "like" || word == "is";
}

std::optional<BinaryOp> ExpressionParser::accept_relation_operator() {
  using Pair = std::pair<TokenKind, BinaryOp>;
  static constexpr Pair kOperators[] = {{TokenKind::kEqual, BinaryOp::kEqual},
                                        {TokenKind::kNotEqual, BinaryOp::kNotEqual},
                                        {TokenKind::kLess, BinaryOp::kLess},
                                        {TokenKind::kLessEqual, BinaryOp::kLessEqual},
                                        {TokenKind::kGreater, BinaryOp::kGreater},
                                        {TokenKind::kGreaterEqual, BinaryOp::kGreaterEqual}};
  for (const auto& [kind, op] : kOperators) {
    if (in_.accept(kind, "an operator")) return op;
  }
  if (in_.accept_word("in", "an operator")) return BinaryOp::kIn;
  return std::nullopt;
}

ExprPtr ExpressionParser::has(ExprPtr target, std::size_t begin) {
  if (in_.at(TokenKind::kString, "an attribute name, plain or as a string in double quotes")) {
    const auto name = string();
    return name ? make(Has{std::move(target), {*name}}, begin) : nullptr;
  }
  std::vector<std::string> path;
  do {
    const auto step = attribute_name();
    if (!step) return nullptr;
    path.emplace_back(step->text);
  } while (in_.accept(TokenKind::kDot));
  return make(Has{std::move(target), std::move(path)}, begin);
}

ExprPtr ExpressionParser::like(ExprPtr target, std::size_t begin) {
  if (!in_.at(TokenKind::kString, "a pattern in double quotes, such as `\"/home/*\"`")) {
    in_.unexpected();
    return nullptr;
  }
  auto content = in_.unquoted(in_.token(), Quoted::kPattern);
  if (!content) return nullptr;
  in_.take();
  return make(Like{std::move(target), Pattern{std::move(content->pieces)}}, begin);
}

ExprPtr ExpressionParser::is(ExprPtr target, std::size_t begin) {
  auto type = entity_type();
  if (!type) return nullptr;
  ExprPtr container;
  if (in_.accept_word("in")) {
    container = sum();
    if (!container) return nullptr;
  }
  return make(Is{std::move(target), *std::move(type), std::move(container)}, begin);
}

ExprPtr ExpressionParser::sum() {
  const std::size_t begin = in_.offset();
  ExprPtr left = product();
  while (left) {
    const bool plus = in_.accept(TokenKind::kPlus, "an operator");
    if (!plus && !in_.accept(TokenKind::kMinus, "an operator")) return left;
    ExprPtr right = product();
    if (!right) return nullptr;
    left = make(Binary{plus ? BinaryOp::kAdd : BinaryOp::kSubtract, left, right}, begin);
  }
  return nullptr;
}

ExprPtr ExpressionParser::product() {
  const std::size_t begin = in_.offset();
  ExprPtr left = unary();
  while (left) {
    const TokenKind kind = in_.token().kind;
    if (kind == TokenKind::kSlash || kind == TokenKind::kPercent) {
      in_.error(in_.token().span, "`" + std::string(in_.token().text) + "` is not an operator",
                "the language has no division");
      return nullptr;
    }
    if (!in_.accept(TokenKind::kStar, "an operator")) return left;
    ExprPtr right = unary();
    if (!right) return nullptr;
    left = make(Binary{BinaryOp::kMultiply, left, right}, begin);
  }
  return nullptr;
}

ExprPtr ExpressionParser::unary() {
  const std::size_t begin = in_.offset();
  const TokenKind op = in_.token().kind;
  if (op != TokenKind::kBang && op != TokenKind::kMinus) return member();
  int count = 0;
  while (in_.token().kind == op) {
    if (++count > kMaxUnaryChain) {
      in_.error(in_.token().span,
                "more than four `" + std::string(in_.token().text) + "` in a row");
      return nullptr;
    }
    in_.take();
  }
  if (op == TokenKind::kMinus && in_.token().kind == TokenKind::kNumber) {
    return negated_number(count, begin);
  }
  ExprPtr out = member();
  for (; out && count > 0; --count) {
    out = op == TokenKind::kBang ? make(Not{out}, begin) : make(Negate{out}, begin);
  }
  return out;
}

// `-5` is a literal, which is how the lowest number can be written; `-5.a` negates `5.a`.
ExprPtr ExpressionParser::negated_number(int minus_signs, std::size_t begin) {
  const Token number = in_.take();
  const TokenKind next = in_.token().kind;
  const bool has_member =
      next == TokenKind::kDot || next == TokenKind::kOpenBracket || next == TokenKind::kOpenParen;
  std::int64_t value = 0;
  const std::string digits = (has_member ? "" : "-") + std::string(number.text);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc()) {
    in_.error(number.span, "`" + digits + "` does not fit in 64 bits");
    return nullptr;
  }
  ExprPtr out = make(Literal{Value::integer(value)}, begin);
  if (has_member) out = member_of(std::move(out), number.span.offset);
  for (int i = has_member ? 0 : 1; out && i < minus_signs; ++i) out = make(Negate{out}, begin);
  return out;
}

}  // namespace ambit::cedar
