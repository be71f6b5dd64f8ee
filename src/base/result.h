// How anything that can go wrong says so: Result<T> holds a value or an Error.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace ambit {

// Closed set of failure kinds; a door maps them to its protocol's own status.
enum class Code {
  kInvalid,          // the caller's input is malformed or breaks a rule
  kUnauthenticated,  // the caller did not prove who it is
  kDenied,           // the caller is known and may not do this
  kNotFound,
  kConflict,     // a revision moved, a name is taken, a move is not legal in this state
  kExpired,      // a credential, approval or deadline ran out
  kExhausted,    // a size, depth, queue or rate limit was reached
  kUnavailable,  // a dependency cannot answer now (disk, upstream, ledger)
  kUnsupported,  // well formed, but not something this build does
  kInternal,     // a defect of ours: fails closed and alarms
};

// Stable lower-case name of `code`, for logs and JSON.
const char* name_of(Code code);

// `reason` is for machines (`json.duplicate_key`), from docs/reasons.md, and never changes meaning.
// `message` is for people: lower case, no full stop, input in backticks, no secret, no C++ name.
struct Error {
  Code code = Code::kInternal;
  std::string reason;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T = void>
using Result = tl::expected<T, Error>;

// Builds the error side of any Result: `return fail(Code::kInvalid, "json.depth", "...")`.
// Cold, so that the compiler keeps what leads to an error out of the way of what does not.
[[nodiscard, gnu::cold]] tl::unexpected<Error> fail(Code code, std::string_view reason,
                                                    std::string_view message);
[[nodiscard, gnu::cold]] tl::unexpected<Error> fail(Error error);

}  // namespace ambit

// Evaluates `expr` (a Result), returns its error from the enclosing function, else binds the value.
#define AMBIT_CONCAT_(a, b) a##b
#define AMBIT_CONCAT(a, b) AMBIT_CONCAT_(a, b)
#define AMBIT_TRY_(tmp, lhs, expr)                        \
  auto tmp = (expr);                                      \
  if (!tmp) return ::ambit::fail(std::move(tmp).error()); \
  lhs = *std::move(tmp)
#define AMBIT_TRY(lhs, expr) AMBIT_TRY_(AMBIT_CONCAT(ambit_try_, __LINE__), lhs, expr)

// The same for a Result<void>. One statement, so that it may stand under an `if` with an `else`.
#define AMBIT_CHECK_OK(expr)                                \
  do {                                                      \
    if (auto ambit_check = (expr); !ambit_check)            \
      return ::ambit::fail(std::move(ambit_check).error()); \
  } while (false)
