// Which entries of a ledger are handed over.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/log.h"
#include "text/json.h"

namespace ambit::evidence {

// The entries [from, to) that concern `task` (with the tasks below it) and `agent`; an empty name
// asks for no particular one.
struct Selection {
  std::string task = {};
  std::string agent = {};
  std::uint64_t from = 0;
  std::uint64_t to = std::numeric_limits<std::uint64_t>::max();

  bool is_range() const { return task.empty() && agent.empty(); }
};

// Members that are not empty; `to` is left out when it is unbounded.
text::Json to_json(const Selection& selection);
// Reads exactly that. Fails with `export.selection`.
Result<Selection> selection_from_json(const text::Json& json);

// Sees every entry of a ledger in order and says which are selected. An entry that cannot be read
// as a record is of the range it stands in and concerns nobody.
class Selector {
 public:
  explicit Selector(Selection selection) : selection_(std::move(selection)) {}

  void see(const ports::EntryView& entry);

  struct Chosen {
    std::vector<std::uint64_t> entries;  // ascending, with what they refer to
    std::uint64_t matched = 0;           // of these, chosen for their own sake
  };
  // Those selected, the situations and documents that they refer to, and every change of keys.
  Chosen choose() const;

 private:
  struct Situation {
    std::uint64_t index = 0;
    bool concerns = false;
    std::vector<std::string> documents;
  };

  bool concerns(std::string_view kind, const text::Json& body);
  bool concerns_decision(const text::Json& body);
  bool names_task(const text::Json& body) const;
  void learn(std::uint64_t index, std::string_view kind, const text::Json& body);

  Selection selection_;
  std::set<std::string> tasks_;      // the task and those below it
  std::set<std::string> decisions_;  // that concern what is asked for
  std::set<std::string> approvals_;
  std::map<std::string, Situation> situations_;
  std::map<std::string, std::vector<std::uint64_t>> documents_;  // every part of each
  std::set<std::uint64_t> matched_;
  std::set<std::uint64_t> key_changes_;
  std::set<std::string> needed_;  // situations of matched decisions
};

// The digests of the documents that a situation's facts name.
std::vector<std::string> documents_named(const text::Json& facts);

}  // namespace ambit::evidence
