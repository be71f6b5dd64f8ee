#include "replay/what_if.h"

#include <algorithm>
#include <unordered_map>

#include "domain/token_bucket.h"
#include "ledger/record.h"
#include "replay/internal/decision_reader.h"
#include "replay/internal/history.h"

namespace ambit::replay {
namespace {

using domain::SessionEvent;
using domain::SessionState;
using domain::Verdict;

constexpr std::uint64_t kProgressEvery = 10'000;

// The sessions as the draft would have led to them.
class Sessions {
 public:
  // The state before a decision; as recorded where nothing of the task was decided anew yet.
  const SessionState& before(const RecordedDecision& recorded) {
    const auto [it, fresh] = states_.try_emplace(recorded.action.task);
    if (fresh && recorded.session) it->second = *recorded.session;
    if (recorded.session) it->second.in_flight = recorded.session->in_flight;
    return it->second;
  }

  // The counters as the draft would have found them: budgets anew, and rates where the draft
  // changes them.
  decision::Reservation reservation(const RecordedDecision& recorded, const Changes& changes) {
    decision::Reservation out = recorded.snapshot.reservation;
    if (out.limit == "limit.budget") out = {};
    const auto changed = changes.agents.find(recorded.action.agent);
    if (changed != changes.agents.end() && changed->second.find("limits")) out = rate(recorded);
    for (const auto& task : recorded.snapshot.chain) {
      const auto state = task ? states_.find(task->id) : states_.end();
      if (state == states_.end() || !out.granted) continue;
      if (state->second.released >= task->budget_calls) {
        out = {false, "limit.budget", task->budget_calls, state->second.released};
      }
    }
    return out;
  }

  void apply(const RecordedDecision& recorded, const decision::Decision& decision) {
    fold(recorded, decision.delta);
    if (decision.verdict != Verdict::kAllow) return;
    released_[recorded.action.id] = {chain_of(recorded), recorded.snapshot.tool->binding->labels};
  }

  // What cannot be decided again is taken to have come out as it did.
  void apply_recorded(const RecordedDecision& recorded, Verdict verdict) {
    (void)before(recorded);
    decision::Decision decision;
    decision.verdict = verdict;
    decision.delta.reference = recorded.action.id;
    switch (verdict) {
      case Verdict::kAllow:
        decision.delta.kind = SessionEvent::Kind::kReleased;
        if (recorded.snapshot.server) decision.delta.system = recorded.snapshot.server->system;
        break;
      case Verdict::kHold: decision.delta.kind = SessionEvent::Kind::kHeld; break;
      case Verdict::kDeny: decision.delta.kind = SessionEvent::Kind::kDenied; break;
    }
    apply(recorded, decision);
  }

  // Labels that a result brought in, if the call would have been let go.
  void outcome(const text::Json& body) {
    const auto call = released_.find(std::string(body.string_or("decision", "")));
    if (call == released_.end()) return;
    const Released& released = call->second;
    for (const auto& task : released.chain) {
      states_[task].labels.insert(released.labels.begin(), released.labels.end());
    }
    released_.erase(call);
  }

 private:
  struct Released {
    std::vector<std::string> chain;   // its task and those above
    std::vector<std::string> labels;  // of its tool
  };

  decision::Reservation rate(const RecordedDecision& recorded) {
    const auto& agent = recorded.snapshot.agent;
    if (!agent || !agent->agent) return {};
    const domain::Limits& limits = agent->agent->limits;
    const std::int64_t per_minute =
        limits.calls_per_minute > 0 ? limits.calls_per_minute : domain::kDefaultCallsPerMinute;
    const std::int64_t burst = limits.burst > 0 ? limits.burst : domain::kDefaultBurst;
    if (calls_[agent->id].take(recorded.snapshot.now, per_minute, burst)) return {};
    return {false, "limit.rate", per_minute, per_minute};
  }

  static std::vector<std::string> chain_of(const RecordedDecision& recorded) {
    std::vector<std::string> out;
    for (const auto& task : recorded.snapshot.chain) {
      if (task) out.push_back(task->id);
    }
    return out;
  }

  void fold(const RecordedDecision& recorded, const SessionEvent& event) {
    for (const auto& task : chain_of(recorded)) domain::apply(states_[task], event);
  }

  std::unordered_map<std::string, SessionState> states_;
  std::unordered_map<std::string, domain::TokenBucket> calls_;  // by agent
  std::unordered_map<std::string, Released> released_;          // by decision
};

std::string reason_of(const decision::Decision& decision) {
  if (!decision.reasons.empty()) return decision.reasons.front().code;
  std::string out;
  for (const auto& policy : decision.determining) out += (out.empty() ? "" : ", ") + policy;
  return out;
}

// A changed binding may give the call another class, outcome and tier.
void take_effect_anew(RecordedDecision& recorded) {
  const auto& tool = recorded.snapshot.tool;
  if (!tool || !tool->binding || recorded.action.effect.outcome.empty()) return;
  domain::Action& action = recorded.action;
  action.effect = action.probe ? domain::effect_of(*tool, *action.probe) : tool->binding->effect;
  action.tier = domain::tier_of(*tool, action.effect);
}

using PolicyPtr = std::shared_ptr<const decision::PolicyState>;

PolicyPtr compiled(const PolicyPtr& state) {
  if (!state || state->compiled) return state;
  cedar::PolicyCompiler compiler = decision::new_compiler();
  decision::PolicyState out = *state;
  decision::note_modes(out);
  decision::compile(out, compiler);
  return std::make_shared<const decision::PolicyState>(std::move(out));
}

class Run {
 public:
  explicit Run(const WhatIfOptions& options)
      : options_(options),
        draft_(compiled(options.policies)),
        base_(compiled(options.base)),
        history_(options.keys, &options.changes),
        reader_(history_, options.keys) {}

  Result<> add(const ports::EntryView& entry) {
    if (!History::is_decision(entry.record)) {
      AMBIT_CHECK_OK(note_outcome(entry));
      return history_.add(entry);
    }
    AMBIT_TRY(ApprovalPtr approval, history_.note_decision(entry));
    if (entry.index < options_.from) return {};
    RecordedDecision recorded;
    const auto read = reader_.read(entry, std::move(approval), recorded);
    if (!read && read.error().reason == "vault.tampered") {
      ++report_.decisions;
      ++report_.tampered;
      return {};
    }
    AMBIT_CHECK_OK(read);
    return recorded.snapshot.now < options_.since ? pass(recorded) : decide(std::move(recorded));
  }

  WhatIfReport take() {
    report_.unmatched = history_.unmatched();
    keep_worst();
    return std::move(report_);
  }

 private:
  Result<> note_outcome(const ports::EntryView& entry) {
    if (!ledger::has_kind(entry.record, "outcome")) return {};
    AMBIT_TRY(const ledger::Record record, ledger::decode_record(entry.index, entry.record));
    sessions_.outcome(record.body);
    return {};
  }

  // What came before is not tried, but leads to the sessions that the rest is tried in.
  Result<> pass(const RecordedDecision& recorded) {
    if (base_) return {};
    AMBIT_TRY(const Verdict verdict, domain::value_of<Verdict>(recorded.recorded.verdict));
    sessions_.apply_recorded(recorded, verdict);
    return {};
  }

  void count_undecidable(vault::Values values) {
    switch (values) {
      case vault::Values::kErased: ++report_.erased; break;
      case vault::Values::kLocked: ++report_.locked; break;
      case vault::Values::kNone:
      case vault::Values::kOpen: ++report_.incomplete; break;
    }
  }

  Result<> decide(RecordedDecision recorded) {
    ++report_.decisions;
    if (options_.progress && report_.decisions % kProgressEvery == 0) {
      options_.progress(report_.decisions);
    }
    AMBIT_TRY(const Verdict before, domain::value_of<Verdict>(recorded.recorded.verdict));
    if (!recorded.can_decide()) {
      count_undecidable(recorded.values);
      if (!base_) sessions_.apply_recorded(recorded, before);
      return {};
    }
    if (base_) {
      recorded.snapshot.policies = base_;
      const Verdict in_force = recorded.decide().verdict;
      if (draft_) recorded.snapshot.policies = draft_;
      compare(recorded, in_force, recorded.decide());
      return {};
    }
    recorded.session = sessions_.before(recorded);
    recorded.snapshot.reservation = sessions_.reservation(recorded, options_.changes);
    if (draft_) recorded.snapshot.policies = draft_;
    if (!options_.changes.tools.empty()) take_effect_anew(recorded);
    const decision::Decision after = recorded.decide();
    sessions_.apply(recorded, after);
    compare(recorded, before, after);
    return {};
  }

  void compare(const RecordedDecision& recorded, Verdict before, const decision::Decision& after) {
    ++report_.before[before];
    if (after.verdict == before) {
      ++report_.same;
      return;
    }
    ++report_.moved[{before, after.verdict}];
    Change change{recorded.index,
                  recorded.action.id,
                  recorded.action.agent,
                  recorded.action.task,
                  recorded.action.full_tool(),
                  before,
                  after.verdict,
                  reason_of(after)};
    // Changes that tighten give way: they are the harmless ones.
    if (report_.changes.size() < options_.max_changes || change.loosens()) {
      report_.changes.push_back(std::move(change));
    }
    if (report_.changes.size() > 2 * options_.max_changes) keep_worst();
  }

  // Those that loosen first, as many as are told.
  void keep_worst() {
    std::stable_sort(report_.changes.begin(), report_.changes.end(),
                     [](const Change& a, const Change& b) { return a.loosens() && !b.loosens(); });
    if (report_.changes.size() > options_.max_changes) {
      report_.changes.resize(options_.max_changes);
    }
  }

  const WhatIfOptions& options_;
  PolicyPtr draft_;
  PolicyPtr base_;
  History history_;
  DecisionReader reader_;
  Sessions sessions_;
  WhatIfReport report_;
};

}  // namespace

int openness(Verdict verdict) {
  switch (verdict) {
    case Verdict::kDeny: return 0;
    case Verdict::kHold: return 1;
    case Verdict::kAllow: return 2;
  }
  return 0;
}

bool Change::loosens() const { return openness(after) > openness(before); }

std::uint64_t WhatIfReport::loosened() const {
  std::uint64_t out = 0;
  for (const auto& [move, count] : moved) {
    if (openness(move.second) > openness(move.first)) out += count;
  }
  return out;
}

std::uint64_t WhatIfReport::tightened() const {
  std::uint64_t out = 0;
  for (const auto& [move, count] : moved) {
    if (openness(move.second) < openness(move.first)) out += count;
  }
  return out;
}

Result<WhatIfReport> what_if(const Source& source, const WhatIfOptions& options) {
  Run run(options);
  Result<> outcome;
  AMBIT_CHECK_OK(source([&](const ports::EntryView& entry) {
    outcome = run.add(entry);
    return outcome.has_value();
  }));
  AMBIT_CHECK_OK(outcome);
  return run.take();
}

}  // namespace ambit::replay
