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

constexpr std::uint64_t kNewest = std::numeric_limits<std::uint64_t>::max();

struct Published {
  std::uint64_t revision = 0;  // of the registry, by that version
  Json version;
};

// The version before the one of this revision. One at a time: each may have megabytes.
Result<std::optional<Published>> published_before(const ports::Store& store,
                                                  std::uint64_t revision) {
  AMBIT_TRY(const auto found, store.history_before(ports::Kind::kPolicy, kPolicyKey, revision, 1));
  if (found.empty()) return std::nullopt;
  AMBIT_TRY(Json version, text::parse_json(found.front().json, {16u << 20, 40}));
  return Published{found.front().revision, std::move(version)};
}

Result<Json> read_versions(const ports::Store& store, std::uint64_t before, std::size_t limit) {
  Json items = Json::array();
  for (std::uint64_t last = before;;) {
    AMBIT_TRY(const auto found, published_before(store, last));
    if (!found) return Json::object({{"items", std::move(items)}});
    if (items.as_array().size() == limit) {
      return Json::object(
          {{"items", std::move(items)}, {"next_before", static_cast<std::int64_t>(last)}});
    }
    items.push_back(summary_of(found->version));
    last = found->revision;
  }
}

bool is_called(const Json& version, const std::string& which) {
  const Json* number = version.find("version");
  return (number && number->is_int() && std::to_string(number->as_int()) == which) ||
         version.string_or("digest", "") == which;
}

// The newest one that is called so: the same set may have been published more than once.
Result<Json> read_version(const ports::Store& store, const std::string& which) {
  for (std::uint64_t before = kNewest;;) {
    AMBIT_TRY(auto found, published_before(store, before));
    if (!found) {
      return fail(Code::kNotFound, "policy.unknown",
                  "there is no version `" + which.substr(0, 80) + "` of the policies");
    }
    if (is_called(found->version, which)) return std::move(found->version);
    before = found->revision;
  }
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

Result<std::function<Result<Json>()>> Policies::versions(const Caller& caller, std::uint64_t before,
                                                         std::size_t limit) const {
  AMBIT_CHECK_OK(may_read(caller));
  return [store = context_.ports.store, before = before == 0 ? kNewest : before, limit] {
    return read_versions(*store, before, limit);
  };
}

Result<std::function<Result<Json>()>> Policies::version(const Caller& caller,
                                                        const std::string& which) const {
  AMBIT_CHECK_OK(may_read(caller));
  return [store = context_.ports.store, which] { return read_version(*store, which); };
}

}  // namespace ambit::service
