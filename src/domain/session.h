// What a task has done so far: the state that limits, policies and temporal rules read.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/time.h"
#include "crypto/digest.h"
#include "text/json.h"

namespace ambit::domain {

// Rebuilt from the ledger at start: only durable records change it.
struct SessionState {
  std::int64_t released = 0;   // calls that were allowed and let go
  std::int64_t in_flight = 0;  // reserved, not yet released or given back
  std::int64_t denied = 0;
  std::int64_t held = 0;
  std::set<std::string> labels;   // grow, never shrink
  std::set<std::string> systems;  // target systems touched
  std::uint64_t events = 0;
  crypto::Digest history;  // chain over the events, so that equal states have equal histories
};

// What one durable event adds to a session.
struct SessionEvent {
  enum class Kind { kReleased, kDenied, kHeld, kResult, kWithdrawn };
  Kind kind = Kind::kReleased;
  std::int64_t count = 1;  // coalesced denials are one event
  std::string reference;   // id of the decision
  std::string system;
  std::set<std::string> labels;
};

// Folds one event in. Pure: the same events in the same order give the same state.
void apply(SessionState& state, const SessionEvent& event);

text::Json to_json(const SessionState& state);

}  // namespace ambit::domain
