#include "service/service.h"

#include <algorithm>

#include "crypto/random.h"
#include "domain/fields.h"
#include "identity/jwks.h"
#include "identity/secret_token.h"
#include "ledger/record.h"
#include "service/internal/agreement.h"
#include "service/internal/assemble.h"
#include "service/internal/context.h"
#include "service/internal/endings.h"
#include "service/internal/evidence.h"
#include "service/internal/hypothetical.h"
#include "service/internal/identity_changes.h"
#include "service/internal/rebuild.h"
#include "service/internal/recall.h"
#include "service/internal/sealing.h"
#include "text/base64url.h"

namespace ambit::service {
namespace {

using text::Json;

constexpr Duration kSweepInterval = {250};
constexpr std::size_t kTokenCacheSize = 65'536;
constexpr Duration kSpentGrace = seconds(10);

// The replay guard refuses proofs from before it existed; their times are whole seconds.
Time start_of_second(Time now) { return Time{now.ms - now.ms % 1000}; }

void schedule_sweep(Context& context, Service& service) {
  context.sweep_timer = context.ports.timers->after(kSweepInterval, [&context, &service] {
    service.sweep();
    schedule_sweep(context, service);
  });
}

// A task whose budget is spent has nothing left to do; a while later it ends by itself.
bool spent(TaskEntry& entry, Time now) {
  if (entry.session.released < entry.task->budget_calls || entry.session.in_flight > 0) {
    entry.spent_since.reset();
    return false;
  }
  if (!entry.spent_since) entry.spent_since = now;
  return now - *entry.spent_since >= kSpentGrace;
}

domain::Identity first_admin(const std::string& id, std::string_view secret, Time now) {
  domain::Identity admin;
  admin.id = id;
  admin.identity_class = domain::IdentityClass::kHuman;
  admin.state = domain::IdentityState::kActive;
  admin.display_name = id;
  admin.roles = {domain::Role::kAdmin};
  admin.created_at = admin.updated_at = now;
  domain::AccessToken token;
  token.id = crypto::random_id("tok_", now);
  token.sha256 = text::to_hex(identity::hash_secret_token(secret).view());
  token.created_at = now;
  token.expires_at = now + Duration{366LL * 24 * 3'600'000};
  admin.tokens.push_back(token);
  domain::seal(admin);
  return admin;
}

void retire_agents(Context& context) {
  std::vector<std::shared_ptr<const domain::Identity>> due;
  for (const auto& [id, identity] : context.world.identities) {
    const bool runs = identity->state == domain::IdentityState::kActive ||
                      identity->state == domain::IdentityState::kSuspended;
    if (identity->agent && runs && identity->agent->retires_at &&
        *identity->agent->retires_at <= context.now()) {
      due.push_back(identity);
    }
  }
  for (const auto& identity : due) {
    auto reduction = begin_reduction(context, identity->id, [](domain::Identity& after) {
      after.state = domain::IdentityState::kRetired;
    });
    suspend_now(context, identity->id, "retired");
    store_reduction(context, std::move(reduction), "ambit", "identity.retired",
                    Json::object({{"reason", "retires_at"}}), {});
  }
}

// What a caller's task, all above it and the agent cover together.
class Reach {
 public:
  Reach(const World& world, const Caller& caller)
      : chain_(world.chain(caller.task)), agent_(world.identity(caller.identity)) {}

  bool covers(const std::string& tool) const {
    if (chain_.empty() || !agent_ || !agent_->agent) return false;
    const auto& approved = agent_->agent->tools;
    return std::find(approved.begin(), approved.end(), tool) != approved.end() &&
           std::all_of(chain_.begin(), chain_.end(), [&](const auto& task) {
             return task && domain::has_tool(task->scope, tool);
           });
  }

 private:
  std::vector<std::shared_ptr<const domain::Task>> chain_;
  std::shared_ptr<const domain::Identity> agent_;
};

}  // namespace

Context::Context(Ports the_ports, Settings the_settings, crypto::SigningKey token_key)
    : ports(the_ports),
      settings(std::move(the_settings)),
      signer(std::move(token_key), settings.issuer),
      verifier({signer.public_key()}, settings.issuer, settings.issuer),
      token_cache(kTokenCacheSize),
      replay_guard({}, start_of_second(the_ports.clock->now())) {}

Service::Service(std::unique_ptr<Context> context)
    : context_(std::move(context)),
      authenticator_(*context_),
      registry_(*context_),
      tasks_(*context_),
      approvals_(*context_),
      decisions_(*context_),
      policies_(*context_),
      findings_(*context_),
      searches_(*context_),
      holds_(*context_) {}

Service::~Service() {
  if (context_->ports.timers && context_->sweep_timer != 0) {
    context_->ports.timers->cancel(context_->sweep_timer);
  }
}

Result<std::unique_ptr<Service>> Service::open(Ports ports, Settings settings,
                                               crypto::SigningKey token_key) {
  auto context = std::make_unique<Context>(ports, std::move(settings), std::move(token_key));
  AMBIT_CHECK_OK(load_registry(*context));
  AMBIT_CHECK_OK(prepare_keys(*context));
  AMBIT_TRY(Rebuilt rebuilt,
            rebuild_from_ledger(*context, context->settings.accept_older_registry));
  auto agreement = check_agreement(*context, *rebuilt.state);
  if (!agreement && rebuilt.from_snapshot) {
    // Never refused on the word of a cache.
    AMBIT_TRY(rebuilt, rebuild_from_ledger(*context, true));
    agreement = check_agreement(*context, *rebuilt.state);
  }
  if (!agreement) return fail(agreement.error());
  AMBIT_CHECK_OK(take_over(*context, *rebuilt.state));
  AMBIT_CHECK_OK(destroy_erased_keys(*context));
  AMBIT_CHECK_OK(pay_owed(*context, *rebuilt.state, *agreement));
  AMBIT_CHECK_OK(remember_newest(*context));
  if (ports.snapshots) ports.snapshots->follow(std::move(rebuilt.state));
  settle_awaited(*context);
  std::unique_ptr<Service> service(new Service(std::move(context)));
  if (ports.timers) schedule_sweep(*service->context_, *service);
  return service;
}

Result<std::string> Service::bootstrap_admin(const std::string& id, const KeepToken& keep) {
  Context& context = *context_;
  if (!context.world.identities.empty()) {
    return fail(Code::kConflict, "bootstrap.done", "the registry has identities already");
  }
  AMBIT_CHECK_OK(domain::check_name(id, "identity id"));
  const auto secret = identity::generate_secret_token();
  domain::Identity admin = first_admin(id, secret.expose(), context.now());
  AMBIT_TRY(std::string record,
            ledger::encode_record(context.now(), "identity.registered",
                                  Json::object({{"identity", id},
                                                {"class", "human"},
                                                {"state", "active"},
                                                {"actor", "bootstrap"},
                                                {"digest", crypto::to_string(admin.digest)}})));
  if (keep) AMBIT_CHECK_OK(keep(secret.expose()));
  // Nothing else runs yet, so this one commit may block.
  AMBIT_TRY(admin.revision,
            context.ports.store->commit({write_of(admin)}, id, context.now(), record));
  context.world.registry_revision = admin.revision;
  context.append(
      std::move(record), Context::Append::kAwaited,
      context.on_loop([&context, revision = admin.revision](Result<ports::Position> position) {
        if (!position) return;  // owed: the next start pays it
        context.ports.background->post(
            [store = context.ports.store, revision] { (void)store->settle(revision); });
      }));
  context.world.put(std::move(admin));
  return std::string(secret.expose());
}

Authenticator& Service::authenticator() { return authenticator_; }
Registry& Service::registry() { return registry_; }
Tasks& Service::tasks() { return tasks_; }
Approvals& Service::approvals() { return approvals_; }
Decisions& Service::decisions() { return decisions_; }
Policies& Service::policies() { return policies_; }
Findings& Service::findings() { return findings_; }
Searches& Service::searches() { return searches_; }
Holds& Service::holds() { return holds_; }

std::vector<VisibleTool> Service::visible_tools(const Caller& caller,
                                                const std::string& server) const {
  std::vector<VisibleTool> out;
  const Reach reach(context_->world, caller);
  for (auto it = context_->world.tools.lower_bound(server + "/");
       it != context_->world.tools.end() && it->second.tool->server == server; ++it) {
    const domain::Tool& tool = *it->second.tool;
    if (tool.state == domain::ToolState::kApproved && reach.covers(it->first) &&
        tool_prospect(*context_, caller.task, it->first, decision::Moment::kInTask).prospect !=
            decision::Prospect::kDenied) {
      out.push_back({tool.name, tool.entry});
    }
  }
  return out;
}

ToolStanding Service::standing_of(const Caller& caller, const std::string& server,
                                  const std::string& tool) const {
  const std::string name = server + "/" + tool;
  const ToolEntry* entry = context_->world.tool(name);
  if (!entry || !Reach(context_->world, caller).covers(name)) return ToolStanding::kUnknown;
  switch (entry->tool->state) {
    case domain::ToolState::kApproved: return ToolStanding::kUsable;
    case domain::ToolState::kFrozen: return ToolStanding::kFrozen;
    case domain::ToolState::kQuarantined:
    case domain::ToolState::kGone: break;
  }
  return ToolStanding::kUnknown;
}

std::vector<std::string> Service::target_patterns(const Caller& caller,
                                                  domain::TargetKind kind) const {
  std::vector<std::string> out;
  const auto chain = context_->world.chain(caller.task);
  if (chain.empty() || !chain.front()) return out;
  for (const auto& rule : chain.front()->scope.targets) {
    const bool covered = std::all_of(chain.begin(), chain.end(), [&](const auto& task) {
      return task && std::any_of(task->scope.targets.begin(), task->scope.targets.end(),
                                 [&](const auto& other) { return domain::covers(other, rule); });
    });
    if (rule.kind == kind && covered) out.push_back(rule.pattern);
  }
  return out;
}

Result<std::shared_ptr<const domain::Server>> Service::server(const std::string& id) const {
  auto found = context_->world.server(id);
  if (!found) {
    return fail(Code::kNotFound, "server.unknown", "there is no server `" + id.substr(0, 60) + "`");
  }
  return found;
}

Result<std::string> Service::server_by_command(const std::vector<std::string>& argv) const {
  for (const auto& [id, server] : context_->world.servers) {
    if (server->transport == "stdio" && server->command == argv) return id;
  }
  return fail(Code::kNotFound, "server.unknown", "no server is registered with this command");
}

std::uint64_t Service::subscribe(std::function<void(const std::string&, bool)> callback) {
  const std::uint64_t handle = context_->next_handle++;
  context_->subscribers[handle] = std::move(callback);
  return handle;
}

void Service::unsubscribe(std::uint64_t handle) { context_->subscribers.erase(handle); }

Json Service::jwks() const { return identity::to_jwks({context_->signer.public_key()}); }

Counters Service::counters() const { return context_->counters; }

Health Service::health() const {
  Health health;
  if (!context_->ports.log->writable()) {
    health.problems.push_back("evidence cannot be written: " +
                              context_->ports.log->why_not_writable());
  }
  health.ready = health.problems.empty();
  health.warnings = context_->settings.warnings;
  health.ledger_entries = context_->ports.log->size();
  health.registry_revision = context_->world.registry_revision;
  for (const auto& [id, entry] : context_->world.tasks) {
    if (entry.task->state == domain::TaskState::kOpen) ++health.open_tasks;
    health.pending_approvals += entry.pending_approvals.size();
  }
  health.known_tasks = context_->world.tasks.size();
  health.known_situations = context_->world.situations.size();
  health.known_decisions = context_->world.newest_decisions.size();
  return health;
}

void Service::flush() { flush_denials(*context_); }

void Service::sweep() {
  Context& context = *context_;
  flush_denials(context);
  renew_day_key(context);
  destroy_keys_left(context);
  std::vector<std::pair<std::string, std::string>> due;
  for (auto& [id, entry] : context.world.tasks) {
    if (entry.task->state != domain::TaskState::kOpen) continue;
    std::string reason = reason_to_end(context, *entry.task);
    if (reason.empty() && spent(entry, context.now())) reason = "budget";
    if (!reason.empty()) due.emplace_back(id, std::move(reason));
  }
  for (const auto& [id, reason] : due) end_task(context, id, reason, "ambit", {});
  std::vector<std::string> expired;
  for (auto& [id, approval] : context.world.approvals) {
    if (approval.expires_at > context.now()) continue;
    if (approval.state == domain::ApprovalState::kPending) expired.push_back(id);
    if (approval.state == domain::ApprovalState::kGranted) {
      approval.state = domain::ApprovalState::kExpired;  // never used; find_approval refused it
      forget_digest(context.world, approval);
    }
  }
  for (const auto& id : expired) {
    close_approval(context, id, domain::ApprovalState::kExpired, "ambit", "nobody answered in time",
                   {});
  }
  std::erase_if(context.world.claims,
                [&](const auto& claim) { return claim.second.expires_at <= context.now(); });
  retire_agents(context);
  let_go(context);
  if (context.ports.snapshots) context.ports.snapshots->go_on();
}

}  // namespace ambit::service
