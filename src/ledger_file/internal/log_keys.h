// The keys of a log that is written: who signs now, who signed before, and `ledger.pub`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/keys.h"
#include "ledger/key_chain.h"
#include "ledger_file/internal/file_ops.h"

namespace ambit::ledger_file::internal {

struct KeyRecord {
  std::uint64_t index = 0;
  std::string record;
};

// What `ledger.pub` says, or nothing when there is none.
Result<std::optional<ledger::KeyChain>> read_key_chain(const std::string& directory);

class LogKeys {
 public:
  // Reads `ledger.pub`, or makes it for a new log called `origin` whose key is the first of `held`.
  // Fails with `ledger.wrong_key` when the log has another name.
  static Result<LogKeys> open(const std::string& directory, const std::string& origin,
                              std::vector<crypto::SigningKey> held, FileOps& ops);

  const ledger::KeyChain& chain() const { return chain_; }
  void hold(crypto::SigningKey key) { held_.push_back(std::move(key)); }
  void forget_from(std::uint64_t index) { chain_.forget_from(index); }
  void adopt(ledger::KeyChain chain) { chain_ = std::move(chain); }

  // The chain with the keys that `records` name.
  Result<ledger::KeyChain> chain_with(const std::vector<KeyRecord>& records) const;
  // Fails with `ledger.wrong_key` unless every key of `chain` that still signs checkpoints of
  // `sealed` entries or more is held.
  Result<> check_held(const ledger::KeyChain& chain, std::uint64_t sealed) const;
  Result<> publish(const ledger::KeyChain& chain) const;
  // A checkpoint behind the one of `previous` entries, by all whose signature it needs.
  Result<std::string> sign(const ledger::KeyChain& chain, std::uint64_t size,
                           const ledger::Hash& root, std::uint64_t previous) const;

 private:
  LogKeys(std::string directory, ledger::KeyChain chain, std::vector<crypto::SigningKey> held,
          FileOps& ops)
      : directory_(std::move(directory)),
        chain_(std::move(chain)),
        held_(std::move(held)),
        ops_(&ops) {}

  Result<const crypto::SigningKey*> private_key_of(const ledger::NoteVerifier& key) const;

  std::string directory_;
  ledger::KeyChain chain_;
  std::vector<crypto::SigningKey> held_;
  FileOps* ops_;
};

}  // namespace ambit::ledger_file::internal
