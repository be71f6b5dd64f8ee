// Context and arguments, which evaluations and searches read alike.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "text/json.h"

namespace ambit::doors::authzen {

struct Circumstances {
  std::string task;
  std::string instance;
  std::string intent;
  std::string justification;
  std::optional<text::Json> arguments;  // an object
};

// Takes `context`, and the arguments from it or from the resource's properties. The arguments stand
// in one of the two; if they stood in both, two readers could decide and execute different ones.
Result<Circumstances> take_circumstances(text::Json& request, text::Json& resource);

}  // namespace ambit::doors::authzen
