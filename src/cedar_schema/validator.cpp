#include "cedar_schema/validator.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "cedar_schema/internal/level.h"
#include "cedar_schema/internal/typecheck.h"
#include "cedar_schema/internal/validate_policy.h"
#include "cedar_schema/internal/warnings.h"

namespace ambit::cedar {
namespace {

void append(std::vector<ValidationIssue>& to, std::vector<ValidationIssue> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Actions whose requests can be decided by the head alone: `action in` with actions of several
// types is a mistake that must be found wherever it stands.
bool decides_by_itself(const ActionScope& scope, const Schema& schema) {
  if (scope.kind == ActionScope::Kind::kAny || scope.entities.empty()) return false;
  return std::all_of(scope.entities.begin(), scope.entities.end(), [&](const EntityUid& uid) {
    return uid.type == scope.entities.front().type && schema.find_action(uid) != nullptr;
  });
}

// Checks the policies of one set.
class Validator {
 public:
  Validator(const PolicySet& policies, const Schema& schema, ValidationMode mode,
            std::optional<std::size_t> max_level)
      : policies_(policies),
        schema_(schema),
        mode_(mode),
        max_level_(max_level),
        suggester_(schema) {
    for (const SchemaAction& action : schema.actions()) all_actions_.push_back(&action);
    for (const PolicyText& text : policies.texts()) {
      texts_.emplace(text.name, SourceText(text.text));
    }
  }

  ValidationResult run() {
    for (const Policy& policy : policies_.policies()) {
      if (policy.template_id.empty()) {
        check(policy, {});
      } else {
        check_link(policy);
      }
    }
    for (const Template& open : policies_.templates()) {
      check(open.body, {open.has_principal_slot, open.has_resource_slot});
    }
    return std::move(result_);
  }

 private:
  void check(const Policy& policy, OpenSlots slots) {
    const CheckedProgram program(policy, slots);
    IssueList errors(policy, text_of(policy));
    IssueList levels(policy, text_of(policy));
    IssueList warnings(policy, text_of(policy));
    check_names(program, schema_, suggester_, errors);
    check_application(policy, slots, schema_, errors);
    if (!check_types(policy, slots, program, errors, levels)) {
      warnings.add(policy.span, "impossible_policy", "this policy never applies",
                   "its condition is false for every request that the schema allows");
    }
    check_texts(program, warnings);
    // Of a policy that is wrong it is not known how far it reaches.
    append(result_.errors, errors.empty() ? levels.take() : errors.take());
    append(result_.warnings, warnings.take());
  }

  void check_link(const Policy& link) {
    const Template* made_of = policies_.find_template(link.template_id);
    if (made_of == nullptr) return;
    IssueList errors(link, text_of(link));
    check_link_names(link, {made_of->has_principal_slot, made_of->has_resource_slot}, schema_,
                     suggester_, errors);
    check_application(link, {}, schema_, errors);
    append(result_.errors, errors.take());
  }

  // Whether the policy may apply to some request.
  bool check_types(const Policy& policy, OpenSlots slots, const CheckedProgram& program,
                   IssueList& errors, IssueList& levels) {
    Typechecker checker(schema_, types_, suggester_, mode_, program);
    bool may_apply = false;
    const auto check_one = [&](const CheckedEnvironment& environment) {
      const Verdict verdict = checker.check(environment, errors);
      may_apply = may_apply || verdict != Verdict::kNeverTrue;
      if (max_level_ && verdict != Verdict::kFailed) {
        check_level(program, checker.notes(), environment, *max_level_, levels);
      }
    };
    const bool narrow = !max_level_ && decides_by_itself(policy.action, schema_);
    for (const SchemaAction* action :
         narrow ? actions_in_scope(policy.action, schema_) : all_actions_) {
      for (const std::string& principal : action->principal_types) {
        for (const std::string& resource : action->resource_types) {
          for_each_link(policy, slots, {action, &principal, &resource, nullptr, nullptr},
                        check_one);
        }
      }
    }
    return may_apply;
  }

  // Every environment that filling the slots can make of one.
  template <class Check>
  void for_each_link(const Policy& policy, OpenSlots slots, CheckedEnvironment environment,
                     const Check& check_one) {
    auto principals =
        slot_types(policy.principal, slots.principal, *environment.principal, schema_);
    auto resources = slot_types(policy.resource, slots.resource, *environment.resource, schema_);
    if (principals.empty()) principals.push_back(nullptr);
    if (resources.empty()) resources.push_back(nullptr);
    for (const std::string* principal : principals) {
      for (const std::string* resource : resources) {
        environment.principal_slot = principal;
        environment.resource_slot = resource;
        check_one(environment);
      }
    }
  }

  const SourceText* text_of(const Policy& policy) const {
    const auto found = texts_.find(policy.source);
    return found == texts_.end() ? nullptr : &found->second;
  }

  const PolicySet& policies_;
  const Schema& schema_;
  const ValidationMode mode_;
  const std::optional<std::size_t> max_level_;
  NameSuggester suggester_;
  TypeCache types_;
  std::vector<const SchemaAction*> all_actions_;
  std::unordered_map<std::string_view, SourceText> texts_;
  ValidationResult result_;
};

}  // namespace

ValidationResult validate(const PolicySet& policies, const Schema& schema, ValidationMode mode) {
  return Validator(policies, schema, mode, std::nullopt).run();
}

ValidationResult validate_with_level(const PolicySet& policies, const Schema& schema,
                                     std::size_t max_level, ValidationMode mode) {
  return Validator(policies, schema, mode, max_level).run();
}

}  // namespace ambit::cedar
