// What the actions of each tier need besides what policies say of them (Requirement E12).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/approval.h"
#include "domain/fields.h"
#include "domain/vocabulary.h"
#include "text/json.h"

namespace ambit::domain {

struct TierControls {
  // Who approves an action of this tier; empty: only whom policies name. Never empty for the high
  // tier.
  std::vector<Need> approval;
  // In the scope of a task that takes an action of this tier; 0: no bound.
  std::int64_t max_tools = 0;
  // At most, of a credential with which an action of this tier can be taken; 0: no bound of its
  // own.
  Duration credential_lifetime;

  friend bool operator==(const TierControls&, const TierControls&) = default;
};

// A row for each tier. By default the high tier needs one `approver`, and nothing else is asked.
class TierTable {
 public:
  TierTable();

  TierControls& operator[](Tier tier) { return rows_[static_cast<std::size_t>(tier)]; }
  const TierControls& operator[](Tier tier) const { return rows_[static_cast<std::size_t>(tier)]; }

  friend bool operator==(const TierTable&, const TierTable&) = default;

 private:
  std::array<TierControls, 3> rows_;
};

// From the lowest to the highest.
inline constexpr std::array<Tier, 3> kTiers{Tier::kLow, Tier::kElevated, Tier::kHigh};

// Reads the members `high_tier_needs` and `tiers` of a policy set: `{"elevated": {"approval"?:
// [{"approvers", "quorum"}], "max_tools"?: 8, "credential_lifetime"?: "5m"}, ...}`. The approval of
// the high tier may stand in either. What is wrong is reported by `fields`.
TierTable take_tier_table(Fields& fields);

// Sets the same two members: the approval of the high tier as `high_tier_needs`, and `tiers` where
// there is more to say.
void set_tier_table(text::Json& document, const TierTable& table);

}  // namespace ambit::domain
