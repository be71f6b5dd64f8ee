// Policies: checked, tested, reviewed, published as a version, shown.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "service/caller.h"
#include "text/json.h"

namespace ambit::domain {
class Fields;
}

namespace ambit::service {

struct Context;

// Reads the member `expected_newly_denied`: how many recent decisions that pass now a set may deny.
std::optional<std::uint64_t> expected_newly_denied(domain::Fields& fields);

// What a caller sends is `{"policies": {"name": "text"}, "high_tier_needs"?, "tiers"?, "tests"?:
// {"suite": {...}}, "note"?, "expected_newly_denied"?}`. The tests travel with the set: it cannot
// be published unless they pass, and taking one away counts as loosening. Before it takes effect it
// is also tried on the newest decisions of the ledger, and what came of that stays with it.
class Policies {
 public:
  using Done = std::function<void(Result<text::Json>)>;

  explicit Policies(Context& context) : context_(context) {}

  // Parses, checks and tests a set without publishing it. The answer has `ok`, the findings with
  // their places, the test cases that fail, and what publishing it would loosen. Error:
  // `caller.role`, as the answer tells of the set in force and of the tools there are.
  void check(const Caller& caller, const text::Json& set, Done done) const;

  // Checks and simulates a set and publishes it as the next version, which takes effect for every
  // decision after `done`. A set that loosens what stands, or would have let recent decisions come
  // out looser, or changes one that guards the high tier other than by only tightening it, is not
  // published but proposed: the answer is then the proposal, with `state` `open`, and another human
  // publishes it by approve(). The very first version needs nobody else when there is nobody else
  // who could. Errors: `caller.role`, those of parsing, `policy.refused`, `policy.test`,
  // `policy.test_failed`, `policy.proposals`; `policy.newly_denied` when it would deny more recent
  // decisions that pass now than was said (`expected_newly_denied`), `policy.simulation` when that
  // cannot be found out, `policy.simulations`, `policy.stale` when another version came first.
  void put(const Caller& caller, const text::Json& set, Done done);

  // What put() would do, without doing it: `outcome` `published`, `proposed`, or `refused` with
  // `reason` and `problem`; what it loosens, and the `simulation`. For those who may read policies.
  void simulate(const Caller& caller, const text::Json& set, Done done);

  // The set in force: version, digest, texts, tests, author and approver.
  Result<text::Json> show(const Caller& caller) const;

  // What policies can speak of now: `schema` in Cedar's text, and the same as `json`.
  Result<text::Json> schema(const Caller& caller) const;
  // How far policies are enforced: of the decisions of each tier, how many came out as if every
  // policy was (metric m42), and which policies are only observed.
  Result<text::Json> coverage(const Caller& caller) const;

  // The versions that were ever in force, newest first, without texts, at most `limit`; `before` is
  // `next_before` of the page before, which is there while more follow, or 0. What is returned
  // reads them, off the loop.
  Result<std::function<Result<text::Json>()>> versions(const Caller& caller, std::uint64_t before,
                                                       std::size_t limit) const;
  // One version by its number or its digest, likewise; `policy.unknown`.
  Result<std::function<Result<text::Json>()>> version(const Caller& caller,
                                                      const std::string& which) const;

  // The proposals that are open, oldest first, and one of them; `proposal.unknown`.
  Result<text::Json> proposals(const Caller& caller) const;
  Result<text::Json> proposal(const Caller& caller, const std::string& id) const;

  // Publishes a proposal. `digest` must be the one that the approver was shown. The caller is a
  // human with the role security and not its author. It is simulated once more, and may deny as
  // many as its author or its approver `expected`. Errors: `proposal.unknown`,
  // `proposal.own_request`, `proposal.not_eligible`, `proposal.changed`, `proposal.stale` when
  // another version was published since, and those of put().
  void approve(const Caller& caller, const std::string& id, const std::string& digest,
               std::optional<std::uint64_t> expected, Done done);

  // Closes a proposal for good; its author may, too.
  void refuse(const Caller& caller, const std::string& id, const std::string& note, Done done);

 private:
  Context& context_;
};

}  // namespace ambit::service
