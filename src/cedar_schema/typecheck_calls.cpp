// Calls of the functions of extension types.
#include <array>
#include <utility>

#include "cedar/ip.h"
#include "cedar/number_types.h"
#include "cedar_schema/internal/typecheck.h"

namespace ambit::cedar {
namespace {

struct Signature {
  std::vector<ExtensionType> parameters;  // none: one string, which makes a value
  Type result;
  std::string_view help;  // for constructors: what a right text looks like
};

Signature signature_of(Function function) {
  using E = ExtensionType;
  const auto made = [](E type, std::string_view help) {
    return Signature{{}, Type::extension(type), help};
  };
  switch (function) {
    case Function::kDecimal:
      return made(E::kDecimal,
                  "decimals look like `12.34`, with one to four digits after the point");
    case Function::kIp:
      return made(E::kIp, "addresses look like `127.0.0.1`, `10.0.0.0/8`, `::1` or `fe80::/10`");
    case Function::kDatetime:
      return made(E::kDatetime,
                  "datetimes look like `2024-01-31`, `2024-01-31T12:00:00Z`, "
                  "`2024-01-31T12:00:00.000Z` or `2024-01-31T12:00:00+0100`");
    case Function::kDuration:
      return made(E::kDuration, "durations look like `1d2h3m4s50ms` or `-5m`");
    case Function::kLessThan:
    case Function::kLessThanOrEqual:
    case Function::kGreaterThan:
    case Function::kGreaterThanOrEqual: return {{E::kDecimal, E::kDecimal}, Type::boolean(), {}};
    case Function::kIsInRange: return {{E::kIp, E::kIp}, Type::boolean(), {}};
    case Function::kIsIpv4:
    case Function::kIsIpv6:
    case Function::kIsLoopback:
    case Function::kIsMulticast: return {{E::kIp}, Type::boolean(), {}};
    case Function::kOffset:
      return {{E::kDatetime, E::kDuration}, Type::extension(E::kDatetime), {}};
    case Function::kDurationSince:
      return {{E::kDatetime, E::kDatetime}, Type::extension(E::kDuration), {}};
    case Function::kToDate: return {{E::kDatetime}, Type::extension(E::kDatetime), {}};
    case Function::kToTime: return {{E::kDatetime}, Type::extension(E::kDuration), {}};
    default: return {{E::kDuration}, Type::integer(), {}};  // toMilliseconds and the like
  }
}

bool makes_a_value(Function function, const std::string& text) {
  switch (function) {
    case Function::kDecimal: return parse_decimal(text).has_value();
    case Function::kIp: return parse_ip(text).has_value();
    case Function::kDatetime: return parse_datetime(text).has_value();
    default: return parse_duration_text(text).has_value();
  }
}

}  // namespace

Answer Typechecker::call(const Capabilities& prior, Node e) {
  const Signature signature = signature_of(e.function);
  const bool is_constructor = signature.parameters.empty();
  const std::size_t arity = is_constructor ? 1 : signature.parameters.size();
  bool fits = e.children.size() == arity;
  if (!fits) {
    report(e, "wrong_arity",
           "expected " + std::to_string(arity) + (arity == 1 ? " argument" : " arguments") +
               ", found " + std::to_string(e.children.size()),
           e.source != nullptr && !is_constructor ? "what stands before the point counts" : "");
  }
  if (is_constructor) fits = check_constructor(e) && fits;
  static constexpr std::array kWanted = {Wanted::kDecimal, Wanted::kIp, Wanted::kDatetime,
                                         Wanted::kDuration};
  bool ok = fits;
  for (std::size_t i = 0; i < e.children.size(); ++i) {
    if (!fits) {
      check(prior, *e.children[i]);  // for its own mistakes
      continue;
    }
    const Wanted wanted = is_constructor
                              ? Wanted::kString
                              : kWanted[static_cast<std::size_t>(signature.parameters[i])];
    ok = expect(prior, *e.children[i], wanted).ok && ok;
  }
  return {ok, signature.result};
}

// `ip("...")`: the text must make a value, and strictly it must be a literal.
bool Typechecker::check_constructor(Node e) {
  bool fits = true;
  bool literals = true;
  for (const CheckedExpr* child : e.children)
    literals = literals && child->kind == CheckedExpr::Kind::kLiteral;
  if (e.children.size() == 1 && literals &&
      e.children[0]->literal->kind() == Value::Kind::kString &&
      !makes_a_value(e.function, e.children[0]->literal->as_string())) {
    const Signature signature = signature_of(e.function);
    report(e, "bad_extension_literal",
           "`" + to_cedar_text(*e.children[0]->literal) + "` is not a value of type `" +
               signature.result.to_text() + "`",
           std::string(signature.help));
    fits = false;
  }
  if (mode_ == ValidationMode::kStrict && !literals) {
    report(e, "non_literal_constructor",
           "a value of type `" + signature_of(e.function).result.to_text() +
               "` can only be made of a literal text",
           "give the attribute itself that type");
    fits = false;
  }
  return fits;
}

}  // namespace ambit::cedar
