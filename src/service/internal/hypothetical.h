// Calls that nobody attempts: what the answer would be.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "decision/prospect.h"
#include "service/internal/context.h"
#include "service/searches.h"

namespace ambit::service {

// Whoever would make the call, and the tool that would be called.
struct Candidate {
  std::string agent;
  std::string task;
  std::string instance;
  std::string tool;  // `server/tool`
};

// Decisions that one candidate may take.
inline constexpr std::size_t kMaxDecisionsEach = 128;

// The way in which the call is permitted, if it is. Adds the decisions it took to `decisions`.
std::optional<Way> find_way(Context& context, const Caller& caller, const SearchQuery& query,
                            const Candidate& candidate, std::size_t& decisions);

// What policies may say of calls of a tool under a task, whatever they are.
decision::ToolProspect tool_prospect(const Context& context, const std::string& task,
                                     const std::string& tool, decision::Moment moment);

}  // namespace ambit::service
