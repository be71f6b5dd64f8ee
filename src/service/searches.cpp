#include "service/searches.h"

#include <algorithm>
#include <memory>
#include <tuple>

#include "crypto/random.h"
#include "service/internal/context.h"
#include "service/internal/evidence.h"
#include "service/internal/hypothetical.h"
#include "service/internal/page_token.h"

namespace ambit::service {
namespace {

// One page takes at most so many decisions, so that a search does not hold up the others: when they
// are used up the page ends, full or not.
constexpr std::size_t kMaxDecisions = 512;

struct Pace {
  double per_minute;
  double burst;
};
// A task asks about itself, an enforcement point for all its agents.
constexpr Pace kTaskPace{60, 60};
constexpr Pace kOtherPace{6'000, 600};
constexpr std::size_t kMaxTurns = 10'000;

// An entity that could be found, under one task.
struct Place {
  const std::string* key = nullptr;   // what is searched for
  const std::string* tool = nullptr;  // `server/tool`
  const TaskEntry* task = nullptr;
};

std::tuple<const std::string&, const std::string&> order_of(const Place& place) {
  return {*place.key, place.task->task->id};
}

const std::string kCall = "tools/call";

// Places in order, from where the last page ended; `cut` when there are more than one page can
// take.
class Places {
 public:
  Places(const World& world, const SearchQuery& query, const Position& after)
      : query_(query), after_(after) {
    const auto agent = world.identity(query.agent);
    if (!query.task.empty()) {
      if (const TaskEntry* task = world.task(query.task)) add_task(*task, agent.get());
    } else {
      for (const auto& [id, task] : world.tasks) add_task(task, agent.get());
    }
    const auto end =
        places_.begin() + static_cast<std::ptrdiff_t>(std::min(places_.size(), kMaxDecisions + 1));
    std::partial_sort(places_.begin(), end, places_.end(),
                      [](const Place& a, const Place& b) { return order_of(a) < order_of(b); });
    cut_ = end != places_.end();
    places_.erase(end, places_.end());
  }

  const std::vector<Place>& all() const { return places_; }
  bool cut() const { return cut_; }

 private:
  void add_task(const TaskEntry& entry, const domain::Identity* agent) {
    if (entry.task->state != domain::TaskState::kOpen) return;
    if (query_.kind == SearchKind::kSubject) return add({&entry.task->agent, &query_.tool, &entry});
    if (!agent || !agent->agent || entry.task->agent != agent->id) return;
    if (query_.kind == SearchKind::kAction) return add({&kCall, &query_.tool, &entry});
    for (const std::string& tool : agent->agent->tools) add({&tool, &tool, &entry});
  }

  void add(const Place& place) {
    if (!domain::has_tool(place.task->task->scope, *place.tool)) return;
    const int compared = place.key->compare(after_.key);
    if (compared < 0 || (compared == 0 && after_.whole)) return;
    if (compared == 0 && place.task->task->id < after_.task) return;
    places_.push_back(place);
  }

  const SearchQuery& query_;
  const Position& after_;
  std::vector<Place> places_;
  bool cut_ = false;
};

// One page on its way.
class Search {
 public:
  Search(Context& context, const Caller& caller, const SearchQuery& query, Page page)
      : context_(context), caller_(caller), query_(query), page_(std::move(page)) {}

  void run() {
    const Position from = page_.after;
    const Places places(context_.world, query_, from);
    for (const Place& place : places.all()) {
      if (!visit(place, from)) {
        more = true;
        break;
      }
    }
    more = more || places.cut();
  }

  // Where the next page begins, when there is `more`.
  const Page& page() const { return page_; }

  std::vector<Found> found;
  bool more = false;
  std::size_t decisions = 0;

 private:
  // False when the page ends before this place is done with.
  bool visit(const Place& place, const Position& from) {
    const std::string& task = place.task->task->id;
    const bool resumed = *place.key == from.key && task == from.task;
    for (const std::string& instance : instances_of(*place.task)) {
      if (resumed && instance <= from.instance) continue;
      if (has(*place.key) && found.back().ways.size() >= Searches::kMaxWays) return true;
      if (decisions + kMaxDecisionsEach > kMaxDecisions) return false;
      auto way = find_way(context_, caller_, query_,
                          {place.task->task->agent, task, instance, *place.tool}, decisions);
      if (way) {
        if (!has(*place.key)) {
          if (found.size() >= page_.limit) return false;
          found.push_back({*place.key, {}});
        }
        found.back().ways.push_back(*std::move(way));
      }
      // What was found once is not found again on the next page.
      page_.after = {*place.key, task, instance, has(*place.key)};
    }
    if (!has(*place.key)) page_.after = {*place.key, task, kLast, false};
    return true;
  }

  bool has(const std::string& key) const { return !found.empty() && found.back().id == key; }

  std::vector<std::string> instances_of(const TaskEntry& task) const {
    std::vector<std::string> out;
    for (const auto& instance : task.instances) {
      if (query_.instance.empty() || instance->id == query_.instance) out.push_back(instance->id);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  // Behind every instance's id.
  static constexpr const char* kLast = "~";

  Context& context_;
  const Caller& caller_;
  const SearchQuery& query_;
  Page page_;
};

std::string_view name_of(SearchKind kind) {
  switch (kind) {
    case SearchKind::kSubject: return "subject";
    case SearchKind::kResource: return "resource";
    case SearchKind::kAction: return "action";
  }
  return "subject";
}

// Everything that must be the same on each page.
std::string binding_of(const Caller& caller, const SearchQuery& query) {
  return text::to_canonical_json(
      text::Json::array({static_cast<int>(caller.kind), caller.identity, caller.task,
                         name_of(query.kind), query.agent, query.task, query.instance, query.tool,
                         query.arguments ? *query.arguments : text::Json(), query.capabilities,
                         query.intent, query.justification}));
}

text::Json record_of(const Caller& caller, const SearchQuery& query, const SearchAnswer& answer,
                     const decision::PolicyState* policies) {
  text::Json out =
      text::Json::object({{"id", answer.id},
                          {"by", caller.identity},
                          {"credential", caller.credential},
                          {"search", name_of(query.kind)},
                          {"agent", query.agent},
                          {"task", query.task},
                          {"tool", query.tool},
                          {"with_arguments", query.arguments.has_value()},
                          {"found", static_cast<std::int64_t>(answer.found.size())},
                          {"more", !answer.next_token.empty()},
                          {"epoch", static_cast<std::int64_t>(answer.revision.epoch)}});
  if (policies) {
    out.set("policy", text::Json::object({{"name", policies->name},
                                          {"version", static_cast<std::int64_t>(policies->version)},
                                          {"digest", crypto::to_string(policies->digest)}}));
  }
  return out;
}

}  // namespace

Searches::Searches(Context& context) : context_(context), page_key_(crypto::random_bytes(32)) {}

Revision Searches::revision() const {
  const auto& policies = context_.world.policies;
  return {policies ? policies->version : 0, context_.world.epoch};
}

std::vector<std::string> Searches::tools_in_scope(const Caller& caller,
                                                  const std::string& task) const {
  const bool own = caller.kind == CallerKind::kTask && caller.task == task;
  if (!own && !require_role(caller, {domain::Role::kEnforcement})) return {};
  const TaskEntry* entry = context_.world.task(task);
  if (!entry || entry->task->state != domain::TaskState::kOpen) return {};
  return entry->task->scope.tools;
}

Result<std::map<std::string, decision::ToolProspect>> Searches::tool_prospects(
    const Caller& caller, const std::string& task, decision::Moment moment) const {
  if (caller.kind != CallerKind::kTask || caller.task != task) {
    AMBIT_CHECK_OK(require_role(caller, {domain::Role::kEnforcement, domain::Role::kAuditor,
                                         domain::Role::kSecurity, domain::Role::kOperator}));
  }
  const TaskEntry* entry = context_.world.task(task);
  if (!entry || entry->task->state != domain::TaskState::kOpen) {
    return fail(Code::kNotFound, "task.unknown", "there is no open task `" + task + "`");
  }
  std::map<std::string, decision::ToolProspect> out;
  for (const auto& tool : entry->task->scope.tools) {
    out[tool] = tool_prospect(context_, task, tool, moment);
  }
  return out;
}

Result<> Searches::may_search(const Caller& caller, SearchQuery& query) const {
  if (caller.kind != CallerKind::kTask) {
    return require_role(caller, {domain::Role::kEnforcement, domain::Role::kAuditor,
                                 domain::Role::kSecurity, domain::Role::kOperator});
  }
  const bool self = (query.kind == SearchKind::kSubject || query.agent == caller.identity) &&
                    (query.task.empty() || query.task == caller.task) &&
                    (query.instance.empty() || query.instance == caller.instance);
  if (!self) {
    return fail(Code::kDenied, "caller.not_subject",
                "a task credential searches for its own agent, task and instance only");
  }
  query.task = caller.task;
  query.instance = caller.instance;
  return {};
}

Result<> Searches::take_turn(const Caller& caller) {
  const Pace pace = caller.kind == CallerKind::kTask ? kTaskPace : kOtherPace;
  const Time now = context_.now();
  // Whoever has been still for a minute has its whole burst again: nothing is lost.
  if (turns_.size() >= kMaxTurns) {
    std::erase_if(turns_, [&](const auto& turn) { return now - turn.second.at > minutes(1); });
  }
  // A renewed credential is no new burst.
  const std::string& who = caller.kind == CallerKind::kTask ? caller.instance : caller.identity;
  const auto [it, fresh] = turns_.try_emplace(who, Turn{pace.burst, now});
  Turn& turn = it->second;
  const double waited_ms = now > turn.at ? static_cast<double>((now - turn.at).ms) : 0;
  turn.tokens = std::min(turn.tokens + waited_ms * pace.per_minute / 60'000.0, pace.burst);
  turn.at = std::max(turn.at, now);
  if (turn.tokens < 1) {
    return fail(Code::kExhausted, "search.rate", "too many searches; slow down");
  }
  turn.tokens -= 1;
  return {};
}

void Searches::search(const Caller& caller, SearchQuery query,
                      std::function<void(Result<SearchAnswer>)> done) {
  if (auto allowed = may_search(caller, query); !allowed) return done(fail(allowed.error()));
  if (auto turn = take_turn(caller); !turn) return done(fail(turn.error()));
  const std::string binding = binding_of(caller, query);
  Page page{std::min(query.limit.value_or(kDefaultPage), kMaxPage), {}};
  if (!query.token.empty()) {
    auto opened = open_page(page_key_, binding, query.token);
    if (!opened) return done(fail(opened.error()));
    if (query.limit && page.limit != opened->limit) {
      return done(fail(Code::kInvalid, "page.token",
                       "`page.limit` must be what it was on the page before"));
    }
    page = *std::move(opened);
  }
  Search search(context_, caller, query, std::move(page));
  search.run();
  auto answer = std::make_shared<SearchAnswer>();
  answer->id = crypto::random_id("sea_", context_.now());
  answer->revision = revision();
  answer->found = std::move(search.found);
  if (search.more) answer->next_token = seal_page(page_key_, binding, search.page());
  const text::Json record = record_of(caller, query, *answer, context_.world.policies.get());
  append_evidence(context_, "search", record,
                  [answer, done = std::move(done)](Result<ports::Position> position) {
                    if (!position) return done(fail(position.error()));
                    answer->ledger_index = position->index;
                    done(std::move(*answer));
                  });
}

}  // namespace ambit::service
