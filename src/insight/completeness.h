// How complete the evidence is, computed from the evidence and never from how much there is.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ports/log.h"
#include "text/json.h"
#include "vault/key_ring.h"

namespace ambit::insight {

// `good` of `all`. Without anything to measure there is no score: nothing is not the same as all.
struct Score {
  std::uint64_t good = 0;
  std::uint64_t all = 0;

  std::optional<double> value() const {
    if (all == 0) return std::nullopt;
    return static_cast<double>(good) / static_cast<double>(all);
  }
};

// Something that lowers a score.
struct Gap {
  std::uint64_t entry = 0;
  std::string decision;
  std::string what;
};

// One metric of the catalogue, such as m09, with the share that passes.
struct Metric {
  std::string id;
  std::string name;
  Score score;
  double wanted = 1.0;
  std::vector<Gap> gaps;                         // the first ones
  std::map<std::string, std::uint64_t> by_kind;  // how often each kind of gap occurs
  // Of m11: not from a count alone.
  std::string problem;

  // `met`, `not_met` or `no_data`.
  std::string status() const;
};

// What verification of the ledger found (m11).
struct Integrity {
  std::uint64_t entries = 0;
  std::uint64_t verified = 0;
  std::string problem;              // empty: every link holds
  std::optional<Time> anchored_at;  // of the last checkpoint that somebody outside cosigned or kept
};

struct CompletenessOptions {
  Time since;                                            // decisions from here on
  Time until{std::numeric_limits<std::int64_t>::max()};  // not included
  Time now;
  Duration settles = minutes(1);  // a call that was let go later than this before `now` or the
                                  // last record may still be without its outcome
  std::size_t max_gaps = 20;      // told for each metric
  std::optional<Integrity> integrity;
  const vault::KeyRing* keys = nullptr;  // opens what records seal; null: that counts as missing
  unsigned threads = 0;                  // of the replay; 0: one for each core
};

struct Completeness {
  std::uint64_t entries = 0;
  std::uint64_t decisions = 0;  // in the range
  std::vector<Metric> metrics;  // m09 to m14

  bool met() const;  // none is `not_met`
};

// Visits every entry of a ledger from the first on, in order; may be called more than once.
using Source = std::function<Result<>(const ports::EntryVisitor&)>;

// m09 decision-context completeness, m10 replay fidelity, m11 audit integrity, m12 attribution, m13
// traceback of high-impact outcomes, m14 data-access tracking. Errors: what the source says, and
// those of replay().
Result<Completeness> completeness(const Source& source, const CompletenessOptions& options);

text::Json to_json(const Completeness& completeness);

}  // namespace ambit::insight
