// What things are called in policies.
#pragma once

#include <string>
#include <string_view>

#include "domain/tool.h"

namespace ambit::decision {

inline constexpr std::string_view kNamespace = "Ambit";

// The entity type of a target.
constexpr std::string_view type_of(domain::TargetKind kind) {
  switch (kind) {
    case domain::TargetKind::kPath: return "Ambit::Path";
    case domain::TargetKind::kHost: return "Ambit::Host";
    case domain::TargetKind::kUrl: return "Ambit::Url";
    case domain::TargetKind::kAccount: return "Ambit::Account";
    case domain::TargetKind::kRecipient: return "Ambit::Recipient";
    case domain::TargetKind::kResource: return "Ambit::Resource";
  }
  return "Ambit::Resource";
}

inline std::string action_id(const domain::Tool& tool) { return tool.server + "___" + tool.name; }

inline std::string server_group(std::string_view server) { return "server:" + std::string(server); }

}  // namespace ambit::decision
