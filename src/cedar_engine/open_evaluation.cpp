#include "cedar_engine/internal/open_evaluation.h"

#include <algorithm>

namespace ambit::cedar::engine {
namespace {

template <class T>
bool contains(std::span<const T> list, const T& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

bool OpenEvaluation::Context::find(NameId name, std::string_view, Datum& out) {
  if (contains(request_.unknown, name)) {
    was_touched = true;
    return false;
  }
  return machine_.find(request_.context, name, out);
}

Datum OpenEvaluation::Context::all() {
  was_touched = true;
  return Datum::sorted_record(nullptr, 0);
}

OpenEvaluation::OpenEvaluation(Machine& machine, const OpenRequest& request)
    : machine_(machine),
      request_(request),
      snapshot_(machine.policies().snapshot()),
      context_(machine, request),
      resource_{request.resource_types} {
  // An unknown resource is never looked at; what stands in its place is of no meaning.
  machine.bind(request.principal, request.action, request.resource.value_or(request.principal),
               Datum::lazy(context_));
  if (!request.resource) machine.entities_.watch(&resource_);
}

OpenEvaluation::~OpenEvaluation() { machine_.entities_.watch(nullptr); }

void OpenEvaluation::run(std::vector<OpenPolicy>& permits, std::vector<OpenPolicy>& forbids) {
  permits.clear();
  forbids.clear();
  visit(snapshot_.index.root, true);
  std::sort(met_.begin(), met_.end(), [](const Met& a, const Met& b) {
    return a.policy != b.policy ? a.policy < b.policy : a.surely > b.surely;
  });
  const auto same = [](const Met& a, const Met& b) { return a.policy == b.policy; };
  met_.erase(std::unique(met_.begin(), met_.end(), same), met_.end());
  for (const Met& met : met_) {
    const OpenPolicy policy = ask(met.policy, met.surely);
    if (!policy.may_be_satisfied && !policy.may_err) continue;
    const bool permits_it = snapshot_.policies[met.policy]->effect == Effect::kPermit;
    (permits_it ? permits : forbids).push_back(policy);
  }
}

// --- scopes

void OpenEvaluation::visit(NodeRef place, bool surely) {
  if (!place) return;
  if (place.is_condition()) return visit(snapshot_.index.conditions[place.position()], surely);
  visit(snapshot_.index.scopes[place.position()], surely);
}

void OpenEvaluation::visit(const ScopeNode& node, bool surely) {
  visit(node.any, surely);
  const ScopeKey* key = snapshot_.index.keys.data() + node.begin;
  const auto visit_keys = [&](std::uint32_t count, ScopeTest::Kind kind) {
    for (const ScopeKey* end = key + count; key != end; ++key) {
      const Outcomes outcomes = test(node.variable, kind, key->id);
      if ((outcomes & kTrue) != 0) visit(key->child, surely && outcomes == kTrue);
    }
  };
  visit_keys(node.equal_count, ScopeTest::Kind::kEqual);
  visit_keys(node.is_count, ScopeTest::Kind::kIs);
  visit_keys(node.in_count, ScopeTest::Kind::kIn);
}

OpenEvaluation::Outcomes OpenEvaluation::test(Variable variable, ScopeTest::Kind kind,
                                              std::uint32_t id) {
  constexpr Outcomes kEither = kTrue | kFalse;
  const auto exactly = [](bool holds) { return holds ? kTrue : kFalse; };
  if (variable != Variable::kResource || request_.resource) {
    const EntityId entity = machine_.variables_[static_cast<std::size_t>(variable)].as_entity();
    if (kind == ScopeTest::Kind::kEqual) return exactly(raw(entity) == id);
    if (kind == ScopeTest::Kind::kIs) return exactly(raw(machine_.type_of(entity)) == id);
    resource_.was_asked = false;
    if (machine_.belongs(entity, EntityId{id})) return kTrue;
    return resource_.was_asked ? kEither : kFalse;
  }
  const auto types = request_.resource_types;
  switch (kind) {
    case ScopeTest::Kind::kAny: return kTrue;
    case ScopeTest::Kind::kIs:
      if (types.empty()) return kEither;
      if (!contains(types, NameId{id})) return kFalse;
      return types.size() == 1 ? kTrue : kEither;
    case ScopeTest::Kind::kIn:
      return contains(request_.resource_ancestors, EntityId{id}) ? kTrue : kEither;
    case ScopeTest::Kind::kEqual:
      return types.empty() || contains(types, machine_.type_of(EntityId{id})) ? kEither : kFalse;
  }
  return kEither;
}

// Every policy of the place stands in one of these.
void OpenEvaluation::visit(const ConditionNode& node, bool surely) {
  const Index& index = snapshot_.index;
  const auto meet_all = [&](Range policies) {
    for (const PolicyRef policy : Index::slice(index.policies, policies)) meet(policy, surely);
  };
  meet_all(node.satisfied);
  for (const Single& single : Index::slice(index.singles, node.singles)) {
    meet(single.policy, surely);
  }
  for (const Guard& guard : Index::slice(index.guards, node.guards)) meet_all(guard.policies);
  for (const Dispatch& dispatch : Index::slice(index.dispatches, node.dispatches)) {
    meet_all(dispatch.policies);
  }
}

void OpenEvaluation::meet(PolicyRef policy, bool surely) {
  met_.push_back({policy.position(), surely});
}

// --- conditions

OpenPolicy OpenEvaluation::ask(std::uint32_t policy, bool surely) {
  OpenPolicy out;
  out.policy = policy;
  out.may_be_unsatisfied = !surely;
  for (const Conjunct conjunct : snapshot_.policies[policy]->conjuncts) {
    const Outcomes outcomes = boolean(conjunct.node());
    const Outcomes wanted = conjunct.wanted() ? kTrue : kFalse;
    out.may_err = out.may_err || (outcomes & kError) != 0;
    out.may_be_unsatisfied = out.may_be_unsatisfied || (outcomes & (kTrue | kFalse) & ~wanted) != 0;
    if ((outcomes & wanted) == 0) return out;
  }
  out.may_be_satisfied = true;
  return out;
}

OpenEvaluation::Outcomes OpenEvaluation::boolean(std::uint32_t position) {
  const Outcomes outcomes = eval(position);
  return (outcomes & kOther) == 0 ? outcomes : static_cast<Outcomes>((outcomes & ~kOther) | kError);
}

OpenEvaluation::Outcomes OpenEvaluation::eval(std::uint32_t position) {
  const Node& node = snapshot_.code.nodes[position];
  switch (node.op()) {
    case Op::kAll: return all(node, kTrue);
    case Op::kAny: return all(node, kFalse);
    case Op::kIf: return choice(node);
    case Op::kNot: {
      const Outcomes operand = boolean(node.a);
      return static_cast<Outcomes>((operand & kError) | ((operand & kTrue) != 0 ? kFalse : 0) |
                                   ((operand & kFalse) != 0 ? kTrue : 0));
    }
    case Op::kIs:
      if (is_open_resource(node.a)) {
        return test(Variable::kResource, ScopeTest::Kind::kIs, node.b);
      }
      break;
    case Op::kIn:
      if (is_open_resource(node.a) && snapshot_.code.nodes[node.b].op() == Op::kConstant) {
        const Datum& container = snapshot_.code.constants[snapshot_.code.nodes[node.b].a];
        if (container.kind() != Datum::Kind::kEntity) break;
        return test(Variable::kResource, ScopeTest::Kind::kIn, raw(container.as_entity()));
      }
      break;
    default: break;
  }
  if (!request_.resource && reads_resource(position)) return unknown(node);
  return computed(position);
}

// `&&` with true as the neutral outcome, `||` with false.
OpenEvaluation::Outcomes OpenEvaluation::all(const Node& node, Outcomes neutral) {
  const auto decisive = static_cast<Outcomes>((kTrue | kFalse) & ~neutral);
  Outcomes out = 0;
  for (const std::uint32_t operand : machine_.list(node)) {
    const Outcomes outcomes = boolean(operand);
    out |= outcomes & (decisive | kError);
    if ((outcomes & neutral) == 0) return out;
  }
  return out | neutral;
}

OpenEvaluation::Outcomes OpenEvaluation::choice(const Node& node) {
  const Outcomes condition = boolean(node.a);
  Outcomes out = condition & kError;
  if ((condition & kTrue) != 0) out |= eval(node.b);
  if ((condition & kFalse) != 0) out |= eval(node.c);
  return out;
}

// The one outcome of what can be computed.
OpenEvaluation::Outcomes OpenEvaluation::computed(std::uint32_t position) {
  context_.was_touched = false;
  resource_.was_asked = false;
  const Datum value = machine_.eval(position);
  if (context_.was_touched || resource_.was_asked) {
    machine_.next_epoch();  // what was kept may be made of what is not known
    return unknown(snapshot_.code.nodes[position]);
  }
  if (value.is_error()) return kError;
  if (value.kind() != Datum::Kind::kBool) return kOther;
  return value.as_bool() ? kTrue : kFalse;
}

OpenEvaluation::Outcomes OpenEvaluation::unknown(const Node& node) {
  switch (node.op()) {
    case Op::kVariable: return kOther;
    case Op::kEqual:
    case Op::kNotEqual: return kTrue | kFalse | ((eval(node.a) | eval(node.b)) & kError);
    case Op::kHas: {
      const Node& owner = snapshot_.code.nodes[node.a];
      const bool never_errs = owner.op() == Op::kVariable && node.c == 1;
      return never_errs ? kTrue | kFalse : kTrue | kFalse | kError;
    }
    case Op::kCompare:
    case Op::kLike:
    case Op::kIn:
    case Op::kIs:
    case Op::kIsIn: return kTrue | kFalse | kError;
    default: return kTrue | kFalse | kOther | kError;
  }
}

bool OpenEvaluation::is_open_resource(std::uint32_t position) const {
  const Node& node = snapshot_.code.nodes[position];
  return !request_.resource && node.op() == Op::kVariable &&
         static_cast<Variable>(node.a) == Variable::kResource;
}

bool OpenEvaluation::reads_resource(std::uint32_t position) const {
  if (is_open_resource(position)) return true;
  bool reads = false;
  for_each_operand(snapshot_.code, snapshot_.code.nodes[position],
                   [&](std::uint32_t operand) { reads = reads || reads_resource(operand); });
  return reads;
}

}  // namespace ambit::cedar::engine
