// Cuts a policy text into tokens, one at a time.
#pragma once

#include <cstddef>
#include <string_view>

#include "cedar/diagnostic.h"

namespace ambit::cedar {

enum class TokenKind {
  kEnd,
  kIdentifier,  // words of the language included
  kNumber,
  kString,  // with its quotes
  kSlot,    // ?principal
  kAt,
  kDot,
  kComma,
  kSemicolon,
  kColon,
  kDoubleColon,
  kOpenParen,
  kCloseParen,
  kOpenBrace,
  kCloseBrace,
  kOpenBracket,
  kCloseBracket,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kOr,
  kAnd,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kBang,
  kSingleEqual,
  kOpenString,  // a string without its closing quote
  kUnknown      // one character that begins no token
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  SourceSpan span;
  std::string_view text;
};

// Skips white space (Unicode's) and `//` comments. Precondition: the text is valid UTF-8 and
// outlives the lexer and its tokens.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // The next token; kEnd again and again at the end.
  Token next();

 private:
  void skip_space();
  Token take(TokenKind kind, std::size_t length);
  Token string();
  Token symbol();

  std::string_view text_;
  std::size_t offset_ = 0;
};

}  // namespace ambit::cedar
