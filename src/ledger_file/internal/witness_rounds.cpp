#include "ledger_file/internal/witness_rounds.h"

#include <algorithm>
#include <utility>

#include "ledger/witness.h"
#include "ledger_file/proofs.h"

namespace ambit::ledger_file::internal {
namespace {

constexpr unsigned kOk = 200;
constexpr unsigned kConflict = 409;
constexpr unsigned kUnprocessable = 422;

std::string path_in(const std::string& directory) { return directory + "/witnessed"; }

}  // namespace

void WitnessInbox::put(Answer answer) {
  const std::lock_guard lock(mutex_);
  if (!wake_) return;
  answers_.push_back(std::move(answer));
  wake_();
}

std::vector<WitnessInbox::Answer> WitnessInbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

void WitnessInbox::close() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
}

Result<WitnessRounds> WitnessRounds::make(std::string directory, std::vector<WitnessLink> links,
                                          std::size_t quorum, std::function<void()> wake,
                                          FileOps& ops) {
  std::vector<ledger::WitnessKey> keys;
  for (const WitnessLink& link : links) keys.push_back(link.key);
  AMBIT_TRY(ledger::WitnessPolicy policy, ledger::WitnessPolicy::make(std::move(keys), quorum));
  return WitnessRounds(std::move(directory), std::move(links), std::move(policy),
                       std::make_shared<WitnessInbox>(std::move(wake)), ops);
}

WitnessRounds::WitnessRounds(std::string directory, std::vector<WitnessLink> links,
                             ledger::WitnessPolicy policy, std::shared_ptr<WitnessInbox> inbox,
                             FileOps& ops)
    : directory_(std::move(directory)),
      links_(std::move(links)),
      policy_(std::move(policy)),
      inbox_(std::move(inbox)),
      ops_(&ops),
      asked_(links_.size()) {
  for (const WitnessLink& link : links_) states_.push_back({link.key.name(), 0, {}, {}, false});
}

WitnessRounds::~WitnessRounds() {
  if (inbox_) inbox_->close();
}

Result<> WitnessRounds::load(
    const std::function<Result<ledger::Checkpoint>(const std::string&)>& open) {
  if (!file_exists(path_in(directory_))) return {};
  AMBIT_TRY(std::string note, read_file(path_in(directory_)));
  const auto checkpoint = open(note);
  const auto cosignatures = ledger::check_quorum(note, policy_);
  // Other witnesses may be configured now than when it was kept.
  if (!checkpoint || !cosignatures) return {};
  for (WitnessState& state : states_) {
    for (const ledger::Cosignature& cosignature : *cosignatures) {
      if (cosignature.witness != state.name) continue;
      state.size = checkpoint->size;
      state.at = cosignature.at;
    }
  }
  witnessed_ = std::move(note);
  return {};
}

bool WitnessRounds::wants(std::uint64_t size) const {
  const bool busy =
      std::any_of(asked_.begin(), asked_.end(), [](const Asked& asked) { return asked.busy; });
  if (busy && !(published_ == checkpoint_)) return false;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const WitnessState& state = states_[i];
    // A start asks even about what is cosigned: only the answer shows a log that was rolled back to
    // there, and such a log may stay as it is for long.
    const bool asked_since_start = asked_[i].checkpoint != ledger::Checkpoint{};
    const bool behind = state.size < size || !asked_since_start || !state.trouble.empty();
    if (behind && !asked_[i].busy) return true;
  }
  return false;
}

void WitnessRounds::begin(const std::string& note, const ledger::Checkpoint& checkpoint) {
  note_ = note;
  checkpoint_ = checkpoint;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    Asked& asked = asked_[i];
    const bool given = asked.checkpoint == checkpoint && !asked.line.empty();
    if (asked.busy || given) continue;
    asked.retried = false;
    ask(i);
  }
}

void WitnessRounds::ask(std::size_t witness) {
  const std::uint64_t old_size = std::min(states_[witness].size, checkpoint_.size);
  auto proof = prove_consistency(directory_, old_size, checkpoint_.size);
  if (!proof) {
    states_[witness].trouble = "cannot be asked: " + proof.error().message;
    return;
  }
  asked_[witness].busy = true;
  asked_[witness].checkpoint = checkpoint_;
  asked_[witness].line.clear();
  links_[witness].port->submit(ledger::encode_add_checkpoint({old_size, *std::move(proof), note_}),
                               [inbox = inbox_, witness](Result<ports::WitnessAnswer> result) {
                                 inbox->put({witness, std::move(result)});
                               });
}

void WitnessRounds::step() {
  for (const WitnessInbox::Answer& answer : inbox_->take()) handle(answer);
  if (!changed_) return;
  if (auto published = publish(); !published) {
    for (WitnessState& state : states_) state.trouble = published.error().message;
  }
}

void WitnessRounds::handle(const WitnessInbox::Answer& answer) {
  WitnessState& state = states_[answer.witness];
  asked_[answer.witness].busy = false;
  if (!answer.result) {
    state.trouble = "no answer: " + answer.result.error().message;
    return;
  }
  switch (answer.result->status) {
    case kOk: return cosigned(answer.witness, answer.result->body);
    case kConflict: return conflict(answer.witness, answer.result->body);
    case kUnprocessable:
      return contradict(answer.witness, "the log does not continue the tree of " +
                                            std::to_string(state.size) +
                                            " entries that it saw: the log forked");
    default:
      state.trouble = "refused with status " + std::to_string(answer.result->status) +
                      (answer.result->status == 404   ? ": it does not know this log"
                       : answer.result->status == 403 ? ": it does not trust the log's key"
                                                      : "");
  }
}

void WitnessRounds::cosigned(std::size_t witness, const std::string& lines) {
  WitnessState& state = states_[witness];
  Asked& asked = asked_[witness];
  const std::string text = ledger::checkpoint_text(asked.checkpoint);
  const auto only = ledger::WitnessPolicy::make({links_[witness].key}, 1);
  const auto signatures = ledger::parse_signatures(lines);
  const auto found =
      signatures ? ledger::cosignatures_of(text, *signatures, *only) : fail(signatures.error());
  if (!found || found->empty()) {
    state.trouble = found ? "answered without a cosignature by its key"
                          : "answered with no cosignature: " + found.error().message;
    return;
  }
  state = {state.name, asked.checkpoint.size, found->front().at, {}, false};
  asked.line = found->front().line;
  changed_ = true;
}

void WitnessRounds::conflict(std::size_t witness, const std::string& body) {
  WitnessState& state = states_[witness];
  const std::uint64_t ours = asked_[witness].checkpoint.size;
  const auto size = ledger::parse_conflict_size(body);
  if (!size) {
    state.trouble = size.error().message;
    return;
  }
  if (*size > ours) {
    return contradict(witness, "it saw " + std::to_string(*size) +
                                   " entries of this log, which has " + std::to_string(ours) +
                                   ": the log was rolled back, or another copy of it is written");
  }
  if (*size == state.size && *size == ours) {
    return contradict(
        witness, "it saw another tree of " + std::to_string(*size) + " entries: the log forked");
  }
  if (asked_[witness].retried) {
    state.trouble = "changes its mind about the size that it saw";
    return;
  }
  asked_[witness].retried = true;
  state.size = *size;
  ask(witness);
}

void WitnessRounds::contradict(std::size_t witness, std::string why) {
  states_[witness].trouble = std::move(why);
  states_[witness].contradicts = true;
}

Result<> WitnessRounds::publish() {
  changed_ = false;
  std::string note = note_;
  std::size_t given = 0;
  for (const Asked& asked : asked_) {
    if (asked.checkpoint != checkpoint_ || asked.line.empty()) continue;
    note += asked.line;
    ++given;
  }
  if (given < std::max<std::size_t>(policy_.quorum(), 1)) return {};
  AMBIT_CHECK_OK(replace_file(*ops_, path_in(directory_), note));
  witnessed_ = std::move(note);
  published_ = checkpoint_;
  return {};
}

}  // namespace ambit::ledger_file::internal
