// The parts of a JSON schema that stand in many places: types, names and annotations.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cedar_schema/schema_fragment.h"
#include "text/json.h"

namespace ambit::cedar {

tl::unexpected<Error> bad_schema_json(std::string message);
tl::unexpected<Error> not_an_object(std::string_view member);

// Says in which member an error is.
tl::unexpected<Error> within(std::string_view member, Error error);
tl::unexpected<Error> within(std::string_view outer, std::string_view inner, Error error);

// Refuses what is not an object, and a member that is not one of `known`.
Result<void> check_members(const text::Json& json, std::initializer_list<std::string_view> known);

// The member `annotations` of `json`; none without it. A null stands for an empty text.
Result<Annotations> read_schema_annotations(const text::Json& json);

// `A::B`, where a part may be `__cedar`.
Result<std::string> read_type_name(const text::Json& json);

// A type. `beside` are the members that may stand in the same object and are not of the type.
Result<TypeExpression> read_schema_type(const text::Json& json,
                                        std::initializer_list<std::string_view> beside,
                                        std::size_t depth);

// The member of that name, if there is one.
Result<std::optional<TypeExpression>> read_optional_type(const text::Json& json,
                                                         std::string_view member);

}  // namespace ambit::cedar
