// The verifier's instructions that every bundle carries.
#pragma once

#include <cstdint>
#include <string>

#include "ledger/checkpoint.h"
#include "ledger/key_chain.h"

namespace ambit::evidence {

std::string instructions(const ledger::Checkpoint& checkpoint, const ledger::KeyChain& keys,
                         std::uint64_t entries, bool opened);

}  // namespace ambit::evidence
