// JSON values as JSON Schema compares them: 1 and 1.0 are the same number.
#pragma once

#include "text/json.h"

namespace ambit::text::internal {

// Negative, zero or positive, as in a total order; zero means equal under JSON Schema. Numbers
// are compared exactly, whichever way they are kept.
int compare(const Json& a, const Json& b);

// Whether `value` is an integer multiple of `divisor`, both read as the decimal numbers that their
// shortest forms spell, so that 0.3 is a multiple of 0.1. Precondition: divisor > 0.
bool is_multiple(const Json& value, const Json& divisor);

// Whether a number has no fraction: the `integer` type, also for 1.0.
bool is_integral(const Json& number);

}  // namespace ambit::text::internal
