#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <span>

#include "text/internal/json_order.h"
#include "text/internal/json_schema_messages.h"
#include "text/internal/json_schema_program.h"

namespace ambit::text::internal {
namespace {

constexpr std::size_t kMaxSteps = 200'000;
constexpr std::size_t kMaxDepth = 256;
constexpr std::size_t kMaxListed = 20;
constexpr std::size_t kMaxReasons = 3;

Types type_of(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull: return kNullType;
    case Json::Kind::kBool: return kBoolType;
    case Json::Kind::kInt: return kIntegralType;
    case Json::Kind::kDouble: return is_integral(value) ? kIntegralType : kFractionalType;
    case Json::Kind::kString: return kStringType;
    case Json::Kind::kArray: return kArrayType;
    case Json::Kind::kObject: return kObjectType;
  }
  return 0;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0u) != 0x80;
  }));
}

class Validation {
 public:
  explicit Validation(bool closed_root) : closed_root_(closed_root) {}

  Result<> run(const SchemaNode& root, const Json& value) {
    const Path path;
    const bool matched = check(root, value, path) && !exhausted_ && check_closed(value, path);
    if (exhausted_) {
      return fail(Code::kExhausted, "schema.too_complex",
                  "checking the value against the schema takes too long");
    }
    if (!matched) return fail(std::move(error_));
    return {};
  }

 private:
  // An object and a schema that applied to it and says something about its members.
  struct Applied {
    const Json* object;
    const ObjectRules* rules;
    std::size_t order;  // in which they applied
  };

  // All but the entry points return false with error_ set, unless exhausted_.
  bool check(const SchemaNode& node, const Json& value, const Path& path);
  bool check_alone(const SchemaNode& node, const Json& value, const Path& path);
  bool check_choice(const SchemaNode& node, const Json& value, const Path& path);
  bool check_number(const NumberRules& rules, const Json& value, const Path& path);
  bool check_string(const StringRules& rules, const std::string& value, const Path& path);
  bool check_array(const ArrayRules& rules, const JsonArray& value, const Path& path);
  bool check_contains(const ArrayRules& rules, const JsonArray& value, const Path& path);
  bool check_unique(const JsonArray& value, const Path& path);
  bool check_object(const ObjectRules& rules, const Json& value, const Path& path);
  bool check_names(const ObjectRules& rules, const Json& value, const Path& path);
  bool check_member(const ObjectRules& rules, const JsonMember& member, const Path& path);
  bool check_combinations(const SchemaNode& node, const Json& value, const Path& path);
  bool check_any(const SchemaNode& node, const Json& value, const Path& path);
  bool check_one(const SchemaNode& node, const Json& value, const Path& path);
  bool check_unevaluated(const ObjectRules& rules, const Json& value, std::size_t mark,
                         const Path& path);
  bool check_closed(const Json& value, const Path& path);
  bool check_group(std::span<const Applied> group, const Json& root, const Path& path);

  // Whether the schema applies; if not, what it declared is forgotten.
  bool applies(const SchemaNode& node, const Json& value, const Path& path) {
    const std::size_t mark = applied_.size();
    if (check(node, value, path)) return true;
    applied_.resize(mark);
    return false;
  }

  bool spend(std::size_t steps) {
    if (steps > steps_left_) exhausted_ = true;
    if (exhausted_) return false;
    steps_left_ -= steps;
    return true;
  }

  bool mismatch(const Path& path, const std::string& rule) {
    return refuse("schema.mismatch", where(path) + " " + rule);
  }
  bool refuse(const char* reason, std::string message) {
    error_ = Error{Code::kInvalid, reason, std::move(message)};
    return false;
  }
  bool unknown_member(const std::string& name, std::span<const Applied> declared, const Path& path);

  const bool closed_root_;
  std::size_t steps_left_ = kMaxSteps;
  std::size_t depth_ = 0;
  bool exhausted_ = false;
  std::vector<Applied> applied_;
  Error error_;
};

bool Validation::check(const SchemaNode& node, const Json& value, const Path& path) {
  if (depth_ >= kMaxDepth) exhausted_ = true;
  if (!spend(1)) return false;
  ++depth_;
  const std::size_t mark = applied_.size();
  bool matched = check_alone(node, value, path);
  if (matched && node.combines) matched = check_combinations(node, value, path);
  if (matched && node.object && node.object->unevaluated != nullptr && value.is_object()) {
    matched = check_unevaluated(*node.object, value, mark, path);
  }
  --depth_;
  return matched && !exhausted_;
}

bool Validation::check_alone(const SchemaNode& node, const Json& value, const Path& path) {
  if (node.never) return mismatch(path, "is not allowed at all");
  if ((node.types & type_of(value)) == 0) {
    return mismatch(path, "must be " + describe(node.types));
  }
  if (!check_choice(node, value, path)) return false;
  if (node.number && value.is_number()) return check_number(*node.number, value, path);
  if (node.string && value.is_string()) return check_string(*node.string, value.as_string(), path);
  if (node.array && value.is_array()) return check_array(*node.array, value.as_array(), path);
  if (node.object && value.is_object()) return check_object(*node.object, value, path);
  return true;
}

bool Validation::check_choice(const SchemaNode& node, const Json& value, const Path& path) {
  const auto is_value = [&value](const Json& choice) { return compare(choice, value) == 0; };
  if (node.constant && !is_value(*node.constant)) {
    return mismatch(path, "must be " + literal(*node.constant));
  }
  if (!node.choices) return true;
  if (!spend(node.choices->size())) return false;
  if (std::any_of(node.choices->begin(), node.choices->end(), is_value)) return true;
  std::vector<std::string> names;
  for (const Json& choice : *node.choices) {
    if (names.size() == kMaxListed) break;
    names.push_back(literal(choice));
  }
  const std::size_t more = node.choices->size() - names.size();
  return mismatch(path, "must be one of " + listed(names, "or") +
                            (more > 0 ? " (and " + std::to_string(more) + " more)" : ""));
}

bool Validation::check_number(const NumberRules& rules, const Json& value, const Path& path) {
  if (rules.minimum && compare(value, *rules.minimum) < 0) {
    return mismatch(path, "must be at least " + to_json(*rules.minimum));
  }
  if (rules.maximum && compare(value, *rules.maximum) > 0) {
    return mismatch(path, "must be at most " + to_json(*rules.maximum));
  }
  if (rules.exclusive_minimum && compare(value, *rules.exclusive_minimum) <= 0) {
    return mismatch(path, "must be greater than " + to_json(*rules.exclusive_minimum));
  }
  if (rules.exclusive_maximum && compare(value, *rules.exclusive_maximum) >= 0) {
    return mismatch(path, "must be less than " + to_json(*rules.exclusive_maximum));
  }
  if (rules.multiple_of && !is_multiple(value, *rules.multiple_of)) {
    return mismatch(path, "must be a multiple of " + to_json(*rules.multiple_of));
  }
  return true;
}

bool Validation::check_string(const StringRules& rules, const std::string& value,
                              const Path& path) {
  if (rules.length.least > 0 || rules.length.most != kNoLimit) {
    const std::size_t length = code_points(value);
    if (length < rules.length.least) {
      return mismatch(path, "must have at least " + count_of(rules.length.least, "character"));
    }
    if (length > rules.length.most) {
      return mismatch(path, "must have at most " + count_of(rules.length.most, "character"));
    }
  }
  if (!rules.pattern) return true;
  constexpr std::size_t kPatternStepsPerStep = 64;
  if (!spend(rules.pattern->size() * (value.size() + 1) / kPatternStepsPerStep)) return false;
  if (rules.pattern->found_in(value)) return true;
  return mismatch(path, "must match the pattern `" + shown(rules.pattern_source) + "`");
}

bool Validation::check_array(const ArrayRules& rules, const JsonArray& value, const Path& path) {
  if (value.size() < rules.length.least) {
    return mismatch(path, "must have at least " + count_of(rules.length.least, "item"));
  }
  if (value.size() > rules.length.most) {
    return mismatch(path, "must have at most " + count_of(rules.length.most, "item"));
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    const SchemaNode* schema = i < rules.prefix.size() ? rules.prefix[i] : rules.rest;
    if (schema != nullptr && !check(*schema, value[i], Path{&path, nullptr, i})) return false;
  }
  if (rules.unique && !check_unique(value, path)) return false;
  return rules.contains == nullptr || check_contains(rules, value, path);
}

bool Validation::check_contains(const ArrayRules& rules, const JsonArray& value, const Path& path) {
  // What an item has to be found among others by declares nothing about it.
  const std::size_t mark = applied_.size();
  std::size_t found = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (check(*rules.contains, value[i], Path{&path, nullptr, i})) ++found;
    if (exhausted_) return false;
  }
  applied_.resize(mark);
  if (found < rules.contained.least) {
    return mismatch(path, "must have at least " + count_of(rules.contained.least, "item") +
                              " of the kind that `contains` describes");
  }
  if (found > rules.contained.most) {
    return mismatch(path, "must have at most " + count_of(rules.contained.most, "item") +
                              " of the kind that `contains` describes");
  }
  return true;
}

bool Validation::check_unique(const JsonArray& value, const Path& path) {
  if (!spend(value.size())) return false;
  std::vector<const Json*> items;
  items.reserve(value.size());
  for (const Json& item : value) items.push_back(&item);
  std::sort(items.begin(), items.end(),
            [](const Json* a, const Json* b) { return compare(*a, *b) < 0; });
  const auto twice =
      std::adjacent_find(items.begin(), items.end(),
                         [](const Json* a, const Json* b) { return compare(*a, *b) == 0; });
  return twice == items.end() || mismatch(path, "must not hold the same item twice");
}

bool Validation::check_object(const ObjectRules& rules, const Json& value, const Path& path) {
  const JsonObject& members = value.as_object();
  if (members.size() < rules.size.least) {
    return mismatch(path, "must have at least " + count_of(rules.size.least, "member"));
  }
  if (members.size() > rules.size.most) {
    return mismatch(path, "must have at most " + count_of(rules.size.most, "member"));
  }
  if (!check_names(rules, value, path)) return false;
  if (rules.covers_members()) {
    applied_.push_back({&value, &rules, applied_.size()});
    for (const JsonMember& member : members) {
      if (!check_member(rules, member, Path{&path, &member.first, 0})) return false;
    }
  }
  for (const auto& [name, schema] : rules.dependent_schemas) {
    if (value.find(name) != nullptr && !check(*schema, value, path)) return false;
  }
  return true;
}

bool Validation::check_names(const ObjectRules& rules, const Json& value, const Path& path) {
  if (!spend(rules.required.size() + rules.dependent_required.size())) return false;
  const auto lacks = [&](const std::string& name) {
    if (value.find(name) != nullptr) return false;
    refuse("schema.missing_member",
           where(path) + " lacks the required member `" + shown(name) + "`");
    return true;
  };
  for (const std::string& name : rules.required) {
    if (lacks(name)) return false;
  }
  for (const auto& [name, needed] : rules.dependent_required) {
    if (value.find(name) == nullptr) continue;
    for (const std::string& other : needed) {
      if (lacks(other)) return false;
    }
  }
  if (rules.names == nullptr) return true;
  for (const JsonMember& member : value.as_object()) {
    if (check(*rules.names, Json(member.first), Path{&path, &member.first, 0})) continue;
    error_.message += " (as the name of a member)";
    return false;
  }
  return true;
}

bool Validation::check_member(const ObjectRules& rules, const JsonMember& member,
                              const Path& path) {
  bool covered = false;
  if (const SchemaNode* schema = rules.property(member.first)) {
    covered = true;
    if (!check(*schema, member.second, path)) return false;
  }
  for (const auto& [pattern, schema] : rules.patterns) {
    if (!spend(1 + pattern.size() * member.first.size() / 64)) return false;
    if (!pattern.found_in(member.first)) continue;
    covered = true;
    if (!check(*schema, member.second, path)) return false;
  }
  if (covered || rules.additional == nullptr) return true;
  if (rules.additional->never) {
    const Applied alone{nullptr, &rules, 0};
    return unknown_member(member.first, {&alone, 1}, *path.parent);
  }
  return check(*rules.additional, member.second, path);
}

bool Validation::check_combinations(const SchemaNode& node, const Json& value, const Path& path) {
  if (node.reference != nullptr && !check(*node.reference, value, path)) return false;
  for (const SchemaNode* schema : node.all_of) {
    if (!check(*schema, value, path)) return false;
  }
  if (!node.any_of.empty() && !check_any(node, value, path)) return false;
  if (!node.one_of.empty() && !check_one(node, value, path)) return false;
  if (node.negated != nullptr) {
    const std::size_t mark = applied_.size();
    const bool matched = check(*node.negated, value, path);
    applied_.resize(mark);
    if (exhausted_) return false;
    if (matched) return mismatch(path, "matches what `not` of the schema excludes");
  }
  if (node.condition == nullptr) return true;
  const bool holds = applies(*node.condition, value, path);
  if (exhausted_) return false;
  const SchemaNode* then = holds ? node.consequence : node.alternative;
  return then == nullptr || check(*then, value, path);
}

// Every branch is tried, because each that applies declares members.
bool Validation::check_any(const SchemaNode& node, const Json& value, const Path& path) {
  bool matched = false;
  std::string reasons;
  for (std::size_t i = 0; i < node.any_of.size(); ++i) {
    if (applies(*node.any_of[i], value, path)) {
      matched = true;
    } else if (i < kMaxReasons) {
      reasons += (i == 0 ? ": " : "; or ") + error_.message;
    }
    if (exhausted_) return false;
  }
  return matched || mismatch(path, "matches none of the " +
                                       count_of(node.any_of.size(), "allowed form") + reasons);
}

bool Validation::check_one(const SchemaNode& node, const Json& value, const Path& path) {
  std::size_t matches = 0;
  std::string reasons;
  for (std::size_t i = 0; i < node.one_of.size(); ++i) {
    if (applies(*node.one_of[i], value, path)) {
      ++matches;
    } else if (i < kMaxReasons) {
      reasons += (reasons.empty() ? ": " : "; or ") + error_.message;
    }
    if (exhausted_) return false;
  }
  if (matches == 1) return true;
  if (matches > 1) {
    return mismatch(path, "matches " + std::to_string(matches) +
                              " of the forms of which it must match exactly one");
  }
  return mismatch(path,
                  "matches none of the " + count_of(node.one_of.size(), "allowed form") + reasons);
}

bool covers(const ObjectRules& rules, const std::string& name) {
  return rules.additional != nullptr || rules.property(name) != nullptr ||
         std::any_of(rules.patterns.begin(), rules.patterns.end(),
                     [&name](const auto& entry) { return entry.first.found_in(name); });
}

// Members that neither this schema nor any in place below it has looked at.
bool Validation::check_unevaluated(const ObjectRules& rules, const Json& value, std::size_t mark,
                                   const Path& path) {
  std::vector<Applied> here;
  for (std::size_t i = mark; i < applied_.size(); ++i) {
    if (applied_[i].object == &value) here.push_back(applied_[i]);
  }
  for (const JsonMember& member : value.as_object()) {
    if (!spend(here.size())) return false;
    const bool covered = std::any_of(here.begin(), here.end(), [&](const Applied& entry) {
      const bool has_own = entry.rules != &rules && entry.rules->unevaluated != nullptr;
      return has_own || covers(*entry.rules, member.first);
    });
    if (covered) continue;
    if (rules.unevaluated->never) return unknown_member(member.first, here, path);
    if (!check(*rules.unevaluated, member.second, Path{&path, &member.first, 0})) return false;
  }
  return true;
}

// Calls `visit` with the path of the object `wanted` inside `value`; true when it was there.
template <class Visit>
bool visit_at(const Json& value, const Json* wanted, const Path& path, const Visit& visit) {
  if (&value == wanted) {
    visit(path);
    return true;
  }
  if (value.is_array()) {
    const JsonArray& items = value.as_array();
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (visit_at(items[i], wanted, Path{&path, nullptr, i}, visit)) return true;
    }
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.as_object()) {
      if (visit_at(member, wanted, Path{&path, &name, 0}, visit)) return true;
    }
  }
  return false;
}

bool Validation::check_closed(const Json& value, const Path& path) {
  if (applied_.size() > 1) {
    std::sort(applied_.begin(), applied_.end(), [](const Applied& a, const Applied& b) {
      if (a.object != b.object) return std::less<const Json*>()(a.object, b.object);
      return a.order < b.order;
    });
  }
  if (closed_root_ && value.is_object() && !value.as_object().empty() &&
      std::none_of(applied_.begin(), applied_.end(),
                   [&value](const Applied& entry) { return entry.object == &value; })) {
    return unknown_member(value.as_object().front().first, {}, path);
  }
  std::span<const Applied> rest = applied_;
  while (!rest.empty()) {
    std::size_t size = 1;
    while (size < rest.size() && rest[size].object == rest[0].object) ++size;
    if (!check_group(rest.first(size), value, path)) return false;
    rest = rest.subspan(size);
  }
  return true;
}

// All schemas that applied to one object.
bool Validation::check_group(std::span<const Applied> group, const Json& root, const Path& path) {
  bool declares = false;
  for (const auto& [object, rules, order] : group) {
    if (rules->additional != nullptr || rules->unevaluated != nullptr) return true;
    declares = declares || rules->declares;
  }
  if (!declares && !(closed_root_ && group.front().object == &root)) return true;
  for (const JsonMember& member : group.front().object->as_object()) {
    if (!spend(group.size())) return false;
    const bool covered = std::any_of(group.begin(), group.end(), [&member](const Applied& entry) {
      return covers(*entry.rules, member.first);
    });
    if (covered) continue;
    visit_at(root, group.front().object, path,
             [&](const Path& at) { unknown_member(member.first, group, at); });
    return false;
  }
  return true;
}

bool Validation::unknown_member(const std::string& name, std::span<const Applied> declared,
                                const Path& path) {
  std::vector<std::string> known;
  for (const auto& [object, rules, order] : declared) {
    for (const NamedSchema& property : rules->properties) {
      if (known.size() > kMaxListed) break;
      const std::string item = "`" + shown(property.name) + "`";
      if (std::find(known.begin(), known.end(), item) == known.end()) known.push_back(item);
    }
  }
  if (known.size() > kMaxListed) known.back() = "more";
  return refuse("schema.unknown_member",
                where(Path{&path, &name, 0}) + " is not a declared member; " +
                    (known.empty() ? "there are none" : "known: " + listed(known, "and")));
}

}  // namespace

Result<> validate_value(const SchemaProgram& program, const Json& value) {
  return Validation(program.closed_root).run(*program.root, value);
}

}  // namespace ambit::text::internal
