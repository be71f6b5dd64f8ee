// A small file that only its owner may read, written once and durably.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret.h"

namespace ambit::crypto::internal {

// Writes `content` to a new file of mode 0600. The file appears under `path` complete and on disk,
// or not at all; fails with `key.exists` when something stands there already, else `key.io`.
Result<> write_private_file(const std::string& path, std::string_view content);

// Reads a file of at most 4 KiB. Fails with `key.permissions` unless it is a regular file of ours
// or root's that nobody else can read or write, with `key.not_found` or with `key.io`.
Result<SecretBytes> read_private_file(const std::string& path);

// Renames within a folder, over what has the name, durably; `key.io`.
Result<> move_private_file(const std::string& from, const std::string& to);

}  // namespace ambit::crypto::internal
