// A policy set that waits for a second human before it takes effect (Requirement B3).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "text/json.h"

namespace ambit::domain {

// `kSuperseded`: another version was published meanwhile, so what was compared no longer stands.
enum class ProposalState { kOpen, kPublished, kRefused, kSuperseded };
std::string_view name_of(ProposalState value);

struct Proposal {
  std::string id;
  ProposalState state = ProposalState::kOpen;
  std::string author;
  Time proposed_at;
  text::Json set;      // as it was sent: `policies`, `high_tier_needs`, `tiers`, `tests`, `note`
  std::string digest;  // of the set that would decide, `sha256:...`
  std::string before;  // of the set in force when it was proposed
  // Why one human is not enough, and what else changes.
  std::vector<std::string> loosens;
  std::vector<std::string> widens;
  std::vector<std::string> tightens;
  text::Json simulation;  // on recent decisions, when it was proposed; null in older proposals
  std::string closed_by;  // who published or refused it
  std::string note;       // the refuser's words
  std::optional<Time> closed_at;
  std::uint64_t revision = 0;
};

text::Json to_json(const Proposal& proposal);
Result<Proposal> proposal_from_json(const text::Json& json);

}  // namespace ambit::domain
