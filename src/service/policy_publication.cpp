#include "service/internal/policy_publication.h"

#include <algorithm>

#include "crypto/random.h"
#include "domain/fields.h"
#include "service/internal/evidence.h"
#include "service/internal/live_schema.h"
#include "service/internal/situation.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

using domain::Proposal;
using domain::ProposalState;
using text::Json;

constexpr std::size_t kMaxOpenProposals = 16;
constexpr std::size_t kMaxTextsInEvidence = 50;
constexpr std::size_t kMaxTextBytesInEvidence = 300;

bool same_member(const Json& a, const Json& b, std::string_view key) {
  const Json* one = a.find(key);
  const Json* other = b.find(key);
  return one && other ? *one == *other : one == other;
}

ports::Write write_of(const Proposal& proposal) {
  return {ports::Kind::kPolicy, proposal.id, proposal.revision,
          text::to_canonical_json(domain::to_json(proposal))};
}

// A version that is published leaves every other proposal behind: they were compared with another.
std::vector<ports::Write> closing_writes(const Context& context, const PublishOrder& order) {
  std::vector<ports::Write> out;
  for (const auto& [id, open] : context.world.proposals) {
    Proposal closed = open;
    closed.state = id == order.proposal ? ProposalState::kPublished : ProposalState::kSuperseded;
    closed.closed_by = id == order.proposal ? order.approved_by : order.author;
    closed.closed_at = context.now();
    out.push_back(write_of(closed));
  }
  return out;
}

Json evidence_of(const Context& context, const decision::PolicyState& next,
                 const PublishOrder& order) {
  Json out = Json::object({{"name", next.name},
                           {"version", static_cast<std::int64_t>(next.version)},
                           {"digest", crypto::to_string(next.digest)},
                           {"before", crypto::to_string(context.world.policies->digest)},
                           {"author", order.author},
                           {"review", order.review},
                           {"tests", static_cast<std::int64_t>(order.set->cases.size())},
                           {"guards_high_tier", order.report.guards_high_tier},
                           {"loosens", bounded_texts(order.report.loosens)},
                           {"widens", bounded_texts(order.report.widens)},
                           {"tightens", bounded_texts(order.report.tightens)},
                           {"simulation", order.simulation}});
  if (!order.approved_by.empty()) out.set("approved_by", order.approved_by);
  if (!order.proposal.empty()) out.set("proposal", order.proposal);
  if (order.expected) {
    out.set("expected_newly_denied", static_cast<std::int64_t>(*order.expected));
  }
  return out;
}

bool only_tightens(const policies::ChangeReport& report) {
  return report.loosens.empty() && report.widens.empty() && !report.tightens.empty();
}

}  // namespace

Json bounded_texts(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (std::size_t i = 0; i < std::min(texts.size(), kMaxTextsInEvidence); ++i) {
    out.push_back(text::truncate_utf8(texts[i], kMaxTextBytesInEvidence));
  }
  if (texts.size() > kMaxTextsInEvidence) {
    out.push_back("and " + std::to_string(texts.size() - kMaxTextsInEvidence) + " more");
  }
  return out;
}

void prepare_set(Context& context, Json set, std::function<void(Result<Prepared>)> done) {
  const auto work = [set = std::move(set), tools = live_schema(context.world),
                     forge = context.forge]() -> Result<Prepared> {
    AMBIT_TRY(auto parsed, set_from_json(set));
    AMBIT_CHECK_OK(refuse_errors(check_against(tools, parsed.state.set.texts())));
    // Compiling many policies takes a while, and decisions go on meanwhile under those in force.
    parsed.state = *forge->compile(std::move(parsed.state));
    AMBIT_CHECK_OK(check_set(parsed));
    return std::make_shared<const ParsedSet>(std::move(parsed));
  };
  off_the_loop<Result<Prepared>>(context, work, std::move(done));
}

policies::ChangeReport report_on(const Context& context, const ParsedSet& set) {
  policies::KnownTools tools;
  for (const auto& [name, entry] : context.world.tools) policies::note_tool(tools, *entry.tool);
  auto out = policies::changes(*context.world.policies, set.state, tools);
  const Json& tests = context.world.publication.tests;
  if (!tests.is_object()) return out;
  for (const auto& [suite, document] : tests.as_object()) {
    const Json* cases = document.find("cases");
    if (!cases || !cases->is_array()) continue;
    const Json* kept = set.tests.find(suite);
    const Json* kept_cases = kept ? kept->find("cases") : nullptr;
    // Also defaults that are new: they say more of every request that does not say it itself. And
    // cases that are now about a part of the set say less of the whole.
    const bool same_terms = kept && same_member(document, *kept, "defaults") &&
                            same_member(document, *kept, "policies") &&
                            same_member(document, *kept, "tiers");
    for (const Json& one : cases->as_array()) {
      const bool is_kept = same_terms && kept_cases && kept_cases->is_array() &&
                           std::find(kept_cases->as_array().begin(), kept_cases->as_array().end(),
                                     one) != kept_cases->as_array().end();
      if (is_kept) continue;
      out.loosens.push_back("test case `" + std::string(one.string_or("name", "")) + "` of `" +
                            suite + "` is removed or changed");
    }
  }
  return out;
}

bool has_other_reviewer(const Context& context, const std::string& author) {
  const auto& identities = context.world.identities;
  return std::any_of(identities.begin(), identities.end(), [&](const auto& entry) {
    const domain::Identity& identity = *entry.second;
    return identity.identity_class == domain::IdentityClass::kHuman && domain::alive(identity) &&
           identity.id != author &&
           (domain::has_role(identity, domain::Role::kSecurity) ||
            domain::has_role(identity, domain::Role::kAdmin));
  });
}

void publish(Context& context, PublishOrder order, std::function<void(Result<Json>)> done) {
  decision::PolicyState state = order.set->state;
  state.version = context.world.policies->version + 1;
  auto next = std::make_shared<const decision::PolicyState>(std::move(state));
  auto publication = std::make_shared<const Publication>(
      Publication{order.author, order.approved_by, order.review, order.set->note, context.now(),
                  order.set->tests, order.simulation});
  Commit change;
  change.actor = order.approved_by.empty() ? order.author : order.approved_by;
  change.kind = "policy.published";
  change.writes = closing_writes(context, order);
  change.writes.push_back({ports::Kind::kPolicy, kPolicyKey, context.world.policies_revision,
                           text::to_canonical_json(to_json(*next, *publication))});
  change.evidence = evidence_of(context, *next, order);
  change.reduces_authority = only_tightens(order.report);
  commit(
      context, std::move(change),
      [&context, next, publication](std::uint64_t revision) {
        context.world.policies = next;
        context.world.policies_revision = revision;
        context.world.publication = *publication;
        record_document(context, "policies", next->digest, [&] { return policy_document(*next); });
        context.world.proposals.clear();
        ++context.world.epoch;
        context.tell_subscribers({}, false);
      },
      [next, publication, done](Result<std::uint64_t> revision) {
        if (!revision) return done(fail(revision.error()));
        done(to_json(*next, *publication));
      });
}

void propose(Context& context, Json set, const PublishOrder& order,
             std::function<void(Result<Json>)> done) {
  if (context.world.proposals.size() >= kMaxOpenProposals) {
    return done(fail(Code::kExhausted, "policy.proposals",
                     std::to_string(kMaxOpenProposals) +
                         " proposals wait already; approve or refuse one of them first"));
  }
  auto proposal = std::make_shared<Proposal>();
  proposal->id = crypto::random_id("prp_", context.now());
  proposal->author = order.author;
  proposal->proposed_at = context.now();
  proposal->set = std::move(set);
  proposal->digest = crypto::to_string(order.set->state.digest);
  proposal->before = crypto::to_string(context.world.policies->digest);
  proposal->loosens = order.report.loosens;
  proposal->widens = order.report.widens;
  proposal->tightens = order.report.tightens;
  proposal->simulation = order.simulation;
  Commit change;
  change.actor = order.author;
  change.kind = "policy.proposed";
  change.writes = {write_of(*proposal)};
  change.evidence = Json::object({{"proposal", proposal->id},
                                  {"digest", proposal->digest},
                                  {"before", proposal->before},
                                  {"guards_high_tier", order.report.guards_high_tier},
                                  {"loosens", bounded_texts(order.report.loosens)},
                                  {"widens", bounded_texts(order.report.widens)},
                                  {"tightens", bounded_texts(order.report.tightens)},
                                  {"simulation", order.simulation}});
  commit(
      context, std::move(change),
      [&context, proposal](std::uint64_t revision) {
        proposal->revision = revision;
        context.world.proposals[proposal->id] = *proposal;
      },
      [proposal, done](Result<std::uint64_t> revision) {
        if (!revision) return done(fail(revision.error()));
        done(domain::to_json(*proposal));
      });
}

}  // namespace ambit::service
