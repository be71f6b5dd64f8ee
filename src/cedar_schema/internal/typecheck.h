// Gives every expression of a policy a type, for one kind of request. The rules, and the order in
// which they apply, are those of the Cedar validator, version 4.12.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cedar_schema/internal/type.h"
#include "cedar_schema/internal/typecheck_capabilities.h"
#include "cedar_schema/internal/typecheck_expr.h"
#include "cedar_schema/internal/validator_issues.h"
#include "cedar_schema/schema.h"

namespace ambit::cedar {

// A kind of request: an action asked for by a principal of one type on a resource of one type. Slot
// types are what a template's slots are taken to be filled with. Belongs to the schema.
struct CheckedEnvironment {
  const SchemaAction* action = nullptr;
  const std::string* principal = nullptr;
  const std::string* resource = nullptr;
  const std::string* principal_slot = nullptr;  // null without that slot
  const std::string* resource_slot = nullptr;
};

// What a policy is for one kind of request.
enum class Verdict {
  kFine,
  kNeverTrue,  // there may be errors all the same
  kFailed      // has an error, which may be one that another check reports
};

// What was found of one node of a program: what it is, and how many of its parts can be reached.
struct CheckedNote {
  enum class Branch : std::uint8_t { kBoth, kThen, kElse };

  std::optional<Type> type;
  Branch branch = Branch::kBoth;  // of kIf
  std::uint32_t reached = 0;      // children of kAnd, kOr, kIs; steps of kHas
};

// Types of the schema in the checker's form, made once each. The schema must outlive it.
class TypeCache {
 public:
  const Type& of(const SchemaType& type);

 private:
  std::unordered_map<const SchemaType*, Type> types_;
};

// What an expression came to. Without a type, nothing can be said of it; with one and not `ok`, it
// is wrong but what stands around it can be checked.
struct Answer {
  bool ok = true;
  std::optional<Type> type;
  Capabilities shown = {};  // if it is true; none unless `ok`
};

// For one program and many environments.
class Typechecker {
 public:
  Typechecker(const Schema& schema, TypeCache& types, NameSuggester& suggester, ValidationMode mode,
              const CheckedProgram& program);

  // Errors go to `issues`.
  Verdict check(const CheckedEnvironment& environment, IssueList& issues);

  // Of the last check, by node id.
  const std::vector<CheckedNote>& notes() const { return notes_; }

 private:
  using Node = const CheckedExpr&;
  enum class Wanted {
    kBool,
    kLong,
    kString,
    kSet,
    kEntity,
    kEntityOrRecord,
    kEntityOrEntities,
    kDecimal,
    kIp,
    kDatetime,
    kDuration
  };
  using HintFor = std::string (*)(const Type& found);

  Answer check(const Capabilities& prior, Node e);
  Answer check_node(const Capabilities& prior, Node e);
  Answer expect(const Capabilities& prior, Node e, Wanted wanted, HintFor hint = nullptr);
  static bool accepts(Wanted wanted, const Type& type);

  // typecheck_logic.cpp
  Answer if_then_else(const Capabilities& prior, Node e);
  Answer all_of(const Capabilities& prior, Node e);
  Answer all_of_from_right(const Capabilities& prior, Node e);
  Answer any_of(const Capabilities& prior, Node e);
  Answer negation(const Capabilities& prior, Node e);

  // typecheck_access.cpp
  Answer variable(Node e) const;
  Answer entity_literal(const EntityUid& uid) const;
  Answer get_attribute(const Capabilities& prior, Node e);
  Answer has(const Capabilities& prior, Node e);
  Answer has_step(const Capabilities& prior, Node owner, const Answer& target,
                  const std::string& name);
  Answer attribute_of(const Capabilities& prior, Node access, Node owner, const Answer& target,
                      const std::string& name);
  Answer has_tag(const Capabilities& prior, Node e);
  Answer get_tag(const Capabilities& prior, Node e);
  std::vector<Type> tag_types(const Type& entity);
  std::optional<TypeAttribute> find_attribute(const Type& owner, const std::string& name);
  std::optional<TypeAttribute> find_common_attribute(const Type& entity, const std::string& name);
  bool may_have(const Type& owner, const std::string& name) const;
  std::vector<std::string> attribute_names(const Type& owner) const;
  std::string describe_access(Node owner, const std::string& name) const;
  Capability attribute_capability(Node owner, const std::string& name);

  // typecheck_operators.cpp
  Answer equality(const Capabilities& prior, Node e);
  Answer comparison(const Capabilities& prior, Node e);
  Answer arithmetic(const Capabilities& prior, Node e);
  Answer contains(const Capabilities& prior, Node e);
  Answer contains_many(const Capabilities& prior, Node e);
  Answer is(const Capabilities& prior, Node e);
  Answer in(const Capabilities& prior, Node e);
  Answer in_of(Node left_node, const Answer& left, Node right_node, const Answer& right);
  Answer action_in(const EntityUid& action, const std::vector<EntityUid>& groups) const;
  bool may_be_in_any(const Type& entity, const Type& container) const;
  Answer set(const Capabilities& prior, Node e);
  Answer record(const Capabilities& prior, Node e);
  Answer call(const Capabilities& prior, Node e);
  bool check_constructor(Node e);
  bool require_common_type(Node e, const std::optional<Type>& a, const std::optional<Type>& b,
                           std::string_view what);
  std::optional<Type> common_type_of(Node e, const std::vector<Answer>& parts,
                                     std::string_view what);
  const Value* literal_of(Node e) const;
  std::optional<std::vector<EntityUid>> entities_of(Node e) const;

  void unexpected(Node e, std::string_view wanted, const Type& found, std::string hint);
  void incompatible(Node e, std::string_view what, const Type& a, const Type& b,
                    Incompatibility why, std::string hint = {});
  void report(Node e, std::string_view reason, std::string message, std::string hint = {});
  CheckedNote& note(Node e) { return notes_[e.id]; }

  const Schema& schema_;
  TypeCache& types_;
  NameSuggester& suggester_;
  const ValidationMode mode_;
  const CheckedProgram& program_;
  const CheckedEnvironment* environment_ = nullptr;
  Value action_;  // the action of the environment
  IssueList* issues_ = nullptr;
  std::vector<CheckedNote> notes_;
  std::map<std::string, std::uint32_t, std::less<>> attribute_numbers_;
};

}  // namespace ambit::cedar
