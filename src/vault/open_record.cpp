#include "vault/open_record.h"

#include "text/base64url.h"
#include "text/canonical_object.h"

namespace ambit::vault {
namespace {

using text::Json;

constexpr text::JsonLimits kLimits{ledger::kMaxBesideBytes, 64};

std::string_view id_of(const Json& body) {
  for (const char* key : {"id", "decision", "approval"}) {
    if (const std::string_view id = body.string_or(key, ""); !id.empty()) return id;
  }
  return {};
}

// Puts values back where they were taken from: member by member, item by item.
void merge(Json& into, Json values) {
  if (into.is_object() && values.is_object()) {
    for (auto& [key, value] : values.as_object()) {
      if (Json* there = into.find(key)) {
        merge(*there, std::move(value));
      } else {
        into.set(key, std::move(value));
      }
    }
    return;
  }
  if (into.is_array() && values.is_array() && into.as_array().size() == values.as_array().size()) {
    for (std::size_t i = 0; i < into.as_array().size(); ++i) {
      merge(into.as_array()[i], std::move(values.as_array()[i]));
    }
    return;
  }
  into = std::move(values);
}

tl::unexpected<Error> bad_member() {
  return fail(Code::kInvalid, "ledger.record_form",
              "the member `sealed` of a record has not a `key` and a `commitment` of 32 bytes");
}

}  // namespace

std::string_view name_of(Values values) {
  switch (values) {
    case Values::kNone: return "none";
    case Values::kOpen: return "open";
    case Values::kErased: return "erased";
    case Values::kLocked: return "locked";
  }
  return "locked";
}

Result<SealedMember> read_sealed(const Json& member) {
  SealedMember out;
  out.key = member.string_or("key", "");
  if (out.key.empty() ||
      !text::read_base64url(member.string_or("commitment", ""), out.commitment.bytes)) {
    return bad_member();
  }
  return out;
}

Result<Values> Opener::open(std::string_view kind, std::string_view id, const SealedMember& sealed,
                            std::string_view beside, std::string& values) {
  if (!keys_) return Values::kLocked;
  if (last_ != sealed.key || found_.state != KeyState::kHeld) {
    last_ = sealed.key;
    AMBIT_TRY(found_, keys_->find(last_));
  }
  if (found_.state == KeyState::kErased) return Values::kErased;
  if (!found_.key) return Values::kLocked;
  AMBIT_TRY(values, found_.key->open(context_of(kind, id), sealed.commitment, beside));
  return Values::kOpen;
}

Result<Values> open_values(std::string_view kind, Json& body, std::string_view beside,
                           const KeyRing* keys) {
  const Json* member = body.find("sealed");
  if (!member) return Values::kNone;
  AMBIT_TRY(const SealedMember sealed, read_sealed(*member));
  std::string bytes;
  AMBIT_TRY(const Values state, Opener(keys).open(kind, id_of(body), sealed, beside, bytes));
  if (state != Values::kOpen) return state;
  AMBIT_TRY(Json values, text::parse_json(bytes, kLimits));
  body.erase("sealed");
  merge(body, std::move(values));
  return Values::kOpen;
}

Result<OpenedRecord> open_record(std::uint64_t index, std::string_view record,
                                 std::string_view beside, const KeyRing* keys) {
  OpenedRecord out;
  AMBIT_TRY(out.record, ledger::decode_record(index, record));
  auto values = open_values(out.record.kind, out.record.body, beside, keys);
  if (!values) {
    Error error = values.error();
    error.message = "entry " + std::to_string(index) + ": " + error.message;
    return fail(std::move(error));
  }
  out.values = *values;
  return out;
}

std::string context_of(std::string_view kind, std::string_view id) {
  std::string out;
  out.reserve(kind.size() + 1 + id.size());
  out.append(kind).append(1, '\n').append(id);
  return out;
}

std::string context_of_body(std::string_view kind, const Json& body) {
  return context_of(kind, id_of(body));
}

void append_sealed(std::string& out, std::string_view key_id, const crypto::Digest& commitment) {
  text::CanonicalObject member(out);
  member.bytes("commitment", commitment.view());
  member.text("key", key_id);
  member.end();
}

std::string seal_members(std::string_view kind, Json& body,
                         std::initializer_list<std::string_view> members, const SealingKey& key) {
  Json values = Json::object();
  for (const std::string_view name : members) {
    Json* const value = body.find(name);
    if (!value) continue;
    values.set(name, std::move(*value));
    body.erase(name);
  }
  if (values.as_object().empty()) return {};
  Sealed sealed = key.seal(context_of(kind, id_of(body)), text::to_canonical_json(values));
  body.set("sealed", Json::object({{"commitment", text::to_base64url(sealed.commitment.view())},
                                   {"key", key.id()}}));
  return std::move(sealed.beside);
}

}  // namespace ambit::vault
