// For tests: policies, entities and requests by chance, in which most kinds of agreement and error
// occur.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/authorizer.h"

namespace ambit::cedar {

// A number below `n`. From a seed, or from the bytes of a fuzzer.
using Chooser = std::function<std::uint32_t(std::uint32_t n)>;

inline Chooser choose_by_seed(std::uint64_t seed) {
  return [random = std::mt19937_64(seed)](std::uint32_t n) mutable {
    return static_cast<std::uint32_t>(random() % n);
  };
}

// Zero when the bytes are used up, so that what is generated ends soon.
inline Chooser choose_by_bytes(std::string_view bytes) {
  return [bytes](std::uint32_t n) mutable {
    if (bytes.empty()) return 0u;
    const auto out = static_cast<unsigned char>(bytes.front()) % n;
    bytes.remove_prefix(1);
    return out;
  };
}

class RandomWorld {
 public:
  explicit RandomWorld(Chooser choose) : choose_(std::move(choose)) {}

  // Entities in an order in which parents stand after their children.
  std::vector<Entity> entities() {
    std::vector<Entity> out;
    const std::vector<EntityUid> all = known_uids();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (chance(6)) continue;
      Entity entity{all[i], record_value(2)};
      for (std::size_t j = i + 1; j < all.size(); ++j) {
        const bool is_action = all[i].type == "Action";
        if ((!is_action || all[j].type == "Action") && chance(4)) entity.parents.push_back(all[j]);
      }
      if (chance(2)) entity.tags = record_value(1);
      out.push_back(std::move(entity));
    }
    return out;
  }

  Request request() {
    Request out{uid(), chance(8) ? uid() : action(), uid()};
    out.context = record_value(2);
    return out;
  }

  std::string policies(std::uint32_t count) {
    std::string out;
    for (std::uint32_t i = 0; i < count; ++i) out += policy();
    return out;
  }

  std::string policy() {
    std::string out = chance(3) ? "forbid(" : "permit(";
    out += entity_scope("principal") + ", " + action_scope() + ", " + entity_scope("resource");
    out += ")";
    for (std::uint32_t i = pick(3); i > 0; --i) {
      out += chance(3) ? " unless { " : " when { ";
      out += (chance(3) ? expression(Type::kBool, 4) : indexed_condition()) + " }";
    }
    return out + ";\n";
  }

 private:
  enum class Type {
    kBool,
    kLong,
    kString,
    kEntity,
    kSet,
    kRecord,
    kDecimal,
    kIp,
    kDatetime,
    kDuration
  };

  std::uint32_t pick(std::uint32_t n) { return choose_(n); }
  // One time in n.
  bool chance(std::uint32_t n) { return choose_(n) == n - 1; }
  template <std::size_t N>
  std::string one_of(const char* const (&options)[N]) {
    return options[pick(N)];
  }

  // --- entities and values

  static std::vector<EntityUid> known_uids() {
    std::vector<EntityUid> out;
    for (const char* type : {"U", "N::D", "G"}) {
      for (const char* id : {"a", "b", "c"}) out.push_back({type, id});
    }
    for (const char* id : {"read", "write", "all"}) out.push_back({"Action", id});
    return out;
  }

  EntityUid uid() {
    static const std::vector<EntityUid> known = known_uids();
    if (chance(10)) return {one_of({"U", "Z"}), one_of({"none", "\n\"odd\""})};
    return known[pick(9)];
  }
  EntityUid action() { return {"Action", one_of({"read", "write", "all", "none"})}; }
  std::string uid_text() { return to_cedar_text(chance(8) ? action() : uid()); }

  std::string text() { return one_of({"", "a", "b", "a*b", "longer text of more than sixteen"}); }
  std::string attribute_name() {
    return one_of({"n", "s", "b", "e", "r", "st", "dec", "ip", "dt", "dur", "odd name", "k"});
  }
  std::int64_t number() {
    switch (pick(8)) {
      case 0: return INT64_MAX;
      case 1: return INT64_MIN;
      default: return static_cast<std::int64_t>(pick(5)) - 1;
    }
  }

  Value value(Type type, std::uint32_t depth) {
    switch (type) {
      case Type::kBool: return Value::boolean(chance(2));
      case Type::kLong: return Value::integer(number());
      case Type::kString: return Value::string(text());
      case Type::kEntity: return Value::entity(uid());
      case Type::kDecimal: return Value::decimal(number());
      case Type::kDatetime: return Value::datetime_ms(number());
      case Type::kDuration: return Value::duration_ms(number());
      case Type::kIp:
        return Value::ip(parse_ip(one_of({"1.2.3.4", "127.0.0.1", "10.0.0.0/8", "::1"})).value());
      case Type::kSet: {
        std::vector<Value> out;
        const Type element = any_type();
        for (std::uint32_t i = depth == 0 ? 0 : pick(4); i > 0; --i) {
          out.push_back(value(chance(4) ? any_type() : element, depth - 1));
        }
        return Value::set(std::move(out));
      }
      case Type::kRecord: break;
    }
    return record_value(depth);
  }

  // Mostly with attributes of the type that their name promises.
  Value record_value(std::uint32_t depth) {
    static constexpr struct {
      const char* name;
      Type type;
    } kAttributes[] = {
        {"n", Type::kLong},       {"s", Type::kString},        {"b", Type::kBool},
        {"e", Type::kEntity},     {"r", Type::kRecord},        {"st", Type::kSet},
        {"dec", Type::kDecimal},  {"ip", Type::kIp},           {"dt", Type::kDatetime},
        {"dur", Type::kDuration}, {"odd name", Type::kString}, {"k", Type::kString}};
    std::vector<Value::Field> out;
    if (depth == 0) return Value::record();
    for (const auto& [name, type] : kAttributes) {
      if (chance(4)) continue;
      out.emplace_back(name, value(chance(12) ? any_type() : type, depth - 1));
    }
    return Value::record(std::move(out));
  }

  Type any_type() { return static_cast<Type>(pick(10)); }

  // --- heads

  std::string entity_scope(const std::string& variable) {
    switch (pick(8)) {
      case 0: return variable + " == " + uid_text();
      case 1:
      case 2: return variable + " in " + uid_text();
      case 3: return variable + " is " + one_of({"U", "N::D", "G", "Z"});
      case 4: return variable + " is " + one_of({"U", "N::D"}) + " in " + uid_text();
      default: return variable;
    }
  }

  std::string action_scope() {
    switch (pick(6)) {
      case 0: return "action == " + to_cedar_text(action());
      case 1: return "action in " + to_cedar_text(action());
      case 2: {
        std::string out = "action in [";
        for (std::uint32_t i = pick(4); i > 0; --i) out += to_cedar_text(action()) + ",";
        return out + "]";
      }
      default: return "action";
    }
  }

  // --- conditions

  // Of the kinds that the index tells policies apart by, alone or after another.
  std::string indexed_condition() {
    std::string out;
    if (chance(3))
      out = one_of({"context has k", "principal has s", "context.b"}) + std::string(" && ");
    switch (pick(9)) {
      case 0:
      case 1: out += "context.k == " + literal(Type::kString); break;
      case 2: out += literal(Type::kString) + " == principal.s"; break;
      case 3: out += "context.n == " + literal(chance(5) ? any_type() : Type::kLong); break;
      case 4: out += "[" + literal(Type::kString) + ", \"zz\"].contains(context.k)"; break;
      case 5: out += "principal.st.contains(" + literal(any_type()) + ")"; break;
      case 6: out += one_of({"resource", "context.e"}) + " in " + uid_text(); break;
      case 7: out += one_of({"resource", "context.e"}) + " is " + one_of({"U", "N::D"}); break;
      default:
        out += "(context.k == " + literal(Type::kString) +
               " || context.k == " + literal(Type::kString) + ")";
    }
    if (chance(2)) out += " && (" + expression(Type::kBool, 2) + ")";
    return out;
  }

  std::string quoted(const std::string& content) { return to_cedar_text(Value::string(content)); }

  std::string literal(Type type) {
    switch (type) {
      case Type::kBool: return one_of({"true", "false"});
      case Type::kLong: return chance(6) ? "9223372036854775807" : std::to_string(pick(4));
      case Type::kString: return quoted(text());
      case Type::kEntity: return uid_text();
      case Type::kSet: return "[" + literal(Type::kLong) + ", " + quoted(text()) + "]";
      case Type::kRecord: return "{n: " + literal(Type::kLong) + "}";
      case Type::kDecimal: return "decimal(\"" + one_of({"0.0001", "0.0", "-1.5"}) + "\")";
      case Type::kIp:
        return "ip(\"" + one_of({"1.2.3.4", "127.0.0.1", "10.0.0.0/8", "::1"}) + "\")";
      case Type::kDatetime:
        return "datetime(\"" + one_of({"1970-01-01", "2024-01-31T12:00:00Z"}) + "\")";
      case Type::kDuration: return "duration(\"" + one_of({"1ms", "1d2h", "-5s"}) + "\")";
    }
    return "0";
  }

  std::string variable() {
    return one_of({"principal", "resource", "context", "context", "action"});
  }

  std::string access(std::uint32_t depth) {
    std::string owner = chance(3) ? variable() + one_of({".r", ".e"}) : variable();
    if (chance(12)) owner = "(" + expression(any_type(), depth) + ")";
    return owner + "[" + quoted(attribute_name()) + "]";
  }

  std::string attribute_of(Type type) {
    static constexpr const char* kNames[] = {"b", "n",   "s",  "e",  "st",
                                             "r", "dec", "ip", "dt", "dur"};
    return variable() + "." + kNames[static_cast<std::size_t>(type)];
  }

  std::string sub(Type type, std::uint32_t depth) {
    return "(" + expression(chance(12) ? any_type() : type, depth - 1) + ")";
  }

  std::string expression(Type type, std::uint32_t depth) {
    if (depth == 0 || chance(5)) return leaf(type);
    if (chance(10)) {
      return "if " + sub(Type::kBool, depth) + " then " + sub(type, depth) + " else " +
             sub(type, depth);
    }
    if (chance(10)) return sub(Type::kEntity, depth) + ".getTag(" + sub(Type::kString, depth) + ")";
    switch (type) {
      case Type::kBool: return boolean(depth);
      case Type::kLong: return arithmetic(depth);
      case Type::kSet: {
        const Type element = any_type();
        return "[" + sub(element, depth) + ", " + sub(element, depth) + "]";
      }
      case Type::kRecord:
        return "{n: " + sub(Type::kLong, depth) + ", \"odd name\": " + sub(any_type(), depth) + "}";
      case Type::kDecimal: return "decimal(" + sub(Type::kString, depth) + ")";
      case Type::kIp: return "ip(" + sub(Type::kString, depth) + ")";
      case Type::kDatetime:
        return sub(type, depth) +
               (chance(2) ? ".toDate()" : ".offset(" + sub(Type::kDuration, depth) + ")");
      case Type::kDuration:
        return sub(Type::kDatetime, depth) +
               (chance(2) ? ".toTime()" : ".durationSince(" + sub(Type::kDatetime, depth) + ")");
      default: return leaf(type);
    }
  }

  std::string leaf(Type type) {
    if (chance(3)) return literal(type);
    if (type == Type::kEntity && chance(2)) return one_of({"principal", "action", "resource"});
    if (type == Type::kRecord && chance(2)) return "context";
    return chance(4) ? access(0) : attribute_of(type);
  }

  std::string arithmetic(std::uint32_t depth) {
    switch (pick(5)) {
      case 0: return "-" + sub(Type::kLong, depth);
      case 1:
        return sub(Type::kDuration, depth) + one_of({".toDays()", ".toHours()", ".toMinutes()",
                                                     ".toSeconds()", ".toMilliseconds()"});
      default:
        return sub(Type::kLong, depth) + one_of({" + ", " - ", " * "}) + sub(Type::kLong, depth);
    }
  }

  std::string boolean(std::uint32_t depth) {
    const Type any = any_type();
    switch (pick(18)) {
      case 0: return sub(Type::kBool, depth) + " && " + sub(Type::kBool, depth);
      case 1: return sub(Type::kBool, depth) + " || " + sub(Type::kBool, depth);
      case 2: return "!" + sub(Type::kBool, depth);
      case 3:
      case 4: return sub(any, depth) + one_of({" == ", " != "}) + sub(any, depth);
      case 5: {
        const Type ordered = chance(3) ? Type::kDatetime : Type::kLong;
        return sub(ordered, depth) + one_of({" < ", " <= ", " > ", " >= "}) + sub(ordered, depth);
      }
      case 6:
        return sub(Type::kEntity, depth) + " in " +
               (chance(2) ? "[" + sub(Type::kEntity, depth) + ", " + sub(Type::kEntity, depth) + "]"
                          : sub(Type::kEntity, depth));
      case 7: return variable() + " has " + quoted(attribute_name());
      case 8: return variable() + " has " + one_of({"r.n", "e.r.s", "e.e.e", "r.r"});
      case 9:
        return sub(Type::kString, depth) + " like " +
               one_of({"\"a*\"", "\"*b\"", "\"*\"", "\"a\\**\""});
      case 10: return sub(Type::kEntity, depth) + " is " + one_of({"U", "N::D", "G"});
      case 11: return sub(Type::kEntity, depth) + " is U in " + sub(Type::kEntity, depth);
      case 12: return sub(Type::kSet, depth) + ".contains(" + sub(any, depth) + ")";
      case 13:
        return sub(Type::kSet, depth) + one_of({".containsAll(", ".containsAny("}) +
               sub(Type::kSet, depth) + ")";
      case 14: return sub(Type::kSet, depth) + ".isEmpty()";
      case 15: return sub(Type::kEntity, depth) + ".hasTag(" + sub(Type::kString, depth) + ")";
      case 16: return extension_test(depth);
      default: return leaf(Type::kBool);
    }
  }

  std::string extension_test(std::uint32_t depth) {
    switch (pick(4)) {
      case 0:
        return sub(Type::kDecimal, depth) +
               one_of(
                   {".lessThan(", ".lessThanOrEqual(", ".greaterThan(", ".greaterThanOrEqual("}) +
               sub(Type::kDecimal, depth) + ")";
      case 1: return sub(Type::kIp, depth) + ".isInRange(" + sub(Type::kIp, depth) + ")";
      case 2: return "ip(" + sub(Type::kString, depth) + ", 1)";  // one argument too many
      default:
        return sub(Type::kIp, depth) +
               one_of({".isIpv4()", ".isIpv6()", ".isLoopback()", ".isMulticast()"});
    }
  }

  Chooser choose_;
};

}  // namespace ambit::cedar
