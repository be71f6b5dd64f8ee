#include <algorithm>
#include <cmath>
#include <simdjson.h>

#include "text/json.h"
#include "text/utf8.h"

namespace ambit::text {
namespace {

constexpr std::size_t kLinearMembers = 16;
// A thread keeps its parser's buffers between calls up to this size, so that one large document
// does not hold its memory for ever.
constexpr std::size_t kKeptBytes = 256 * 1024;
constexpr std::size_t kShownKeyBytes = 64;
constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kCanonicalIntegerEnd = 1e21;

using Element = simdjson::dom::element;

tl::unexpected<Error> bad_number() {
  return fail(Code::kInvalid, "json.number",
              "a number is malformed or out of range; write an integer of 64 bits or a decimal "
              "that a double holds");
}

// Cuts between characters, so that an error message stays valid UTF-8.
std::string shown(std::string_view key) {
  if (key.size() <= kShownKeyBytes) return std::string(key);
  std::size_t end = kShownKeyBytes;
  while (end > 0 && (static_cast<unsigned char>(key[end]) & 0xC0) == 0x80) --end;
  return std::string(key.substr(0, end)) + "...";
}

// Turns simdjson's tape into a Json, adding the checks that simdjson does not make.
class Converter {
 public:
  explicit Converter(std::size_t max_depth) : max_depth_(max_depth) {}

  Result<Json> convert(Element root) {
    Json out;
    AMBIT_CHECK_OK(
        convert(root, 0, [&](auto&& value) { out = Json(std::forward<decltype(value)>(value)); }));
    return out;
  }

 private:
  // `add` takes the value where it is to stand: what many values pass through costs more than they.
  template <class Add>
  Result<> convert(Element element, std::size_t depth, const Add& add) {
    using simdjson::dom::element_type;
    switch (element.type()) {
      case element_type::NULL_VALUE: add(nullptr); return {};
      case element_type::BOOL: add(bool(element)); return {};
      case element_type::INT64: add(std::int64_t(element)); return {};
      case element_type::UINT64: return bad_number();
      case element_type::DOUBLE:
        if (!is_read_back(double(element))) return bad_number();
        add(double(element));
        return {};
      case element_type::STRING: add(std::string_view(element)); return {};
      case element_type::ARRAY: {
        AMBIT_TRY(JsonArray items, convert_array(simdjson::dom::array(element), depth + 1));
        add(std::move(items));
        return {};
      }
      case element_type::OBJECT: {
        AMBIT_TRY(JsonObject members, convert_object(simdjson::dom::object(element), depth + 1));
        add(std::move(members));
        return {};
      }
    }
    return fail(Code::kInternal, "json.internal", "the reader met a value of no known kind");
  }

  // RFC 8785 writes such a double as an integer beyond int64, which no reader of ours would take
  // back: what was accepted once must be readable from its own canonical form.
  static bool is_read_back(double value) {
    const double magnitude = std::abs(value);
    return magnitude < kTwoTo63 || magnitude >= kCanonicalIntegerEnd;
  }

  Result<> enter(std::size_t depth) const {
    if (depth > max_depth_) {
      return fail(Code::kExhausted, "json.depth",
                  "nested deeper than " + std::to_string(max_depth_) + " levels");
    }
    return {};
  }

  Result<JsonArray> convert_array(simdjson::dom::array array, std::size_t depth) {
    AMBIT_CHECK_OK(enter(depth));
    JsonArray out;
    out.reserve(array.size());
    for (const Element item : array) {
      AMBIT_CHECK_OK(convert(item, depth, [&](auto&& value) {
        out.emplace_back(std::forward<decltype(value)>(value));
      }));
    }
    return out;
  }

  Result<JsonObject> convert_object(simdjson::dom::object object, std::size_t depth) {
    AMBIT_CHECK_OK(enter(depth));
    JsonObject out;
    out.reserve(object.size());
    for (const auto& field : object) {
      AMBIT_CHECK_OK(convert(field.value, depth, [&](auto&& value) {
        out.emplace_back(field.key, std::forward<decltype(value)>(value));
      }));
    }
    AMBIT_CHECK_OK(check_unique(out));
    return out;
  }

  static Result<> duplicate(std::string_view key) {
    return fail(Code::kInvalid, "json.duplicate_key",
                "the key `" + shown(key) + "` stands twice in one object");
  }

  // Small objects pairwise, large ones sorted: a hostile object costs n log n, never n squared.
  Result<> check_unique(const JsonObject& object) {
    if (object.size() <= kLinearMembers) {
      for (std::size_t i = 1; i < object.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (object[i].first == object[j].first) return duplicate(object[i].first);
        }
      }
      return {};
    }
    keys_.clear();
    for (const JsonMember& member : object) keys_.emplace_back(member.first);
    std::sort(keys_.begin(), keys_.end());
    const auto twin = std::adjacent_find(keys_.begin(), keys_.end());
    if (twin != keys_.end()) return duplicate(*twin);
    return {};
  }

  std::size_t max_depth_;
  std::vector<std::string_view> keys_;
};

tl::unexpected<Error> translate(simdjson::error_code error, std::string_view bytes,
                                std::size_t max_depth) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return fail(Code::kInvalid, "json.utf8",
                  "not valid UTF-8 at byte " + std::to_string(valid_utf8_bytes(bytes)));
    case simdjson::NUMBER_ERROR: return bad_number();
    case simdjson::DEPTH_ERROR:
      return fail(Code::kExhausted, "json.depth",
                  "nested deeper than " + std::to_string(max_depth) + " levels");
    case simdjson::CAPACITY:
      return fail(Code::kExhausted, "json.size", "the JSON text is too large to read");
    case simdjson::MEMALLOC:
      return fail(Code::kExhausted, "json.memory", "no memory left to read the JSON text");
    case simdjson::EMPTY:
      return fail(Code::kInvalid, "json.syntax", "there is no JSON value, only white space");
    case simdjson::STRING_ERROR:
      return fail(Code::kInvalid, "json.syntax", "a string has a wrong escape or a lone surrogate");
    case simdjson::UNCLOSED_STRING:
      return fail(Code::kInvalid, "json.syntax", "a string is not closed");
    case simdjson::UNESCAPED_CHARS:
      return fail(Code::kInvalid, "json.syntax", "a string holds a control character unescaped");
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
      return fail(Code::kInvalid, "json.syntax",
                  "a bare word is not `true`, `false` or `null`; strings stand in double quotes");
    default:
      return fail(Code::kInvalid, "json.syntax",
                  "a comma, colon, bracket or key is missing, or something follows the value");
  }
}

}  // namespace

Result<Json> parse_json(std::string_view bytes, JsonLimits limits) {
  if (bytes.size() > limits.max_bytes) {
    return fail(Code::kExhausted, "json.size",
                "the JSON text has " + std::to_string(bytes.size()) + " bytes; at most " +
                    std::to_string(limits.max_bytes) + " are accepted");
  }
  // simdjson copies from the pointer even when there is nothing behind it.
  if (bytes.empty()) return translate(simdjson::EMPTY, bytes, limits.max_depth);
  thread_local simdjson::dom::parser kept;
  simdjson::dom::parser fresh;
  simdjson::dom::parser& parser = bytes.size() <= kKeptBytes ? kept : fresh;
  Element root;
  if (const auto error = parser.parse(bytes.data(), bytes.size()).get(root)) {
    return translate(error, bytes, limits.max_depth);
  }
  return Converter(limits.max_depth).convert(root);
}

}  // namespace ambit::text
