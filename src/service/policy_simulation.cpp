#include "service/internal/policy_simulation.h"

#include "domain/vocabulary.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

using text::Json;

constexpr std::size_t kMaxSimulations = 4;  // waiting or under way
// So that it fits into a record together with what the texts change.
constexpr std::size_t kMaxChanges = 8;  // of each direction
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxNamedInError = 5;

Json number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::string bounded(const std::string& text) {
  return std::string(text::truncate_utf8(text, kMaxNameBytes));
}

Json to_json(const ports::SimulatedChange& change) {
  return Json::object({{"agent", bounded(change.agent)},
                       {"tool", bounded(change.tool)},
                       {"before", domain::name_of(change.before)},
                       {"after", domain::name_of(change.after)},
                       {"reason", bounded(change.reason)},
                       {"decisions", number(change.decisions)},
                       {"example", change.example},
                       {"entry", number(change.entry)}});
}

// What is dangerous comes first.
Json to_json(const ports::Simulation& result, const ports::SimulationQuery& query) {
  Json changes = Json::array();
  for (const auto& change : result.changes) changes.push_back(to_json(change));
  Json out = Json::object({{"draft", crypto::to_string(query.draft->digest)},
                           {"base", crypto::to_string(query.base->digest)},
                           {"decisions", number(result.decisions)},
                           {"newly_allowed", number(result.newly_allowed)},
                           {"newly_held", number(result.newly_held)},
                           {"newly_denied", number(result.newly_denied)},
                           {"loosened", number(result.loosened)},
                           {"passed", number(result.passed)},
                           {"same", number(result.same)},
                           {"undecidable", number(result.undecidable)},
                           {"from", number(result.from)},
                           {"to", number(result.to)},
                           {"most", number(query.max_decisions)},
                           {"since", to_rfc3339(query.since)}});
  if (result.first) out.set("first", to_rfc3339(*result.first));
  if (result.last) out.set("last", to_rfc3339(*result.last));
  out.set("changes", std::move(changes));
  if (result.more_changes > 0) out.set("more_changes", number(result.more_changes));
  return out;
}

ports::SimulationQuery query_of(const Context& context, const ParsedSet& set) {
  ports::SimulationQuery out;
  out.draft = std::make_shared<const decision::PolicyState>(set.state);
  out.base = context.world.policies;
  out.max_decisions = context.settings.simulated_decisions;
  out.since = context.now() - context.settings.simulated_time;
  out.budget = context.settings.simulation_budget;
  out.max_changes = kMaxChanges;
  return out;
}

std::string denials_in(const ports::Simulation& result) {
  std::string out;
  std::size_t named = 0;
  for (const auto& change : result.changes) {
    if (change.after != domain::Verdict::kDeny || named++ == kMaxNamedInError) continue;
    out += (out.empty() ? "" : "; ") + std::to_string(change.decisions) + " of `" +
           bounded(change.agent) + "` on `" + bounded(change.tool) + "` by `" +
           bounded(change.reason) + "`, such as `" + change.example + "`";
  }
  return named > kMaxNamedInError ? out + "; and others" : out;
}

void simulate(Context& context, Prepared set, std::function<void(Result<Simulated>)> done) {
  if (!context.ports.simulator) {
    return done(fail(Code::kUnavailable, "policy.simulation",
                     "policies cannot be simulated here, and what was not is not published"));
  }
  if (context.simulations >= kMaxSimulations) {
    return done(fail(Code::kExhausted, "policy.simulations",
                     std::to_string(kMaxSimulations) +
                         " policy sets are being simulated already; try again in a moment"));
  }
  ++context.simulations;
  auto query = std::make_shared<const ports::SimulationQuery>(query_of(context, *set));
  off_the_loop<Result<ports::Simulation>>(
      context, *context.ports.simulations,
      [simulator = context.ports.simulator, query] { return simulator->simulate(*query); },
      [&context, set = std::move(set), query, done](Result<ports::Simulation> result) {
        --context.simulations;
        if (!result) return done(fail(result.error()));
        Json shown = to_json(*result, *query);
        done(Simulated{set, query->base, *std::move(result), std::move(shown)});
      });
}

}  // namespace

void prepare_and_simulate(Context& context, Json set, std::function<void(Result<Simulated>)> done) {
  prepare_set(context, std::move(set),
              [&context, done = std::move(done)](Result<Prepared> prepared) {
                if (!prepared) return done(fail(prepared.error()));
                simulate(context, *std::move(prepared), done);
              });
}

Result<> check_base(const Context& context, const Simulated& simulated) {
  if (simulated.base->digest == context.world.policies->digest &&
      simulated.base->version == context.world.policies->version) {
    return {};
  }
  return fail(Code::kConflict, "policy.stale",
              "another version came into force while this set was simulated against version " +
                  std::to_string(simulated.base->version) + "; publish it again");
}

Result<> check_newly_denied(const Context& context, const Simulated& simulated,
                            std::optional<std::uint64_t> expected) {
  const ports::Simulation& result = simulated.result;
  const std::uint64_t denied = result.newly_denied;
  const std::uint64_t percent = context.settings.max_newly_denied_percent;
  const bool passes = expected ? denied <= *expected : denied * 100 <= result.passed * percent;
  if (denied == 0 || passes) return {};
  return fail(Code::kInvalid, "policy.newly_denied",
              "of " + std::to_string(result.passed) +
                  " recent decisions that pass under the policies in force this set would deny " +
                  std::to_string(denied) +
                  (expected ? ", and not " + std::to_string(*expected) : std::string()) + ": " +
                  denials_in(result) + "; if that is meant, say so with `expected_newly_denied` " +
                  std::to_string(denied) + " (`--expect-denied " + std::to_string(denied) + "`)");
}

policies::ChangeReport report_on(const Context& context, const Simulated& simulated) {
  policies::ChangeReport out = report_on(context, *simulated.set);
  const ports::Simulation& result = simulated.result;
  if (result.loosened > 0) {
    out.loosens.insert(
        out.loosens.begin(),
        std::to_string(result.loosened) + " of " + std::to_string(result.decisions) +
            " recent decisions come out looser: " + std::to_string(result.newly_allowed) +
            " newly allowed, " + std::to_string(result.loosened - result.newly_allowed) +
            " held and no longer denied");
  }
  return out;
}

}  // namespace ambit::service
