#include "base/result.h"

namespace ambit {

const char* name_of(Code code) {
  switch (code) {
    case Code::kInvalid: return "invalid";
    case Code::kUnauthenticated: return "unauthenticated";
    case Code::kDenied: return "denied";
    case Code::kNotFound: return "not_found";
    case Code::kConflict: return "conflict";
    case Code::kExpired: return "expired";
    case Code::kExhausted: return "exhausted";
    case Code::kUnavailable: return "unavailable";
    case Code::kUnsupported: return "unsupported";
    case Code::kInternal: return "internal";
  }
  return "internal";
}

tl::unexpected<Error> fail(Code code, std::string_view reason, std::string_view message) {
  return tl::unexpected<Error>(Error{code, std::string(reason), std::string(message)});
}
tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace ambit
