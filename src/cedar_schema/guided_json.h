// Reading values, contexts and entities from JSON by the types that a schema gives them. What the
// schema says need not be marked: `{"type": "User", "id": "a"}` where an entity belongs, `"1.5"`
// where a decimal does. What is read agrees with the schema, or there is an error that says where
// it does not.
#pragma once

#include "base/result.h"
#include "cedar/entities.h"
#include "cedar/value.h"
#include "cedar_schema/schema.h"
#include "text/json.h"

namespace ambit::cedar {

// Reads a value of this type. Where an entity or an extension value belongs, other members beside
// its own are ignored, as the type leaves no doubt. Error reasons `cedar.value_json` (not a value
// of Cedar) and `cedar.value_invalid` (not of this type).
Result<Value> value_from_json(const text::Json& json, const SchemaType& type, const Schema& schema);

// Reads the context of a request for `action`. Error reasons as above, under
// `cedar.context_invalid` where it does not agree with the schema or there is no such action.
Result<Value> context_from_json(const text::Json& json, const Schema& schema,
                                const EntityUid& action);

// Reads one entity: everything that validate_entity() asks for holds of the result. Error reasons
// `cedar.entity_json`, `cedar.value_json`, `cedar.uid_json` and `cedar.entity_invalid`.
Result<Entity> entity_from_json(const text::Json& json, const Schema& schema);

// Reads an array of entities and adds the actions of the schema. Actions may be among them if they
// agree with the schema. Errors as above and as in Entities::make().
Result<Entities> entities_from_json(const text::Json& array, const Schema& schema);

}  // namespace ambit::cedar
