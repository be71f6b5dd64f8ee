#include "replay/simulator.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <tuple>

#include "replay/recent.h"
#include "replay/what_if.h"

namespace ambit::replay {
namespace {

using domain::Verdict;
using ports::SimulatedChange;
using ports::Simulation;

bool loosens(const SimulatedChange& change) {
  return openness(change.after) > openness(change.before);
}

// Those that move alike as one.
std::vector<SimulatedChange> grouped(const std::vector<Change>& changes) {
  std::map<std::tuple<std::string, std::string, Verdict, Verdict, std::string>, SimulatedChange>
      groups;
  for (const Change& one : changes) {
    SimulatedChange& group = groups[{one.agent, one.tool, one.before, one.after, one.reason}];
    if (group.decisions++ > 0 && group.entry > one.index) continue;
    group = {one.agent,  one.tool,        one.before,   one.after,
             one.reason, group.decisions, one.decision, one.index};
  }
  std::vector<SimulatedChange> out;
  for (auto& [key, group] : groups) out.push_back(std::move(group));
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    if (loosens(a) != loosens(b)) return loosens(a);
    if (a.after != b.after) {
      // What goes furthest first: allowed before held, denied before held.
      return loosens(a) ? openness(a.after) > openness(b.after)
                        : openness(a.after) < openness(b.after);
    }
    return a.decisions > b.decisions;
  });
  return out;
}

// The first ones of each direction; the rest is counted.
void keep_first(std::vector<SimulatedChange> changes, std::size_t most, Simulation& out) {
  std::size_t looser = 0, tighter = 0;
  for (SimulatedChange& change : changes) {
    std::size_t& count = loosens(change) ? looser : tighter;
    if (count++ < most) {
      out.changes.push_back(std::move(change));
    } else {
      ++out.more_changes;
    }
  }
}

void count(const WhatIfReport& report, Simulation& out) {
  out.undecidable = report.incomplete + report.erased + report.locked + report.tampered;
  out.same = report.same;
  out.loosened = report.loosened();
  for (const auto& [move, decisions] : report.moved) {
    switch (move.second) {
      case Verdict::kAllow: out.newly_allowed += decisions; break;
      case Verdict::kHold: out.newly_held += decisions; break;
      case Verdict::kDeny: out.newly_denied += decisions; break;
    }
  }
  for (const auto& [verdict, decisions] : report.before) {
    if (verdict != Verdict::kDeny) out.passed += decisions;
  }
}

}  // namespace

Result<Simulation> LedgerSimulator::simulate(const ports::SimulationQuery& query) {
  const Time deadline = clock_.now() + query.budget;
  const auto go_on = [&]() -> Result<> {
    if (stopping_) {
      return fail(Code::kUnavailable, "policy.simulation",
                  "the set was not simulated, as the server stops");
    }
    if (clock_.now() <= deadline) return {};
    return fail(Code::kUnavailable, "policy.simulation",
                "the newest " + std::to_string(query.max_decisions) +
                    " decisions could not be tried within " +
                    std::to_string(query.budget.ms / 1000) +
                    " s, and what was not simulated is not published; try again, or let the "
                    "server try fewer");
  };
  AMBIT_TRY(const Recent recent,
            find_recent(log_, index_, {query.max_decisions, query.since, go_on}));
  Simulation out;
  out.from = recent.from;
  out.to = recent.to;
  out.decisions = recent.decisions;
  out.first = recent.first;
  out.last = recent.last;
  if (recent.decisions == 0) return out;
  WhatIfOptions options;
  options.policies = query.draft;
  options.base = query.base;
  options.since = query.since;
  options.from = recent.from;
  options.max_changes = std::numeric_limits<std::size_t>::max();  // as many as decisions at most
  options.keys = &keys_;
  AMBIT_TRY(const WhatIfReport report, what_if(source_of(log_, recent, go_on), options));
  count(report, out);
  keep_first(grouped(report.changes), query.max_changes, out);
  return out;
}

}  // namespace ambit::replay
