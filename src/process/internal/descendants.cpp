#include "process/internal/descendants.h"

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>

namespace ambit::process::internal {
namespace {

struct Entry {
  ProcessId id;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  char state = 0;
};

std::string read_proc(pid_t pid, const char* file) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + file;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::array<char, 8192> buffer{};
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  ::close(fd);
  return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

// proc_pid_stat(5): the name may contain anything, so that the fields count from the last `)`.
std::optional<Entry> read_entry(pid_t pid) {
  const std::string text = read_proc(pid, "stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  Entry entry;
  entry.id.pid = pid;
  fields >> entry.state >> entry.parent >> entry.group >> entry.session;
  std::string skipped;
  for (int field = 7; field <= 21; ++field) fields >> skipped;
  fields >> entry.id.started;
  if (!fields) return std::nullopt;
  return entry;
}

bool carries(pid_t pid, gid_t mark) {
  const std::string status = read_proc(pid, "status");
  const std::size_t at = status.find("\nGroups:");
  if (at == std::string::npos) return false;
  std::istringstream groups(status.substr(at + 8, status.find('\n', at + 1) - at - 8));
  for (gid_t group = 0; groups >> group;) {
    if (group == mark) return true;
  }
  return false;
}

std::vector<Entry> all_processes() {
  std::vector<Entry> entries;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
  if (!folder) return entries;
  while (const dirent* item = ::readdir(folder.get())) {
    const std::string name = item->d_name;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    if (const auto entry = read_entry(pid)) entries.push_back(*entry);
  }
  return entries;
}

}  // namespace

std::vector<ProcessId> find_descendants(pid_t leader, gid_t mark) {
  const std::vector<Entry> all = all_processes();
  std::vector<ProcessId> found;
  std::vector<pid_t> family = {leader};
  const auto contains = [](const auto& items, const auto& wanted) {
    for (const auto& item : items) {
      if (item == wanted) return true;
    }
    return false;
  };
  // Until a round adds nobody: parents may be listed after their children.
  for (bool grew = true; grew;) {
    grew = false;
    for (const Entry& entry : all) {
      if (contains(family, entry.id.pid)) continue;
      const bool ours = contains(family, entry.parent) || entry.group == leader ||
                        entry.session == leader || (mark != 0 && carries(entry.id.pid, mark));
      if (!ours) continue;
      family.push_back(entry.id.pid);
      if (entry.state != 'Z') found.push_back(entry.id);
      grew = true;
    }
  }
  return found;
}

void kill_process(const ProcessId& process) {
  const auto entry = read_entry(process.pid);
  if (entry && entry->id == process) ::kill(process.pid, SIGKILL);
}

}  // namespace ambit::process::internal
