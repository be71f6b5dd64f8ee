#include "service/policies.h"

#include "cedar_schema/schema_json.h"
#include "cedar_schema/schema_text.h"
#include "policies/findings.h"
#include "service/internal/guardrails.h"
#include "service/internal/live_schema.h"
#include "service/internal/policy_simulation.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

using domain::Role;
using text::Json;

Result<> may_read(const Caller& caller) {
  return require_role(caller, {Role::kSecurity, Role::kAuditor, Role::kOperator, Role::kApprover});
}

Json failures_of(const ParsedSet& set) {
  const auto state = std::make_shared<const decision::PolicyState>(set.state);
  Json out = Json::array();
  for (const auto& result : policies::run_all(set.cases, state)) {
    if (result.passed()) continue;
    Json problems = Json::array();
    for (const auto& problem : result.problems) problems.push_back(problem);
    out.push_back(Json::object(
        {{"suite", result.suite}, {"case", result.name}, {"problems", std::move(problems)}}));
  }
  return out;
}

Json to_json(const std::vector<decision::PolicyFinding>& findings) {
  Json out = Json::array();
  for (const auto& finding : findings) out.push_back(decision::to_json(finding));
  return out;
}

// What can be said of a set without knowing what is in force.
struct Checked {
  Json answer;
  Prepared set;  // null when it cannot be read
};

Checked check_apart(const Json& set, const cedar::SchemaFragment& tools) {
  auto parsed = set_from_json(set);
  auto live = check_against(tools, texts_of(set));
  if (!parsed) {
    if (!decision::has_errors(live)) {  // not a matter of the texts
      decision::PolicyFinding whole;
      whole.code = parsed.error().reason;
      whole.diagnostic.message = parsed.error().message;
      live.insert(live.begin(), std::move(whole));
    }
    return {Json::object({{"ok", false}, {"findings", to_json(live)}}), nullptr};
  }
  auto findings = policies::findings(parsed->state);
  findings.insert(findings.end(), live.begin(), live.end());
  const bool ok = !decision::has_errors(findings);
  Json failed = failures_of(*parsed);
  return {
      Json::object({{"ok", ok && failed.as_array().empty()},
                    {"policies", static_cast<std::int64_t>(parsed->state.set.policies().size())},
                    {"digest", crypto::to_string(parsed->state.digest)},
                    {"findings", to_json(findings)},
                    {"tests", static_cast<std::int64_t>(parsed->cases.size())},
                    {"failed_tests", std::move(failed)}}),
      std::make_shared<const ParsedSet>(*std::move(parsed))};
}

// What somebody who may not wanted to publish, where it can be read.
Json override_detail(const Context& context, const Json& set) {
  constexpr std::size_t kMostToRead = 64 * 1024;
  if (text::to_json(set).size() > kMostToRead) {
    return Json::object({{"problem", "too large to be looked at"}});
  }
  const auto parsed = set_from_json(set);
  if (!parsed) {
    return Json::object({{"problem", text::truncate_utf8(parsed.error().message, 300)}});
  }
  const auto report = report_on(context, *parsed);
  return Json::object({{"digest", crypto::to_string(parsed->state.digest)},
                       {"loosens", bounded_texts(report.loosens)},
                       {"widens", bounded_texts(report.widens)}});
}

// What its author would have published, if nobody else had to agree.
PublishOrder order_of(const Context& context, const std::string& author, Simulated simulated) {
  PublishOrder out;
  out.report = report_on(context, simulated);
  out.set = std::move(simulated.set);
  out.expected = out.set->expected_newly_denied;
  out.author = author;
  out.review = context.world.policies->version == 0 ? "bootstrap" : "author";
  out.simulation = std::move(simulated.shown);
  return out;
}

bool needs_other(const Context& context, const PublishOrder& order) {
  const bool is_first = context.world.policies->version == 0;
  const bool alone = is_first && !has_other_reviewer(context, order.author);
  return order.report.needs_review() && !alone;
}

}  // namespace

void Policies::check(const Caller& caller, const Json& set, Done done) const {
  if (auto allowed = may_read(caller); !allowed) return done(fail(allowed.error()));
  off_the_loop<Checked>(
      context_, [set, tools = live_schema(context_.world)] { return check_apart(set, tools); },
      [&context = context_, done](Checked checked) {
        if (!checked.set) return done(std::move(checked.answer));
        const auto report = report_on(context, *checked.set);
        checked.answer.set("needs_review",
                           report.needs_review() && context.world.policies->version > 0);
        checked.answer.set("loosens", bounded_texts(report.loosens));
        checked.answer.set("widens", bounded_texts(report.widens));
        checked.answer.set("tightens", bounded_texts(report.tightens));
        done(std::move(checked.answer));
      });
}

void Policies::put(const Caller& caller, const Json& set, Done done) {
  if (auto allowed = require_role(caller, {Role::kSecurity}); !allowed) {
    return refuse_override(
        context_, caller, "the policies", [&] { return override_detail(context_, set); },
        allowed.error(), done);
  }
  const auto decide = [&context = context_, caller, set, done](Result<Simulated> simulated) {
    if (!simulated) return done(fail(simulated.error()));
    if (auto checked = check_base(context, *simulated); !checked) {
      return done(fail(checked.error()));
    }
    const auto expected = simulated->set->expected_newly_denied;
    if (auto checked = check_newly_denied(context, *simulated, expected); !checked) {
      return done(fail(checked.error()));
    }
    PublishOrder order = order_of(context, caller.identity, *std::move(simulated));
    if (needs_other(context, order)) return propose(context, set, order, done);
    publish(context, std::move(order), done);
  };
  prepare_and_simulate(context_, set, decide);
}

void Policies::simulate(const Caller& caller, const Json& set, Done done) {
  if (auto allowed = may_read(caller); !allowed) return done(fail(allowed.error()));
  const auto tell = [&context = context_, caller, done](Result<Simulated> simulated) {
    if (!simulated) return done(fail(simulated.error()));
    const auto denied =
        check_newly_denied(context, *simulated, simulated->set->expected_newly_denied);
    const PublishOrder order = order_of(context, caller.identity, *std::move(simulated));
    const char* outcome = needs_other(context, order) ? "proposed" : "published";
    Json out = Json::object({{"outcome", denied ? outcome : "refused"},
                             {"digest", crypto::to_string(order.set->state.digest)},
                             {"loosens", bounded_texts(order.report.loosens)},
                             {"widens", bounded_texts(order.report.widens)},
                             {"tightens", bounded_texts(order.report.tightens)},
                             {"simulation", order.simulation}});
    if (!denied) {
      out.set("reason", denied.error().reason);
      out.set("problem", denied.error().message);
    }
    done(std::move(out));
  };
  prepare_and_simulate(context_, set, tell);
}

Result<Json> Policies::show(const Caller& caller) const {
  AMBIT_CHECK_OK(may_read(caller));
  return to_json(*context_.world.policies, context_.world.publication);
}

Result<Json> Policies::coverage(const Caller& caller) const {
  AMBIT_CHECK_OK(may_read(caller));
  Json tiers = Json::array();
  for (const auto tier : {domain::Tier::kLow, domain::Tier::kElevated, domain::Tier::kHigh}) {
    const Coverage& coverage = context_.world.coverage[static_cast<std::size_t>(tier)];
    Json item = Json::object({{"tier", domain::name_of(tier)},
                              {"decisions", coverage.decisions},
                              {"enforced", coverage.enforced}});
    if (coverage.decisions > 0) {
      item.set("share",
               static_cast<double>(coverage.enforced) / static_cast<double>(coverage.decisions));
    }
    tiers.push_back(std::move(item));
  }
  Json observed = Json::array();
  std::int64_t enforced = 0;
  for (const auto& policy : context_.world.policies->set.policies()) {
    if (decision::observes(policy))
      observed.push_back(policies::label_of(policy));
    else
      ++enforced;
  }
  return Json::object({{"tiers", std::move(tiers)},
                       {"enforced_policies", enforced},
                       {"observed_policies", std::move(observed)}});
}

Result<Json> Policies::schema(const Caller& caller) const {
  AMBIT_CHECK_OK(may_read(caller));
  const cedar::SchemaFragment schema = live_schema(context_.world);
  AMBIT_TRY(std::string text, cedar::to_schema_text(schema));
  return Json::object(
      {{"schema", std::move(text)}, {"json", cedar::schema_fragment_to_json(schema)}});
}

}  // namespace ambit::service
