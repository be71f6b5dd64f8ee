#include "domain/tier_table.h"

namespace ambit::domain {
namespace {

using text::Json;

constexpr Duration kShortestLifetime = seconds(30);  // time to renew a credential before it ends

// As parse_duration() reads it.
std::string to_text(Duration duration) {
  if (duration.ms % 60'000 == 0) return std::to_string(duration.ms / 60'000) + "m";
  if (duration.ms % 1000 == 0) return std::to_string(duration.ms / 1000) + "s";
  return std::to_string(duration.ms) + "ms";
}

std::vector<Need> take_needs(Fields& fields, std::string_view key) {
  std::vector<Need> out;
  for (const Json& item : fields.items(key)) {
    Fields need(item, fields.path_of(key));
    Need read{need.text("approvers"), need.integer("quorum")};
    if (read.quorum < 1) need.problem("quorum", "must be at least 1");
    if (read.approvers.empty()) need.problem("approvers", "must name a role or a human");
    fields.nested(need.finish());
    out.push_back(std::move(read));
  }
  return out;
}

TierControls take_controls(Fields& fields) {
  TierControls out;
  out.approval = take_needs(fields, "approval");
  out.max_tools = fields.integer_or("max_tools", 0);
  if (out.max_tools < 0) fields.problem("max_tools", "must not be negative; 0 means no bound");
  const std::string lifetime = fields.text_or("credential_lifetime", "");
  if (lifetime.empty()) return out;
  const auto read = parse_duration(lifetime);
  if (!read) {
    fields.problem("credential_lifetime", read.error().message);
  } else if (*read < kShortestLifetime) {
    fields.problem("credential_lifetime", "must be at least `" + to_text(kShortestLifetime) + "`");
  } else {
    out.credential_lifetime = *read;
  }
  return out;
}

Json to_json(const TierControls& controls) {
  Json out = Json::object();
  if (!controls.approval.empty()) out.set("approval", to_json(controls.approval));
  if (controls.max_tools > 0) out.set("max_tools", controls.max_tools);
  if (controls.credential_lifetime.ms > 0) {
    out.set("credential_lifetime", to_text(controls.credential_lifetime));
  }
  return out;
}

}  // namespace

TierTable::TierTable() { (*this)[Tier::kHigh].approval = {Need{"approver", 1}}; }

TierTable take_tier_table(Fields& fields) {
  TierTable out;
  if (auto needs = take_needs(fields, "high_tier_needs"); !needs.empty()) {
    out[Tier::kHigh].approval = std::move(needs);
  }
  const Json* json = fields.value("tiers");
  if (!json) return out;
  Fields rows(*json, fields.path_of("tiers"));
  for (const Tier tier : kTiers) {
    const Json* row = rows.value(name_of(tier));
    if (!row) continue;
    Fields controls(*row, rows.path_of(name_of(tier)));
    TierControls read = take_controls(controls);
    if (tier == Tier::kHigh && read.approval.empty()) {
      read.approval = std::move(out[tier].approval);
    } else if (tier == Tier::kHigh && fields.value("high_tier_needs")) {
      controls.problem("approval", "is said twice, here and in `high_tier_needs`");
    }
    out[tier] = std::move(read);
    rows.nested(controls.finish());
  }
  fields.nested(rows.finish());
  return out;
}

void set_tier_table(Json& document, const TierTable& table) {
  document.set("high_tier_needs", to_json(table[Tier::kHigh].approval));
  Json rows = Json::object();
  for (const Tier tier : kTiers) {
    TierControls controls = table[tier];
    if (tier == Tier::kHigh) controls.approval.clear();
    if (controls != TierControls()) rows.set(std::string(name_of(tier)), to_json(controls));
  }
  if (!rows.as_object().empty()) document.set("tiers", std::move(rows));
}

}  // namespace ambit::domain
