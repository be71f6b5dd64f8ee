// Policies as they were written: what each says, where it stood, and the set they make.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar/ast.h"
#include "cedar/diagnostic.h"
#include "cedar/value.h"

namespace ambit::cedar {

enum class Effect { kPermit, kForbid };

// `principal` or `resource` in the head of a policy.
struct EntityScope {
  enum class Kind { kAny, kEqual, kIn, kIs, kIsIn };

  Kind kind = Kind::kAny;
  std::string type;  // of kIs and kIsIn
  EntityUid entity;  // of kEqual, kIn and kIsIn

  friend bool operator==(const EntityScope&, const EntityScope&) = default;
};

// `action` in the head of a policy.
struct ActionScope {
  enum class Kind { kAny, kEqual, kIn, kInSet };

  Kind kind = Kind::kAny;
  std::vector<EntityUid> entities;  // one of kEqual and kIn, any number of kInSet

  friend bool operator==(const ActionScope&, const ActionScope&) = default;
};

// `when { body }` or `unless { body }`.
struct Condition {
  bool is_unless = false;
  ExprPtr body;
};

using Annotations = std::map<std::string, std::string, std::less<>>;

// One policy. Its id is given by the set (`policy0`); `@id` is an annotation like any other.
struct Policy {
  std::string id;
  Effect effect = Effect::kPermit;
  Annotations annotations;  // `@name("text")`; empty text for `@name`
  EntityScope principal;
  ActionScope action;
  EntityScope resource;
  std::vector<Condition> conditions;  // all must hold
  std::string source;                 // the name of the text it stands in
  std::string text;                   // as it was written, annotations included
  SourceSpan span;                    // of `text` in its source

  // The text of an annotation, or nullptr when the policy does not have it.
  const std::string* annotation(std::string_view name) const;
};

// Whether two policies say the same: effect, annotations, scope and conditions, not id or place.
bool same_policy(const Policy& a, const Policy& b);

// The policy in Cedar; parsing it gives a policy that says the same.
std::string to_cedar_text(const Policy& policy);

// A policy text and the name that its policies' ids begin with.
struct PolicyText {
  std::string name;
  std::string text;

  friend bool operator==(const PolicyText&, const PolicyText&) = default;
};

// Some policies with unique ids, immutable and cheap to copy; copies share the policies, whose
// addresses stay valid as long as any copy lives. Thread-safe.
class PolicySet {
 public:
  PolicySet() = default;  // no policies: denies everything

  // Reads one text; the policies are called `policy0`, `policy1`… in the order they stand in.
  // Errors have reason `cedar.syntax` and say line, column, what was found and what would be right.
  static Result<PolicySet> parse(std::string_view text);

  // Reads several texts; the policies of the text called `n` are `n#0`, `n#1`… Names must be unique
  // (`cedar.duplicate_name`).
  static Result<PolicySet> parse_named(std::vector<PolicyText> texts);

  const std::vector<Policy>& policies() const { return data_->policies; }
  bool empty() const { return data_->policies.empty(); }

  // nullptr when there is none of that id. Takes time linear in the number of policies.
  const Policy* find(std::string_view id) const;

  // The texts as they were given, in their order: what to record or digest, as parsing them again
  // gives this very set.
  const std::vector<PolicyText>& texts() const { return data_->texts; }

 private:
  struct Data {
    std::vector<PolicyText> texts;
    std::vector<Policy> policies;
  };

  explicit PolicySet(Data data) : data_(std::make_shared<const Data>(std::move(data))) {}
  friend tl::expected<PolicySet, Diagnostic> parse_policies(std::string_view text);

  std::shared_ptr<const Data> data_ = std::make_shared<const Data>();
};

// PolicySet::parse for those who want the whole diagnostic (an editor, the command line).
tl::expected<PolicySet, Diagnostic> parse_policies(std::string_view text);

}  // namespace ambit::cedar
