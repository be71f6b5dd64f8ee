// Writes of identities that several use cases share.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "service/internal/context.h"

namespace ambit::service {

// The form in which an identity is answered.
text::Json published(const domain::Identity& identity);

// Seals, commits and records one identity, then answers with its published form. `store.conflict`
// also while a reduction of it is being written.
void store_identity(Context& context, domain::Identity identity, std::string actor,
                    std::string kind, text::Json evidence, Answer done);

// Takes something away from an identity at once, in memory. Whatever else is being written of it at
// that moment, it stays away; `store_reduction` must follow.
std::shared_ptr<const Reduction> begin_reduction(Context& context, const std::string& id,
                                                 std::function<void(domain::Identity&)> take);

// Commits and records what was taken away, on top of the changes that were being written, then
// answers with the published form.
void store_reduction(Context& context, std::shared_ptr<const Reduction> reduction,
                     std::string actor, std::string kind, text::Json evidence, Answer done);

// Takes an agent's authority away at once: ends all its open tasks; returns their ids.
std::vector<std::string> suspend_now(Context& context, const std::string& agent,
                                     const std::string& reason);

}  // namespace ambit::service
