// Cedar's JSON syntax of schemas: JSON to fragment and back.
#pragma once

#include "base/result.h"
#include "cedar_schema/schema_fragment.h"
#include "text/json.h"

namespace ambit::cedar {

// Reads `{"Namespace": {"commonTypes"?, "entityTypes", "actions", "annotations"?}}`. Unknown
// members are refused, and so are the experimental `additionalAttributes: true` and attributes of
// actions. What its names mean is for Schema::resolve(). Error reason `cedar.schema_json`; the
// message says where.
Result<SchemaFragment> schema_fragment_from_json(const text::Json& json);

// What schema_fragment_from_json() reads back to the same fragment, but that what is empty is left
// out.
text::Json schema_fragment_to_json(const SchemaFragment& fragment);

}  // namespace ambit::cedar
