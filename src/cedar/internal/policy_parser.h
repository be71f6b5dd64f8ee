// The grammar of policies around their expressions.
#pragma once

#include <string_view>
#include <vector>

#include "cedar/internal/expression_parser.h"
#include "cedar/internal/token_reader.h"
#include "cedar/policy.h"

namespace ambit::cedar {

// Reads a whole text: what has no slot is a policy, what has one a template. Checks size and UTF-8.
// Ids and source names are left to the caller.
tl::expected<std::vector<Template>, Diagnostic> parse_policy_text(std::string_view text);

// `principal` or `resource` in the head, which may stay open.
struct OpenScope {
  std::string_view variable;
  EntityScope& scope;
  bool& has_slot;
};

class PolicyParser {
 public:
  explicit PolicyParser(std::string_view text) : in_(text), expressions_(in_) {}

  tl::expected<std::vector<Template>, Diagnostic> parse();
  // Reads on behind a policy with an error. Nothing where parse() succeeds.
  std::vector<Diagnostic> errors();

 private:
  // Each gives false after recording an error in the reader.
  bool policy(Template& out);
  bool annotation(Policy& out);
  bool effect(Effect& out);
  bool scope(Template& out);
  bool scope_variable(std::string_view name);
  bool next_scope_variable(std::string_view name);
  bool entity_scope(OpenScope& out);
  bool is_scope(OpenScope& out);
  bool entity_or_slot(OpenScope& out);
  bool refuse_set();
  bool action_scope(ActionScope& out);
  bool action_or_list(ActionScope& out);
  bool action_list(ActionScope& out);
  bool action(ActionScope& out);
  bool single_entity(EntityUid& out);
  bool scope_operator(std::string_view wanted);
  bool conditions(std::vector<Condition>& out);

  // From inside a policy that began at `begin` to where the next one may begin; false where that
  // cannot be told.
  bool skip_policy(std::size_t begin);
  bool at_next_policy() const;
  bool at_name_of_head() const;

  TokenReader in_;
  ExpressionParser expressions_;
};

}  // namespace ambit::cedar
