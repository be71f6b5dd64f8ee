// The directory that holds all state, owned by one process and closed to everybody else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/keys.h"

namespace ambit::app {

// Holds the directory's lock until it is destroyed. Movable only.
class DataDir {
 public:
  // Creates `path` with mode 0700 when it is missing (its parents must exist), or takes it as it is
  // if it belongs to this user and nobody else may enter. Errors: `data.missing_parent`,
  // `data.not_a_directory`, `data.owner`, `data.permissions`, `data.in_use`, `data.io`.
  static Result<DataDir> open(const std::string& path);

  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&& other) noexcept;
  ~DataDir();

  // Absolute, links followed.
  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

  // Makes a folder for this user alone, unless it is there.
  Result<> make_folder(std::string_view name) const;

  // Writes the file durably and all at once, mode 0600, over whatever was there.
  Result<> write_private(std::string_view name, std::string_view content) const;
  // Nothing when there is none. `data.io`
  Result<std::optional<std::string>> read(std::string_view name) const;
  bool has(std::string_view name) const;
  void remove(std::string_view name) const;

  // The key in `keys/NAME`, generated when there is none.
  Result<crypto::SigningKey> key(std::string_view name, crypto::Algorithm algorithm) const;

 private:
  DataDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_ = -1;
};

}  // namespace ambit::app
