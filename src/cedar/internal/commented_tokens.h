// The tokens of a policy text with the comments that belong to each.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "cedar/internal/lexer.h"

namespace ambit::cedar {

struct CommentedToken {
  Token token;
  std::vector<std::string_view> leading;  // comments on lines before it, one a line
  std::string_view trailing;              // the comment after it on its line; may be empty
};

// Cuts a text into policies. Precondition: the text parses, and outlives this and what it gives.
class CommentedTokens {
 public:
  explicit CommentedTokens(std::string_view text)
      : text_(text), lexer_(text), next_(lexer_.next()) {}

  // The tokens of the next policy, its `;` included; empty when there are no more.
  std::vector<CommentedToken> next_policy();

  // The comments after the last policy. Precondition: next_policy() has given an empty list.
  std::vector<std::string_view> rest() const;

 private:
  std::string_view text_;
  Lexer lexer_;
  Token next_;
  std::size_t lead_ = 0;  // where the comments before `next_` begin
};

}  // namespace ambit::cedar
