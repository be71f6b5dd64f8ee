// What verbs share that read the files of a data directory, without a server.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "cli/internal/verb.h"
#include "replay/replay.h"

namespace ambit::cli {

// The verb, as one that asks no server.
Verb offline(Verb verb);

// The data directory of the environment: AMBIT_DATA, else `./var`.
std::string data_of(const Call& call);
// The same unless the parameter `key` names another.
std::string data_of(const Call& call, const char* key);

// The ledger's directory: what the parameter `key` names, else `ledger` in the data directory of
// the environment.
std::string ledger_of(const Call& call, const char* key);
// That parameter as `--ledger`, and as the positional `DIR`.
Param ledger_option();
Param ledger_positional();

// The entries of a ledger's directory, from its files, and those of archived segments from
// `archive`.
replay::Source entries_of(std::string ledger, std::string archive = "");
Param archive_option();

// What the file of `--since` holds; empty without the option. `usage.file` for an empty file, by
// which nothing could be shown.
Result<std::string> kept_checkpoint(const Call& call);

// The number that is given for `key`. Fails with `usage.number`.
Result<std::uint64_t> number_of(const Call& call, const char* key, std::uint64_t otherwise);

}  // namespace ambit::cli
