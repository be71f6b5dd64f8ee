// For tests: entities, requests and policies by chance over one schema, to see whether what
// validates really never fails for its types.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/random_world_fixture.h"
#include "cedar_schema/conformance.h"
#include "cedar_schema/schema.h"
#include "cedar_schema/validator.h"

namespace ambit::cedar {

// The names of RandomWorld, each with one type. `k` and `odd name` may be missing.
inline std::string typed_world_text() {
  const std::string common = R"cedar({
    n: Long, s: String, b: Bool, e: U, r: Inner, st: Set<Long>, dec: decimal, ip: ipaddr,
    dt: datetime, dur: duration, "odd name"?: String, k?: String
  })cedar";
  return R"cedar(
    type Inner = {
      n: Long, s: String, b: Bool, e: U, r: { n: Long }, st: Set<Long>, dec: decimal, ip: ipaddr,
      dt: datetime, dur: duration, k?: String
    };
    action all;
    action read, write in [all] appliesTo {
      principal: [U, G], resource: [U, N::D, G], context: )cedar" +
         common + "\n};\nentity U in [U, N::D, G] = " + common +
         " tags String;\nentity G in [G] = " + common +
         " tags String;\nnamespace N { entity D in [D, G] = " + common + " tags String; }";
}

class TypedWorld {
 public:
  explicit TypedWorld(Chooser choose)
      : choose_(std::move(choose)), random_([this](std::uint32_t n) { return choose_(n); }) {}
  TypedWorld(const TypedWorld&) = delete;
  TypedWorld& operator=(const TypedWorld&) = delete;

  static const Schema& schema() {
    static const Schema kSchema = Schema::parse(typed_world_text()).value();
    return kSchema;
  }

  // Entities that fit the schema; some are missing.
  std::vector<Entity> entities() {
    std::vector<Entity> out;
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
      for (std::size_t id = 0; id < kIds.size(); ++id) {
        if (pick(6) == 5) continue;
        Entity entity{{std::string(kTypes[i]), std::string(kIds[id])}, common()};
        // Parents stand after their children: of a later type, or of the same with a later id.
        for (std::size_t above = i; above < kTypes.size(); ++above) {
          for (std::size_t j = above == i ? id + 1 : 0; j < kIds.size(); ++j) {
            if (pick(4) == 3) {
              entity.parents.push_back({std::string(kTypes[above]), std::string(kIds[j])});
            }
          }
        }
        if (pick(2) == 1) entity.tags = Value::record({{"k", text()}});
        out.push_back(std::move(entity));
      }
    }
    return out;
  }

  Request request() {
    static constexpr std::string_view kPrincipals[] = {"U", "G"};
    return {{std::string(kPrincipals[pick(2)]), id()},
            {"Action", pick(2) == 0 ? "read" : "write"},
            {std::string(kTypes[pick(3)]), id()},
            common()};
  }

  // One policy: of any kind, or one that tests for what may be missing in some order with reading
  // it.
  std::string policy() {
    if (pick(2) == 0) return random_.policy();
    return std::string(pick(3) == 2 ? "forbid" : "permit") +
           "(principal, action in Action::\"all\", resource) " +
           (pick(3) == 2 ? "unless" : "when") + " { " + guarded(4) + " };\n";
  }

 private:
  static constexpr std::array<std::string_view, 3> kTypes{"U", "N::D", "G"};
  static constexpr std::array<std::string_view, 3> kIds{"a", "b", "c"};

  std::uint32_t pick(std::uint32_t n) { return choose_(n); }
  std::string id() { return std::string(kIds[pick(3)]); }

  Value text() {
    static constexpr std::string_view kTexts[] = {"", "a", "b", "k", "longer text of some length"};
    return Value::string(std::string(kTexts[pick(5)]));
  }
  std::int64_t number() {
    switch (pick(6)) {
      case 0: return INT64_MAX;
      case 1: return INT64_MIN;
      default: return static_cast<std::int64_t>(pick(5)) - 1;
    }
  }

  std::vector<Value::Field> always() {
    std::vector<Value> numbers;
    for (std::uint32_t i = pick(3); i > 0; --i) numbers.push_back(Value::integer(number()));
    return {{"n", Value::integer(number())},
            {"s", text()},
            {"b", Value::boolean(pick(2) == 1)},
            {"e", Value::entity({"U", id()})},
            {"st", Value::set(std::move(numbers))},
            {"dec", Value::decimal(number())},
            {"ip", Value::ip(parse_ip(pick(2) == 0 ? "127.0.0.1" : "fe80::/10").value())},
            {"dt", Value::datetime_ms(number())},
            {"dur", Value::duration_ms(number())}};
  }
  Value common() {
    std::vector<Value::Field> inner = always();
    inner.emplace_back("r", Value::record({{"n", Value::integer(number())}}));
    if (pick(2) == 1) inner.emplace_back("k", text());
    std::vector<Value::Field> out = always();
    out.emplace_back("r", Value::record(std::move(inner)));
    if (pick(2) == 1) out.emplace_back("k", text());
    if (pick(2) == 1) out.emplace_back("odd name", text());
    return Value::record(std::move(out));
  }

  // --- conditions in which something is tested for, and read

  std::string owner() {
    static constexpr std::string_view kOwners[] = {"principal",   "resource",  "context",
                                                   "principal.e", "context.r", "principal.e.e",
                                                   "context.e.r", "U::\"a\"",  "resource.r"};
    return std::string(kOwners[pick(9)]);
  }
  std::string test() {
    switch (pick(4)) {
      case 0: return owner() + ".hasTag(\"k\")";
      case 1: return owner() + " has \"odd name\"";
      case 2: return owner() + " has e.k";
      default: return owner() + " has k";
    }
  }
  std::string read() {
    switch (pick(4)) {
      case 0: return owner() + ".getTag(\"k\") == \"a\"";
      case 1: return owner() + "[\"odd name\"] like \"a*\"";
      case 2: return owner() + ".e.k == \"a\"";
      default: return owner() + ".k == \"a\"";
    }
  }
  std::string guarded(std::uint32_t depth) {
    if (depth == 0) return pick(2) == 0 ? test() : read();
    const auto part = [&] { return "(" + guarded(depth - 1) + ")"; };
    switch (pick(8)) {
      case 0: {  // what a test is for
        const std::string who = owner();
        return who + " has k && " + who + ".k == \"b\"";
      }
      case 1: return part() + " || " + part();
      case 2: return "!" + part();
      case 3: return "if " + part() + " then " + part() + " else " + part();
      case 4: return "principal is U && " + part();
      case 5: return test();
      case 6: return pick(2) == 0 ? "true" : "principal == resource";
      default: return part() + " && " + part();
    }
  }

  Chooser choose_;
  RandomWorld random_;
};

// What one policy showed of itself.
struct Soundness {
  std::size_t valid = 0;       // policies without errors
  std::size_t satisfied = 0;   // answers
  std::size_t impossible = 0;  // policies with that warning
  std::string broken;          // what must not be; empty where nothing was
};

// Whether an error of a policy that validates is one that no type could have prevented. With
// `permissive` a constructor may also be given a text that it cannot read.
inline bool may_err(std::string_view message, ValidationMode mode) {
  const auto says = [&](std::string_view part) { return message.find(part) != message.npos; };
  if (says("leaves the range") || says("does not exist")) return true;
  return mode == ValidationMode::kPermissive && says(" is not a");
}

// Asks a policy that validates of entities and requests that fit the schema.
inline void check_soundness(TypedWorld& world, ValidationMode mode, Soundness& out) {
  const std::string text = world.policy();
  const auto policies = PolicySet::parse(text);
  if (!policies) return;
  const ValidationResult result = validate(*policies, TypedWorld::schema(), mode);
  if (!result.passed()) return;
  ++out.valid;
  const bool impossible =
      std::any_of(result.warnings.begin(), result.warnings.end(), [](const ValidationIssue& issue) {
        return issue.reason == "cedar.validation.impossible_policy";
      });
  out.impossible += impossible ? 1 : 0;
  std::vector<Entity> given = world.entities();
  if (auto fit = validate_entities(given, TypedWorld::schema()); !fit) {
    out.broken = "the generated entities do not fit: " + fit.error().message;
    return;
  }
  const Entities entities =
      Entities::overlay(TypedWorld::schema().action_entities(), std::move(given)).value();
  for (int i = 0; i < 4 && out.broken.empty(); ++i) {
    const Request request = world.request();
    if (auto fit = validate_request(request, TypedWorld::schema()); !fit) {
      out.broken = "the generated request does not fit: " + fit.error().message;
      return;
    }
    const Evaluation evaluation = evaluate(request, *policies, entities);
    const std::size_t satisfied =
        evaluation.satisfied_permits.size() + evaluation.satisfied_forbids.size();
    out.satisfied += satisfied;
    if (impossible && satisfied > 0) out.broken = "impossible, and satisfied: " + text;
    for (const PolicyError& error : evaluation.errors) {
      if (!may_err(error.message, mode)) out.broken = error.message + " in " + text;
    }
  }
}

}  // namespace ambit::cedar
