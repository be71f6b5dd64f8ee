// Searches: who may do what at this moment, answered from live state without doing any of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "decision/prospect.h"
#include "domain/scope.h"
#include "service/caller.h"
#include "service/revision.h"
#include "text/json.h"

namespace ambit::service {

struct Context;

enum class SearchKind {
  kSubject,   // which agents may call the tool
  kResource,  // which tools the agent may call
  kAction,    // which actions the agent may take on the tool
};

struct SearchQuery {
  SearchKind kind = SearchKind::kSubject;
  std::string agent;     // of a resource or action search
  std::string task;      // only under this task; empty: under any that is open
  std::string instance;  // only by this instance; empty: by any
  std::string tool;      // `server/tool`, of a subject or action search
  // With arguments the answer is about exactly this call. Without, about whether some call may be
  // permitted: each target rule of the task stands for the targets, and a policy that reads an
  // argument which nobody has named permits nothing.
  std::optional<text::Json> arguments;
  // Which tools are of any use: a call that a human must approve counts, and one target suffices.
  bool capabilities = false;
  std::string intent;
  std::string justification;
  std::optional<std::size_t> limit;  // results on a page; at most Searches::kMaxPage
  std::string token;                 // of the page before; empty: from the beginning
};

// Under which task, by which instance; both go into the context of the evaluation that follows.
struct Way {
  std::string task;
  std::string instance;
  std::vector<domain::TargetRule> targets;  // on which the tool may be called, for an open question
};

struct Found {
  std::string id;         // of an agent, a tool (`server/tool`) or an action
  std::vector<Way> ways;  // at least one, at most Searches::kMaxWays
};

struct SearchAnswer {
  std::string id;  // of the evidence: `sea_...`
  std::uint64_t ledger_index = 0;
  Revision revision;
  std::vector<Found> found;  // in order of id
  std::string next_token;    // empty: this was the last page
};

// Everything runs on the loop. A search decides hypothetical calls with the function that decides
// real ones, but reserves nothing, probes nothing and records no decision; what needs an approval
// is not permitted, so it is not found. One evidence record says that the search was made.
class Searches {
 public:
  static constexpr std::size_t kMaxPage = 1000;
  static constexpr std::size_t kDefaultPage = 100;
  static constexpr std::size_t kMaxWays = 8;

  explicit Searches(Context& context);

  // Calls `done` once the evidence is durable. Enforcement points and readers (auditor, security,
  // operator) search all agents, a task only itself. Errors: `caller.role`, `caller.not_subject`,
  // `page.token` (not of this search), `search.rate`, those of the ledger.
  void search(const Caller& caller, SearchQuery query,
              std::function<void(Result<SearchAnswer>)> done);

  // What a decision asked for now is made under.
  Revision revision() const;

  // The tools in the scope of an open task, as far as the caller may see it: its own, or as an
  // enforcement point any. Not all of them need be usable.
  std::vector<std::string> tools_in_scope(const Caller& caller, const std::string& task) const;

  // What policies may say, at this moment or while the task lasts, of calls of each tool in the
  // scope of an open task, by `server/tool`. Asks policies alone. A task sees itself; enforcement
  // points and readers (auditor, security, operator) any. Errors: `caller.role`, `task.unknown`.
  Result<std::map<std::string, decision::ToolProspect>> tool_prospects(
      const Caller& caller, const std::string& task, decision::Moment moment) const;

 private:
  Result<> may_search(const Caller& caller, SearchQuery& query) const;
  Result<> take_turn(const Caller& caller);

  struct Turn {
    double tokens = 0;
    Time at;
  };

  Context& context_;
  std::string page_key_;               // of this process; page tokens do not outlive it
  std::map<std::string, Turn> turns_;  // by instance or identity
};

}  // namespace ambit::service
