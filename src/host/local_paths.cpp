#include "host/local_paths.h"

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <vector>

#include "host/internal/spelling.h"

namespace ambit::host {
namespace {

// As many as Linux itself follows.
constexpr int kMaxLinks = 40;

tl::unexpected<Error> ambiguous(const std::string& message) {
  return fail(Code::kInvalid, "target.ambiguous", message);
}

tl::unexpected<Error> unresolvable(Code code, const std::string& message) {
  return fail(code, "target.unresolvable", message);
}

// Takes the first name off `path`; empty for a doubled or trailing slash.
std::string_view take_name(std::string_view& path) {
  const std::size_t slash = path.find('/');
  const std::string_view name = path.substr(0, slash);
  path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  return name;
}

bool climbs(std::string_view path) {
  while (!path.empty()) {
    if (take_name(path) == "..") return true;
  }
  return false;
}

// Removes `.`, `..` and doubled slashes by text alone, as programs do that normalise first.
std::string normalise(std::string_view path) {
  std::vector<std::string_view> names;
  while (!path.empty()) {
    const std::string_view name = take_name(path);
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      names.push_back(name);
    } else if (!names.empty()) {
      names.pop_back();
    }
  }
  std::string out;
  for (const std::string_view name : names) out.append("/").append(name);
  return out.empty() ? "/" : out;
}

bool is_folder(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_on_proc(const std::string& folder) {
  struct statfs system{};
  return ::statfs(folder.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

// Follows an absolute path name by name.
class Walk {
 public:
  explicit Walk(std::string_view path) : rest_(path) {}

  Result<std::string> run() {
    while (at_ < rest_.size()) {
      std::string_view remaining = std::string_view(rest_).substr(at_);
      const std::string name(take_name(remaining));
      at_ = rest_.size() - remaining.size();
      if (name.empty() || name == ".") continue;
      AMBIT_CHECK_OK(name == ".." ? climb() : enter(name));
    }
    const std::string result = real_.empty() ? "/" : real_;
    if (result.size() > internal::kMaxPathBytes || !internal::is_showable(result)) {
      return unresolvable(Code::kInvalid,
                          "the path leads to a name that is too long or not UTF-8 text without "
                          "control characters");
    }
    return result;
  }

 private:
  Result<> climb() {
    if (real_.empty()) return {};
    if (!exists_ || !is_folder(real_)) {
      return ambiguous("`..` follows `" + shown() +
                       "`, which is not a folder; write the path without `..`");
    }
    real_.resize(real_.rfind('/'));
    return {};
  }

  Result<> enter(const std::string& name) {
    const std::string next = real_ + "/" + name;
    if (!exists_) {
      real_ = next;
      return {};
    }
    std::array<char, PATH_MAX> target;
    const ssize_t size = ::readlink(next.c_str(), target.data(), target.size());
    if (size >= 0) return follow({target.data(), static_cast<std::size_t>(size)});
    switch (errno) {
      case EINVAL: break;
      case ENOENT:
      case ENOTDIR: exists_ = false; break;
      default: {
        const char* why = std::strerror(errno);
        return unresolvable(errno == ENAMETOOLONG ? Code::kInvalid : Code::kUnavailable,
                            "a name below `" + shown() + "` cannot be looked up: " + why);
      }
    }
    real_ = next;
    return {};
  }

  Result<> follow(std::string_view target) {
    if (++links_ > kMaxLinks) {
      return unresolvable(Code::kInvalid, "the path leads through more than " +
                                              std::to_string(kMaxLinks) + " symbolic links");
    }
    if (target.size() == PATH_MAX) {
      return unresolvable(Code::kInvalid, "a symbolic link in `" + shown() + "` is too long");
    }
    if (is_on_proc(real_.empty() ? "/" : real_)) {
      return ambiguous("the path leads through a link in `" + shown() +
                       "`, which names something else for every process");
    }
    if (target.starts_with('/')) real_.clear();
    rest_ = std::string(target) + "/" + rest_.substr(at_);
    at_ = 0;
    return {};
  }

  // The part walked so far, for a message; links may have led it through any bytes.
  std::string shown() const {
    if (real_.empty()) return "/";
    return internal::is_showable(real_) ? real_ : "(a name that cannot be shown)";
  }

  std::string real_;  // INVARIANT: no link, no `.`, no `..`, no trailing slash; empty is the root
  std::string rest_;  // still to walk, from `at_`
  std::size_t at_ = 0;
  bool exists_ = true;  // whether `real_` does
  int links_ = 0;
};

}  // namespace

Result<std::string> LocalPaths::resolve(std::string_view path, std::string_view base) const {
  AMBIT_CHECK_OK(internal::check_spelling(path));
  std::string absolute(path);
  if (!path.starts_with('/')) {
    if (!base.starts_with('/')) {
      return ambiguous("path `" + absolute + "` is relative, and no folder anchors it");
    }
    absolute = std::string(base) + "/" + absolute;
  }
  AMBIT_TRY(std::string real, Walk(absolute).run());
  if (climbs(absolute)) {
    AMBIT_TRY(const std::string other, Walk(normalise(absolute)).run());
    if (other != real) {
      return ambiguous("path `" + std::string(path) + "` names `" + real + "` or `" + other +
                       "`, depending on whether links or `..` come first; write it without `..`");
    }
  }
  return real;
}

}  // namespace ambit::host
