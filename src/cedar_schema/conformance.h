// Whether values, entities and requests agree with a schema. Error messages say what is wrong,
// where, and what would be right.
#pragma once

#include <vector>

#include "base/result.h"
#include "cedar/authorizer.h"
#include "cedar/entities.h"
#include "cedar/value.h"
#include "cedar_schema/schema.h"

namespace ambit::cedar {

// Whether a value is of this type. Entities in it must be ones that can exist: an id of an
// enumerated type, a declared action. Error reason `cedar.value_invalid`.
Result<void> validate_value(const Value& value, const SchemaType& type, const Schema& schema);

// Whether the schema has the action, it applies to the types of principal and resource, these can
// exist, and the context is of the action's type. Error reasons `cedar.request_invalid` and
// `cedar.context_invalid`.
Result<void> validate_request(const Request& request, const Schema& schema);

// The last of these alone. Error reason `cedar.context_invalid`.
Result<void> validate_context(const Value& context, const EntityUid& action, const Schema& schema);

// Whether an entity has the attributes and tags of its type and only parents of types that are
// above it. An action must have all its ancestors as parents, and no attributes. Error reason
// `cedar.entity_invalid`.
Result<void> validate_entity(const Entity& entity, const Schema& schema);

// The same for several together: the ancestors of an action may be spread over them. Errors as
// above and as in Entities::make().
Result<void> validate_entities(const std::vector<Entity>& entities, const Schema& schema);

}  // namespace ambit::cedar
