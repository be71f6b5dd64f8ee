// How a stdio server is started: its confinement, its environment and the digest of what runs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/tool.h"
#include "process/child.h"

namespace ambit::mcp {

struct LaunchOptions {
  std::optional<process::RunAs> run_as;
  bool landlock = true;
  // Ambit's own state: a server whose paths would reach one of these is not started.
  std::vector<std::string> protected_paths;
  std::optional<std::uint64_t> max_processes = 4096;
  std::optional<std::uint64_t> max_data_bytes;
  std::optional<std::uint64_t> max_open_files = 4096;
};

// The regular files that the command names, absolute: the program first (looked up in the server's
// PATH), then each argument that is an existing file (relative ones under the working directory).
// `process.program` when the program cannot be found.
Result<std::vector<std::string>> command_files(const domain::Server& server);

// What the child may read for these files: each one's folder; for a file inside a `node_modules`
// folder the outermost such folder, where its dependencies stand; for a file directly in `/` or in
// a folder directly below it (`/tmp`, `/root`), and in a home folder, only the file itself.
std::vector<std::string> readable_paths(const std::vector<std::string>& files);

// The child as it is to be started: only the server's own variables, the system's default paths,
// those of `readable_paths` and those that its record grants. Fails with `upstream.confinement`
// when a granted path reaches a protected one.
Result<process::ChildSpec> launch_spec(const domain::Server& server, const LaunchOptions& options);

// Digest of what a server's command runs: `sha256:` over the digests of `command_files`, each under
// the place it has in the command. Files that those load (imported modules, shared libraries) are
// not part of it. Remembers a file's digest until its identity, size or times change.
class CommandDigest {
 public:
  // Blocks on the disk for a file that is not remembered. Empty for a server without a command.
  Result<std::string> of(const domain::Server& server);

 private:
  struct Known {
    std::string stamp;
    std::string digest;
  };
  Result<std::string> file_digest(const std::string& path);

  std::map<std::string, Known> known_;
};

}  // namespace ambit::mcp
