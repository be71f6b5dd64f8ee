// What a record is found by.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "index/internal/postings.h"
#include "ports/index.h"
#include "ports/log.h"
#include "text/canonical_reader.h"
#include "text/json.h"
#include "vault/open_record.h"

namespace ambit::index::internal {

// A map that forgets what was not asked for lately: of two generations the older one is dropped.
template <class Value>
class Lately {
 public:
  explicit Lately(std::size_t size) : size_(size) {}

  void put(const std::string& key, Value value) {
    if (young_.size() >= size_) {
      old_ = std::move(young_);
      young_.clear();
    }
    young_.insert_or_assign(key, std::move(value));
  }
  const Value* find(const std::string& key) {
    if (const auto found = young_.find(key); found != young_.end()) return &found->second;
    const auto found = old_.find(key);
    if (found == old_.end()) return nullptr;
    put(key, found->second);
    return find(key);
  }

 private:
  std::size_t size_;
  std::unordered_map<std::string, Value> young_, old_;
};

// What records point at, found in the part of the log that is indexed already.
struct Lookup {
  // The body of the newest record of `kind` that has the term; null when there is none.
  std::function<Result<text::Json>(const ports::Term& term, const std::string& kind)> body;
};

// Terms of one record after the other. What it cannot make sense of it indexes by less.
class TermMaker {
 public:
  explicit TermMaker(Lookup lookup) : lookup_(std::move(lookup)) {}

  // Fills in everything but `entry`. `record` is the whole envelope of any record but a decision.
  // Errors: those of the lookup.
  Result<> describe(const text::Json& record, Item& item);
  // The same for a decision, of which there are the most, from its bytes. Its targets are sealed:
  // where they cannot be opened it is found by what stands in the clear. One that is not canonical
  // has no terms but its kind: what is wrong with it is the verifier's to tell.
  Result<> describe_decision(const ports::EntryView& entry, vault::Opener& opener, Item& item);

 private:
  // What decisions in one situation have in common.
  struct Situation {
    std::string task;
    std::vector<ports::Term> terms;
  };
  using SituationPtr = std::shared_ptr<const Situation>;
  struct DecisionTerms;

  static std::shared_ptr<const std::vector<ports::Term>> terms_of(const SituationPtr& situation) {
    return {situation, &situation->terms};
  }
  Result<> finish_decision(const DecisionTerms& decision, Item& item);
  Result<> describe_ending(const text::Json& body, Item& item);
  Result<SituationPtr> situation(const std::string& id);
  Result<std::vector<std::string>> approvers(const std::string& approval);
  void describe_situation(const text::Json& body, Item& item);

  Lookup lookup_;
  Lately<SituationPtr> situations_{16'384};
  Lately<std::string> decided_in_{65'536};  // by decision: its situation
  Lately<std::vector<std::string>> approvers_{4'096};
};

}  // namespace ambit::index::internal
