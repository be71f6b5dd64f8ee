// The registry's use cases: identities, servers, tools, access tokens.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/upstream.h"
#include "service/caller.h"
#include "text/json.h"

namespace ambit::service {

struct Context;
using Answer = std::function<void(Result<text::Json>)>;

class Registry {
 public:
  explicit Registry(Context& context) : context_(context) {}

  // Identities (domain::identity_from_spec). A new agent is a draft; humans and services are
  // active.
  void register_identity(const Caller& caller, const text::Json& spec, Answer done);
  // Replaces what a caller may write. `revision` zero skips the optimistic check. A change of an
  // active agent's tools, data domains, outcomes, purpose or runtime digest suspends it until it is
  // activated again (Requirement C2).
  void update_identity(const Caller& caller, const std::string& id, const text::Json& spec,
                       std::uint64_t revision, Answer done);
  // `activate`, `suspend`, `decommission`. Activation of an incomplete agent fails with
  // `agent.incomplete` and names every missing field. Suspension and decommission end all of the
  // agent's tasks at once.
  void move_identity(const Caller& caller, const std::string& id, const std::string& move,
                     Answer done);
  Result<text::Json> show_identity(const Caller& caller, const std::string& id) const;
  // What is returned writes them out, on any thread: of thousands that takes longer than the loop
  // may.
  Result<std::function<Result<text::Json>()>> list_identities(
      const Caller& caller, const std::string& identity_class) const;
  // Changes of the record after revision `after`, oldest first, at most `limit`. What is returned
  // reads and writes them out, off the loop; it ends early beyond about 4 MiB. `next_after` is
  // there while more follow.
  Result<std::function<Result<text::Json>()>> identity_history(const Caller& caller,
                                                               const std::string& id,
                                                               std::uint64_t after,
                                                               std::size_t limit) const;

  // Issues an access token to a human or service; the secret is in the answer and nowhere else. An
  // admin issues to anybody; everybody else to themselves alone, a token that expires no later than
  // the one that the caller uses (`token.outlives`), that ends when that is revoked, and so many a
  // minute (`token.rate`).
  void issue_token(const Caller& caller, const std::string& id, Duration lifetime, Answer done);
  // With the token all end that were issued with it.
  void revoke_token(const Caller& caller, const std::string& id, const std::string& token,
                    Answer done);

  // Registers a server or, when it is known, replaces its spec; lists its tools and stores them:
  // new ones quarantined, changed ones frozen, vanished ones gone. `bindings` maps tool names to
  // domain::Binding; a tool without one stays unusable. The answer lists each tool with its digest,
  // state, class, tier and what it still lacks.
  void import_server(const Caller& caller, const text::Json& server_spec,
                     const text::Json& bindings, Answer done);
  // Approves tools as listed now; `tools` empty: all that have a binding. `digests`, when given,
  // must match, so that what was reviewed is what is approved (`tool.changed`).
  void approve_tools(const Caller& caller, const std::string& server,
                     const std::vector<std::string>& tools, const text::Json& digests, Answer done);
  // A listing seen at run time: freezes every approved tool that differs, at once.
  void observe_listing(const std::string& server, const ports::Upstream::Listing& listing);

  Result<text::Json> list_servers(const Caller& caller) const;
  Result<text::Json> list_tools(const Caller& caller, const std::string& server) const;
  Result<text::Json> show_tool(const Caller& caller, const std::string& server,
                               const std::string& tool) const;

 private:
  Context& context_;
};

}  // namespace ambit::service
