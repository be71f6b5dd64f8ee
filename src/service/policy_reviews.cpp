// The second human's part in publishing policies, and what was published before.
#include <algorithm>
#include <limits>

#include "service/internal/evidence.h"
#include "service/internal/policy_simulation.h"
#include "service/policies.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

using domain::Proposal;
using domain::Role;
using text::Json;

Result<> may_read(const Caller& caller) {
  return require_role(caller, {Role::kSecurity, Role::kAuditor, Role::kOperator, Role::kApprover});
}

Result<const Proposal*> find_open(const Context& context, const std::string& id) {
  const auto it = context.world.proposals.find(id);
  if (it == context.world.proposals.end()) {
    return fail(Code::kNotFound, "proposal.unknown",
                "no proposal `" + id.substr(0, 60) + "` is open");
  }
  return &it->second;
}

Result<> check_approver(const Context& context, const Caller& caller, const Proposal& proposal,
                        const std::string& digest) {
  AMBIT_CHECK_OK(require_role(caller, {Role::kSecurity}));
  if (caller.kind != CallerKind::kHuman) {
    return fail(Code::kDenied, "proposal.not_eligible", "only a human can approve policies");
  }
  if (caller.identity == proposal.author) {
    return fail(Code::kDenied, "proposal.own_request",
                "`" + caller.identity +
                    "` wrote this set; another human with the role `security` approves it");
  }
  if (digest != proposal.digest) {
    return fail(Code::kConflict, "proposal.changed",
                "proposal `" + proposal.id + "` has the digest `" + proposal.digest +
                    "`, which is not the one given");
  }
  if (proposal.before != crypto::to_string(context.world.policies->digest)) {
    return fail(Code::kConflict, "proposal.stale",
                "another version was published since `" + proposal.id +
                    "` was proposed; its author proposes it again");
  }
  return {};
}

// Asks everything again: while the set was tested and simulated, the proposal may have been refused
// or left behind.
Result<PublishOrder> order_for(const Context& context, const Caller& caller, const std::string& id,
                               const std::string& digest, std::optional<std::uint64_t> expected,
                               Simulated simulated) {
  AMBIT_TRY(const Proposal* proposal, find_open(context, id));
  AMBIT_CHECK_OK(check_approver(context, caller, *proposal, digest));
  AMBIT_CHECK_OK(check_base(context, simulated));
  const auto said = std::max(expected, simulated.set->expected_newly_denied);
  AMBIT_CHECK_OK(check_newly_denied(context, simulated, said));
  PublishOrder out;
  out.report = report_on(context, simulated);
  out.set = std::move(simulated.set);
  out.author = proposal->author;
  out.approved_by = caller.identity;
  out.review = "approved";
  out.proposal = id;
  out.expected = said;
  out.simulation = std::move(simulated.shown);
  return out;
}

// Without texts and tests.
Json summary_of(const Json& version) {
  Json out = version;
  for (const char* key : {"policies", "tests"}) out.erase(key);
  return out;
}

using Versions = Result<std::vector<Json>>;

// Reads the versions off the loop, oldest first, and answers on it.
void read_versions(Context& context, std::function<void(Versions)> done) {
  const auto work = [store = context.ports.store]() -> Versions {
    std::vector<Json> out;
    constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
    AMBIT_TRY(const auto history, store->history(ports::Kind::kPolicy, kPolicyKey, 0, kAll));
    for (const auto& change : history) {
      AMBIT_TRY(auto version, text::parse_json(change.json, {16u << 20, 40}));
      out.push_back(std::move(version));
    }
    return out;
  };
  off_the_loop<Versions>(context, work, std::move(done));
}

}  // namespace

Result<Json> Policies::proposals(const Caller& caller) const {
  AMBIT_CHECK_OK(may_read(caller));
  Json items = Json::array();
  for (const auto& [id, proposal] : context_.world.proposals) {
    items.push_back(domain::to_json(proposal));
  }
  return Json::object({{"items", std::move(items)}});
}

Result<Json> Policies::proposal(const Caller& caller, const std::string& id) const {
  AMBIT_CHECK_OK(may_read(caller));
  AMBIT_TRY(const Proposal* proposal, find_open(context_, id));
  Json out = domain::to_json(*proposal);
  out.set("in_force", to_json(*context_.world.policies, context_.world.publication));
  return out;
}

void Policies::approve(const Caller& caller, const std::string& id, const std::string& digest,
                       std::optional<std::uint64_t> expected, Done done) {
  const auto found = find_open(context_, id);
  if (!found) return done(fail(found.error()));
  if (auto checked = check_approver(context_, caller, **found, digest); !checked) {
    return done(fail(checked.error()));
  }
  const auto decide = [&context = context_, caller, id, digest, expected,
                       done](Result<Simulated> simulated) {
    if (!simulated) return done(fail(simulated.error()));
    auto order = order_for(context, caller, id, digest, expected, *std::move(simulated));
    if (!order) return done(fail(order.error()));
    publish(context, *std::move(order), done);
  };
  prepare_and_simulate(context_, (*found)->set, decide);
}

void Policies::refuse(const Caller& caller, const std::string& id, const std::string& note,
                      Done done) {
  const auto found = find_open(context_, id);
  if (!found) return done(fail(found.error()));
  if (auto allowed = require_role(caller, {Role::kSecurity}); !allowed) {
    return done(fail(allowed.error()));
  }
  auto closed = std::make_shared<Proposal>(**found);
  closed->state = domain::ProposalState::kRefused;
  closed->closed_by = caller.identity;
  closed->note = note;
  closed->closed_at = context_.now();
  Commit change;
  change.actor = caller.identity;
  change.kind = "policy.refused";
  change.writes = {{ports::Kind::kPolicy, id, closed->revision,
                    text::to_canonical_json(domain::to_json(*closed))}};
  change.evidence = Json::object({{"proposal", id},
                                  {"digest", closed->digest},
                                  {"author", closed->author},
                                  {"note", text::truncate_utf8(note, 1000)}});
  change.reduces_authority = true;
  commit(
      context_, std::move(change),
      [&context = context_, id](std::uint64_t) { context.world.proposals.erase(id); },
      [closed, done](Result<std::uint64_t> revision) {
        if (!revision) return done(fail(revision.error()));
        done(domain::to_json(*closed));
      });
}

void Policies::versions(const Caller& caller, Done done) const {
  if (auto allowed = may_read(caller); !allowed) return done(fail(allowed.error()));
  read_versions(context_, [done](Versions versions) {
    if (!versions) return done(fail(versions.error()));
    Json items = Json::array();
    for (auto it = versions->rbegin(); it != versions->rend(); ++it) {
      items.push_back(summary_of(*it));
    }
    done(Json::object({{"items", std::move(items)}}));
  });
}

void Policies::version(const Caller& caller, const std::string& which, Done done) const {
  if (auto allowed = may_read(caller); !allowed) return done(fail(allowed.error()));
  read_versions(context_, [which, done](Versions versions) {
    if (!versions) return done(fail(versions.error()));
    // The newest one first: the same set may have been published more than once.
    for (auto it = versions->rbegin(); it != versions->rend(); ++it) {
      const Json* number = it->find("version");
      const bool fits = (number && number->is_int() && std::to_string(number->as_int()) == which) ||
                        it->string_or("digest", "") == which;
      if (fits) return done(std::move(*it));
    }
    done(fail(Code::kNotFound, "policy.unknown",
              "there is no version `" + which.substr(0, 80) + "` of the policies"));
  });
}

}  // namespace ambit::service
