// What things are called in policies.
#pragma once

#include <string>
#include <string_view>

#include "domain/tool.h"

namespace ambit::decision {

inline constexpr std::string_view kNamespace = "Ambit";

// The entity type of a target, without the namespace.
inline std::string_view type_of(domain::TargetKind kind) {
  switch (kind) {
    case domain::TargetKind::kPath: return "Path";
    case domain::TargetKind::kHost: return "Host";
    case domain::TargetKind::kUrl: return "Url";
    case domain::TargetKind::kAccount: return "Account";
    case domain::TargetKind::kRecipient: return "Recipient";
    case domain::TargetKind::kResource: return "Resource";
  }
  return "Resource";
}

inline std::string action_id(const domain::Tool& tool) { return tool.server + "___" + tool.name; }

inline std::string server_group(std::string_view server) { return "server:" + std::string(server); }

}  // namespace ambit::decision
