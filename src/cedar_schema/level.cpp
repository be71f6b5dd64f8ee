#include "cedar_schema/internal/level.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace ambit::cedar {
namespace {

using Kind = CheckedExpr::Kind;

class LevelChecker {
 public:
  LevelChecker(const CheckedProgram& program, const std::vector<CheckedNote>& notes,
               const CheckedEnvironment& environment, std::size_t max_level, IssueList& issues)
      : notes_(notes),
        environment_(environment),
        max_level_(max_level),
        issues_(issues),
        seen_(program.nodes().size(), false) {}

  // Looks at each node once, and only at what can be reached.
  void check(const CheckedExpr& e) {
    if (seen_[e.id]) return;
    seen_[e.id] = true;
    const CheckedNote& note = notes_[e.id];
    switch (e.kind) {
      case Kind::kIf:
        check(*e.children[0]);
        if (note.branch != CheckedNote::Branch::kElse) check(*e.children[1]);
        if (note.branch != CheckedNote::Branch::kThen) check(*e.children[2]);
        return;
      case Kind::kAnd:
      case Kind::kOr:
        for (std::size_t i = 0; i < note.reached; ++i) check(*e.children[i]);
        return;
      case Kind::kIn:
      case Kind::kGetTag:
      case Kind::kHasTag:
        dereference(e, *e.children[0]);
        check(*e.children[1]);
        return;
      case Kind::kIs:
        check(*e.children[0]);
        if (note.reached < 2) return;
        dereference(e, *e.children[0]);
        check(*e.children[1]);
        return;
      case Kind::kGetAttribute: attribute_of(e, *e.children[0]); return;
      case Kind::kHas: check_path(e); return;
      default:
        for (const CheckedExpr* child : e.children) check(*child);
    }
  }

 private:
  bool is_entity(const CheckedExpr& e) const {
    return notes_[e.id].type && notes_[e.id].type->kind() == Type::Kind::kEntity;
  }

  void attribute_of(const CheckedExpr& access, const CheckedExpr& owner) {
    if (is_entity(owner)) {
      dereference(access, owner);
    } else {
      check(owner);
    }
  }

  // `e has a.b.c`: each entity on the way is a step further than the one before it.
  void check_path(const CheckedExpr& has) {
    std::optional<std::size_t> level;
    for (std::size_t i = 0; i < notes_[has.id].reached; ++i) {
      const CheckedExpr& owner = *has.children[i];
      if (is_entity(owner)) {
        level = level ? *level + 1 : level_of(&owner, {});
        need(has, *level + 1);
      } else if (i == 0) {
        check(owner);
      }
    }
  }

  void dereference(const CheckedExpr& access, const CheckedExpr& target) {
    need(access, level_of(&target, {}) + 1);
  }

  void need(const CheckedExpr& access, std::size_t level) {
    if (level <= max_level_) return;
    issues_.add(environment_, access.span, "level_exceeded",
                "this needs level " + std::to_string(level) + ", and level " +
                    std::to_string(max_level_) + " is the highest allowed",
                "each step to the attributes, tags or ancestors of an entity is a level");
  }

  // Of the entity that an expression gives. `path` is what is taken of the record that it gives
  // instead, the first step last.
  std::size_t level_of(const CheckedExpr* e, std::vector<std::string> path) {
    std::size_t steps = 0;
    while (e->kind == Kind::kGetAttribute || e->kind == Kind::kGetTag || e->kind == Kind::kRecord) {
      if (e->kind == Kind::kRecord) {
        e = field_of(*e, path);
        if (e == nullptr) return steps;
        continue;
      }
      if (e->kind == Kind::kGetTag) {
        check(*e->children[1]);
        ++steps;
      } else if (is_entity(*e->children[0])) {
        ++steps;
      } else {
        path.push_back(e->names[0]);
      }
      e = e->children[0];
    }
    if (e->kind == Kind::kIf) return steps + level_of_branches(*e, path);
    const bool named = e->kind == Kind::kSlot ||
                       (e->literal && *e->literal != Value::entity(environment_.action->uid));
    if (named) {
      issues_.add(environment_, e->span, "literal_dereference",
                  "attributes, tags and ancestors of an entity that a policy names cannot be had "
                  "at any level",
                  "only principal, action, resource and context come with a request");
    }
    return steps;
  }

  std::size_t level_of_branches(const CheckedExpr& e, const std::vector<std::string>& path) {
    const CheckedNote::Branch branch = notes_[e.id].branch;
    check(*e.children[0]);
    std::size_t level = 0;
    if (branch != CheckedNote::Branch::kElse) level = level_of(e.children[1], path);
    if (branch != CheckedNote::Branch::kThen) {
      level = std::max(level, level_of(e.children[2], path));
    }
    return level;
  }

  // The field of a record literal that the path takes; the others are looked at by themselves.
  const CheckedExpr* field_of(const CheckedExpr& record, std::vector<std::string>& path) {
    const CheckedExpr* taken = nullptr;
    for (std::size_t i = 0; i < record.children.size(); ++i) {
      if (!path.empty() && record.names[i] == path.back()) {
        taken = record.children[i];
      } else {
        check(*record.children[i]);
      }
    }
    if (taken != nullptr) path.pop_back();
    return taken;
  }

  const std::vector<CheckedNote>& notes_;
  const CheckedEnvironment& environment_;
  const std::size_t max_level_;
  IssueList& issues_;
  std::vector<bool> seen_;
};

}  // namespace

void check_level(const CheckedProgram& program, const std::vector<CheckedNote>& notes,
                 const CheckedEnvironment& environment, std::size_t max_level, IssueList& issues) {
  LevelChecker(program, notes, environment, max_level, issues).check(program.root());
}

}  // namespace ambit::cedar
