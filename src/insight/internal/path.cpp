#include "insight/internal/path.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "insight/internal/json_reading.h"
#include "vault/open_record.h"

namespace ambit::insight::internal {
namespace {

using ports::Facet;
using text::Json;

constexpr std::size_t kMostErasures = 64;

class Finder {
 public:
  Finder(Evidence& evidence, Path& path) : evidence_(evidence), path_(path) {}

  Result<> tasks() {
    const std::vector<std::string> chain = texts_of(path_.facts, "chain");
    if (chain.empty()) path_.missing.push_back("the task is not known");
    for (const std::string& task : chain) {
      AMBIT_TRY(
          auto started,
          evidence_.newest({.all = {{{Facet::kTask, task}}, {{Facet::kKind, "task.started"}}}}));
      if (!started) {
        path_.missing.push_back("the start of task " + task);
        continue;
      }
      path_.tasks.push_back(member(started->body, "spec"));
      path_.records.push_back(*std::move(started));
    }
    if (!path_.tasks.empty() && text_of(member(path_.tasks.back(), "trigger"), "kind").empty()) {
      path_.missing.push_back("what triggered the root task");
    }
    return {};
  }

  Result<> instance() {
    const std::string id = text_of(path_.facts, "instance");
    if (id.empty()) {
      path_.missing.push_back("the instance that acted");
      return {};
    }
    AMBIT_TRY(auto admitted, evidence_.newest({.all = {{{Facet::kInstance, id}},
                                                       {{Facet::kKind, "instance.admitted"}}}}));
    if (!admitted) {
      path_.missing.push_back("the admission of instance " + id);
      return {};
    }
    path_.records.push_back(*std::move(admitted));
    return {};
  }

  // The held call that asked, and what humans answered.
  Result<> approval() {
    const Json& decision = member(path_.decision.body, "decision");
    const std::string used = text_of(decision, "approval");
    const std::string id = used.empty() ? text_of(path_.decision.body, "approval") : used;
    if (id.empty()) return {};
    // However often the call was held meanwhile: the first time it asked.
    ports::IndexQuery asking{.all = {{{Facet::kApproval, id}}, {{Facet::kKind, "decision"}}}};
    asking.limit = 1;
    asking.oldest_first = true;
    AMBIT_TRY(auto found, evidence_.records(asking));
    ports::IndexQuery answering{.all = {{{Facet::kApproval, id}},
                                        {{Facet::kKind, "approval.granted"},
                                         {Facet::kKind, "approval.refused"},
                                         {Facet::kKind, "approval.expired"}}}};
    answering.limit = 500;
    answering.oldest_first = true;
    AMBIT_TRY(auto answers, evidence_.records(answering));
    std::move(answers.begin(), answers.end(), std::back_inserter(found));
    bool granted = false;
    for (ledger::Record& record : found) {
      granted = granted || record.kind == "approval.granted";
      const bool asked = record.kind == "decision" && record.body.find("approval_requested");
      if (record.index == path_.decision.index || (record.kind == "decision" && !asked)) continue;
      path_.records.push_back(std::move(record));
    }
    if (!used.empty() && !granted) path_.missing.push_back("the grant of approval " + used);
    return {};
  }

  // Whether its words, arguments and targets can be read, and if not, why.
  Result<> values() {
    const Json* sealed = path_.decision.body.find("sealed");
    if (sealed == nullptr) return {};
    const std::string what = "the arguments, targets and words of the call: ";
    if (evidence_.is_altered(path_.decision.index)) {
      path_.missing.push_back(what + "they were altered in the ledger's files; verify the ledger");
      return {};
    }
    AMBIT_TRY(const vault::SealedMember read, vault::read_sealed(*sealed));
    const std::string key(read.key);
    std::vector<ports::Term> tasks{{Facet::kTask, key}};
    for (const std::string& task : texts_of(path_.facts, "chain")) {
      tasks.push_back({Facet::kTask, task});
    }
    ports::IndexQuery query{.all = {tasks, {{Facet::kKind, "task.erased"}}}};
    query.limit = kMostErasures;
    AMBIT_TRY(const auto erasures, evidence_.records(query));
    for (const ledger::Record& erasure : erasures) {
      const std::vector<std::string> keys = texts_of(erasure.body, "keys");
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) continue;
      path_.missing.push_back(what + "`" + text_of(erasure.body, "by") +
                              "` erased them for good (" + to_rfc3339(erasure.at) + ", entry " +
                              std::to_string(erasure.index) + ")");
      return {};
    }
    path_.missing.push_back(what + "the key that they are sealed with is not here");
    return {};
  }

  Result<> ending() {
    const std::string id = text_of(path_.decision.body, "id");
    AMBIT_TRY(auto ended, evidence_.newest(
                              {.all = {{{Facet::kDecision, id}},
                                       {{Facet::kKind, "outcome"}, {Facet::kKind, "withdrawn"}}}}));
    const bool allowed = text_of(member(path_.decision.body, "decision"), "verdict") == "allow";
    if (ended) {
      path_.records.push_back(*std::move(ended));
    } else if (allowed) {
      path_.missing.push_back("the outcome: the tool has not answered, or nobody said so");
    }
    return {};
  }

 private:
  Evidence& evidence_;
  Path& path_;
};

}  // namespace

const ledger::Record* Path::ending() const {
  const auto found = std::find_if(records.begin(), records.end(), [](const ledger::Record& record) {
    return record.kind == "outcome" || record.kind == "withdrawn";
  });
  return found == records.end() ? nullptr : &*found;
}

Result<Path> path_of(Evidence& evidence, const std::string& id) {
  Path path;
  AMBIT_TRY(path.decision, evidence.decision(id));
  AMBIT_TRY(path.facts, evidence.facts_of(path.decision));
  if (path.facts.as_object().empty()) path.missing.push_back("the situation of the decision");
  Finder finder(evidence, path);
  AMBIT_CHECK_OK(finder.tasks());
  AMBIT_CHECK_OK(finder.instance());
  AMBIT_CHECK_OK(finder.approval());
  AMBIT_CHECK_OK(finder.ending());
  AMBIT_CHECK_OK(finder.values());
  path.records.push_back(path.decision);
  std::sort(path.records.begin(), path.records.end(),
            [](const ledger::Record& a, const ledger::Record& b) { return a.index < b.index; });
  return path;
}

}  // namespace ambit::insight::internal
