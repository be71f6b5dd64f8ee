// Reads the evidence log by what entries are about.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/record.h"
#include "ports/index.h"
#include "ports/log.h"
#include "text/json.h"
#include "vault/key_ring.h"

namespace ambit::insight {

// What one tool of a server became, and when.
struct ToolChange {
  std::uint64_t entry = 0;
  Time at;
  std::string tool;      // `server/tool`
  std::string state;     // `approved`, `frozen`, ...
  std::string document;  // digest of the tool as it was then; empty where the record lacks it
};

// For the time of one question: it keeps what it has read. Not thread-safe; log and index are, and
// outlive it. Every call may block on the disk. Errors: those of the log and the index.
class Evidence {
 public:
  // `keys` opens what records seal; null: that is not read.
  Evidence(const ports::Log& log, const ports::Index& index, const vault::KeyRing* keys = nullptr)
      : log_(log), index_(index), keys_(keys) {}

  // The only place that reads an entry. Where the values that it seals were altered it is given
  // without them.
  Result<ledger::Record> record(std::uint64_t entry);
  // Whether that was so of an entry that was read.
  bool is_altered(std::uint64_t entry) const { return altered_.contains(entry); }
  Result<ports::IndexPage> find(const ports::IndexQuery& query);
  Result<std::uint64_t> count(const ports::IndexQuery& query) const { return index_.count(query); }
  Result<std::vector<ledger::Record>> records(const ports::IndexQuery& query);
  // The newest one that has a term of every group and stands below `before`; none when there is
  // none.
  Result<std::optional<ledger::Record>> newest(ports::IndexQuery query);

  // How many entries of the log the index did not have when it was asked: what they tell is missing
  // from what was found.
  std::uint64_t not_indexed() const { return not_indexed_; }

  // The record of a decision; `decision.unknown`.
  Result<ledger::Record> decision(const std::string& id);
  // The facts of a decision's situation; an empty object when the log lacks it.
  Result<text::Json> facts_of(const ledger::Record& decision);
  // What the log holds under a digest, in either form (`sha256:` hex, base64url); null for nothing.
  Result<text::Json> document(const std::string& digest);
  // What became of the tools of a server, oldest first.
  Result<const std::vector<ToolChange>*> tool_changes(const std::string& server);

 private:
  const ports::Log& log_;
  const ports::Index& index_;
  const vault::KeyRing* keys_;
  std::uint64_t not_indexed_ = 0;
  std::set<std::uint64_t> altered_;
  std::map<std::string, text::Json> situations_;
  std::map<std::string, text::Json> documents_;
  std::map<std::string, std::vector<ToolChange>> tools_;
};

// An answer made from `evidence`, with `not_indexed` where the index is behind the log; and
// `index.behind` instead of saying that something is not there.
Result<text::Json> with_lag(const Evidence& evidence, Result<text::Json> answer);

}  // namespace ambit::insight
