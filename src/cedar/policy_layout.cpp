#include "cedar/internal/policy_layout.h"

#include <algorithm>

#include "cedar/limits.h"

namespace ambit::cedar {
namespace {

bool is_relation(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual: return true;
    default: return false;
  }
}

// `007` is `7`.
std::string_view shown(const Token& token) {
  if (token.kind != TokenKind::kNumber) return token.text;
  const std::size_t first = token.text.find_first_not_of('0');
  return token.text.substr(std::min(first, token.text.size() - 1));
}

}  // namespace

// --- tokens and comments

const Token& PolicyLayout::token() const {
  static const Token kEnd;
  return at_ < tokens_.size() ? tokens_[at_].token : kEnd;
}

bool PolicyLayout::at_word(std::string_view word) const {
  return at(TokenKind::kIdentifier) && token().text == word;
}

CommentedToken PolicyLayout::take() {
  if (at_ < tokens_.size()) return std::move(tokens_[at_++]);
  failed_ = true;
  return {};
}

void PolicyLayout::drop_comma() {
  CommentedToken comma = take();
  if (at_ >= tokens_.size()) return;
  CommentedToken& close = tokens_[at_];
  if (!comma.trailing.empty()) {
    if (close.leading.empty() && close.trailing.empty()) {
      close.trailing = comma.trailing;
    } else {
      comma.leading.push_back(comma.trailing);
    }
  }
  close.leading.insert(close.leading.begin(), comma.leading.begin(), comma.leading.end());
}

Document PolicyLayout::give_up() {
  failed_ = true;
  return nullptr;
}

Document PolicyLayout::leading(const std::vector<std::string_view>& comments) {
  if (comments.empty()) return nullptr;
  Document lines = out_.newline();
  for (const std::string_view comment : comments) {
    lines = out_.append({lines, out_.text(comment), out_.newline()});
  }
  return lines;
}

Document PolicyLayout::trailing(std::string_view comment, Document next) {
  if (comment.empty()) return next;
  return out_.append({out_.space(), out_.text(comment), out_.newline()});
}

Document PolicyLayout::commented(const CommentedToken& token, Document next) {
  return out_.append(
      {leading(token.leading), out_.text(shown(token.token)), trailing(token.trailing, next)});
}

Document PolicyLayout::take_text(Document next) { return commented(take(), next); }

// --- policies

Document PolicyLayout::policy() {
  Document out = nullptr;
  while (at(TokenKind::kAt)) out = out_.append(out, annotation());
  out = out_.append({out, effect(), scope()});
  const bool has_conditions =
      at_ + 1 < tokens_.size() && tokens_[at_ + 1].token.kind == TokenKind::kIdentifier;
  out = out_.append(out, take_text(has_conditions ? out_.newline() : nullptr));
  for (bool first = true; at(TokenKind::kIdentifier); first = false) {
    out = out_.append({out, first ? nullptr : out_.newline(), condition()});
  }
  if (!at(TokenKind::kSemicolon)) return give_up();
  out = out_.append(out, take_text());
  return failed_ ? nullptr : out;
}

Document PolicyLayout::annotation() {
  const Document name = out_.append({take_text(), take_text()});
  if (!at(TokenKind::kOpenParen)) return out_.append(name, out_.newline());
  const Document text = out_.append({take_text(), take_text()});
  return out_.append({name, text, take_text(out_.newline())});
}

Document PolicyLayout::effect() {
  CommentedToken word = take();
  const Document before = leading(word.leading);
  word.leading.clear();
  const Document head = out_.append({commented(word, nullptr), out_.line(), take_text()});
  return out_.append(before, out_.group(head));
}

// The three variables up to the `)`: on the line of the effect when none is tested.
Document PolicyLayout::scope() {
  Document variables[3] = {};
  CommentedToken commas[2];
  bool tested = false;
  for (int i = 0; i < 3; ++i) {
    const std::size_t begin = at_;
    variables[i] = scope_variable();
    tested = tested || at_ > begin + 1;
    if (i < 2) commas[i] = take();
  }
  if (at(TokenKind::kComma)) drop_comma();
  const Document between = tested ? out_.newline() : out_.space();
  const Document all = out_.append({variables[0], commented(commas[0], between), variables[1],
                                    commented(commas[1], between), variables[2]});
  if (!tested) return out_.group(out_.nest(all, indent_));
  return out_.append(out_.nest(out_.append(out_.newline(), all), indent_), out_.newline());
}

Document PolicyLayout::scope_variable() {
  const CommentedToken variable = take();
  const Document test = at_word("is") ? type_test() : nullptr;
  if (!at(TokenKind::kEqual) && !at_word("in")) {
    return out_.append(commented(variable, nullptr), test);
  }
  const Document left =
      out_.group(out_.append({out_.text(variable.token.text), trailing(variable.trailing, nullptr),
                              test, out_.line(), take_text()}));
  const Document right = out_.nest(out_.append(out_.line(), expression()), indent_);
  return out_.append(leading(variable.leading), out_.group(out_.append(left, right)));
}

Document PolicyLayout::type_test() {
  const Document word = out_.group(out_.append(out_.line(), take_text()));
  const Document type = out_.append(out_.line(), sum());
  return out_.group(out_.nest(out_.append(word, type), indent_));
}

Document PolicyLayout::condition() {
  const CommentedToken word = take();
  const CommentedToken brace = take();
  if (at_ >= tokens_.size()) return give_up();
  const Document before = leading(tokens_[at_].leading);
  tokens_[at_].leading.clear();
  const Document body = out_.append(before, out_.group(expression()));
  const Document inside =
      out_.nest(out_.append(trailing(brace.trailing, out_.line()), body), indent_);
  const Document braces =
      out_.append(out_.text("{"), out_.group(out_.append({inside, out_.line(), take_text()})));
  const Document clause =
      out_.append({out_.text(word.token.text), trailing(word.trailing, out_.line()),
                   leading(brace.leading), braces});
  return out_.append(leading(word.leading), out_.group(clause));
}

// --- expressions

Document PolicyLayout::expression() {
  if (failed_ || depth_ >= kMaxExpressionDepth) return give_up();
  ++depth_;
  const Document out = at_word("if") ? if_then_else() : any_of();
  --depth_;
  return out;
}

Document PolicyLayout::if_then_else() {
  const auto part = [&] {
    const Document word = take_text();
    return out_.append(word, out_.nest(out_.append(out_.line(), expression()), indent_));
  };
  const Document condition = part();
  const Document then = part();
  const Document otherwise = part();
  return out_.group(out_.append({condition, out_.line(), then, out_.line(), otherwise}));
}

// Operands of `&&` or `||`. They break with whatever they stand in, all of them.
Document PolicyLayout::row(TokenKind op, Document (PolicyLayout::*operand)()) {
  Document out = (this->*operand)();
  while (at(op)) {
    const Document symbol = take_text(out_.line());
    out = out_.append({out, out_.space(), symbol, (this->*operand)()});
  }
  return out;
}

Document PolicyLayout::any_of() { return row(TokenKind::kOr, &PolicyLayout::all_of); }
Document PolicyLayout::all_of() { return row(TokenKind::kAnd, &PolicyLayout::relation); }

Document PolicyLayout::relation() {
  const Document left = sum();
  if (at_word("has") || at_word("like")) return word_relation(left);
  if (at_word("is")) return type_relation(left);
  if (!is_relation(token().kind) && !at_word("in")) return left;
  const Document op = take_text();
  return out_.append({left, out_.space(), op, out_.space(), sum()});
}

Document PolicyLayout::word_relation(Document target) {
  const Document word = take_text();
  const Document right = out_.nest(sum(), indent_);
  return out_.group(out_.append({target, out_.line(), word, out_.line(), right}));
}

Document PolicyLayout::type_relation(Document target) {
  const Document word = take_text();
  const Document type = out_.nest(sum(), indent_);
  Document out = out_.append({target, out_.space(), word, out_.space(), type});
  if (at_word("in")) {
    const Document in = take_text();
    const Document container = out_.nest(sum(), indent_);
    out = out_.append({out, out_.line(), in, out_.space(), container});
  }
  return out_.group(out);
}

Document PolicyLayout::chain(std::initializer_list<TokenKind> ops,
                             Document (PolicyLayout::*operand)()) {
  Document out = (this->*operand)();
  while (std::find(ops.begin(), ops.end(), token().kind) != ops.end()) {
    const Document op = take_text();
    out = out_.append({out, out_.space(), op, out_.line(), (this->*operand)()});
  }
  return out_.group(out);
}

Document PolicyLayout::sum() {
  return chain({TokenKind::kPlus, TokenKind::kMinus}, &PolicyLayout::product);
}
Document PolicyLayout::product() { return chain({TokenKind::kStar}, &PolicyLayout::unary); }

Document PolicyLayout::unary() {
  Document ops = nullptr;
  while (at(TokenKind::kBang) || at(TokenKind::kMinus)) ops = out_.append(ops, take_text());
  return out_.append(ops, member());
}

Document PolicyLayout::member() {
  const Document owner = primary();
  Document accesses = nullptr;
  while (at(TokenKind::kDot) || at(TokenKind::kOpenBracket) || at(TokenKind::kOpenParen)) {
    const Document before = accesses == nullptr ? nullptr : out_.soft_line();
    accesses = out_.append({accesses, before, access()});
  }
  return out_.group(out_.append(owner, out_.nest(accesses, indent_)));
}

Document PolicyLayout::access() {
  if (at(TokenKind::kOpenParen)) return arguments();
  const Document open = take_text();
  if (at(TokenKind::kIdentifier)) return out_.append(open, take_text());
  const Document index = expression();
  return out_.append({open, index, take_text()});
}

Document PolicyLayout::arguments() {
  const Document open = take_text();
  Document inside = list(TokenKind::kCloseParen, &PolicyLayout::expression);
  if (inside != nullptr) {
    inside =
        out_.append(out_.nest(out_.append(out_.soft_line(), inside), indent_), out_.soft_line());
  }
  return out_.append({open, inside, take_text()});
}

Document PolicyLayout::list(TokenKind close, Document (PolicyLayout::*item)()) {
  Document out = nullptr;
  while (!at(close) && !failed_) {
    out = out_.append(out, (this->*item)());
    if (!at(TokenKind::kComma)) break;
    if (at_ + 1 < tokens_.size() && tokens_[at_ + 1].token.kind == close) {
      drop_comma();
    } else {
      out = out_.append({out, take_text(), out_.line()});
    }
  }
  return out;
}

Document PolicyLayout::primary() {
  switch (token().kind) {
    case TokenKind::kString:
    case TokenKind::kNumber:
    case TokenKind::kSlot: return take_text();
    case TokenKind::kIdentifier: return name();
    case TokenKind::kOpenParen: return parenthesised();
    case TokenKind::kOpenBracket: return set();
    case TokenKind::kOpenBrace: return record();
    default: return give_up();
  }
}

// A variable, a word such as `true`, a type, a function, or an entity.
Document PolicyLayout::name() {
  Document out = take_text();
  while (at(TokenKind::kDoubleColon)) {
    const Document separator = take_text();
    out = out_.append({out, separator, take_text()});
  }
  return out;
}

Document PolicyLayout::parenthesised() {
  const Document open = take_text();
  const Document inside = out_.nest(expression(), 1);
  return out_.group(out_.append({open, inside, take_text()}));
}

Document PolicyLayout::set() {
  const Document open = take_text();
  const Document elements = out_.nest(list(TokenKind::kCloseBracket, &PolicyLayout::expression), 1);
  return out_.append({open, elements, take_text()});
}

Document PolicyLayout::record() {
  const Document open = take_text();
  Document fields = list(TokenKind::kCloseBrace, &PolicyLayout::field);
  if (fields != nullptr) {
    fields = out_.nest(out_.group(out_.append({out_.line(), fields, out_.line()})), indent_);
  }
  return out_.append({open, fields, take_text()});
}

Document PolicyLayout::field() {
  const Document key = expression();
  const Document colon = take_text();
  return out_.append({key, colon, out_.space(), expression()});
}

}  // namespace ambit::cedar
