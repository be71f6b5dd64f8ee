#include "policies/findings.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <utility>

#include "domain/vocabulary.h"

namespace ambit::policies {
namespace {

using cedar::Policy;

bool is_context(const cedar::ExprPtr& expr) {
  const auto* variable = std::get_if<cedar::VariableRef>(&expr->node);
  return variable && variable->variable == cedar::Variable::kContext;
}

// `context.approval` or `context has approval`, anywhere in the expression.
bool speaks_of_approval(const cedar::Expr& expr) {
  if (const auto* has = std::get_if<cedar::Has>(&expr.node)) {
    if (is_context(has->target) && has->path.front() == "approval") return true;
  }
  if (const auto* get = std::get_if<cedar::GetAttribute>(&expr.node)) {
    if (is_context(get->target) && get->name == "approval") return true;
  }
  const auto operands = cedar::operands_of(expr);
  return std::any_of(operands.begin(), operands.end(),
                     [](const cedar::ExprPtr& part) { return speaks_of_approval(*part); });
}

bool is_quorum(const std::string& text) {
  return !text.empty() && text.size() < 4 &&
         text.find_first_not_of("0123456789") == std::string::npos && std::stoi(text) >= 1;
}

// What Ambit acts on; any other annotation is the author's own.
constexpr std::array<std::string_view, 5> kAnnotations = {"approvers", "quorum", "mode", "advice",
                                                          "obligation"};
constexpr std::size_t kMaxFindings = 200;

// How many characters must be put in, taken out or replaced to make one of the other.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row[b.size()];
}

// The annotation that somebody means who writes `name`; empty when that is none of Ambit's.
std::string_view meant_by(std::string_view name) {
  constexpr std::size_t kMaxName = 16;
  if (name.size() > kMaxName) return {};
  for (const std::string_view known : kAnnotations) {
    const std::size_t allowed = known.size() > 5 ? 2 : 1;
    const std::size_t edits = edits_between(name, known);
    if (edits == 0) return {};
    if (edits <= allowed) return known;
  }
  return {};
}

class Reader {
 public:
  explicit Reader(const decision::PolicyState& state) : state_(state) {}

  void add(const Policy& policy, std::string code, std::string message, std::string hint,
           decision::PolicyFinding::Severity severity = decision::PolicyFinding::Severity::kError) {
    if (found.size() == kMaxFindings) return;
    decision::PolicyFinding out;
    out.severity = severity;
    out.policy_id = policy.id;
    out.code = std::move(code);
    out.diagnostic.source = policy.source;
    out.diagnostic.span = policy.span;
    out.diagnostic.message = std::move(message);
    out.diagnostic.hint = std::move(hint);
    for (const auto& text : state_.set.texts()) {
      if (text.name == policy.source) cedar::locate(out.diagnostic, text.text);
    }
    found.push_back(std::move(out));
  }

  void read(const Policy& policy) {
    const bool wants_approval = std::any_of(
        policy.conditions.begin(), policy.conditions.end(),
        [](const cedar::Condition& condition) { return speaks_of_approval(*condition.body); });
    if (wants_approval && !policy.annotation("approvers")) {
      add(policy, "policy.approvers", "the policy needs an approval but names no approvers",
          "add `@approvers(\"approver\")` and, if more than one must agree, `@quorum(\"2\")`");
    }
    if (const std::string* quorum = policy.annotation("quorum"); quorum && !is_quorum(*quorum)) {
      add(policy, "policy.quorum", "`@quorum` must be a number of at least 1",
          "write `@quorum(\"2\")`");
    }
    if (const std::string* mode = policy.annotation("mode");
        mode && *mode != "enforce" && *mode != "observe") {
      add(policy, "policy.mode", "`@mode` is `enforce` or `observe`", "write `@mode(\"observe\")`");
    }
  }

  // What is allowed but hardly meant.
  void warn(const Policy& policy) {
    constexpr auto kWarning = decision::PolicyFinding::Severity::kWarning;
    for (const auto& [name, text] : policy.annotations) {
      const std::string_view known = meant_by(name);
      if (known.empty()) continue;
      add(policy, "policy.annotation", "`@" + name + "` has no effect",
          "did you mean `@" + std::string(known) + "`?", kWarning);
    }
    const std::string* id = policy.annotation("id");
    if (id && !id->empty() && !ids_.emplace(policy.source, *id).second) {
      add(policy, "policy.same_id", "another policy of this text is called `" + *id + "` too",
          "decisions, test cases and comparisons name a policy by its `@id`", kWarning);
    }
  }

  std::vector<decision::PolicyFinding> found;

 private:
  std::set<std::pair<std::string, std::string>> ids_;  // by text
  const decision::PolicyState& state_;
};

}  // namespace

std::vector<decision::PolicyFinding> findings(const decision::PolicyState& state) {
  Reader reader(state);
  for (const auto& policy : state.set.policies()) reader.read(policy);
  for (const auto& open : state.set.templates()) {
    reader.add(open.body, "policy.template", "a template decides nothing until it is linked",
               "write the entity instead of `?principal` or `?resource`");
  }
  for (const auto& policy : state.set.policies()) reader.warn(policy);
  return std::move(reader.found);
}

}  // namespace ambit::policies
