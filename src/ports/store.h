// The registry as the service sees it: versioned documents, one revision that orders every commit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ports/keys.h"

namespace ambit::ports {

// What a document is; its name is the value in parentheses.
enum class Kind { kIdentity, kServer, kTool, kTask, kPolicy, kSetting };
std::string_view name_of(Kind kind);
Result<Kind> kind_of(std::string_view name);

// One document as stored. `revision` is that of the commit that wrote it.
struct Document {
  Kind kind = Kind::kIdentity;
  std::string key;
  std::uint64_t revision = 0;
  std::string json;  // canonical
};

// One write of a commit. `expected_revision` is the revision the writer read: zero when the
// document must not exist yet. An empty `json` removes the document.
struct Write {
  Kind kind = Kind::kIdentity;
  std::string key;
  std::uint64_t expected_revision = 0;
  std::string json;
};

// One entry of the change log: what a commit wrote, in commit order.
struct Change {
  std::uint64_t revision = 0;
  Time at;
  std::string actor;  // identity on whose word it was written
  Kind kind = Kind::kIdentity;
  std::string key;
  std::string json;  // empty: removed
};

// Which tasks are asked for: at most one of them is set, and nothing else is compared.
struct TaskFilter {
  std::string state = {};  // as in the document
  std::string root = {};
  std::string agent = {};
};

// Evidence that a commit owes the ledger; written with the commit, forgotten once it is durable
// there, so that a crash between the two loses nothing.
struct Owed {
  std::uint64_t revision = 0;
  std::string record_bytes;
};

// Thread-safe; commits are serialised. Every call may block on the disk, so it is made off the
// loop.
class Store : public KeyStore {
 public:
  // Writes all or nothing, durably, and returns the new revision, which is greater than every
  // earlier one and ordered as the commits are. `store.conflict` when an expected revision moved.
  // `evidence`, when not empty, is kept as owed under the revision.
  virtual Result<std::uint64_t> commit(const std::vector<Write>& writes, std::string_view actor,
                                       Time at, std::string_view evidence) = 0;

  // The same for a change that only reduces authority: it may use space that is kept for it, so
  // that a full disk does not stop it.
  virtual Result<std::uint64_t> commit_reserved(const std::vector<Write>& writes,
                                                std::string_view actor, Time at,
                                                std::string_view evidence) {
    return commit(writes, actor, at, evidence);
  }

  // The newest revision; zero for an empty store.
  virtual Result<std::uint64_t> revision() const = 0;

  virtual Result<std::optional<Document>> get(Kind kind, std::string_view key) const = 0;
  // All documents of a kind, by key.
  virtual Result<std::vector<Document>> list(Kind kind) const = 0;

  // Documents of tasks, highest key first (that is: the newest), at most `limit`.
  virtual Result<std::vector<Document>> tasks(const TaskFilter& filter, std::size_t limit) const;

  // Changes after `revision`, oldest first, at most `limit`.
  virtual Result<std::vector<Change>> changes_since(std::uint64_t revision,
                                                    std::size_t limit) const = 0;
  // Changes of one document after `revision`, oldest first, at most `limit`: the history of an
  // identity.
  virtual Result<std::vector<Change>> history(Kind kind, std::string_view key,
                                              std::uint64_t revision, std::size_t limit) const = 0;
  // Changes of one document before `revision`, newest first, at most `limit`.
  virtual Result<std::vector<Change>> history_before(Kind kind, std::string_view key,
                                                     std::uint64_t revision,
                                                     std::size_t limit) const = 0;

  virtual Result<std::vector<Owed>> owed() const = 0;
  virtual Result<> settle(std::uint64_t revision) = 0;
};

}  // namespace ambit::ports
