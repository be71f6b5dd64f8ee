// A witness that follows C2SP tlog-witness to the letter, in memory, for tests.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"
#include "ledger/witness.h"
#include "ports/witness.h"

namespace ambit::ledger_file {

class FakeWitness final : public ports::Witness {
 public:
  FakeWitness(char fill, ledger::NoteVerifier log)
      : key_(*crypto::SigningKey::from_ed25519_seed(std::string(32, fill))),
        name_(*ledger::WitnessKey::make(std::string("witness.example/") + fill, key_.public_key())),
        log_(std::move(log)) {}

  const ledger::WitnessKey& name() const { return name_; }

  // From now on it does not answer, until `wake`.
  void sleep() {
    const std::lock_guard lock(mutex_);
    asleep_ = true;
  }
  void wake() {
    std::vector<std::pair<std::string, ports::WitnessDone>> waiting;
    {
      const std::lock_guard lock(mutex_);
      asleep_ = false;
      waiting.swap(waiting_);
    }
    for (auto& [body, done] : waiting) done(answer(body));
  }
  // The next request gets this answer instead.
  void answer_next(ports::WitnessAnswer answer) {
    const std::lock_guard lock(mutex_);
    next_ = std::move(answer);
  }
  std::uint64_t size() const {
    const std::lock_guard lock(mutex_);
    return seen_ ? seen_->size : 0;
  }
  int requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  void submit(std::string body, ports::WitnessDone done) override {
    {
      const std::lock_guard lock(mutex_);
      ++requests_;
      if (asleep_) return waiting_.emplace_back(std::move(body), std::move(done)), void();
    }
    done(answer(body));
  }

 private:
  ports::WitnessAnswer answer(const std::string& body) {
    const std::lock_guard lock(mutex_);
    if (next_) return *std::exchange(next_, {});
    const auto request = ledger::parse_add_checkpoint(body);
    if (!request) return {400, request.error().message};
    const auto checkpoint = ledger::open_checkpoint(request->checkpoint, log_);
    if (!checkpoint) return {403, checkpoint.error().message};
    if (request->old_size > checkpoint->size) return {400, ""};
    const std::uint64_t known = seen_ ? seen_->size : 0;
    const std::string conflict = std::to_string(known) + "\n";
    if (request->old_size != known) return {409, conflict};
    if (seen_ && checkpoint->size == known && checkpoint->root != seen_->root) {
      return {409, conflict};
    }
    const ledger::Hash root = seen_ ? seen_->root : ledger::empty_root();
    if (!ledger::verify_consistency(known, root, checkpoint->size, checkpoint->root,
                                    request->proof)) {
      return {422, ""};
    }
    seen_ = *checkpoint;
    time_ = time_ + seconds(1);
    return {200, ledger::cosign(ledger::checkpoint_text(*checkpoint), name_, key_, time_)};
  }

  crypto::SigningKey key_;
  ledger::WitnessKey name_;
  ledger::NoteVerifier log_;
  mutable std::mutex mutex_;
  std::optional<ledger::Checkpoint> seen_;
  std::optional<ports::WitnessAnswer> next_;
  std::vector<std::pair<std::string, ports::WitnessDone>> waiting_;
  bool asleep_ = false;
  int requests_ = 0;
  Time time_{1'700'000'000'000};
};

}  // namespace ambit::ledger_file
