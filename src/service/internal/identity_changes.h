// Writes of identities that several use cases share.
#pragma once

#include <string>
#include <vector>

#include "service/internal/context.h"

namespace ambit::service {

// Seals, commits and records one identity, then answers with its published form.
void store_identity(Context& context, domain::Identity identity, std::string actor,
                    std::string kind, text::Json evidence, bool reduces_authority, Answer done);

// Takes an agent's authority away at once: ends all its open tasks; returns their ids.
std::vector<std::string> suspend_now(Context& context, const std::string& agent,
                                     const std::string& reason);

}  // namespace ambit::service
