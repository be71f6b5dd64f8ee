// Witness cosignatures (C2SP tlog-cosignature, Ed25519): a witness states when it saw a checkpoint
// that continues all it saw before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "ledger/note.h"

namespace ambit::ledger {

// A named public key of a witness. Apart from NoteVerifier, so that no key can be taken for both.
class WitnessKey {
 public:
  // Fails with `note.key`.
  static Result<WitnessKey> make(std::string name, crypto::PublicKey key);
  // Reads `<name>+<8 hex digits of the key id>+<base64(0x04 || key)>`.
  static Result<WitnessKey> parse(std::string_view text);

  const std::string& name() const { return name_; }
  const crypto::PublicKey& key() const { return key_; }
  // SHA-256(name || 0x0A || 0x04 || key)[:4], big-endian.
  std::uint32_t key_id() const { return key_id_; }
  std::string to_text() const;

 private:
  WitnessKey(std::string name, crypto::PublicKey key, std::uint32_t key_id)
      : name_(std::move(name)), key_(std::move(key)), key_id_(key_id) {}

  std::string name_;
  crypto::PublicKey key_;
  std::uint32_t key_id_ = 0;
};

// Whose cosignatures count, and how many of them it takes.
class WitnessPolicy {
 public:
  WitnessPolicy() = default;
  // Fails with `witness.policy` for a key or a name that stands there twice (a cosignature does not
  // commit to its name), or a quorum that the witnesses cannot reach.
  static Result<WitnessPolicy> make(std::vector<WitnessKey> witnesses, std::size_t quorum);

  const std::vector<WitnessKey>& witnesses() const { return witnesses_; }
  std::size_t quorum() const { return quorum_; }

 private:
  std::vector<WitnessKey> witnesses_;
  std::size_t quorum_ = 0;
};

struct Cosignature {
  std::string witness;  // its name
  Time at;              // whole seconds, by the witness's clock
  std::string line;     // as it stands in a note

  friend bool operator==(const Cosignature&, const Cosignature&) = default;
};

// The line by which a witness cosigns `checkpoint_text`, the text of a checkpoint. For witnesses.
// Preconditions: `key` belongs to `name`, `at` is not before 1970.
std::string cosign(std::string_view checkpoint_text, const WitnessKey& name,
                   const crypto::SigningKey& key, Time at);

// The cosignatures among `signatures` of witnesses that `policy` knows; others are ignored, and so
// is a second one by the same witness. Fails with `witness.bad_signature` when a known witness's
// does not fit.
Result<std::vector<Cosignature>> cosignatures_of(std::string_view checkpoint_text,
                                                 const std::vector<NoteSignature>& signatures,
                                                 const WitnessPolicy& policy);

// The same for a whole note, and `witness.quorum` when there are fewer than the policy asks for.
Result<std::vector<Cosignature>> check_quorum(std::string_view note, const WitnessPolicy& policy);

}  // namespace ambit::ledger
