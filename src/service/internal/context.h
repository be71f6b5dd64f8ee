// What the use cases share.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "crypto/keys.h"
#include "identity/dpop.h"
#include "identity/jwt.h"
#include "identity/token_cache.h"
#include "service/internal/policy_forge.h"
#include "service/internal/world.h"
#include "service/service.h"

namespace ambit::service {

// Somebody who waits for an approval to be answered.
struct Waiter {
  std::string approval;
  std::function<void(const ApprovalAnswer&)> answered;
};

// What is taken away from an identity and is not in the registry yet.
struct Reduction {
  std::string identity;
  std::function<void(domain::Identity&)> take;
};

struct Context {
  Context(Ports ports, Settings settings, crypto::SigningKey token_key);
  ~Context();  // hands over what waits to be appended

  Ports ports;
  Settings settings;
  World world;
  identity::TokenSigner signer;
  identity::TokenVerifier verifier;
  identity::TokenCache token_cache;
  identity::ReplayGuard replay_guard;
  Counters counters;
  std::shared_ptr<PolicyForge> forge = std::make_shared<PolicyForge>();
  std::size_t simulations = 0;  // of policies, waiting or under way
  std::map<std::uint64_t, Waiter> waiters;
  std::map<std::uint64_t, std::function<void(const std::string&, bool)>> subscribers;
  std::set<std::shared_ptr<const Reduction>> reductions;
  std::multimap<std::string, std::string> starting;         // tasks being written: agent, parent
  std::map<std::string, domain::TokenBucket> renewals;      // by instance of an open task
  std::map<std::string, domain::TokenBucket> token_issues;  // by identity that issues its own
  std::uint64_t next_handle = 1;
  std::uint64_t sweep_timer = 0;
  // Seals what belongs to no task that is known; one a day, so that it can be erased.
  std::shared_ptr<const vault::SealingKey> day_key;
  bool making_day_key = false;
  std::shared_ptr<const vault::SealingKey> late_key;  // of a task that has left memory, used last
  std::set<std::string> put_away;                     // keys that are about to be destroyed
  std::set<std::string> keys_left;  // that could not be destroyed yet, though the ledger says so
  bool destroying_keys_left = false;
  std::uint64_t holds_placed = 0;  // since the start
  // Callbacks from other threads hold a weak copy, so that none outlives the service.
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);

  Time now() const { return ports.clock->now(); }
  // Wraps work for the loop so that it does nothing once the service is gone.
  void post_to_loop(std::function<void()> work);
  // Hands a record to the log together with others and in order, so that one write serves them all:
  // at the end of this round of the loop or, where nobody waits for it, a moment later at most.
  // Loop thread; `done` as of Log::append.
  enum class Append { kAwaited, kReserved, kUnawaited };
  void append(ports::Entry entry, Append how, ports::AppendDone done);
  // Runs on the loop, as the completion of an append that happened on another thread.
  ports::AppendDone on_loop(ports::AppendDone done);
  void tell_subscribers(const std::string& task, bool ended);

 private:
  void flush();

  std::vector<ports::Append> waiting_;
  bool flush_is_due_ = false;  // at the end of this round
  std::uint64_t flush_timer_ = 0;
};

}  // namespace ambit::service
