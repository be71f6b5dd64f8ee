// rooms: text cedar
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cedar/entities.h"
#include "cedar/json.h"

namespace {

using namespace ambit::cedar;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

// A value that JSON gave goes back to JSON and comes again the same.
void check_value(const ambit::text::Json& json) {
  const auto value = value_from_json(json);
  if (!value) return;
  const auto written = value_to_json(*value);
  require(written.has_value(), "a value read from JSON has a JSON form");
  const auto again = value_from_json(*written);
  require(again && *again == *value, "and reads back the same");
  require(!to_cedar_text(*value).empty(), "and has a text form");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto json = ambit::text::parse_json(bytes);
  if (!json) return 0;
  check_value(*json);
  const auto entities = Entities::from_json(*json);
  if (!entities) return 0;
  const auto written = entities->to_json();
  if (!written) return 0;  // an attribute record with a reserved name
  const auto again = Entities::from_json(*written);
  require(again && again->size() == entities->size(), "entities read back");
  for (const auto& entity : json->as_array()) {
    const EntityUid uid = uid_from_json(*entity.find("uid")).value();
    const StoredEntity* stored = entities->find(uid);
    require(stored != nullptr, "every entity is there");
    require(again->find(uid)->entity() == stored->entity(), "and again the same");
    for (const EntityUid& parent : stored->entity().parents) {
      require(stored->has_ancestor(parent), "a parent is an ancestor");
    }
    require(!stored->has_ancestor(uid), "nothing is its own ancestor");
  }
  return 0;
}
