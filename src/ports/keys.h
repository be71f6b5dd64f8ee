// Where the keys of sealed values are kept: wrapped, unversioned, and gone when destroyed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ambit::ports {

struct StoredKey {
  std::string id;
  std::string wrapped;  // under a key that is kept elsewhere; empty: it was destroyed

  bool destroyed() const { return wrapped.empty(); }
  friend bool operator==(const StoredKey&, const StoredKey&) = default;
};

// Thread-safe. Errors are those of the medium (`store.*`).
class KeyReader {
 public:
  virtual ~KeyReader() = default;

  // Nothing when there never was a key of this id.
  virtual Result<std::optional<StoredKey>> key(std::string_view id) const = 0;
  // All of them, by id, those destroyed included.
  virtual Result<std::vector<StoredKey>> keys() const = 0;
  // One that was not destroyed; nothing when there is none.
  virtual Result<std::optional<StoredKey>> any_key() const;
};

class KeyStore : public KeyReader {
 public:
  // Durable when it returns. `key.exists` when there is or was one of this id.
  virtual Result<> put_key(const StoredKey& key) = 0;
  // Destroys them all or none, durably: no file of the store has their bytes when this returns, and
  // only the ids are remembered. One that is destroyed already counts. `key.unknown`.
  virtual Result<> destroy_keys(const std::vector<std::string>& ids) = 0;
  // Replaces the wrapped bytes of all keys that are given, all or none; the old bytes are gone like
  // those of destroyed keys. `key.unknown` for one that is not there or was destroyed.
  virtual Result<> rewrap_keys(const std::vector<StoredKey>& keys) = 0;
};

}  // namespace ambit::ports
