// A warm decision allocates nothing on the heap. Not under a sanitizer, which has its own
// allocator.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AMBIT_OTHER_ALLOCATOR
#endif
#endif
#ifndef AMBIT_OTHER_ALLOCATOR
#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <new>

#include "cedar_engine/policy_compiler.h"
#include "cedar_engine/request_evaluator.h"

namespace {

std::atomic<std::size_t> allocations{0};

void* counted(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* out = std::malloc(size == 0 ? 1 : size)) return out;
  throw std::bad_alloc();
}

}  // namespace

// Replaced in this whole program, to count.
void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* out = std::aligned_alloc(align, (size + align - 1) / align * align)) return out;
  throw std::bad_alloc();
}
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace ambit::cedar {
namespace {

// Everything that a condition can do, with errors of all kinds, over entities and a context of
// which the compiler knows nothing.
constexpr const char* kPolicies = R"(
permit(principal, action == Action::"read", resource);
forbid(principal in Group::"g", action in [Action::"read", Action::"write"], resource is Doc);
permit(principal is User in Group::"g", action, resource) when { context.tool == "read_file" };
permit(principal, action, resource) when { context.tool == "b" };
permit(principal, action, resource) when { context.tool == "c" };
permit(principal, action, resource) when { ["d", "read_file"].contains(context.tool) };
permit(principal, action, resource) when { context.labels.contains("secret") };
permit(principal, action, resource) when { context.labels.containsAny(["secret", "x"]) };
permit(principal, action, resource) when { context.labels == ["secret", "public"] };
permit(principal, action, resource) when { context.input == {path: "/a", mode: 7, owner: principal} };
permit(principal, action, resource) when { [context.input, principal].contains(principal) };
permit(principal, action, resource) when { context.input.path like "/srv/*/report-*.md" };
permit(principal, action, resource) when { context.input.mode * 2 + 1 > 14 && -context.input.mode < 0 };
permit(principal, action, resource) when { context.input.mode + 9223372036854775807 > 0 };
permit(principal, action, resource) when { context.missing == 1 };
permit(principal, action, resource) when { principal.missing };
permit(principal, action, resource) when { principal.getTag("tag").contains(context.tool) };
permit(principal, action, resource) when { principal.hasTag(context.tool) || resource.getTag("no") };
permit(principal, action, resource) when { context.peer.isInRange(ip("10.0.0.0/8")) };
permit(principal, action, resource) when { context.price.lessThan(decimal("10.5")) };
permit(principal, action, resource) when { context.now.offset(duration("1h")).toDate() > context.now };
permit(principal, action, resource) when { decimal(context.text) == context.price };
permit(principal, action, resource) when { datetime(context.day) <= context.now };
permit(principal, action, resource) when { if context has a.b then context.a.b else resource has owner.name };
permit(principal, action, resource) when { resource in [Group::"g", principal] };
permit(principal, action, resource) when { Unknown::"e".x == 1 };
forbid(principal, action, resource) when { context.approved || 1 };
)";

Value context() {
  return Value::record(
      {{"tool", Value::string("read_file")},
       {"labels", Value::set({Value::string("secret"), Value::string("internal and long enough"),
                              Value::entity({"Label", "own"})})},
       {"input", Value::record({{"path", Value::string("/srv/reports/2026/report-q3.md")},
                                {"mode", Value::integer(7)},
                                {"nobody asks", Value::record({{"deep", Value::integer(1)}})},
                                {"owner", Value::entity({"User", "a user that is only here"})}})},
       {"peer", Value::ip(parse_ip("10.1.2.3").value())},
       {"price", Value::decimal(99'999)},
       {"text", Value::string("9.9999")},
       {"day", Value::string("2024-01-31T00:00:00.000Z")},
       {"now", Value::datetime_ms(1'700'000'000'000)},
       {"approved", Value::boolean(false)}});
}

std::vector<Entity> entities() {
  return {{{"User", "alice"},
           Value::record({{"name", Value::string("Alice")}}),
           {{"Group", "g"}, {"Group", "another group with a long name"}},
           Value::record({{"tag", Value::set({Value::string("read_file")})}})},
          {{"Group", "g"}, Value::record(), {{"Group", "top"}}},
          {{"Doc", "d"}, Value::record({{"owner", Value::entity({"User", "alice"})}})}};
}

const EntityUid kAlice{"User", "alice"};
const EntityUid kRead{"Action", "read"};
const EntityUid kDoc{"Doc", "d"};

class Allocations : public ::testing::Test {
 protected:
  // What a decision allocates once some have been made.
  template <class Decide>
  std::size_t of_warm(Decide decide) {
    for (int i = 0; i < 3; ++i) decide();
    const std::size_t before = allocations;
    for (int i = 0; i < 100; ++i) decide();
    return allocations - before;
  }

  void expect_full(const CompiledOutcome& outcome) {
    EXPECT_EQ(outcome.satisfied_permits.size(), 13u);
    EXPECT_EQ(outcome.satisfied_forbids.size(), 1u);
    EXPECT_EQ(outcome.errors.size(), 6u);
  }

  PolicyCompiler compiler_{7};
  std::shared_ptr<const CompiledPolicies> policies_ =
      compiler_.compile(PolicySet::parse(kPolicies).value());
  RequestEvaluator evaluator_;
  Request request_{kAlice, kRead, kDoc, context()};
};

TEST_F(Allocations, AreCounted) {
  const std::size_t before = allocations;
  const auto kept = std::make_unique<int>(1);
  EXPECT_EQ(allocations - before, 1u);
}

TEST_F(Allocations, AreNoneOverCompiledEntities) {
  const auto store = compiler_.compile(entities()).value();
  const auto decide = [&] {
    evaluator_.begin(*policies_, store.get());
    return evaluator_.decide(request_);
  };
  expect_full(decide());
  EXPECT_EQ(of_warm(decide), 0u);
}

TEST_F(Allocations, AreNoneOverPlainEntities) {
  const Entities store = Entities::make(entities()).value();
  const auto decide = [&] {
    evaluator_.begin(*policies_, store);
    return evaluator_.decide(request_);
  };
  expect_full(decide());
  EXPECT_EQ(of_warm(decide), 0u);
}

TEST_F(Allocations, AreNoneForARequestBuiltWithItsOwnEntities) {
  const auto decide = [&] {
    evaluator_.begin(*policies_, nullptr);
    const EntityId group = evaluator_.entity("Group", "g");
    const EntityId alice = evaluator_.entity("User", "alice");
    const EntityId doc = evaluator_.entity("Doc", "d");
    const EntityId parents[] = {group, evaluator_.entity("Group", "another with a long name")};
    const Datum tag[] = {evaluator_.copied_string("read_file")};
    const DatumField tags[] = {{evaluator_.name("tag"), evaluator_.set(tag)}};
    const DatumField fields[] = {{evaluator_.name("name"), evaluator_.copied_string("Alice")},
                                 {evaluator_.name("an attribute of no policy"), Datum()}};
    const DatumField owner[] = {{evaluator_.name("owner"), Datum::entity(alice)}};
    EXPECT_TRUE(evaluator_.add_entity(group, evaluator_.record({})));
    EXPECT_TRUE(
        evaluator_.add_entity(alice, evaluator_.record(fields), parents, evaluator_.record(tags)));
    EXPECT_TRUE(evaluator_.add_entity(doc, evaluator_.record(owner)));
    return evaluator_.decide(alice, evaluator_.entity("Action", "read"), doc,
                             evaluator_.value(request_.context));
  };
  expect_full(decide());
  EXPECT_EQ(of_warm(decide), 0u);
}

}  // namespace
}  // namespace ambit::cedar

#endif
