#include "cedar_engine/internal/index_builder.h"

#include <algorithm>
#include <tuple>

#include "cedar_engine/internal/question.h"

namespace ambit::cedar::engine {
namespace {

// Up to so many keys it is cheaper to look at each than to hash.
constexpr std::size_t kLinearKeys = 8;
// From so many policies on a lookup pays.
constexpr std::size_t kLeastDispatched = 4;
// How deep conditions are shared; what is deeper is asked policy by policy. Bounds recursion too.
constexpr std::size_t kMaxSharedDepth = 12;
constexpr std::uint32_t kDispatchKind = IdTable::kDispatchKind;

struct Item {
  PolicyRef ref;
  const CompiledPolicy* policy = nullptr;
  std::uint32_t proven = 0;  // conjuncts that hold already
  std::size_t copies = 1;    // of this policy, at places like this one

  Conjunct next() const { return policy->conjuncts[proven]; }
  bool done() const { return proven == policy->conjuncts.size(); }
  Item advanced(std::size_t times = 1) const { return {ref, policy, proven + 1, copies * times}; }
};
using Items = std::vector<Item>;

bool comes_before(const Datum& a, const Datum& b) { return order(a, b) < 0; }

class IndexBuilder {
 public:
  IndexBuilder(const Code& code, HashKey key) : code_(code), key_(key) {}

  Index build(const std::vector<std::shared_ptr<const CompiledPolicy>>& policies) {
    Items items;
    for (std::size_t i = 0; i < policies.size(); ++i) {
      const CompiledPolicy& policy = *policies[i];
      if (policy.never) continue;
      auto bits = static_cast<std::uint32_t>(i);
      if (policy.effect == Effect::kForbid) bits |= PolicyRef::kForbid;
      if (policy.action.size() > 1) {
        bits |= PolicyRef::kRepeated;
        out_.any_repeated = true;
      }
      items.push_back({PolicyRef{bits}, &policy, 0, policy.action.size()});
    }
    out_.scopes.emplace_back();      // so that 0 is no place
    out_.conditions.emplace_back();  // the same
    out_.root = by_scope(items, 0);
    out_.ids.build(ids_);
    out_.values.build(values_, key_);
    return std::move(out_);
  }

 private:
  struct Keyed {
    ScopeTest test;
    std::uint32_t item = 0;
  };

  static Variable variable_of(std::size_t level) {
    constexpr Variable kOrder[] = {Variable::kAction, Variable::kPrincipal, Variable::kResource};
    return kOrder[level];
  }

  static void add_tests(const Item& item, std::uint32_t position, std::size_t level,
                        std::vector<Keyed>& out) {
    if (level == 1) return out.push_back({item.policy->principal, position});
    if (level == 2) return out.push_back({item.policy->resource, position});
    for (const ScopeTest& test : item.policy->action) out.push_back({test, position});
  }

  NodeRef by_scope(const Items& items, std::size_t level) {
    if (items.empty()) return {};
    if (level == 3) return by_condition(items, 0);
    std::vector<Keyed> tests;
    for (std::size_t i = 0; i < items.size(); ++i) {
      add_tests(items[i], static_cast<std::uint32_t>(i), level, tests);
    }
    std::stable_sort(tests.begin(), tests.end(), [](const Keyed& a, const Keyed& b) {
      return std::tie(a.test.kind, a.test.id) < std::tie(b.test.kind, b.test.id);
    });
    if (tests.back().test.kind == ScopeTest::Kind::kAny) return by_scope(items, level + 1);
    return scope_node(items, tests, level);
  }

  NodeRef scope_node(const Items& items, const std::vector<Keyed>& tests, std::size_t level) {
    ScopeNode node;
    node.variable = variable_of(level);
    std::vector<ScopeKey> keys;
    for (std::size_t begin = 0; begin < tests.size();) {
      const ScopeTest test = tests[begin].test;
      Items group;
      std::size_t end = begin;
      for (; end < tests.size() && tests[end].test == test; ++end) {
        group.push_back(items[tests[end].item]);
      }
      begin = end;
      const NodeRef child = by_scope(group, level + 1);
      if (test.kind == ScopeTest::Kind::kAny) {
        node.any = child;
        continue;
      }
      keys.push_back({test.id, child});
      ++(test.kind == ScopeTest::Kind::kEqual ? node.equal_count
         : test.kind == ScopeTest::Kind::kIs  ? node.is_count
                                              : node.in_count);
    }
    const auto position = static_cast<std::uint32_t>(out_.scopes.size());
    node.begin = static_cast<std::uint32_t>(out_.keys.size());
    node.hashed = keys.size() > kLinearKeys;
    out_.keys.insert(out_.keys.end(), keys.begin(), keys.end());
    if (node.hashed) add_ids(position, node, keys);
    out_.scopes.push_back(node);
    return NodeRef{position};
  }

  void add_ids(std::uint32_t group, const ScopeNode& node, const std::vector<ScopeKey>& keys) {
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      const auto kind = i < node.equal_count                   ? ScopeTest::Kind::kEqual
                        : i < node.equal_count + node.is_count ? ScopeTest::Kind::kIs
                                                               : ScopeTest::Kind::kIn;
      ids_.push_back(
          {IdTable::key_of(group, static_cast<std::uint32_t>(kind), keys[i].id), keys[i].child});
    }
  }

  // --- conditions

  struct Asking {
    std::uint32_t family = 0;  // of which kind the question is; 0 for a mere condition
    std::uint32_t subject = 0;
    std::uint32_t item = 0;
    std::vector<Datum> keys;
  };

  // What becomes of the policies at one place, before it is put into the index.
  struct Parts {
    std::vector<PolicyRef> satisfied;
    std::vector<Single> singles;
    std::vector<Guard> guards;
    std::vector<Dispatch> dispatches;
    std::vector<std::vector<ValueTable::Entry>> tables;  // of the dispatches
  };

  NodeRef by_condition(const Items& items, std::size_t depth) {
    if (items.empty()) return {};
    Parts parts;
    std::vector<Asking> asking;
    for (std::uint32_t i = 0; i < items.size(); ++i) {
      if (items[i].done()) {
        parts.satisfied.push_back(items[i].ref);
      } else {
        asking.push_back(asking_of(items[i], i));
      }
    }
    std::stable_sort(asking.begin(), asking.end(), [](const Asking& a, const Asking& b) {
      return std::tie(a.family, a.subject) < std::tie(b.family, b.subject);
    });
    for (std::size_t begin = 0; begin < asking.size();) {
      std::size_t end = begin + 1;
      while (end < asking.size() && asking[end].family == asking[begin].family &&
             asking[end].subject == asking[begin].subject) {
        ++end;
      }
      divide(items, {asking.data() + begin, end - begin}, depth, parts);
      begin = end;
    }
    return condition_node(parts);
  }

  // Policies that ask of one subject, or one condition.
  void divide(const Items& items, std::span<const Asking> group, std::size_t depth, Parts& parts) {
    if (depth >= kMaxSharedDepth) {
      for (const Asking& one : group) parts.singles.push_back(single(items[one.item]));
    } else if (group.front().family != 0 && group.size() >= kLeastDispatched) {
      parts.tables.push_back(children_by_key(items, group, depth));
      parts.dispatches.push_back(dispatch(items, group));
    } else {
      ask_alike(items, group, depth, parts);
    }
  }

  NodeRef condition_node(const Parts& parts) {
    ConditionNode out;
    out.satisfied = append(out_.policies, parts.satisfied);
    out.singles = append(out_.singles, parts.singles);
    out.guards = append(out_.guards, parts.guards);
    out.dispatches = append(out_.dispatches, parts.dispatches);
    for (std::uint32_t i = 0; i < parts.tables.size(); ++i) {
      add_entries(out.dispatches.begin + i, parts.dispatches[i].kind, parts.tables[i]);
    }
    out_.conditions.push_back(out);
    return NodeRef{static_cast<std::uint32_t>(out_.conditions.size() - 1) | NodeRef::kCondition};
  }

  Asking asking_of(const Item& item, std::uint32_t position) const {
    const auto question = question_of(code_, item.next());
    if (!question || question->keys.size() * item.copies > kMaxCopies) {
      return {0, item.next().node(), position, {}};
    }
    return {static_cast<std::uint32_t>(question->kind) + 1, question->subject, position,
            question->keys};
  }

  Single single(const Item& item) {
    const auto& all = item.policy->conjuncts;
    const std::vector<Conjunct> rest(all.begin() + item.proven, all.end());
    return {item.ref, append(out_.conjuncts, rest)};
  }

  Range refs(const Items& items, std::span<const Asking> group) {
    std::vector<PolicyRef> out;
    for (const Asking& one : group) out.push_back(items[one.item].ref);
    std::sort(out.begin(), out.end(),
              [](PolicyRef a, PolicyRef b) { return a.position() < b.position(); });
    return append(out_.policies, out);
  }

  Dispatch dispatch(const Items& items, std::span<const Asking> group) {
    return {static_cast<Dispatch::Kind>(group.front().family - 1), group.front().subject,
            refs(items, group)};
  }

  std::vector<ValueTable::Entry> children_by_key(const Items& items, std::span<const Asking> group,
                                                 std::size_t depth) {
    std::vector<std::pair<Datum, const Asking*>> by_key;
    for (const Asking& one : group) {
      for (const Datum& key : one.keys) by_key.emplace_back(key, &one);
    }
    std::stable_sort(by_key.begin(), by_key.end(),
                     [](const auto& a, const auto& b) { return comes_before(a.first, b.first); });
    std::vector<ValueTable::Entry> out;
    for (std::size_t begin = 0; begin < by_key.size();) {
      const Datum key = by_key[begin].first;
      Items below;
      for (; begin < by_key.size() && same(by_key[begin].first, key); ++begin) {
        const Asking& one = *by_key[begin].second;
        below.push_back(items[one.item].advanced(one.keys.size()));
      }
      out.push_back({0, by_condition(below, depth + 1), key});
    }
    return out;
  }

  void add_entries(std::uint32_t group, Dispatch::Kind kind,
                   const std::vector<ValueTable::Entry>& entries) {
    for (const ValueTable::Entry& entry : entries) {
      if (kind == Dispatch::Kind::kEqual || kind == Dispatch::Kind::kElement) {
        values_.push_back({group, entry.child, entry.value});
      } else {
        const auto id = static_cast<std::uint32_t>(entry.value.number());
        ids_.push_back({IdTable::key_of(group, kDispatchKind, id), entry.child});
      }
    }
  }

  // Policies that ask exactly the same share one guard; the others stand alone.
  void ask_alike(const Items& items, std::span<const Asking> group, std::size_t depth,
                 Parts& parts) {
    std::vector<Asking> sorted(group.begin(), group.end());
    const auto node_of = [&](const Asking& one) { return items[one.item].next().node(); };
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const Asking& a, const Asking& b) { return node_of(a) < node_of(b); });
    for (std::size_t begin = 0; begin < sorted.size();) {
      std::size_t end = begin + 1;
      while (end < sorted.size() && node_of(sorted[end]) == node_of(sorted[begin])) ++end;
      const std::span<const Asking> alike(sorted.data() + begin, end - begin);
      begin = end;
      if (alike.size() == 1) {
        parts.singles.push_back(single(items[alike.front().item]));
      } else {
        parts.guards.push_back(guard(items, alike, depth));
      }
    }
  }

  Guard guard(const Items& items, std::span<const Asking> alike, std::size_t depth) {
    Guard out;
    out.node = items[alike.front().item].next().node();
    out.policies = refs(items, alike);
    Items if_true;
    Items if_false;
    for (const Asking& one : alike) {
      const Item& item = items[one.item];
      (item.next().wanted() ? if_true : if_false).push_back(item.advanced());
    }
    out.if_true = by_condition(if_true, depth + 1);
    out.if_false = by_condition(if_false, depth + 1);
    return out;
  }

  template <class T>
  static Range append(std::vector<T>& array, const std::vector<T>& items) {
    const Range out{static_cast<std::uint32_t>(array.size()),
                    static_cast<std::uint32_t>(items.size())};
    array.insert(array.end(), items.begin(), items.end());
    return out;
  }

  const Code& code_;
  HashKey key_;
  Index out_;
  std::vector<IdTable::Entry> ids_;
  std::vector<ValueTable::Entry> values_;
};

}  // namespace

Index build_index(const std::vector<std::shared_ptr<const CompiledPolicy>>& policies,
                  const Code& code, HashKey key) {
  return IndexBuilder(code, key).build(policies);
}

}  // namespace ambit::cedar::engine
