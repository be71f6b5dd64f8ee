// Where the text of a policy may break, and what then stands where.
#pragma once

#include <cstddef>
#include <vector>

#include "cedar/internal/commented_tokens.h"
#include "cedar/internal/layout.h"

namespace ambit::cedar {

// Recursive descent over the tokens of one policy that is known to parse, one function a rule of
// the grammar, each giving the document of what it has passed. As every token is passed once, so
// is every comment.
class PolicyLayout {
 public:
  PolicyLayout(std::vector<CommentedToken> tokens, std::size_t indent, LayoutBuilder& out)
      : tokens_(std::move(tokens)), indent_(indent), out_(out) {}

  // Null when the tokens are not of a policy, or nest too deep.
  Document policy();

 private:
  Document annotation();
  Document effect();
  Document scope();
  Document scope_variable();
  Document type_test();
  Document condition();

  Document expression();
  Document if_then_else();
  Document row(TokenKind op, Document (PolicyLayout::*operand)());
  Document any_of();
  Document all_of();
  Document relation();
  Document word_relation(Document target);
  Document type_relation(Document target);
  Document sum();
  Document product();
  Document chain(std::initializer_list<TokenKind> ops, Document (PolicyLayout::*operand)());
  Document unary();
  Document member();
  Document access();
  Document arguments();
  Document primary();
  Document name();
  Document parenthesised();
  Document set();
  Document record();
  Document field();

  // Items up to `close`, which is left standing. A comma after the last item is dropped, and its
  // comments go to `close`.
  Document list(TokenKind close, Document (PolicyLayout::*item)());

  const Token& token() const;
  bool at(TokenKind kind) const { return token().kind == kind; }
  bool at_word(std::string_view word) const;
  CommentedToken take();
  void drop_comma();

  // The current token with its comments. A comment after it ends its line; `next` follows where
  // there is none.
  Document take_text(Document next = LayoutBuilder::nothing());
  Document commented(const CommentedToken& token, Document next);
  Document leading(const std::vector<std::string_view>& comments);
  Document trailing(std::string_view comment, Document next);
  Document give_up();

  std::vector<CommentedToken> tokens_;
  std::size_t indent_;
  LayoutBuilder& out_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool failed_ = false;
};

}  // namespace ambit::cedar
