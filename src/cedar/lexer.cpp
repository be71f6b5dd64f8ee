#include "cedar/internal/lexer.h"

#include <algorithm>
#include <array>

#include "cedar/internal/lexical.h"

namespace ambit::cedar {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool in_identifier(char c) {
  return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::size_t word_length(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), in_identifier) -
                                  text.begin());
}

struct Symbol {
  std::string_view text;
  TokenKind kind;
};

// The longer of two symbols with the same beginning stands first.
constexpr std::array<Symbol, 27> kSymbols = {
    {{"::", TokenKind::kDoubleColon},  {"==", TokenKind::kEqual},
     {"!=", TokenKind::kNotEqual},     {"<=", TokenKind::kLessEqual},
     {">=", TokenKind::kGreaterEqual}, {"||", TokenKind::kOr},
     {"&&", TokenKind::kAnd},          {"@", TokenKind::kAt},
     {".", TokenKind::kDot},           {",", TokenKind::kComma},
     {";", TokenKind::kSemicolon},     {":", TokenKind::kColon},
     {"(", TokenKind::kOpenParen},     {")", TokenKind::kCloseParen},
     {"{", TokenKind::kOpenBrace},     {"}", TokenKind::kCloseBrace},
     {"[", TokenKind::kOpenBracket},   {"]", TokenKind::kCloseBracket},
     {"<", TokenKind::kLess},          {">", TokenKind::kGreater},
     {"+", TokenKind::kPlus},          {"-", TokenKind::kMinus},
     {"*", TokenKind::kStar},          {"/", TokenKind::kSlash},
     {"%", TokenKind::kPercent},       {"!", TokenKind::kBang},
     {"=", TokenKind::kSingleEqual}}};

}  // namespace

void Lexer::skip_space() {
  while (offset_ < text_.size()) {
    if (text_.substr(offset_).starts_with("//")) {
      offset_ = std::min(text_.find_first_of("\r\n", offset_), text_.size());
      continue;
    }
    std::uint32_t scalar = 0;
    const std::size_t length = decode_utf8(text_, offset_, scalar);
    if (!is_white_space(scalar)) return;
    offset_ += length;
  }
}

Token Lexer::take(TokenKind kind, std::size_t length) {
  Token token{kind, {offset_, length}, text_.substr(offset_, length)};
  offset_ += length;
  return token;
}

Token Lexer::string() {
  std::size_t end = offset_ + 1;
  while (end < text_.size() && text_[end] != '"') {
    // A backslash hides any character but a line's end.
    const bool escape = text_[end] == '\\' && end + 1 < text_.size();
    if (escape && text_[end + 1] == '\n') break;
    end += escape ? 2 : 1;
  }
  if (end >= text_.size() || text_[end] != '"') return take(TokenKind::kOpenString, 1);
  return take(TokenKind::kString, end + 1 - offset_);
}

Token Lexer::symbol() {
  const std::string_view rest = text_.substr(offset_);
  for (const Symbol& symbol : kSymbols) {
    if (rest.starts_with(symbol.text)) return take(symbol.kind, symbol.text.size());
  }
  std::uint32_t scalar = 0;
  return take(TokenKind::kUnknown, std::max<std::size_t>(1, decode_utf8(text_, offset_, scalar)));
}

Token Lexer::next() {
  skip_space();
  if (offset_ >= text_.size()) return take(TokenKind::kEnd, 0);
  const std::string_view rest = text_.substr(offset_);
  const char first = rest.front();
  if (is_digit(first)) {
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
    return take(TokenKind::kNumber, static_cast<std::size_t>(end - rest.begin()));
  }
  if (in_identifier(first)) return take(TokenKind::kIdentifier, word_length(rest));
  if (first == '"') return string();
  if (first == '?' && rest.size() > 1 && in_identifier(rest[1]) && !is_digit(rest[1])) {
    return take(TokenKind::kSlot, 1 + word_length(rest.substr(1)));
  }
  return symbol();
}

}  // namespace ambit::cedar
