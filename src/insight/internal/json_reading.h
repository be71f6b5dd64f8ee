// Members of records, read leniently: what is not there is empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/json.h"

namespace ambit::insight::internal {

inline std::string text_of(const text::Json& object, std::string_view key) {
  return std::string(object.string_or(key, ""));
}

inline const text::JsonArray& items_of(const text::Json& object, std::string_view key) {
  static const text::JsonArray kNone;
  const text::Json* found = object.find(key);
  return found && found->is_array() ? found->as_array() : kNone;
}

inline std::vector<std::string> texts_of(const text::Json& object, std::string_view key) {
  std::vector<std::string> out;
  for (const text::Json& item : items_of(object, key)) {
    if (item.is_string()) out.push_back(item.as_string());
  }
  return out;
}

inline std::int64_t number_of(const text::Json& object, std::string_view key) {
  const text::Json* found = object.find(key);
  return found && found->is_int() ? found->as_int() : 0;
}

// An array of texts.
template <class List>
text::Json to_array(const List& list) {
  text::Json out = text::Json::array();
  for (const std::string& item : list) out.push_back(item);
  return out;
}

inline std::string joined(const std::vector<std::string>& parts,
                          std::string_view separator = ", ") {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

// `path /work/a, host example.org`
inline std::string targets_in_words(const text::Json& body) {
  std::vector<std::string> parts;
  for (const text::Json& target : items_of(body, "targets")) {
    parts.push_back(text_of(target, "kind") + " " + text_of(target, "value"));
  }
  return joined(parts);
}

}  // namespace ambit::insight::internal
