// Counts, record by record, what the evidence of each decision lacks.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "insight/completeness.h"
#include "ledger/record.h"

namespace ambit::insight::internal {

// Entries from `first` on, before `last`.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

class Measures {
 public:
  explicit Measures(const CompletenessOptions& options);

  // Every record of the ledger, in order.
  void add(const ledger::Record& record);

  struct Result {
    Metric context;      // m09
    Metric attribution;  // m12
    Metric traceback;    // m13
    Metric data;         // m14
  };
  Result finish();

  std::uint64_t entries() const { return entries_; }
  std::uint64_t decisions() const { return decisions_; }
  Range range() const { return range_; }

 private:
  // What is the same for every decision of a situation, judged once.
  struct Situation {
    std::vector<std::string> lacks_always;    // of m09
    std::vector<std::string> lacks_in_scope;  // of m09, when the scope gate was passed
    std::vector<std::string> lacks_attribution;
    std::vector<std::string> lacks_path;
    std::vector<std::string> lacks_data;
    bool has_targets = true;  // its tool touches targets
  };
  // A call that was let go and has not ended yet.
  struct Open {
    std::uint64_t entry = 0;
    Time at;
    bool high = false;
    std::vector<std::string> lacks_context;
    std::vector<std::string> lacks_path;
  };

  void add_document(const text::Json& body);
  void add_situation(const text::Json& body);
  void add_decision(const ledger::Record& record);
  void add_denials(const ledger::Record& record);
  void end(const std::string& decision, bool released);
  void count(Metric& metric, std::uint64_t entry, const std::string& decision,
             const std::vector<std::string>& lacks);
  std::vector<std::string> context_gaps(const ledger::Record& record,
                                        const Situation& situation) const;

  const CompletenessOptions& options_;
  Result result_;
  std::uint64_t entries_ = 0;
  std::uint64_t decisions_ = 0;
  Range range_;
  Time last_;
  std::unordered_map<std::string, std::shared_ptr<const Situation>> situations_;
  std::unordered_map<std::string, Open> open_;
  std::unordered_set<std::string> humans_;     // documents that are of a human who is active
  std::unordered_set<std::string> documents_;  // that are whole
  std::unordered_map<std::string, bool> tools_without_targets_;  // documents
  std::unordered_set<std::string> tasks_;                     // that were started, with a trigger
  std::unordered_set<std::string> instances_;                 // that were admitted
  std::unordered_map<std::string, std::string> credentials_;  // issued -> instance
  std::unordered_set<std::string> granted_;                   // approvals
};

}  // namespace ambit::insight::internal
