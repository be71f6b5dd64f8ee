// The grammar of policies around their expressions.
#pragma once

#include <string_view>
#include <vector>

#include "cedar/internal/expression_parser.h"
#include "cedar/internal/token_reader.h"
#include "cedar/policy.h"

namespace ambit::cedar {

// Reads a whole text. Ids and source names of the policies are left to the caller.
class PolicyParser {
 public:
  explicit PolicyParser(std::string_view text) : in_(text), expressions_(in_) {}

  tl::expected<std::vector<Policy>, Diagnostic> parse();

 private:
  // Each gives false after recording an error in the reader.
  bool policy(Policy& out);
  bool annotation(Annotations& out);
  bool effect(Effect& out);
  bool scope(Policy& out);
  bool scope_variable(std::string_view name);
  bool next_scope_variable(std::string_view name);
  bool entity_scope(std::string_view variable, EntityScope& out);
  bool is_scope(EntityScope& out);
  bool action_scope(ActionScope& out);
  bool action_or_list(ActionScope& out);
  bool action_list(ActionScope& out);
  bool action(ActionScope& out);
  bool single_entity(EntityUid& out);
  bool scope_operator(std::string_view wanted);
  bool conditions(std::vector<Condition>& out);

  TokenReader in_;
  ExpressionParser expressions_;
};

}  // namespace ambit::cedar
