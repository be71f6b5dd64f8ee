// Asks the witnesses of a log for their cosignatures, one checkpoint at a time, and keeps the
// newest checkpoint that has enough of them in the file `witnessed`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"
#include "ledger_file/file_log.h"
#include "ledger_file/internal/file_ops.h"
#include "ports/witness.h"

namespace ambit::ledger_file::internal {

// What came back, from whatever thread, until the thread that seals takes it.
class WitnessInbox {
 public:
  struct Answer {
    std::size_t witness = 0;
    Result<ports::WitnessAnswer> result;
  };

  explicit WitnessInbox(std::function<void()> wake) : wake_(std::move(wake)) {}
  void put(Answer answer);
  std::vector<Answer> take();
  // From now on answers are dropped.
  void close();

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<Answer> answers_;
};

// Used by one thread at a time, but for `states` and `witnessed`, which the caller copies out.
class WitnessRounds {
 public:
  // `wake` is called, from any thread, when `step` has something to do.
  static Result<WitnessRounds> make(std::string directory, std::vector<WitnessLink> links,
                                    std::size_t quorum, std::function<void()> wake, FileOps& ops);
  WitnessRounds(WitnessRounds&&) = default;
  WitnessRounds& operator=(WitnessRounds&&) = default;
  ~WitnessRounds();

  bool any() const { return !links_.empty(); }
  // Takes up `witnessed`, if it is a checkpoint of this log that its witnesses cosigned.
  Result<> load(const std::function<Result<ledger::Checkpoint>(const std::string&)>& open);
  // Whether there is somebody to ask about a checkpoint of `size` entries, now: a round goes on
  // until it has its quorum or everybody answered.
  bool wants(std::uint64_t size) const;
  // Asks every witness that has not cosigned this checkpoint and does not owe an answer.
  void begin(const std::string& note, const ledger::Checkpoint& checkpoint);
  // Takes in what the witnesses answered.
  void step();

  const std::string& witnessed() const { return witnessed_; }
  const std::vector<WitnessState>& states() const { return states_; }

 private:
  WitnessRounds(std::string directory, std::vector<WitnessLink> links, ledger::WitnessPolicy policy,
                std::shared_ptr<WitnessInbox> inbox, FileOps& ops);

  void ask(std::size_t witness);
  void handle(const WitnessInbox::Answer& answer);
  void cosigned(std::size_t witness, const std::string& lines);
  void conflict(std::size_t witness, const std::string& body);
  void contradict(std::size_t witness, std::string why);
  Result<> publish();

  std::string directory_;
  std::vector<WitnessLink> links_;
  ledger::WitnessPolicy policy_;
  std::shared_ptr<WitnessInbox> inbox_;
  FileOps* ops_;
  std::vector<WitnessState> states_;  // one for each link, as are asked_
  struct Asked {
    bool busy = false;              // an answer is owed
    bool retried = false;           // after a conflict
    ledger::Checkpoint checkpoint;  // the one that it was asked about
    std::string line;               // its cosignature of that
  };
  std::vector<Asked> asked_;
  std::string note_;  // of this round
  ledger::Checkpoint checkpoint_;
  bool changed_ = false;
  std::string witnessed_;
  ledger::Checkpoint published_;  // the one in witnessed_, if it is of a round
};

}  // namespace ambit::ledger_file::internal
