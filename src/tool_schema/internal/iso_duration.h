// Durations as JSON Schema has them (RFC 3339, appendix A).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ambit::tool_schema {

// `P1DT2H30M` in milliseconds; also weeks. None for anything else, for years and months, which have
// no fixed length, and for what does not fit.
std::optional<std::int64_t> iso_duration_ms(std::string_view text);

}  // namespace ambit::tool_schema
