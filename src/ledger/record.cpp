#include "ledger/record.h"

#include <algorithm>
#include <utility>

#include "text/canonical_object.h"
#include "text/utf8.h"

namespace ambit::ledger {
namespace {

constexpr std::size_t kMaxBodyDepth = 60;
constexpr text::JsonLimits kLimits{kMaxRecordBytes, kMaxBodyDepth + 4};

tl::unexpected<Error> bad_form(std::string message) {
  return fail(Code::kInvalid, "ledger.record_form", std::move(message));
}

bool is_kind(std::string_view kind) {
  return !kind.empty() && kind.size() <= 64 && std::all_of(kind.begin(), kind.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

bool within_depth(const text::Json& value, std::size_t left) {
  if (!value.is_array() && !value.is_object()) return true;
  if (left == 0) return false;
  if (value.is_array()) {
    const text::JsonArray& items = value.as_array();
    return std::all_of(items.begin(), items.end(),
                       [&](const text::Json& item) { return within_depth(item, left - 1); });
  }
  const text::JsonObject& members = value.as_object();
  return std::all_of(members.begin(), members.end(), [&](const text::JsonMember& member) {
    return within_depth(member.second, left - 1);
  });
}

Result<> check_rules(std::string_view kind, const text::Json& body) {
  if (!is_kind(kind)) {
    return bad_form("the kind of a record is 1 to 64 of `a-z0-9_.`, not `" + std::string(kind) +
                    "`");
  }
  if (!body.is_object()) return bad_form("the body of a record is a JSON object");
  if (!within_depth(body, kMaxBodyDepth)) {
    return bad_form("the body of a record is nested at most " + std::to_string(kMaxBodyDepth) +
                    " deep");
  }
  return {};
}

// The members are appended in canonical order rather than through a copy of the body.
std::string to_bytes(Time at, std::string_view kind, std::string_view canonical_body, bool sealed) {
  std::string out;
  out.reserve(canonical_body.size() + kind.size() + 64);
  text::CanonicalObject record(out);
  record.number("at", at.ms);
  record.begin("body") += canonical_body;
  record.text("kind", kind);
  record.number("v", sealed ? kRecordVersion : 1);
  record.end();
  return out;
}

std::string to_bytes(Time at, std::string_view kind, const text::Json& body) {
  return to_bytes(at, kind, std::string_view(text::to_canonical_json(body)),
                  body.find("sealed") != nullptr);
}

Result<std::string> within_size(std::string record, std::string_view kind) {
  if (record.size() <= kMaxRecordBytes) return record;
  return fail(Code::kExhausted, "ledger.record_too_large",
              "a record of kind `" + std::string(kind) + "` has " + std::to_string(record.size()) +
                  " bytes; at most " + std::to_string(kMaxRecordBytes) + " fit");
}

}  // namespace

Result<std::string> encode_record(const Record& record) {
  return encode_record(record.at, record.kind, record.body);
}

Result<std::string> encode_record(Time at, const std::string& kind, const text::Json& body) {
  AMBIT_CHECK_OK(check_rules(kind, body));
  std::string bytes = to_bytes(at, kind, body);
  // A log with a record that nobody can read again could not be opened any more.
  if (!text::is_utf8(bytes)) {
    return bad_form("a text in the body of a record of kind `" + kind + "` is not UTF-8");
  }
  return within_size(std::move(bytes), kind);
}

Result<std::string> wrap_record(Time at, std::string_view kind, std::string_view canonical_body,
                                bool sealed) {
  return within_size(to_bytes(at, kind, canonical_body, sealed), kind);
}

bool has_kind(std::string_view record, std::string_view kind) {
  constexpr std::string_view kKey = R"("kind":")";
  constexpr std::string_view kVersion = R"(","v":)";
  // One digit of version and a brace.
  if (record.size() < kKey.size() + kind.size() + kVersion.size() + 2) return false;
  record.remove_suffix(2);
  if (!record.ends_with(kVersion)) return false;
  record.remove_suffix(kVersion.size());
  if (!record.ends_with(kind)) return false;
  record.remove_suffix(kind.size());
  return record.ends_with(kKey);
}

Result<Record> decode_record(std::uint64_t index, std::string_view bytes) {
  const std::string where = "entry " + std::to_string(index);
  auto parsed = text::parse_json(bytes, kLimits);
  if (!parsed) return bad_form(where + ": " + parsed.error().message);
  const text::Json* version = parsed->find("v");
  if (version == nullptr || !version->is_int() || version->as_int() < 1) {
    return bad_form(where + " has no format version `v`");
  }
  if (version->as_int() > kRecordVersion) {
    return fail(Code::kUnsupported, "ledger.version",
                where + " has format version " + std::to_string(version->as_int()) +
                    "; this build reads 1 to " + std::to_string(kRecordVersion));
  }
  const text::Json* at = parsed->find("at");
  const text::Json* kind = parsed->find("kind");
  text::Json* body = parsed->find("body");
  if (at == nullptr || !at->is_int() || kind == nullptr || !kind->is_string() || body == nullptr) {
    return bad_form(where + " has not the members `at`, `body`, `kind` and `v`");
  }
  if (auto rules = check_rules(kind->as_string(), *body); !rules) {
    return bad_form(where + ": " + rules.error().message);
  }
  Record out{index, Time{at->as_int()}, kind->as_string(), std::move(*body)};
  if (to_bytes(out.at, out.kind, out.body) != bytes) {
    return bad_form(where + " is not in canonical form");
  }
  return out;
}

}  // namespace ambit::ledger
