#include "replay/internal/checker.h"

#include <algorithm>

namespace ambit::replay {
namespace {

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

bool same(const std::vector<decision::Reason>& a, const std::vector<decision::Reason>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const decision::Reason& x, const decision::Reason& y) {
                      return x.code == y.code && x.message == y.message && x.remedy == y.remedy;
                    });
}

// A hold is refused when too many wait: that is the service's own doing, after the decision.
bool refused_as_too_many(const RecordedVerdict& recorded) {
  return recorded.reasons.size() == 1 &&
         recorded.reasons.front().code == "approval.too_many_pending";
}

// What is not as it was recorded; empty when all is.
std::string compare(const RecordedDecision& decision, const decision::Decision& again) {
  const RecordedVerdict& recorded = decision.recorded;
  const std::string_view now = domain::name_of(again.verdict);
  if (again.snapshot != decision.snapshot_digest) {
    return "what was read has another digest than recorded";
  }
  if (again.action != decision.action_digest) {
    return "the action has another digest than recorded";
  }
  if (refused_as_too_many(recorded)) {
    return again.verdict == domain::Verdict::kHold
               ? ""
               : "verdict is " + quoted(now) + ", recorded `hold` (too many wait)";
  }
  if (now != recorded.verdict) {
    return "verdict is " + quoted(now) + ", recorded " + quoted(recorded.verdict);
  }
  if (!same(again.reasons, recorded.reasons)) return "the reasons differ from those recorded";
  if (again.determining != recorded.determining) {
    return "other policies determined it than recorded";
  }
  if (again.observed != recorded.observed ||
      (again.would ? domain::name_of(*again.would) : "") != recorded.would) {
    return "policies in observe mode would have made something else of it than recorded";
  }
  return {};
}

}  // namespace

void Checker::check(const ports::EntryView& entry, ApprovalPtr approval) {
  if (failure_) return;
  auto outcome = decide_again(entry, std::move(approval));
  if (!outcome) failure_ = Failure{entry.index, std::move(outcome).error()};
}

Result<> Checker::decide_again(const ports::EntryView& entry, ApprovalPtr approval) {
  const auto read = reader_.read(entry, std::move(approval), recorded_);
  if (!read && read.error().reason == "vault.tampered") {
    differs(entry.index, {}, read.error().message);
    return {};
  }
  AMBIT_CHECK_OK(read);
  if (!recorded_.can_decide()) {
    const bool locked = recorded_.values == vault::Values::kLocked;
    ++(recorded_.values == vault::Values::kErased ? counted_.erased
       : locked                                   ? counted_.locked
                                                  : counted_.incomplete);
    return {};
  }
  std::string what = compare(recorded_, recorded_.decide());
  if (what.empty()) {
    ++counted_.identical;
  } else {
    differs(entry.index, recorded_.action.id, std::move(what));
  }
  return {};
}

void Checker::differs(std::uint64_t index, const std::string& decision, std::string what) {
  ++counted_.different;
  // Entries come in ascending order: the first ones are kept.
  if (counted_.differences.size() >= max_differences_) return;
  counted_.differences.push_back({index, decision, std::move(what)});
}

void Checker::report(ReplayReport& out) const {
  out.identical += counted_.identical;
  out.different += counted_.different;
  out.incomplete += counted_.incomplete;
  out.erased += counted_.erased;
  out.locked += counted_.locked;
  out.differences.insert(out.differences.end(), counted_.differences.begin(),
                         counted_.differences.end());
}

}  // namespace ambit::replay
