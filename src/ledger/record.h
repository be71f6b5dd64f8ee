// One evidence record: the canonical envelope that is a leaf of the log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "text/json.h"

namespace ambit::ledger {

// tlog-tiles gives an entry a length of two bytes.
inline constexpr std::size_t kMaxRecordBytes = 65535;
// Stored beside a record and not hashed with it.
inline constexpr std::size_t kMaxBesideBytes = 256u << 10;
// 1: everything stands in the record. 2: it has a member `sealed` in its body, and values beside it
// that this commits to (vault/open_record.h).
inline constexpr int kRecordVersion = 2;

struct Record {
  std::uint64_t index = 0;  // its place in the log; not part of the bytes
  Time at;
  std::string kind;  // `decision`, `approval.granted`, ...: 1 to 64 of [a-z0-9_.]
  text::Json body;   // an object

  friend bool operator==(const Record&, const Record&) = default;
};

// The canonical JSON (RFC 8785) of `{"at":ms,"body":{...},"kind":"...","v":1}`, or `"v":2` where
// the body has a member `sealed`: the exact bytes that are hashed and stored. Errors:
// `ledger.record_too_large` beyond 65535 bytes (the caller must put a digest and a pointer in place
// of what is large; nothing is cut here), `ledger.record_form` for a kind or body that breaks the
// rules above, a body nested deeper than 60, or a text that is not UTF-8.
Result<std::string> encode_record(const Record& record);
// The same without a Record, for a body that is needed afterwards.
Result<std::string> encode_record(Time at, const std::string& kind, const text::Json& body);

// The same for a body that is canonical JSON of an object already, in UTF-8, nested at most 60
// deep. `sealed` says whether it has that member.
Result<std::string> wrap_record(Time at, std::string_view kind, std::string_view canonical_body,
                                bool sealed = false);

// Whether a record's bytes are of this kind, without reading them.
bool has_kind(std::string_view record, std::string_view kind);

// Reads exactly what encode_record writes. Errors: `ledger.record_form`, and `ledger.version` for a
// record of a newer format.
Result<Record> decode_record(std::uint64_t index, std::string_view bytes);

}  // namespace ambit::ledger
