#include "ledger/cosignature.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "ledger/internal/note_key.h"

namespace ambit::ledger {
namespace {

constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kSignatureBytes = 64;

std::string cosigned_message(std::string_view checkpoint_text, std::uint64_t seconds) {
  std::string out = "cosignature/v1\ntime " + std::to_string(seconds) + "\n";
  return out.append(checkpoint_text);
}

std::string big_endian(std::uint64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xff));
  }
  return out;
}

// The time of the cosignature, if `signature` is one by `key`.
std::optional<Time> verified_at(std::string_view checkpoint_text, std::string_view signature,
                                const WitnessKey& key) {
  if (signature.size() != kTimeBytes + kSignatureBytes) return {};
  std::uint64_t seconds = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    seconds = (seconds << 8) | static_cast<std::uint8_t>(signature[i]);
  }
  // What a Time can hold is beyond any clock and below the bound of the specification.
  if (seconds > std::numeric_limits<std::int64_t>::max() / 1000) return {};
  if (!key.key().verify(cosigned_message(checkpoint_text, seconds), signature.substr(kTimeBytes))) {
    return {};
  }
  return Time{static_cast<std::int64_t>(seconds) * 1000};
}

}  // namespace

Result<WitnessKey> WitnessKey::make(std::string name, crypto::PublicKey key) {
  AMBIT_TRY(internal::NoteKey made,
            internal::make_note_key(std::move(name), std::move(key), internal::kCosignatureType));
  return WitnessKey(std::move(made.name), std::move(made.key), made.key_id);
}

Result<WitnessKey> WitnessKey::parse(std::string_view text) {
  AMBIT_TRY(internal::NoteKey parsed, internal::parse_note_key(text, internal::kCosignatureType));
  return WitnessKey(std::move(parsed.name), std::move(parsed.key), parsed.key_id);
}

std::string WitnessKey::to_text() const {
  return internal::note_key_text(name_, key_id_, key_, internal::kCosignatureType);
}

Result<WitnessPolicy> WitnessPolicy::make(std::vector<WitnessKey> witnesses, std::size_t quorum) {
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (witnesses[i].name() == witnesses[j].name() ||
          witnesses[i].key().ed25519_bytes() == witnesses[j].key().ed25519_bytes()) {
        return fail(Code::kInvalid, "witness.policy",
                    "the witnesses `" + witnesses[j].name() + "` and `" + witnesses[i].name() +
                        "` are one: each needs a name and a key of its own");
      }
    }
  }
  if (quorum > witnesses.size()) {
    return fail(Code::kInvalid, "witness.policy",
                "a quorum of " + std::to_string(quorum) + " cannot be reached with " +
                    std::to_string(witnesses.size()) + " witnesses");
  }
  WitnessPolicy out;
  out.witnesses_ = std::move(witnesses);
  out.quorum_ = quorum;
  return out;
}

std::string cosign(std::string_view checkpoint_text, const WitnessKey& name,
                   const crypto::SigningKey& key, Time at) {
  const auto seconds = static_cast<std::uint64_t>(at.ms / 1000);
  return internal::signature_line(
      name.name(), name.key_id(),
      big_endian(seconds) + key.sign(cosigned_message(checkpoint_text, seconds)));
}

Result<std::vector<Cosignature>> cosignatures_of(std::string_view checkpoint_text,
                                                 const std::vector<NoteSignature>& signatures,
                                                 const WitnessPolicy& policy) {
  std::vector<Cosignature> out;
  for (const WitnessKey& witness : policy.witnesses()) {
    const auto found =
        std::find_if(signatures.begin(), signatures.end(), [&](const NoteSignature& signature) {
          return signature.name == witness.name() && signature.key_id == witness.key_id();
        });
    if (found == signatures.end()) continue;
    const auto at = verified_at(checkpoint_text, found->signature, witness);
    if (!at) {
      return fail(Code::kUnauthenticated, "witness.bad_signature",
                  "the cosignature by `" + witness.name() + "` does not fit the checkpoint");
    }
    out.push_back({witness.name(), *at, signature_line_of(*found)});
  }
  return out;
}

Result<std::vector<Cosignature>> check_quorum(std::string_view note, const WitnessPolicy& policy) {
  AMBIT_TRY(const UnverifiedNote parsed, parse_note(note));
  AMBIT_TRY(std::vector<Cosignature> out, cosignatures_of(parsed.text, parsed.signatures, policy));
  if (out.size() >= policy.quorum()) return out;
  return fail(Code::kUnauthenticated, "witness.quorum",
              std::to_string(out.size()) + " of " + std::to_string(policy.witnesses().size()) +
                  " known witnesses cosigned the checkpoint; it takes " +
                  std::to_string(policy.quorum()));
}

}  // namespace ambit::ledger
