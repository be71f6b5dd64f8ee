#include <charconv>

#include "text/json.h"

namespace ambit::text {
namespace {

// RFC 6901 section 3: `~1` stands for `/`, `~0` for `~`, and nothing else may follow `~`.
bool unescape(std::string_view token, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return false;
    out += token[i] == '0' ? '~' : '/';
  }
  return true;
}

// RFC 6901 section 4: digits without a leading zero.
const Json* element(const JsonArray& array, std::string_view token) {
  if (token.empty() || (token.size() > 1 && token[0] == '0')) return nullptr;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc{} || end != token.data() + token.size()) return nullptr;
  return index < array.size() ? &array[index] : nullptr;
}

void step(const Json& value, const std::string& token, std::vector<const Json*>& out) {
  if (value.is_array() && token == "*") {
    for (const Json& item : value.as_array()) out.push_back(&item);
    return;
  }
  const Json* next = value.is_array() ? element(value.as_array(), token) : value.find(token);
  if (next != nullptr) out.push_back(next);
}

}  // namespace

std::vector<const Json*> resolve_pointer(const Json& value, std::string_view pointer) {
  if (!pointer.empty() && pointer.front() != '/') return {};
  std::vector<const Json*> reached{&value};
  std::string token;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view raw = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(raw.size());
    if (!unescape(raw, token)) return {};
    std::vector<const Json*> next;
    for (const Json* from : reached) step(*from, token, next);
    reached = std::move(next);
  }
  return reached;
}

}  // namespace ambit::text
