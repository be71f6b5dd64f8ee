#include "doors/authzen/internal/batch.h"

#include <array>
#include <utility>

#include "doors/authzen/internal/fields.h"

namespace ambit::doors::authzen {
namespace {

struct Entity {
  const char* name;
  std::vector<std::string_view> required;  // its own members
};

const std::array<Entity, 4>& entities() {
  static const std::array<Entity, 4> kEntities{{{"subject", {"type", "id"}},
                                                {"action", {"name"}},
                                                {"resource", {"type", "id"}},
                                                {"context", {}}}};
  return kEntities;
}

// A default is well formed as far as it goes; it need not be complete.
Result<> check_default(const text::Json& request, const Entity& entity) {
  const text::Json* value = request.find(entity.name);
  if (value == nullptr || (value->is_null() && entity.required.empty())) return {};
  if (!value->is_object()) return wrong(entity.name, "must be an object");
  for (const std::string_view key : entity.required) {
    const text::Json* member = value->find(key);
    if (member != nullptr && (!member->is_string() || member->as_string().empty())) {
      return wrong(std::string(entity.name) + "." + std::string(key),
                   "must be a string that is not empty");
    }
  }
  return {};
}

Result<Semantic> read_semantic(text::Json& request) {
  AMBIT_TRY(text::Json * options, read_optional_object(request, "options", "options"));
  const text::Json* name = options != nullptr ? options->find("evaluations_semantic") : nullptr;
  if (name == nullptr || name->is_null()) return Semantic::kExecuteAll;
  if (name->is_string()) {
    if (name->as_string() == "execute_all") return Semantic::kExecuteAll;
    if (name->as_string() == "deny_on_first_deny") return Semantic::kDenyOnFirstDeny;
    if (name->as_string() == "permit_on_first_permit") return Semantic::kPermitOnFirstPermit;
  }
  return wrong("options.evaluations_semantic",
               "must be `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`");
}

// Fills in what the item's entity lacks.
void merge(text::Json& item, const text::Json& defaults, const Entity& entity) {
  const text::Json* given = defaults.find(entity.name);
  if (given == nullptr) return;
  text::Json* own = item.find(entity.name);
  if (own == nullptr) {
    item.set(entity.name, *given);
    return;
  }
  if (!own->is_object()) return;
  for (const std::string_view key : entity.required) {
    const text::Json* value = given->find(key);
    if (value != nullptr && own->find(key) == nullptr) own->set(key, *value);
  }
}

// The bytes that all items together would take over.
Result<> check_inherited(const text::Json& defaults, const text::JsonArray& items) {
  std::size_t total = 0;
  for (const Entity& entity : entities()) {
    const text::Json* given = defaults.find(entity.name);
    if (given == nullptr) continue;
    const std::size_t each = text::to_json(*given).size();
    for (const text::Json& item : items) {
      if (item.find(entity.name) == nullptr) total += each;
    }
  }
  if (total <= kMaxInheritedBytes) return {};
  return fail(Code::kInvalid, "authzen.too_large",
              "the defaults, repeated for each evaluation, must not exceed " +
                  std::to_string(kMaxInheritedBytes) + " bytes");
}

Result<Evaluation> take_item(text::Json& item, const text::Json& defaults) {
  if (!item.is_object()) {
    return fail(Code::kInvalid, "field.type", "an evaluation must be an object");
  }
  for (const Entity& entity : entities()) merge(item, defaults, entity);
  return take_evaluation(item);
}

}  // namespace

Result<Batch> read_evaluations(std::string_view body) {
  AMBIT_TRY(text::Json request, parse_body(body));
  Batch out;
  text::Json* listed = request.find("evaluations");
  if (listed != nullptr && !listed->is_array()) return wrong("evaluations", "must be an array");
  if (listed == nullptr || listed->as_array().empty()) {
    out.single = true;
    AMBIT_TRY(Evaluation evaluation, take_evaluation(request));
    out.items.push_back(std::move(evaluation));
    return out;
  }
  if (listed->as_array().size() > kMaxEvaluations) {
    return fail(Code::kInvalid, "authzen.too_many",
                "one request holds at most " + std::to_string(kMaxEvaluations) + " evaluations");
  }
  text::JsonArray items = std::move(listed->as_array());
  AMBIT_TRY(out.semantic, read_semantic(request));
  for (const Entity& entity : entities()) AMBIT_CHECK_OK(check_default(request, entity));
  AMBIT_CHECK_OK(check_inherited(request, items));
  out.items.reserve(items.size());
  for (text::Json& item : items) out.items.push_back(take_item(item, request));
  return out;
}

}  // namespace ambit::doors::authzen
