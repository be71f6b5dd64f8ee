// What is true, what is false, and what that shows.
#include <utility>

#include "cedar_schema/internal/typecheck.h"

namespace ambit::cedar {
namespace {

bool is_true(const Answer& a) { return a.type && a.type->kind() == Type::Kind::kTrue; }
bool is_false(const Answer& a) { return a.type && a.type->kind() == Type::Kind::kFalse; }

// The type of `a && b` when both were looked at.
Type type_of_both(const Answer& a, const Answer& b) {
  if (!a.type || !b.type) return Type::boolean();
  if (is_false(b)) return *b.type;
  if (is_true(b)) return *a.type;
  return is_true(a) ? *b.type : Type::boolean();
}

// `a || b` likewise.
Answer either(const Answer& a, Answer b) {
  const bool ok = a.ok && b.ok;
  if (!a.type || !b.type) return {false, Type::boolean()};
  if (is_true(b)) return {ok, b.type, std::move(b.shown)};
  if (is_false(b)) return {ok, a.type, a.shown};
  if (is_false(a)) return {ok, b.type, std::move(b.shown)};
  return {ok, Type::boolean(), a.shown.common_with(b.shown)};
}

}  // namespace

Answer Typechecker::if_then_else(const Capabilities& prior, Node e) {
  const Answer test = expect(prior, *e.children[0], Wanted::kBool);
  if (is_false(test)) {
    note(e).branch = CheckedNote::Branch::kElse;
    Answer otherwise = check(prior, *e.children[2]);
    otherwise.ok = otherwise.ok && test.ok;
    return otherwise;
  }
  Answer then = check(prior.with(test.shown), *e.children[1]);
  then.shown.add(test.shown);
  if (is_true(test)) {
    note(e).branch = CheckedNote::Branch::kThen;
    then.ok = then.ok && test.ok;
    return then;
  }
  const Answer otherwise = check(prior, *e.children[2]);
  const auto type = common_type_of(e, {then, otherwise}, "both branches of an `if`");
  const bool ok = test.ok && then.ok && otherwise.ok && type.has_value();
  return {ok, type, then.shown.common_with(otherwise.shown)};
}

// (a && b) && c: what comes after an operand that is wrong is checked as if nothing had been shown,
// and what comes after one that is false is not checked.
Answer Typechecker::all_of(const Capabilities& prior, Node e) {
  Answer all = expect(prior, *e.children[0], Wanted::kBool);
  Capabilities known = prior.with(all.shown);
  std::uint32_t reached = 1;
  while (reached < e.children.size() && !is_false(all)) {
    Answer next = expect(known, *e.children[reached++], Wanted::kBool);
    const bool typed = all.type && next.type;
    all.type = type_of_both(all, next);
    all.ok = all.ok && next.ok && typed;
    if (all.ok && !is_false(all)) {
      all.shown.add(next.shown);
      known.add(next.shown);
    } else if (!all.ok) {
      all.shown = {};
      known = prior;
    }
  }
  if (is_false(all)) all.shown = {};
  note(e).reached = reached;
  return all;
}

// a && (b && c): each is checked knowing what those before it have shown.
Answer Typechecker::all_of_from_right(const Capabilities& prior, Node e) {
  std::vector<Answer> parts;
  Capabilities known = prior;
  for (const CheckedExpr* child : e.children) {
    parts.push_back(expect(known, *child, Wanted::kBool));
    if (is_false(parts.back())) break;
    known.add(parts.back().shown);
  }
  note(e).reached = static_cast<std::uint32_t>(parts.size());
  Answer all = parts.back();
  for (auto part = parts.rbegin() + 1; part != parts.rend(); ++part) {
    all.ok = all.ok && part->ok && part->type && all.type;
    all.type = type_of_both(*part, all);
  }
  all.shown = is_false(all) ? Capabilities() : std::move(known);
  return all;
}

Answer Typechecker::any_of(const Capabilities& prior, Node e) {
  Answer any = expect(prior, *e.children[0], Wanted::kBool);
  std::uint32_t reached = 1;
  while (reached < e.children.size() && !is_true(any)) {
    any = either(any, expect(prior, *e.children[reached++], Wanted::kBool));
    if (!any.ok) any.shown = {};
  }
  note(e).reached = reached;
  return any;
}

Answer Typechecker::negation(const Capabilities& prior, Node e) {
  const Answer operand = expect(prior, *e.children[0], Wanted::kBool);
  if (is_true(operand)) return {operand.ok, Type::boolean(false)};
  if (is_false(operand)) return {operand.ok, Type::boolean(true)};
  return {operand.ok, Type::boolean()};
}

}  // namespace ambit::cedar
