// The evidence log as it is searched: which entries are about something.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace ambit::ports {

// A path is found by so many folders above it, counted from the root.
constexpr std::size_t kMaxFoldersFound = 128;

// What an entry is found by.
enum class Facet : std::uint8_t {
  kKind = 1,  // of the record: `decision`, `outcome`, `task.ended`, ...
  kAgent,     // that acted, or whose task, approval or identity it is
  kIdentity,  // any identity it concerns: an agent, who acted, in whose name
  kTask,
  kWithin,  // the task and every task above it
  kSession,
  kInstance,
  kServer,
  kTool,  // `server/tool`
  kSystem,
  kDomain,  // of data
  kTarget,  // `kind:value`; a path also by every folder above it
  kClass,
  kTier,
  kVerdict,
  kReason,  // code
  kLabel,
  kApprover,   // who granted or refused
  kApproval,   // id
  kDecision,   // id: of the decision itself and of what came of it
  kSituation,  // id: of the record that says what it is
  kDocument,   // digest: of the record or records that hold it
  kPolicies,   // digest of the set in force
  kStatus,     // of an outcome
  kKey,        // id of what seals its values, where that is no task's
};

struct Term {
  Facet facet = Facet::kKind;
  std::string value;

  friend auto operator<=>(const Term&, const Term&) = default;
};

struct IndexQuery {
  // An entry is found when it has a term of every group.
  std::vector<std::vector<Term>> all;
  std::uint64_t from = 0;                                            // the lowest entry
  std::uint64_t before = std::numeric_limits<std::uint64_t>::max();  // above the highest
  std::optional<Time> since = {};
  std::optional<Time> until = {};  // not included
  std::size_t limit = 50;
  bool oldest_first = false;
};

struct IndexPage {
  std::vector<std::uint64_t> entries;  // in the order asked for
  bool more = false;                   // beyond the last of them
  std::uint64_t indexed = 0;           // entries from here on were not looked at
};

// Derived from the log and worth nothing without it: an index is behind the log, never ahead, and
// what it finds is read from there. Thread-safe; every call may block on the disk.
class Index {
 public:
  virtual ~Index() = default;

  // Brings the index up to the log where that takes no longer than a moment, then searches.
  // Errors: `index.unavailable`, `index.query` for a query without any term.
  virtual Result<IndexPage> find(const IndexQuery& query) const = 0;

  // How many entries a query without limit would give. Errors as find().
  virtual Result<std::uint64_t> count(const IndexQuery& query) const = 0;

  // As find(), in what is indexed already, and as quick as a few reads of the disk.
  virtual Result<IndexPage> look(const IndexQuery& query) const = 0;

  // Entries below it are indexed.
  virtual std::uint64_t indexed() const = 0;
  // Somebody waits for the index to reach the log.
  virtual void hurry() const = 0;
};

}  // namespace ambit::ports
