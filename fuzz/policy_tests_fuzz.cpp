// rooms: policies
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policies/case.h"
#include "text/json.h"

// A test document comes from whoever publishes policies: it is read, or there is an error; what is
// read can be asked of a set without failing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ambit;
  const auto json = text::parse_json({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  const auto cases = policies::cases_from_json("fuzz", *json);
  if (!cases) return 0;
  static const auto kState = [] {
    auto out = std::make_shared<decision::PolicyState>();
    out->set = cedar::PolicySet::parse(
                   "permit(principal, action, resource); @mode(\"observe\") @approvers(\"a\") "
                   "forbid(principal, action, resource) when { context.session.calls > 3 } "
                   "unless { context has approval };")
                   .value();
    decision::note_modes(*out);
    return std::shared_ptr<const decision::PolicyState>(std::move(out));
  }();
  for (const auto& one : *cases) policies::run(one, kState);
  return 0;
}
