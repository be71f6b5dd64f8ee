// Walks an expression for one request.
#pragma once

#include <optional>

#include "cedar/authorizer.h"
#include "cedar/internal/functions.h"

namespace ambit::cedar {

// Keeps what the policies of one request share. The request and the entities must outlive it.
class Evaluator {
 public:
  Evaluator(const Request& request, const Entities& entities);

  // Whether the head of the policy fits the request. Cannot err and allocates nothing.
  bool in_scope(const Policy& policy) const;

  // Whether all conditions hold. Precondition: in_scope(policy).
  tl::expected<bool, EvalError> satisfies(const Policy& policy);

  EvalResult evaluate(const Expr& expr);

 private:
  // What the request says of one of its entities, looked up once.
  struct Known {
    const EntityUid& uid;
    const StoredEntity* stored;  // null when there is none
    std::optional<Value> value;  // made when first asked for
  };

  EvalResult node(const Literal& n) { return n.value; }
  EvalResult node(const VariableRef& n);
  EvalResult node(const IfThenElse& n);
  EvalResult node(const AllOf& n);
  EvalResult node(const AnyOf& n);
  EvalResult node(const Not& n);
  EvalResult node(const Negate& n);
  EvalResult node(const Binary& n);
  EvalResult node(const Has& n);
  EvalResult node(const GetAttribute& n);
  EvalResult node(const Like& n);
  EvalResult node(const Is& n);
  EvalResult node(const SetLiteral& n);
  EvalResult node(const RecordLiteral& n);
  EvalResult node(const Call& n);

  tl::expected<bool, EvalError> boolean(const Expr& expr);
  EvalResult in(const Value& member, const Value& container) const;
  EvalResult tag(Function function, const std::vector<Value>& arguments) const;
  EvalResult attribute(const Value& owner, const std::string& name) const;
  const StoredEntity* find(const EntityUid& uid) const;
  bool belongs_to(const EntityUid& uid, const EntityUid& ancestor) const;
  static bool fits(const EntityScope& scope, const Known& known);
  static bool fits(const ActionScope& scope, const Known& known);
  static Value value_of(Known& known);

  const Request& request_;
  const Entities& entities_;
  Known principal_;
  Known action_;
  Known resource_;
};

}  // namespace ambit::cedar
