// Decisions as OCSF events: class API Activity (6003) with the profile Security Control,
// OCSF 1.3.0.
#pragma once

#include <optional>
#include <string_view>

#include "streams/evidence_item.h"
#include "text/json.h"

namespace ambit::streams {

// The event of a decision; nothing for other records. `version` is that of this program. It names
// targets and digests, and never arguments.
std::optional<text::Json> to_ocsf(const EvidenceItem& item, std::string_view version);

}  // namespace ambit::streams
