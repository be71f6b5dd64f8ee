#include "mcp/launch.h"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>

#include "crypto/digest.h"
#include "process/isolation.h"

namespace ambit::mcp {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";
constexpr std::size_t kMaxKnownFiles = 1024;

std::string search_path(const domain::Server& server) {
  const auto found = server.env.find("PATH");
  return found == server.env.end() ? std::string(kDefaultPath) : found->second;
}

fs::path under(const domain::Server& server, const std::string& argument) {
  const fs::path path(argument);
  if (path.is_absolute()) return path.lexically_normal();
  const fs::path base = server.working_directory.empty() ? "/" : server.working_directory;
  return (base / path).lexically_normal();
}

bool is_regular(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && !error;
}

// Folders that hold the unrelated belongings of many: never opened as a whole.
bool is_common_ground(const fs::path& folder) {
  const auto depth = std::distance(folder.begin(), folder.end());
  if (depth <= 2) return true;
  return depth == 3 && *std::next(folder.begin()) == "home";
}

std::string readable_path(const fs::path& file) {
  fs::path outer;
  for (const fs::path& part : file) {
    outer /= part;
    if (part == "node_modules") return outer.string();
  }
  const fs::path folder = file.parent_path();
  return (is_common_ground(folder) ? file : folder).string();
}

bool reaches(const fs::path& folder, const fs::path& path) {
  const auto end = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end.first == folder.end() || end.first->empty();
}

Result<> check_protected(const std::vector<std::string>& granted, const LaunchOptions& options) {
  for (const std::string& path : granted) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(path, error);
    for (const std::string& kept : options.protected_paths) {
      const fs::path real_kept = fs::weakly_canonical(kept, error);
      if (!reaches(real, real_kept) && !reaches(real_kept, real)) continue;
      return fail(Code::kInvalid, "upstream.confinement",
                  "the server's path `" + path + "` reaches Ambit's own state in `" + kept +
                      "`; grant it a narrower folder");
    }
  }
  return {};
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Result<std::vector<std::string>> command_files(const domain::Server& server) {
  std::vector<std::string> files;
  if (server.command.empty()) {
    return fail(Code::kInvalid, "process.program", "the server has no command");
  }
  AMBIT_TRY(std::string program,
            process::find_executable(server.command.front(), search_path(server)));
  files.push_back(std::move(program));
  for (std::size_t i = 1; i < server.command.size(); ++i) {
    const fs::path path = under(server, server.command[i]);
    if (is_regular(path)) files.push_back(path.string());
  }
  return files;
}

std::vector<std::string> readable_paths(const std::vector<std::string>& files) {
  std::vector<std::string> paths;
  for (const std::string& file : files) {
    std::error_code error;
    const fs::path real = fs::canonical(file, error);
    paths.push_back(readable_path(file));
    if (!error && real != fs::path(file)) paths.push_back(readable_path(real));
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

Result<process::ChildSpec> launch_spec(const domain::Server& server, const LaunchOptions& options) {
  AMBIT_TRY(const std::vector<std::string> files, command_files(server));
  std::vector<std::string> read = readable_paths(files);
  append(read, server.confinement.read_paths);
  AMBIT_CHECK_OK(check_protected(read, options));
  AMBIT_CHECK_OK(check_protected(server.confinement.write_paths, options));

  process::ChildSpec spec;
  spec.argv = server.command;
  spec.env = server.env;
  spec.working_dir = server.working_directory;
  process::Confinement& confinement = spec.confinement;
  confinement.run_as = options.run_as;
  confinement.landlock = options.landlock;
  confinement.read_paths = process::default_read_paths();
  append(confinement.read_paths, read);
  confinement.write_paths = process::default_write_paths();
  append(confinement.write_paths, server.confinement.write_paths);
  confinement.allow_network = server.confinement.network;
  confinement.max_processes = options.max_processes;
  confinement.max_data_bytes = options.max_data_bytes;
  confinement.max_open_files = options.max_open_files;
  return spec;
}

Result<std::string> CommandDigest::of(const domain::Server& server) {
  if (server.command.empty()) return std::string();
  AMBIT_TRY(const std::vector<std::string> files, command_files(server));
  std::string manifest;
  for (std::size_t i = 0; i < files.size(); ++i) {
    AMBIT_TRY(const std::string digest, file_digest(files[i]));
    manifest += std::to_string(i) + " " + digest + "\n";
  }
  return crypto::to_string(crypto::sha256(manifest));
}

Result<std::string> CommandDigest::file_digest(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    return fail(Code::kUnavailable, "process.program", "`" + path + "` cannot be read");
  }
  // The change time cannot be set by a program, unlike the modification time.
  std::string stamp;
  for (const auto part :
       {static_cast<std::int64_t>(info.st_dev), static_cast<std::int64_t>(info.st_ino),
        static_cast<std::int64_t>(info.st_size), static_cast<std::int64_t>(info.st_mtim.tv_sec),
        static_cast<std::int64_t>(info.st_mtim.tv_nsec),
        static_cast<std::int64_t>(info.st_ctim.tv_sec),
        static_cast<std::int64_t>(info.st_ctim.tv_nsec)}) {
    stamp += std::to_string(part) + ":";
  }
  const auto found = known_.find(path);
  if (found != known_.end() && found->second.stamp == stamp) return found->second.digest;
  AMBIT_TRY(const crypto::Digest digest, process::executable_digest(path));
  if (known_.size() >= kMaxKnownFiles) known_.clear();
  known_[path] = {stamp, crypto::to_string(digest)};
  return known_[path].digest;
}

}  // namespace ambit::mcp
