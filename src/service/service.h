// The use cases together, as the doors are handed them. One loop thread calls them all.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/keys.h"
#include "ports/holds.h"
#include "ports/host.h"
#include "ports/log.h"
#include "ports/simulation.h"
#include "ports/store.h"
#include "ports/upstream.h"
#include "service/approvals.h"
#include "service/authenticator.h"
#include "service/decisions.h"
#include "service/findings.h"
#include "service/holds.h"
#include "service/policies.h"
#include "service/registry.h"
#include "service/searches.h"
#include "service/settings.h"
#include "service/snapshots.h"
#include "service/tasks.h"

namespace ambit::ports {
class Index;
}
namespace ambit::vault {
class Vault;
}

namespace ambit::service {

// What the composition root supplies. Everything outlives the service.
struct Ports {
  ports::Store* store = nullptr;
  ports::Log* log = nullptr;
  const ports::Clock* clock = nullptr;
  ports::Executor* loop = nullptr;        // runs on the thread that calls the service
  ports::Executor* background = nullptr;  // may block on the disk
  ports::Timers* timers = nullptr;
  const ports::Paths* paths = nullptr;
  ports::Upstream* upstream = nullptr;
  vault::Vault* vault = nullptr;  // keys of what records seal
  // Finds what has left memory; null: nothing leaves it, and a start reads the whole ledger.
  const ports::Index* index = nullptr;
  Snapshots* snapshots = nullptr;  // null: a start reads the whole ledger
  // Tries policies on what happened, on a thread of its own; null: no policies can be published.
  ports::Simulator* simulator = nullptr;
  ports::Executor* simulations = nullptr;
  ports::Holds* holds = nullptr;  // null: the log knows none
};

// A tool as one task may see it.
struct VisibleTool {
  std::string name;
  text::Json entry;  // the listing entry as approved
};

// How a tool stands to one task.
enum class ToolStanding {
  kUnknown,  // outside the task, or never approved: it does not exist for it
  kUsable,
  kFrozen,  // covered by the task, but no longer what was approved: refused as `tool.frozen`
};

struct Health {
  bool ready = false;
  std::vector<std::string> problems;  // why not, for people
  std::vector<Warning> warnings;      // these do not keep it from being ready
  std::uint64_t ledger_entries = 0;
  std::uint64_t registry_revision = 0;
  std::size_t open_tasks = 0;
  std::size_t pending_approvals = 0;
  // What is in memory, whether it is over or not.
  std::size_t known_tasks = 0;
  std::size_t known_situations = 0;
  std::size_t known_decisions = 0;
};

struct Counters {
  std::uint64_t allowed = 0;
  std::uint64_t denied = 0;
  std::uint64_t held = 0;
  std::uint64_t withdrawn = 0;
  std::uint64_t unrecorded = 0;  // denied because the record could not be kept
};

class Service {
 public:
  // Loads the registry, rebuilds session state, counters and approvals from the ledger, and writes
  // what an interrupted commit still owed it. Errors: whatever the store or the log says, and
  // `state.corrupt` naming the ledger entry that cannot be read.
  static Result<std::unique_ptr<Service>> open(Ports ports, Settings settings,
                                               crypto::SigningKey token_key);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // The first human, with the role admin, in an empty registry; the answer is its access token.
  // `keep` gets the token before the registry knows it, and puts it where it outlives a crash: then
  // either the registry is still empty and this can be done again, or the token that was kept is
  // valid. `bootstrap.done` when there is any identity, and the errors of `keep` and the store.
  using KeepToken = std::function<Result<>(std::string_view token)>;
  Result<std::string> bootstrap_admin(const std::string& id, const KeepToken& keep = {});

  Authenticator& authenticator();
  Registry& registry();
  Tasks& tasks();
  Approvals& approvals();
  Decisions& decisions();
  Policies& policies();
  Findings& findings();
  Searches& searches();
  Holds& holds();

  // The tools of `server` that the caller's task covers now and that policies do not deny whatever
  // the call, in the server's own order by name.
  std::vector<VisibleTool> visible_tools(const Caller& caller, const std::string& server) const;
  // How one tool of `server` stands to the caller's task now.
  ToolStanding standing_of(const Caller& caller, const std::string& server,
                           const std::string& tool) const;
  // The targets of a kind that the caller's task covers, as patterns: what roots are answered from.
  std::vector<std::string> target_patterns(const Caller& caller, domain::TargetKind kind) const;
  // The server's record; `server.unknown`.
  Result<std::shared_ptr<const domain::Server>> server(const std::string& id) const;
  // The server that is registered with exactly this command line; `server.unknown`.
  Result<std::string> server_by_command(const std::vector<std::string>& argv) const;
  // `callback` is called on the loop whenever a task ends or its visible tools may have changed.
  // Returns a handle for `unsubscribe`.
  std::uint64_t subscribe(std::function<void(const std::string& task, bool ended)> callback);
  void unsubscribe(std::uint64_t handle);

  // JWK Set of the keys that sign task credentials.
  text::Json jwks() const;
  Health health() const;
  Counters counters() const;

  // Writes what is only counted so far: at a stop, when no more calls come.
  void flush();

  // Does what time demands: ends tasks past their deadline, expires approvals, retires agents,
  // writes coalesced denials. Runs itself by timer once open; tests call it.
  void sweep();

 private:
  explicit Service(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
  Authenticator authenticator_;
  Registry registry_;
  Tasks tasks_;
  Approvals approvals_;
  Decisions decisions_;
  Policies policies_;
  Findings findings_;
  Searches searches_;
  Holds holds_;
};

}  // namespace ambit::service
