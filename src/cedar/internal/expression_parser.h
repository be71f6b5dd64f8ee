// The grammar of expressions, one function a rule.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cedar/ast.h"
#include "cedar/internal/functions.h"
#include "cedar/internal/token_reader.h"

namespace ambit::cedar {

// `A::B`, or `A::B::"id"`, as it was read.
struct Name {
  std::string text;  // without the id
  SourceSpan span;
  std::optional<std::string> id;
};

// Recursive descent. Every function gives null (or nothing) after recording an error in the reader.
// The nesting of what it reads, and so its own recursion, is bounded.
class ExpressionParser {
 public:
  explicit ExpressionParser(TokenReader& in) : in_(in) {}

  // Expr := 'if' Expr 'then' Expr 'else' Expr | Or
  ExprPtr expression();

  // The type after `is`. Refuses reserved words.
  std::optional<std::string> entity_type();

  // `A::B::"id"`, in any number of parentheses.
  std::optional<EntityUid> entity();

  // The same, or a template's slot such as `?principal`.
  std::optional<std::variant<EntityUid, Token>> entity_or_slot();

 private:
  ExprPtr if_then_else();
  // Or := And {'||' And}
  ExprPtr any_of();
  // And := Relation {'&&' Relation}
  ExprPtr all_of();
  // Relation := Add [RelOp Add | 'has' Path | 'like' Str | 'is' Name ['in' Add]]
  ExprPtr relation();
  // Add := Mult {('+' | '-') Mult}
  ExprPtr sum();
  // Mult := Unary {'*' Unary}
  ExprPtr product();
  // Unary := ['!'…4 | '-'…4] Member
  ExprPtr unary();
  // Member := Primary {'.' Ident ['(' Args ')'] | '[' Str ']'}
  ExprPtr member();
  ExprPtr primary();

  ExprPtr has(ExprPtr target, std::size_t begin);
  ExprPtr like(ExprPtr target, std::size_t begin);
  ExprPtr is(ExprPtr target, std::size_t begin);
  ExprPtr relation_of(ExprPtr left, std::size_t begin);
  bool at_relation();
  std::optional<BinaryOp> accept_relation_operator();

  ExprPtr negated_number(int minus_signs, std::size_t begin);
  ExprPtr member_of(ExprPtr target, std::size_t begin);
  ExprPtr attribute_or_method(ExprPtr target, std::size_t begin);
  ExprPtr method(ExprPtr target, const Token& name, std::size_t begin);
  ExprPtr index(ExprPtr target, std::size_t begin);

  ExprPtr literal_string();
  ExprPtr literal_number();
  ExprPtr starts_with_word();
  ExprPtr starts_with_name();
  ExprPtr function(const Name& name);
  ExprPtr variable(const Name& name);
  ExprPtr parenthesised();
  ExprPtr set_literal();
  ExprPtr record_literal();
  std::optional<std::string> record_key();

  // Expressions up to `close`, which is taken; a comma may stand after the last.
  bool list(TokenKind close, std::vector<ExprPtr>& items);

  // An identifier that is not reserved. `hint` is for one that is.
  std::optional<Token> plain_identifier(std::string_view wanted, std::string hint = {});
  std::optional<Token> attribute_name();
  std::optional<Name> name();
  std::optional<std::string> string();
  std::optional<EntityUid> entity_name();
  void refuse_slot(const Token& slot);

  ExprPtr make(Expr::Node node, std::size_t begin);

  TokenReader& in_;
  std::size_t depth_ = 0;
};

}  // namespace ambit::cedar
