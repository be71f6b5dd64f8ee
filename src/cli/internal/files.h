// Files that verbs read and the secrets that they write.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/internal/console.h"
#include "crypto/secret.h"
#include "ledger/note.h"
#include "text/json.h"

namespace ambit::cli {

// The whole file, or standard input for `-`; at most 16 MiB. Fails with `usage.file`.
Result<std::string> read_input(const std::string& path, const Console& console);

// The bytes into a file, or to standard output for `-` or no path. Fails with `usage.file`.
Result<> write_output(const std::string& path, std::string_view bytes, Console& console);
// The same, and only whoever runs this may read the file.
Result<> write_private_output(const std::string& path, std::string_view bytes, Console& console);

// The bytes into a file that is there whole or not at all, whatever happens meanwhile. One that was
// there is replaced only with `replace`; it keeps its permissions, and a link to it stays one. What
// is no file, such as a pipe or `-`, is written to as by write_output(). Fails with `usage.file`.
Result<> write_whole(const std::string& path, std::string_view bytes, bool replace,
                     Console& console);

// Where `bytes` are no JSON and what should stand there; `message` where that cannot be said.
std::string fault_of(std::string_view bytes, const std::string& message);

// The same as one JSON text. Fails with `usage.json` naming the file.
Result<text::Json> read_json(const std::string& path, const Console& console);
// What was read of the file at `path`, as one JSON text; fails likewise.
Result<text::Json> json_of(const std::string& path, std::string_view bytes);

// A log's verifier key in its text form, or the first one in a file such as `ledger.pub`. Fails
// with `usage.key` or `note.key`.
Result<ledger::NoteVerifier> log_key_of(const std::string& text, const Console& console);

// The first line of a small file that holds a secret, without white space around it.
Result<crypto::SecretBytes> read_secret(const std::string& path);

// A file with mode 0600 that appears whole or not at all. Create it before asking for the secret,
// so that a secret never has nowhere to go.
class SecretFile {
 public:
  // Fails with `usage.file` when the folder cannot be written, or the file is there and `replace`
  // is false.
  static Result<SecretFile> create(const std::string& path, bool replace);
  SecretFile(SecretFile&& other) noexcept;
  SecretFile& operator=(SecretFile&&) = delete;
  // Leaves nothing behind unless `write` succeeded.
  ~SecretFile();

  // Writes `secret` and a line end, durably, under the file's own name.
  Result<> write(std::string_view secret);

 private:
  SecretFile(std::string path, std::string draft, int fd, bool replace);
  Result<> publish();

  std::string path_;
  std::string draft_;  // empty once published or moved from
  int fd_ = -1;
  bool replace_ = false;
};

}  // namespace ambit::cli
