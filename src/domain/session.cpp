#include "domain/session.h"

#include "domain/fields.h"

namespace ambit::domain {

void apply(SessionState& state, const SessionEvent& event) {
  switch (event.kind) {
    case SessionEvent::Kind::kReleased:
      ++state.released;
      if (!event.system.empty()) state.systems.insert(event.system);
      break;
    case SessionEvent::Kind::kDenied: state.denied += event.count; break;
    case SessionEvent::Kind::kHeld: ++state.held; break;
    case SessionEvent::Kind::kResult: break;
    case SessionEvent::Kind::kWithdrawn: --state.released; break;
  }
  state.labels.insert(event.labels.begin(), event.labels.end());
  ++state.events;
  std::string facts;
  facts.reserve(event.reference.size() + event.system.size() + 2);
  facts.append(1, static_cast<char>('0' + static_cast<int>(event.kind)));
  facts.append(event.reference).append(1, '\n').append(event.system);
  for (const auto& label : event.labels) facts.append(1, '\n').append(label);
  state.history = crypto::sha256({state.history.view(), facts});
}

text::Json to_json(const SessionState& state) {
  return text::Json::object(
      {{"released", state.released},
       {"in_flight", state.in_flight},
       {"denied", state.denied},
       {"held", state.held},
       {"labels", to_json(std::vector<std::string>(state.labels.begin(), state.labels.end()))},
       {"systems", to_json(std::vector<std::string>(state.systems.begin(), state.systems.end()))},
       {"events", static_cast<std::int64_t>(state.events)},
       {"history", crypto::to_string(state.history)}});
}

}  // namespace ambit::domain
