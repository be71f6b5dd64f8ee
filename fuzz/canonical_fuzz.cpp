// rooms: text
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "text/canonical_reader.h"
#include "text/json.h"

namespace {

using namespace ambit::text;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

// The same value, read member by member.
Json read(CanonicalReader& in, char first) {
  if (first == '{') {
    Json out = Json::object();
    for (auto member = in.object(); member.next();) {
      const Json key = parse_json("\"" + std::string(member.key()) + "\"").value_or(Json(""));
      out.set(key.is_string() ? key.as_string() : "", in.tree());
    }
    return out;
  }
  if (first == '[') {
    Json out = Json::array();
    for (auto item = in.array(); item.next();) out.push_back(in.tree());
    return out;
  }
  if (first == '"') {
    std::string text;
    in.text(text);
    return Json(text);
  }
  return in.tree();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CanonicalReader passing(bytes, 32);
  const std::string_view raw = passing.raw();
  const bool accepted = passing.end().has_value();
  const auto value = parse_json(bytes);
  require(accepted == (value && to_canonical_json(*value) == bytes),
          "exactly canonical JSON is accepted");
  if (!accepted) return 0;
  require(raw == bytes, "a value stands where it stands");
  CanonicalReader in(bytes, 32);
  require(read(in, bytes.front()) == *value && in.end(), "both readers read the same");
  return 0;
}
