#include "cedar_schema/internal/typecheck.h"

#include <algorithm>
#include <utility>

namespace ambit::cedar {
namespace {

using Kind = CheckedExpr::Kind;

bool is_extension(const Type& type, ExtensionType wanted) {
  return type.kind() == Type::Kind::kExtension && type.extension_type() == wanted;
}

}  // namespace

const Type& TypeCache::of(const SchemaType& type) {
  const auto known = types_.find(&type);
  if (known != types_.end()) return known->second;
  return types_.emplace(&type, Type::of(type)).first->second;
}

Typechecker::Typechecker(const Schema& schema, TypeCache& types, NameSuggester& suggester,
                         ValidationMode mode, const CheckedProgram& program)
    : schema_(schema),
      types_(types),
      suggester_(suggester),
      mode_(mode),
      program_(program),
      action_(Value::boolean(false)) {}

Verdict Typechecker::check(const CheckedEnvironment& environment, IssueList& issues) {
  environment_ = &environment;
  issues_ = &issues;
  action_ = Value::entity(environment.action->uid);
  notes_.assign(program_.nodes().size(), {});
  const Answer answer = expect({}, program_.root(), Wanted::kBool);
  if (answer.type && answer.type->kind() == Type::Kind::kFalse) return Verdict::kNeverTrue;
  return answer.ok ? Verdict::kFine : Verdict::kFailed;
}

Answer Typechecker::check(const Capabilities& prior, Node e) {
  Answer answer = check_node(prior, e);
  note(e).type = answer.type;
  if (!answer.ok) answer.shown = {};
  return answer;
}

Answer Typechecker::check_node(const Capabilities& prior, Node e) {
  switch (e.kind) {
    case Kind::kLiteral:
      switch (e.literal->kind()) {
        case Value::Kind::kBool: return {true, Type::boolean(e.literal->as_bool())};
        case Value::Kind::kLong: return {true, Type::integer()};
        case Value::Kind::kString: return {true, Type::string()};
        default: return entity_literal(e.literal->as_entity());
      }
    case Kind::kVariable:
    case Kind::kSlot: return variable(e);
    case Kind::kIf: return if_then_else(prior, e);
    case Kind::kAnd: return e.from_right ? all_of_from_right(prior, e) : all_of(prior, e);
    case Kind::kOr: return any_of(prior, e);
    case Kind::kNot: return negation(prior, e);
    case Kind::kNegate: return {expect(prior, *e.children[0], Wanted::kLong).ok, Type::integer()};
    case Kind::kIsEmpty:
    case Kind::kContains:
    case Kind::kContainsAll:
    case Kind::kContainsAny: return contains(prior, e);
    case Kind::kEqual: return equality(prior, e);
    case Kind::kLess:
    case Kind::kLessEqual: return comparison(prior, e);
    case Kind::kAdd:
    case Kind::kSubtract:
    case Kind::kMultiply: return arithmetic(prior, e);
    case Kind::kIn: return in(prior, e);
    case Kind::kGetTag: return get_tag(prior, e);
    case Kind::kHasTag: return has_tag(prior, e);
    case Kind::kGetAttribute: return get_attribute(prior, e);
    case Kind::kHas: return has(prior, e);
    case Kind::kLike: {
      const auto hint = +[](const Type& found) -> std::string {
        if (found.kind() != Type::Kind::kEntity) return {};
        return "`is` tests the type of an entity";
      };
      return {expect(prior, *e.children[0], Wanted::kString, hint).ok, Type::boolean()};
    }
    case Kind::kIs: return is(prior, e);
    case Kind::kSet: return set(prior, e);
    case Kind::kRecord: return record(prior, e);
    case Kind::kCall: return call(prior, e);
  }
  return {false, std::nullopt};
}

bool Typechecker::accepts(Wanted wanted, const Type& type) {
  using K = Type::Kind;
  if (type.kind() == K::kNever) return true;
  switch (wanted) {
    case Wanted::kBool: return type.is_boolean();
    case Wanted::kLong: return type.kind() == K::kLong;
    case Wanted::kString: return type.kind() == K::kString;
    case Wanted::kSet: return type.kind() == K::kSet;
    case Wanted::kEntity: return type.kind() == K::kEntity;
    case Wanted::kEntityOrRecord: return type.kind() == K::kEntity || type.kind() == K::kRecord;
    case Wanted::kEntityOrEntities:
      return type.kind() == K::kEntity ||
             (type.kind() == K::kSet && accepts(Wanted::kEntity, type.element()));
    case Wanted::kDecimal: return is_extension(type, ExtensionType::kDecimal);
    case Wanted::kIp: return is_extension(type, ExtensionType::kIp);
    case Wanted::kDatetime: return is_extension(type, ExtensionType::kDatetime);
    case Wanted::kDuration: break;
  }
  return is_extension(type, ExtensionType::kDuration);
}

Answer Typechecker::expect(const Capabilities& prior, Node e, Wanted wanted, HintFor hint) {
  static constexpr std::string_view kNames[] = {"`Bool`",
                                                "`Long`",
                                                "`String`",
                                                "a set",
                                                "an entity",
                                                "an entity or a record",
                                                "an entity or a set of entities",
                                                "`decimal`",
                                                "`ipaddr`",
                                                "`datetime`",
                                                "`duration`"};
  Answer answer = check(prior, e);
  if (!answer.type) return {false, std::nullopt};
  if (accepts(wanted, *answer.type)) return answer;
  unexpected(e, kNames[static_cast<std::size_t>(wanted)], *answer.type,
             hint == nullptr ? std::string() : hint(*answer.type));
  return {false, std::nullopt};
}

void Typechecker::unexpected(Node e, std::string_view wanted, const Type& found, std::string hint) {
  report(e, "unexpected_type",
         "expected " + std::string(wanted) + ", found `" + found.to_text() + "`", std::move(hint));
}

void Typechecker::incompatible(Node e, std::string_view what, const Type& a, const Type& b,
                               Incompatibility why, std::string hint) {
  static constexpr std::string_view kReasons[] = {
      "only a value of the same type can be meant here",
      "an attribute must be optional in both records or in neither",
      "both records must have the same attributes",
      "entities of different types are never compatible, even with the same attributes",
      "an entity is never compatible with a record, even with the same attributes"};
  report(e, "incompatible_types",
         std::string(what) + " must have compatible types, found `" + a.to_text() + "` and `" +
             b.to_text() + "`",
         hint.empty() ? std::string(kReasons[static_cast<std::size_t>(why)]) : std::move(hint));
}

void Typechecker::report(Node e, std::string_view reason, std::string message, std::string hint) {
  issues_->add(*environment_, e.span, reason, std::move(message), std::move(hint));
}

}  // namespace ambit::cedar
