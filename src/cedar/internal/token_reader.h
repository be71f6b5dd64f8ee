// One token of look-ahead, what would have been right in its place, and the first error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/diagnostic.h"
#include "cedar/internal/lexer.h"
#include "cedar/internal/lexical.h"

namespace ambit::cedar {

// Each accept or look that does not find its token leaves a note of what it wanted; taking a token
// clears the notes. So unexpected() can say everything that would have been right.
class TokenReader {
 public:
  explicit TokenReader(std::string_view text) : text_(text), lexer_(text), token_(lexer_.next()) {}

  const Token& token() const { return token_; }
  std::size_t offset() const { return token_.span.offset; }

  // Where the token before the current one ended.
  std::size_t end_of_last() const { return end_of_last_; }

  Token take();

  // Notes that this would have been right in place of the current token.
  void want(std::string_view wanted);

  // Whether the current token is of this kind. `wanted` is what to tell the author; the kind's own
  // text when empty.
  bool at(TokenKind kind, std::string_view wanted = {});
  bool at_word(std::string_view word, std::string_view wanted = {});

  // Takes the current token if it is of this kind.
  bool accept(TokenKind kind, std::string_view wanted = {});
  bool accept_word(std::string_view word, std::string_view wanted = {});

  // Takes it or records that it was unexpected; false then.
  bool expect(TokenKind kind, std::string_view wanted = {});

  // Record the error, unless there is one already. Always false, for `return`.
  bool unexpected(std::string hint = {});
  bool error(SourceSpan span, std::string message, std::string hint = {});

  bool failed() const { return diagnostic_.has_value(); }

  // Precondition: failed().
  Diagnostic diagnostic() const { return *diagnostic_; }
  // So that reading can go on.
  void forget_error() { diagnostic_.reset(); }

  // What follows the current token.
  std::string_view rest() const { return text_.substr(token_.span.offset + token_.span.length); }

  // The content of a string token. Records an error and gives nothing at a bad escape.
  std::optional<Unquoted> unquoted(const Token& string, Quoted kind);

  std::string_view text(SourceSpan span) const { return text_.substr(span.offset, span.length); }

 private:
  std::string_view text_;
  Lexer lexer_;
  Token token_;
  std::size_t end_of_last_ = 0;
  std::vector<std::string> wanted_;
  std::optional<Diagnostic> diagnostic_;
};

}  // namespace ambit::cedar
