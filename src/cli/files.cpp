#include "cli/internal/files.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "crypto/random.h"
#include "text/json_fault.h"

namespace ambit::cli {
namespace {

constexpr std::size_t kMaxInput = 16u << 20;
constexpr std::size_t kMaxSecret = 64u << 10;

tl::unexpected<Error> file_error(const std::string& path, const std::string& what, int error) {
  return fail(Code::kInvalid, "usage.file",
              "cannot " + what + " `" + path + "`: " + std::strerror(error));
}

tl::unexpected<Error> already_there(const std::string& path) {
  return fail(Code::kInvalid, "usage.file",
              "`" + path + "` is there already; `--force` replaces it");
}

Result<std::string> read_stream(std::istream& stream, const std::string& name, std::size_t limit) {
  std::string out(limit + 1, '\0');
  stream.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(stream.gcount()));
  if (out.size() > limit) {
    return fail(Code::kInvalid, "usage.file",
                "`" + name + "` has more than " + std::to_string(limit) + " bytes");
  }
  return out;
}

Result<std::string> read_path(const std::string& path, std::size_t limit) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return file_error(path, "read", errno);
  if (S_ISDIR(info.st_mode)) return file_error(path, "read", EISDIR);
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return file_error(path, "read", errno);
  return read_stream(stream, path, limit);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::string> read_input(const std::string& path, const Console& console) {
  return path == "-" ? read_stream(console.in, "standard input", kMaxInput)
                     : read_path(path, kMaxInput);
}

Result<> write_output(const std::string& path, std::string_view bytes, Console& console) {
  if (path.empty() || path == "-") {
    console.out << bytes << std::flush;
    if (console.out) return {};
    return fail(Code::kInvalid, "usage.file", "cannot write to standard output");
  }
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes << std::flush;
  if (file) return {};
  return file_error(path, "write", errno);
}

Result<> write_whole(const std::string& path, std::string_view bytes, bool replace,
                     Console& console) {
  if (path.empty() || path == "-") return write_output(path, bytes, console);
  struct stat info{};
  const bool is_there = ::stat(path.c_str(), &info) == 0;
  if (is_there && !S_ISREG(info.st_mode)) return write_output(path, bytes, console);
  if (is_there && !replace) return already_there(path);
  std::error_code unresolved;
  const auto canonical = std::filesystem::canonical(path, unresolved);
  const std::string target = unresolved ? path : canonical.string();
  const std::string draft = crypto::random_token(target + ".");
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) return file_error(path, "create", errno);
  bool done = !is_there || ::fchmod(fd, info.st_mode & 07777) == 0;
  done = done && write_all(fd, bytes) && ::fsync(fd) == 0;
  int error = errno;
  ::close(fd);
  if (done) {
    done = replace ? ::rename(draft.c_str(), target.c_str()) == 0
                   : ::link(draft.c_str(), target.c_str()) == 0;
    error = errno;
  }
  if (!done || !replace) ::unlink(draft.c_str());
  if (done) return {};
  return error == EEXIST ? already_there(path) : file_error(path, "write", error);
}

std::string fault_of(std::string_view bytes, const std::string& message) {
  const auto fault = text::find_json_fault(bytes);
  if (!fault) return message;
  return "line " + std::to_string(fault->line) + ", column " + std::to_string(fault->column) +
         ": expected " + fault->wanted;
}

Result<> write_private_output(const std::string& path, std::string_view bytes, Console& console) {
  if (path.empty() || path == "-") return write_output(path, bytes, console);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return file_error(path, "write", errno);
  struct stat info{};
  bool written = ::fstat(fd, &info) == 0;
  // Before a byte is in it, also where the file was there already; pipes keep theirs.
  if (written && S_ISREG(info.st_mode)) written = ::fchmod(fd, 0600) == 0;
  written = written && write_all(fd, bytes);
  const int error = errno;
  const bool closed = ::close(fd) == 0;
  if (written && closed) return {};
  return file_error(path, "write", written ? errno : error);
}

Result<text::Json> read_json(const std::string& path, const Console& console) {
  AMBIT_TRY(const std::string bytes, read_input(path, console));
  return json_of(path, bytes);
}

Result<text::Json> json_of(const std::string& path, std::string_view bytes) {
  auto parsed = text::parse_json(bytes, {kMaxInput, 64});
  if (parsed) return parsed;
  return fail(Code::kInvalid, "usage.json",
              "`" + path + "`: " + fault_of(bytes, parsed.error().message));
}

Result<ledger::NoteVerifier> log_key_of(const std::string& text, const Console& console) {
  if (auto key = ledger::NoteVerifier::parse(text)) return key;
  const auto lines = read_input(text, console);
  if (!lines) {
    return fail(Code::kInvalid, "usage.key",
                "`--key` is neither a verifier key such as `name+1a2b3c4d+AX...` nor a file");
  }
  return ledger::NoteVerifier::parse(lines->substr(0, lines->find_first_of(" \n")));
}

Result<crypto::SecretBytes> read_secret(const std::string& path) {
  AMBIT_TRY(std::string bytes, read_path(path, kMaxSecret));
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  std::size_t first = 0;
  while (first < bytes.size() && is_space(bytes[first])) ++first;
  std::size_t last = first;
  while (last < bytes.size() && !is_space(bytes[last])) ++last;
  crypto::SecretBytes secret(bytes.substr(first, last - first));
  crypto::wipe(bytes);
  if (secret.empty()) return fail(Code::kInvalid, "usage.file", "`" + path + "` is empty");
  return secret;
}

Result<SecretFile> SecretFile::create(const std::string& path, bool replace) {
  if (!replace && ::access(path.c_str(), F_OK) == 0) return file_error(path, "create", EEXIST);
  const std::string draft = crypto::random_token(path + ".");
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return file_error(path, "create", errno);
  return SecretFile(path, draft, fd, replace);
}

SecretFile::SecretFile(std::string path, std::string draft, int fd, bool replace)
    : path_(std::move(path)), draft_(std::move(draft)), fd_(fd), replace_(replace) {}

SecretFile::SecretFile(SecretFile&& other) noexcept
    : path_(std::move(other.path_)),
      draft_(std::exchange(other.draft_, "")),
      fd_(std::exchange(other.fd_, -1)),
      replace_(other.replace_) {}

SecretFile::~SecretFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!draft_.empty()) ::unlink(draft_.c_str());
}

Result<> SecretFile::write(std::string_view secret) {
  if (!write_all(fd_, secret) || !write_all(fd_, "\n") || ::fsync(fd_) != 0) {
    return file_error(path_, "write", errno);
  }
  return publish();
}

Result<> SecretFile::publish() {
  if (replace_) {
    if (::rename(draft_.c_str(), path_.c_str()) != 0) return file_error(path_, "write", errno);
    draft_.clear();
    return {};
  }
  // `link`, unlike `rename`, does not replace a file that appeared meanwhile.
  if (::link(draft_.c_str(), path_.c_str()) != 0) return file_error(path_, "create", errno);
  return {};
}

}  // namespace ambit::cli
