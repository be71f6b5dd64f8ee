// Cedar's JSON form of values, entity names and contexts, without a schema.
#pragma once

#include "base/result.h"
#include "cedar/value.h"
#include "text/json.h"

namespace ambit::cedar {

// true, 1, "text", arrays as sets, objects as records, and two escapes: `{"__entity": {"type",
// "id"}}` and `{"__extn": {"fn", "arg"}}` or `{"__extn": {"fn", "args": [...]}}`. Refuses null,
// numbers that are not int64, `__expr`, an escape that is not of its form, and nesting beyond
// kMaxValueDepth. Not for data of an agent or a tool, which could name entities by an escape. Error
// reason `cedar.value_json`.
Result<Value> value_from_json(const text::Json& json);

// The same for an object whose names are plain names, as of attributes: the record is never an
// escape.
Result<Value> record_from_json(const text::Json& json);

// A context: an object that value_from_json() reads as a record.
Result<Value> context_from_json(const text::Json& json);

// What value_from_json() reads back to the same value. A record that would be read as an escape,
// such as one with the only name `__entity`, has no JSON form: reason `cedar.reserved_key`.
Result<text::Json> value_to_json(const Value& value);
Result<text::Json> record_to_json(const Value& record);

// `{"type": "User", "id": "alice"}`, or that within `{"__entity": ...}`. Error reason
// `cedar.uid_json`.
Result<EntityUid> uid_from_json(const text::Json& json);
text::Json uid_to_json(const EntityUid& uid);

}  // namespace ambit::cedar
