#include "service/tasks.h"

#include <algorithm>
#include <set>

#include "crypto/random.h"
#include "domain/fields.h"
#include "identity/authorization_details.h"
#include "service/internal/context.h"
#include "service/internal/endings.h"
#include "service/internal/evidence.h"
#include "service/internal/rebuild.h"
#include "service/internal/recall.h"
#include "service/internal/sealing.h"
#include "text/base64url.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

using text::Json;

constexpr std::size_t kMostListed = 500;
// Each is on record, and a working instance needs one every few minutes.
constexpr std::int64_t kRenewalsPerMinute = 12;

tl::unexpected<Error> unknown_task(const std::string& id) {
  return fail(Code::kNotFound, "task.unknown", "there is no task `" + id.substr(0, 60) + "`");
}

// Liveness that a new task needs of its agent, with the same words as a decision uses.
Result<> check_agent(const Context& context, const domain::Task& task) {
  const auto agent = context.world.identity(task.agent);
  if (!agent || !agent->agent) {
    return fail(Code::kNotFound, "identity.unknown", "there is no agent `" + task.agent + "`");
  }
  if (!domain::alive(*agent)) {
    return fail(
        Code::kConflict, "identity.not_active",
        "agent `" + task.agent + "` is `" + std::string(domain::name_of(agent->state)) + "`");
  }
  const domain::AgentProfile& profile = *agent->agent;
  if (*profile.retires_at <= context.now()) {
    return fail(Code::kExpired, "agent.retired",
                "agent `" + task.agent + "` has reached its retirement date");
  }
  domain::Scope approved;
  approved.tools = profile.tools;
  approved.outcomes = profile.outcomes;
  approved.data_domains = profile.data_domains;
  approved.targets = task.scope.targets;  // an agent has no targets of its own, a task has
  if (const auto more = domain::widening(approved, task.scope)) {
    return fail(
        Code::kDenied, "scope.widened",
        "the scope has `" + *more + "`, which is not approved for agent `" + task.agent + "`");
  }
  return {};
}

Result<> check_delegator(const Context& context, const domain::Task& task) {
  if (task.on_behalf_of.empty()) return {};
  const auto who = context.world.identity(task.on_behalf_of);
  if (!who || !domain::alive(*who)) {
    return fail(Code::kConflict, "delegator.not_alive",
                "`" + task.on_behalf_of + "` is not an active identity");
  }
  if (!who->entitlements) return {};
  if (const auto more = domain::widening(*who->entitlements, task.scope)) {
    return fail(Code::kDenied, "scope.widened",
                "the scope has `" + *more + "`, which `" + task.on_behalf_of + "` may not do");
  }
  return {};
}

Result<> attach_parent(const Context& context, domain::Task& task) {
  task.root = task.id;
  if (task.parent.empty()) return {};
  const TaskEntry* parent = context.world.task(task.parent);
  if (!parent || parent->task->state != domain::TaskState::kOpen) {
    return fail(Code::kConflict, "task.ended", "the parent task is not open");
  }
  task.root = parent->task->root;
  task.depth = parent->task->depth + 1;
  if (task.depth > context.settings.max_delegation_depth) {
    return fail(Code::kDenied, "task.depth",
                "delegation may be at most " +
                    std::to_string(context.settings.max_delegation_depth) + " tasks deep");
  }
  // Otherwise what bounds the user would bound no child, and an agent could name any user.
  const std::string& user = parent->task->on_behalf_of;
  if (task.on_behalf_of.empty()) task.on_behalf_of = user;
  if (task.on_behalf_of != user) {
    return fail(Code::kDenied, "scope.widened",
                "the task is to act for `" + task.on_behalf_of + "`, and its parent acts for " +
                    (user.empty() ? "nobody" : "`" + user + "`"));
  }
  if (const auto more = domain::widening(parent->task->scope, task.scope)) {
    return fail(Code::kDenied, "scope.widened",
                "the scope has `" + *more + "`, which the parent task does not have");
  }
  if (task.deadline > parent->task->deadline || task.budget_calls > parent->task->budget_calls) {
    return fail(Code::kDenied, "scope.widened",
                "a child task may not outlive its parent nor have a larger budget");
  }
  return {};
}

Result<> check_caller(const Caller& caller, const domain::Task& task) {
  if (caller.kind != CallerKind::kTask) {
    return require_role(caller, {domain::Role::kOperator});
  }
  if (caller.task == task.parent) return {};
  return fail(Code::kDenied, "task.root",
              "an agent cannot start a root task; it may start a child of its own task");
}

// With those that are about to be open.
std::size_t open_tasks(const Context& context, const std::string& agent) {
  const auto open =
      std::count_if(context.world.tasks.begin(), context.world.tasks.end(), [&](const auto& entry) {
        return entry.second.task->state == domain::TaskState::kOpen &&
               (agent.empty() || entry.second.task->agent == agent);
      });
  return static_cast<std::size_t>(open) +
         (agent.empty() ? context.starting.size() : context.starting.count(agent));
}

std::size_t open_children(const Context& context, const std::string& task) {
  const TaskEntry* entry = context.world.task(task);
  const auto starting = std::count_if(context.starting.begin(), context.starting.end(),
                                      [&](const auto& one) { return one.second == task; });
  return (entry ? entry->children.size() : 0) + static_cast<std::size_t>(starting);
}

Result<> check_room(const Context& context, const domain::Task& task) {
  if (!task.parent.empty() &&
      open_children(context, task.parent) >= context.settings.max_open_children) {
    return fail(Code::kExhausted, "task.too_many",
                "task `" + task.parent + "` has " +
                    std::to_string(context.settings.max_open_children) + " open children already");
  }
  const auto agent = context.world.identity(task.agent);
  const std::int64_t own = agent->agent->limits.open_tasks;
  const bool full = own > 0 && open_tasks(context, task.agent) >= static_cast<std::size_t>(own);
  if (full || open_tasks(context, {}) >= context.settings.max_open_tasks) {
    return fail(Code::kExhausted, "task.too_many", "too many tasks are open");
  }
  return {};
}

Result<domain::Task> new_task(const Context& context, const Caller& caller, const Json& spec) {
  AMBIT_TRY(domain::Task task, domain::task_from_spec(spec, "task", context.now()));
  AMBIT_CHECK_OK(check_caller(caller, task));
  task.id = crypto::random_id("tsk_", context.now());
  task.started_by = caller.identity;
  task.started_at = context.now();
  AMBIT_CHECK_OK(check_agent(context, task));
  AMBIT_CHECK_OK(attach_parent(context, task));
  AMBIT_CHECK_OK(check_delegator(context, task));
  AMBIT_CHECK_OK(check_room(context, task));
  domain::seal(task);
  return task;
}

identity::TaskAuthority authority_of(const domain::Task& task) {
  identity::TaskAuthority authority;
  authority.tools = task.scope.tools;
  for (const auto& rule : task.scope.targets) {
    authority.targets.push_back(std::string(domain::name_of(rule.kind)) + ":" + rule.pattern);
  }
  authority.data = task.scope.data_domains;
  authority.actions = task.scope.outcomes;
  return authority;
}

// The shortest that the tier of any tool in the scope asks for: whoever holds a credential holds it
// for all of them (Requirement E12).
Duration credential_lifetime(const Context& context, const domain::Task& task) {
  Duration out = context.settings.credential_lifetime;
  for (const auto& name : task.scope.tools) {
    const ToolEntry* entry = context.world.tool(name);
    const auto tier = entry ? domain::highest_tier(*entry->tool) : domain::Tier::kHigh;
    const Duration most = context.world.policies->tiers[tier].credential_lifetime;
    if (most.ms > 0) out = std::min(out, most);
  }
  return out;
}

// Asked again once the task is in the registry: its parent may have ended meanwhile.
Result<> check_still_wanted(const Context& context, domain::Task task) {
  AMBIT_CHECK_OK(check_agent(context, task));
  return attach_parent(context, task);
}

struct Issued {
  Credential credential;
  std::string token_id;
};

Result<Issued> issue(const Context& context, const domain::Instance& instance) {
  const TaskEntry* entry = context.world.task(instance.task);
  if (!entry || entry->task->state != domain::TaskState::kOpen) {
    return fail(Code::kExpired, "task.ended", "the task has ended");
  }
  const Time now = context.now();
  const Time until =
      std::min(now + credential_lifetime(context, *entry->task), entry->task->deadline);
  identity::TaskClaims claims;
  claims.subject = instance.agent;
  claims.audience = context.settings.issuer;
  claims.client_id = instance.agent;
  claims.token_id = crypto::random_id("crd_", now);
  claims.instance = instance.id;
  claims.session = instance.session;
  claims.task = instance.task;
  claims.issued_at = now;
  claims.expires_at = until;
  claims.epoch = static_cast<std::int64_t>(context.world.epoch);
  if (!instance.key_thumbprint.empty()) claims.key_thumbprint = instance.key_thumbprint;
  claims.authorization_details = identity::to_authorization_details(authority_of(*entry->task));
  Issued out;
  AMBIT_TRY(out.credential.token, context.signer.sign_task_token(claims));
  out.token_id = claims.token_id;
  out.credential.token_type = instance.key_thumbprint.empty() ? "Bearer" : "DPoP";
  out.credential.expires_in_s = (until - now).ms / 1000;
  out.credential.task = instance.task;
  out.credential.instance = instance.id;
  out.credential.session = instance.session;
  return out;
}

// Records what was issued; the credential leaves only after that.
void record_issue(Context& context, std::string kind, Json body, Issued issued,
                  std::function<void(Result<Credential>)> done) {
  body.set("credential", issued.token_id);
  body.set("expires_in_s", issued.credential.expires_in_s);
  append_evidence(context, kind, body,
                  [&context, kind, body, issued = std::move(issued),
                   done = std::move(done)](Result<ports::Position> position) {
                    if (!position) return done(fail(position.error()));
                    fold_record(context, position->index, kind, body);
                    const TaskEntry* task = context.world.task(issued.credential.task);
                    if (!task || task->task->state != domain::TaskState::kOpen) {
                      return done(fail(Code::kExpired, "task.ended", "the task has ended"));
                    }
                    done(issued.credential);
                  });
}

}  // namespace

void Tasks::start(const Caller& caller, const Json& spec, std::function<void(Result<Json>)> done) {
  auto task = new_task(context_, caller, spec);
  if (!task) return done(fail(task.error()));
  Commit change;
  change.actor = caller.identity;
  change.kind = "task.started";
  change.key_of = task->id;
  change.writes.push_back(write_of(*task));
  change.evidence = Json::object({{"task", task->id},
                                  {"agent", task->agent},
                                  {"goal", task->goal},
                                  {"digest", crypto::to_string(task->digest)},
                                  {"spec", domain::to_json(*task)}});
  // On record by its digest, so that who was given it can redeem it after a crash.
  const std::string claim = crypto::random_token("clm_");
  const std::string claim_digest = text::to_hex(crypto::sha256(claim).view());
  const Time expires_at = context_.now() + context_.settings.claim_lifetime;
  change.evidence.set(
      "claim", Json::object({{"sha256", claim_digest}, {"expires_at", to_rfc3339(expires_at)}}));
  auto shared = std::make_shared<domain::Task>(*std::move(task));
  const auto place = context_.starting.emplace(shared->agent, shared->parent);
  const auto applied = [&context = context_, shared, place](std::uint64_t revision) {
    context.starting.erase(place);
    shared->revision = revision;
    const TaskEntry* parent = context.world.task(shared->parent);
    const auto inherited = parent ? parent->session.labels : std::set<std::string>();
    context.world.put(*shared);
    context.world.task(shared->id)->session.labels = inherited;
    (void)key_for(context, shared->id);  // it was just made; what follows need not look it up
    const std::string reason = reason_to_end(context, *shared);
    if (!reason.empty()) end_task(context, shared->id, reason, "ambit", {});
  };
  commit(context_, std::move(change), applied,
         [&context = context_, shared, place, claim, claim_digest, expires_at,
          done](Result<std::uint64_t> revision) {
           if (!revision) {
             if (shared->revision == 0) context.starting.erase(place);
             return done(fail(revision.error()));
           }
           if (auto wanted = check_still_wanted(context, *shared); !wanted) {
             return done(fail(wanted.error()));
           }
           context.world.claims[claim_digest] = Claim{shared->id, expires_at};
           done(Json::object({{"task", domain::to_json(*shared)}, {"claim", claim}}));
         });
}

Result<> Tasks::check_claim(std::string_view claim) const {
  const auto known = context_.world.claims.find(text::to_hex(crypto::sha256(claim).view()));
  if (known != context_.world.claims.end() && known->second.expires_at > context_.now()) return {};
  return fail(Code::kUnauthenticated, "claim.unknown",
              "the claim is not known, was redeemed already, or has expired");
}

void Tasks::admit(std::string_view claim, const std::string& key_thumbprint,
                  std::function<void(Result<Credential>)> done) {
  if (auto good = check_claim(claim); !good) return done(fail(good.error()));
  World& world = context_.world;
  const auto known = world.claims.find(text::to_hex(crypto::sha256(claim).view()));
  if (!key_thumbprint.empty() && world.instance_keys.contains(key_thumbprint)) {
    return done(fail(Code::kConflict, "instance.key_in_use",
                     "another instance has this key; every instance needs its own"));
  }
  const TaskEntry* task = world.task(known->second.task);
  if (!task || task->task->state != domain::TaskState::kOpen) {
    world.claims.erase(known);
    return done(fail(Code::kExpired, "task.ended", "the task has ended"));
  }
  domain::Instance instance;
  instance.id = crypto::random_id("ins_", context_.now());
  instance.agent = task->task->agent;
  instance.task = task->task->id;
  instance.session = crypto::random_id("ses_", context_.now());
  instance.key_thumbprint = key_thumbprint;
  instance.admitted_at = context_.now();
  auto issued = issue(context_, instance);
  if (!issued) return done(fail(issued.error()));
  const std::string claim_digest = known->first;
  world.claims.erase(known);  // single use, whatever happens next
  if (!key_thumbprint.empty()) world.instance_keys.insert(key_thumbprint);
  Json body = Json::object({{"task", instance.task},
                            {"agent", instance.agent},
                            {"instance", domain::to_json(instance)},
                            {"claim", claim_digest}});
  record_issue(context_, "instance.admitted", std::move(body), *std::move(issued), std::move(done));
}

void Tasks::renew(const Caller& caller, std::function<void(Result<Credential>)> done) {
  if (caller.kind != CallerKind::kTask || !caller.key_bound) {
    return done(fail(Code::kDenied, "credential.not_bound",
                     "only a credential that is bound to a key is renewed; the instance proves "
                     "possession of it"));
  }
  const auto instance = context_.world.instances.find(caller.instance);
  if (instance == context_.world.instances.end()) {
    return done(fail(Code::kUnauthenticated, "token.instance", "the instance is not admitted"));
  }
  if (!context_.renewals[caller.instance].take(context_.now(), kRenewalsPerMinute,
                                               kRenewalsPerMinute)) {
    return done(fail(Code::kExhausted, "credential.rate",
                     "the credential was renewed " + std::to_string(kRenewalsPerMinute) +
                         " times in this minute; go on using the newest"));
  }
  auto issued = issue(context_, *instance->second);
  if (!issued) return done(fail(issued.error()));
  Json body = Json::object({{"task", instance->second->task},
                            {"agent", instance->second->agent},
                            {"instance_id", instance->second->id},
                            {"renews", caller.credential}});
  record_issue(context_, "credential.issued", std::move(body), *std::move(issued), std::move(done));
}

namespace {

Json shown(const domain::Task& task, const TaskEntry& entry, bool erased) {
  Json out = domain::to_json(task);
  out.set("values_erased", erased);
  out.set("session_state", domain::to_json(entry.session));
  text::JsonArray instances;
  for (const auto& instance : entry.instances) instances.push_back(domain::to_json(*instance));
  out.set("instances", Json(std::move(instances)));
  return out;
}

// A task that has left memory, from the registry and the ledger.
void show_ended(Context& context, const std::string& id, std::function<void(Result<Json>)> done) {
  const auto task = recall_task(context, id);
  if (!task) return done(fail(task.error()));
  if (!*task) return done(unknown_task(id));
  const std::string root = (*task)->root.empty() ? id : (*task)->root;
  recall_tree(context, root,
              [&context, task = *task,
               done = std::move(done)](Result<std::shared_ptr<const History>> history) {
                if (!history) return done(fail(history.error()));
                const TaskEntry* entry = (*history)->task(task->id);
                done(shown(*task, entry ? *entry : TaskEntry(),
                           context.world.erased_keys.contains(task->id)));
              });
}

}  // namespace

void Tasks::show(const Caller& caller, const std::string& task,
                 std::function<void(Result<Json>)> done) const {
  if (caller.kind == CallerKind::kTask && caller.task != task) return done(unknown_task(task));
  if (caller.kind != CallerKind::kTask) {
    const auto allowed = require_role(caller, {domain::Role::kOperator, domain::Role::kAuditor,
                                               domain::Role::kApprover, domain::Role::kSecurity});
    if (!allowed) return done(fail(allowed.error()));
  }
  const TaskEntry* entry = context_.world.task(task);
  if (!entry) return show_ended(context_, task, std::move(done));
  done(shown(*entry->task, *entry, entry->erased));
}

namespace {

using TaskPtr = std::shared_ptr<const domain::Task>;

bool is_newer(const TaskPtr& a, const TaskPtr& b) {
  return a->started_at != b->started_at ? a->started_at > b->started_at : a->id > b->id;
}

void keep_newest(std::vector<TaskPtr>& tasks) {
  const auto end = tasks.begin() + static_cast<std::ptrdiff_t>(std::min(tasks.size(), kMostListed));
  std::partial_sort(tasks.begin(), end, tasks.end(), is_newer);
  tasks.erase(end, tasks.end());
}

// Those of memory with those that have left it; the registry may not have yet what memory has.
Result<Json> list_newest(const ports::Store& store, const std::string& agent,
                         std::vector<TaskPtr> found) {
  std::set<std::string> known;
  for (const TaskPtr& task : found) known.insert(task->id);
  AMBIT_TRY(const auto documents, store.tasks({.agent = agent}, kMostListed));
  for (const auto& document : documents) {
    if (known.contains(document.key)) continue;
    AMBIT_TRY(const Json json, text::parse_json(document.json, {16u << 20, 64}));
    AMBIT_TRY(domain::Task task, domain::task_from_json(json));
    found.push_back(std::make_shared<const domain::Task>(std::move(task)));
  }
  keep_newest(found);
  text::JsonArray items;
  for (const TaskPtr& task : found) items.push_back(domain::to_json(*task));
  return Json::object({{"items", Json(std::move(items))}});
}

}  // namespace

Result<std::function<Result<Json>()>> Tasks::list(const Caller& caller,
                                                  const std::string& agent) const {
  AMBIT_CHECK_OK(require_role(caller, {domain::Role::kOperator, domain::Role::kAuditor,
                                       domain::Role::kApprover, domain::Role::kSecurity}));
  std::vector<TaskPtr> found;
  for (const auto& [id, entry] : context_.world.tasks) {
    if (agent.empty() || entry.task->agent == agent) found.push_back(entry.task);
  }
  keep_newest(found);
  return [store = context_.ports.store, agent, found = std::move(found)] {
    return list_newest(*store, agent, found);
  };
}

void Tasks::end(const Caller& caller, const std::string& task, const std::string& reason,
                std::function<void(Result<Json>)> done) {
  if (caller.kind == CallerKind::kTask) {
    if (caller.task != task) return done(unknown_task(task));
  } else if (auto allowed =
                 require_role(caller, {domain::Role::kOperator, domain::Role::kSecurity});
             !allowed) {
    return done(fail(allowed.error()));
  }
  if (const auto known = recall_task(context_, task); !known || !*known) {
    return done(known ? unknown_task(task) : fail(known.error()));
  }
  end_task(context_, task,
           std::string(reason.empty() ? "completed" : text::truncate_utf8(reason, 200)),
           caller.identity, std::move(done));
}

}  // namespace ambit::service
