#include "service/internal/decision_outline.h"

#include <cstdint>

#include "ledger/record.h"
#include "text/canonical_reader.h"

namespace ambit::service {
namespace {

using text::CanonicalReader;
using text::Json;

// As it stands in the record.
struct Names {
  std::string_view verdict;
  std::string_view would;
  std::string_view tier;
};

std::optional<DecisionOutline> named(DecisionOutline out, const Names& names) {
  const auto verdict = domain::value_of<domain::Verdict>(names.verdict);
  if (!verdict) return std::nullopt;
  out.verdict = *verdict;
  if (!names.tier.empty()) {
    out.tier = domain::value_of<domain::Tier>(names.tier).value_or(domain::Tier::kLow);
  }
  if (names.would.empty()) return out;
  if (const auto would = domain::value_of<domain::Verdict>(names.would)) out.would = *would;
  return out;
}

void read_decision(CanonicalReader& in, DecisionOutline& out, Names& names) {
  for (auto member = in.object(); member.next();) {
    if (member.key() == "approval") {
      in.text(out.approval_used);
    } else if (member.key() == "verdict") {
      names.verdict = in.plain_text();
    } else if (member.key() == "would") {
      names.would = in.plain_text();
    } else {
      in.skip();
    }
  }
}

void read_body(CanonicalReader& in, DecisionOutline& out, Names& names) {
  for (auto member = in.object(); member.next();) {
    const std::string_view key = member.key();
    if (key == "approval_requested") {
      out.requested = in.tree();
    } else if (key == "decision") {
      read_decision(in, out, names);
    } else if (key == "id") {
      in.text(out.id);
    } else if (key == "situation") {
      in.text(out.situation);
    } else if (key == "tier") {
      names.tier = in.plain_text();
    } else {
      in.skip();
    }
  }
}

}  // namespace

std::optional<DecisionOutline> outline_of(const Json& body) {
  const Json* decision = body.find("decision");
  if (!decision) return std::nullopt;
  DecisionOutline out;
  out.id = body.string_or("id", "");
  out.situation = body.string_or("situation", "");
  out.approval_used = decision->string_or("approval", "");
  if (const Json* requested = body.find("approval_requested")) out.requested = *requested;
  return named(std::move(out), {decision->string_or("verdict", ""),
                                decision->string_or("would", ""), body.string_or("tier", "")});
}

std::optional<DecisionOutline> outline_of_record(std::string_view record) {
  if (!ledger::has_kind(record, "decision")) return std::nullopt;
  DecisionOutline out;
  Names names;
  std::int64_t version = 0;
  std::string_view kind;
  CanonicalReader in(record);
  for (auto member = in.object(); member.next();) {
    if (member.key() == "body") {
      read_body(in, out, names);
    } else if (member.key() == "kind") {
      kind = in.plain_text();
    } else if (member.key() == "v") {
      version = in.integer();
    } else {
      in.skip();
    }
  }
  const bool known = version >= 1 && version <= ledger::kRecordVersion && kind == "decision";
  if (!in.end() || !known) return std::nullopt;
  return named(std::move(out), names);
}

}  // namespace ambit::service
