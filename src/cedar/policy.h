// Policies as they were written: what each says, where it stood, and the set they make.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
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

// One policy without slots. Its id is given by the set (`policy0`); `@id` is an annotation like any
// other.
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
  std::string template_id;            // what it is a link of; empty for one that stands by itself
  std::set<std::string> bare_annotations;  // those written `@name`; says the same as `@name("")`

  // The text of an annotation, or nullptr when the policy does not have it.
  const std::string* annotation(std::string_view name) const;
};

// Whether two policies say the same: effect, annotations, scope and conditions, not id or place.
bool same_policy(const Policy& a, const Policy& b);

// The policy in Cedar; parsing it gives a policy that says the same.
std::string to_cedar_text(const Policy& policy);

// A policy that leaves an entity of its head open: `principal == ?principal`, `principal in
// ?principal`, `principal is T in ?principal`, and so for `resource`. It decides nothing until it
// is linked.
struct Template {
  Policy body;  // the entity of a slot is empty
  bool has_principal_slot = false;
  bool has_resource_slot = false;
};

// Whether two templates say the same: what same_policy() compares, and the slots.
bool same_template(const Template& a, const Template& b);

// The template in Cedar; parsing it gives a template that says the same.
std::string to_cedar_text(const Template& policy_template);

// The entities that make a policy called `id` of a template: one for each of its slots and no more.
struct TemplateLink {
  std::string template_id;
  std::string id;
  std::optional<EntityUid> principal;
  std::optional<EntityUid> resource;

  friend bool operator==(const TemplateLink&, const TemplateLink&) = default;
};

// The policy that a link makes. Its conditions are shared with the template, and so are text and
// span. Error reason `cedar.link_slots` when an entity is missing or there is one too many.
Result<Policy> link(const Template& policy_template, const TemplateLink& link);

// A policy text and the name that its policies' ids begin with.
struct PolicyText {
  std::string name;
  std::string text;

  friend bool operator==(const PolicyText&, const PolicyText&) = default;
};

// Some policies and templates with unique ids, immutable and cheap to copy; copies share the
// policies, whose addresses stay valid as long as any copy lives. Thread-safe.
class PolicySet {
 public:
  PolicySet() = default;  // no policies: denies everything

  // Reads one text; its policies and templates are called `policy0`, `policy1`… in the order they
  // stand in. Errors have reason `cedar.syntax` and say line, column, what was found and what would
  // be right.
  static Result<PolicySet> parse(std::string_view text);

  // Reads several texts; those of the text called `n` are `n#0`, `n#1`… Names must be unique
  // (`cedar.duplicate_name`).
  static Result<PolicySet> parse_named(std::vector<PolicyText> texts);

  // Puts a set together. Every policy and template has an id of its own (`cedar.duplicate_id`).
  // There are no texts(). Policies that are links belong in `links`; errors of those as in
  // linked().
  static Result<PolicySet> make(std::vector<Policy> policies, std::vector<Template> templates = {},
                                std::vector<TemplateLink> links = {});

  // This set and, after its policies, one for each link. Errors: `cedar.duplicate_id` when a policy
  // or template is already called so, `cedar.link_template` when there is no such template,
  // `cedar.link_slots` as in link().
  Result<PolicySet> linked(std::vector<TemplateLink> links) const;

  // This set without the policy of one link. Error reason `cedar.link_unknown`.
  Result<PolicySet> unlinked(std::string_view id) const;

  // What decides: the policies as they stand, and then those of the links. No templates.
  const std::vector<Policy>& policies() const { return data_->policies; }
  bool empty() const { return data_->policies.empty(); }

  const std::vector<Template>& templates() const { return data_->templates; }
  const std::vector<TemplateLink>& links() const { return data_->links; }

  // nullptr when there is none of that id. Takes time linear in the number of policies.
  const Policy* find(std::string_view id) const;
  const Template* find_template(std::string_view id) const;

  // The texts as they were given, in their order: what to record or digest, as parsing them again
  // and linking links() gives this very set. Empty for a set that was not read from texts.
  const std::vector<PolicyText>& texts() const { return data_->texts; }

 private:
  struct Data {
    std::vector<PolicyText> texts;
    std::vector<Policy> policies;
    std::vector<Template> templates;
    std::vector<TemplateLink> links;
  };

  explicit PolicySet(Data data) : data_(std::make_shared<const Data>(std::move(data))) {}
  static void add(Data& data, std::vector<Template> parsed, const std::string& prefix,
                  const std::string& source);
  static Result<PolicySet> with_links(Data data, std::vector<TemplateLink> links);
  friend tl::expected<PolicySet, Diagnostic> parse_policies(std::string_view text);

  std::shared_ptr<const Data> data_ = std::make_shared<const Data>();
};

// PolicySet::parse for those who want the whole diagnostic (an editor, the command line).
tl::expected<PolicySet, Diagnostic> parse_policies(std::string_view text);

// What is wrong with the policies of one text, in its order: the first error of each policy, up to
// kMaxSyntaxErrors of them. Begins with the error of parse_policies(); empty where that succeeds.
std::vector<Diagnostic> syntax_errors(std::string_view text);

}  // namespace ambit::cedar
