#include "service/internal/rebuild.h"

#include <algorithm>
#include <set>

#include "domain/fields.h"
#include "ledger/record.h"
#include "service/internal/policy_documents.h"
#include "service/internal/recall.h"
#include "service/internal/state_file.h"
#include "service/snapshots.h"
#include "vault/open_record.h"
#include "vault/vault.h"

namespace ambit::service {
namespace {

using text::Json;

template <class T>
Result<> put(Context& context, const ports::Document& document, Result<T> (*read)(const Json&)) {
  AMBIT_TRY(const Json json, text::parse_json(document.json, {16u << 20, 64}));
  AMBIT_TRY(T value, read(json));
  value.revision = document.revision;
  context.world.put(std::move(value));
  return {};
}

template <class T>
Result<> load(Context& context, ports::Kind kind, Result<T> (*read)(const Json&)) {
  AMBIT_TRY(const auto documents, context.ports.store->list(kind));
  for (const auto& document : documents) AMBIT_CHECK_OK(put<T>(context, document, read));
  return {};
}

// Ended tasks below open ones: their late records still count for those above them.
Result<> load_task(Context& context, const std::string& id) {
  AMBIT_TRY(const auto document, context.ports.store->get(ports::Kind::kTask, id));
  if (!document) return {};
  return put<domain::Task>(context, *document, &domain::task_from_json);
}

Result<> load_open_tasks(Context& context) {
  constexpr std::size_t kAll = 1u << 30;
  AMBIT_TRY(const auto documents, context.ports.store->tasks({.state = "open"}, kAll));
  for (const auto& document : documents) {
    AMBIT_CHECK_OK(put<domain::Task>(context, document, &domain::task_from_json));
  }
  std::vector<std::string> missing;
  for (auto& [id, entry] : context.world.tasks) {  // parents may have been loaded after children
    if (entry.task->parent.empty()) continue;
    if (TaskEntry* parent = context.world.task(entry.task->parent)) {
      parent->children.insert(id);
    } else {
      missing.push_back(entry.task->parent);
    }
  }
  // An ended task has no open one below it; what a defect left behind is shown whole all the same.
  for (const std::string& parent : missing) AMBIT_CHECK_OK(load_task(context, parent));
  return {};
}

tl::unexpected<Error> unreadable(std::uint64_t index, const std::string& why) {
  return fail(Code::kInternal, "state.corrupt",
              "ledger entry " + std::to_string(index) + " cannot be read: " + why);
}

// An entry with what it seals, of an open task.
Result<ledger::Record> open_entry(Context& context, std::uint64_t index, const std::string& task) {
  auto entry = context.ports.log->read(index);
  if (!entry) return unreadable(index, entry.error().message);
  auto opened = vault::open_record(index, entry->record, entry->beside, context.ports.vault);
  if (!opened) return unreadable(index, opened.error().message);
  if (opened->values == vault::Values::kLocked) {
    return unreadable(index, "the registry has no key of the open task `" + task + "`");
  }
  return std::move(opened->record);
}

Result<> take_approval(Context& context, domain::Approval approval,
                       const ApprovalRecords& records) {
  World& world = context.world;
  TaskEntry* task = world.task(approval.task);
  if (!task || task->task->state != domain::TaskState::kOpen) return {};
  AMBIT_TRY(const auto request, open_entry(context, records.requested, approval.task));
  if (const Json* requested = request.body.find("approval_requested")) {
    approval.action_digest = requested->string_or("action_digest", "");
    if (const Json* view = requested->find("view")) {
      approval.view = std::make_shared<const Json>(*view);
    }
  }
  if (records.refused) {
    AMBIT_TRY(const auto refusal, open_entry(context, *records.refused, approval.task));
    approval.note = refusal.body.string_or("note", "");
  }
  const std::string id = approval.id;
  const bool counts = approval.state == domain::ApprovalState::kPending ||
                      approval.state == domain::ApprovalState::kGranted;
  if (counts) world.approval_by_digest.emplace(approval.action_digest, id);
  if (approval.state == domain::ApprovalState::kPending) task->pending_approvals.insert(id);
  task->approvals.insert(id);
  world.approval_records[id] = records;
  world.approvals[id] = std::move(approval);
  return {};
}

void take_task(World& world, const std::string& id, const TaskEntry& from) {
  TaskEntry* entry = world.task(id);
  if (!entry) return;
  entry->session = from.session;
  entry->credentials = from.credentials;
  entry->instances = from.instances;
  entry->situations = from.situations;
  entry->erased = world.erased_keys.contains(id);
  for (const auto& instance : from.instances) world.instances[instance->id] = instance;
}

// Whatever happens to a call that waits for its outcome is folded with its situation.
void take_situations(Context& context, const History& from) {
  World& world = context.world;
  std::set<std::string> awaited;
  for (const auto& [decision, situation] : from.awaited) awaited.insert(situation);
  for (const auto& [id, facts] : from.situations) {
    const bool known = world.task(facts.task) != nullptr;
    if (!known && !awaited.contains(id)) continue;
    world.situations[id] = facts;
    if (!known) world.stray_situations.emplace_back(context.now(), id);
  }
}

// The state is made of the very entries that are signed: who can write the ledger's files, but has
// not its key, gets no authority back by editing what is over.
Result<> fold_sealed(LedgerState& state, const ports::Log& log) {
  const std::uint64_t sealed = sealed_size(log);
  AMBIT_CHECK_OK(fold_until(state, log, sealed));
  if (sealed == 0 || state.tree.size() != sealed) return {};
  AMBIT_TRY(const crypto::Digest root, log.root(sealed));
  if (state.tree.root() == root) return {};
  return fail(Code::kInternal, "ledger.corrupt",
              "the first " + std::to_string(sealed) +
                  " entries are not those that the newest checkpoint covers; verify the ledger to "
                  "see which differ");
}

// Where no entry was dropped a state begins with nothing.
Result<std::unique_ptr<LedgerState>> state_of_dropped(const ports::Log& log) {
  auto state = std::make_unique<LedgerState>();
  AMBIT_TRY(const std::string dropped, log.dropped_state());
  if (dropped.empty()) return state;
  AMBIT_TRY(*state, read_dropped_state(dropped));
  return state;
}

}  // namespace

Result<> load_registry(Context& context) {
  AMBIT_TRY(context.world.registry_revision, context.ports.store->revision());
  AMBIT_CHECK_OK(load(context, ports::Kind::kIdentity, &domain::identity_from_json));
  AMBIT_CHECK_OK(load(context, ports::Kind::kServer, &domain::server_from_json));
  AMBIT_CHECK_OK(load(context, ports::Kind::kTool, &domain::tool_from_json));
  AMBIT_CHECK_OK(load_open_tasks(context));
  return load_policies(context);
}

Result<Rebuilt> rebuild_from_ledger(Context& context, bool anew) {
  Rebuilt out;
  const ports::Log& log = *context.ports.log;
  if (context.ports.snapshots && !anew) out.state = context.ports.snapshots->restore();
  out.from_snapshot = out.state != nullptr;
  if (!out.state) {
    AMBIT_TRY(out.state, state_of_dropped(log));
  }
  AMBIT_CHECK_OK(fold_sealed(*out.state, log));
  AMBIT_CHECK_OK(fold_until(*out.state, log, log.size()));
  return out;
}

Result<> take_over(Context& context, const LedgerState& state) {
  World& world = context.world;
  const History& from = state.history;
  // Ended tasks below open ones.
  for (const auto& [root, ids] : from.trees) {
    const TaskEntry* top = world.task(root);
    if (!top || top->task->state != domain::TaskState::kOpen) continue;
    for (const std::string& id : ids) {
      if (!world.task(id)) AMBIT_CHECK_OK(load_task(context, id));
    }
  }
  world.erased_keys = from.erased_keys;
  for (const auto& [id, entry] : from.tasks) take_task(world, id, entry);
  for (const auto& [id, approval] : from.approvals) {
    AMBIT_CHECK_OK(take_approval(context, approval, from.approval_records.at(id)));
  }
  for (const std::string& id : from.closed_approvals) {
    if (world.approvals.contains(id)) world.closed_approvals.push_back(id);
  }
  for (const auto& [digest, claim] : from.claims) {
    const TaskEntry* task = world.task(claim.task);
    if (task && task->task->state == domain::TaskState::kOpen) world.claims[digest] = claim;
  }
  take_situations(context, from);
  world.instance_keys = from.instance_keys;
  world.coverage = from.coverage;
  world.findings = from.findings;
  world.documents = from.documents;
  world.awaited = from.awaited;
  // Beyond every epoch that was ever told: each left a record at least.
  world.epoch = context.ports.log->size();
  return {};
}

void fold_decision(Context& context, const DurableDecision& decision) {
  World& world = context.world;
  if (const auto key = decision_key(decision.id)) {
    world.newest_decisions.add(*key, decision.index);
    note_told(world, decision.index, *key);
  }
  fold_decision(static_cast<History&>(world), decision);
}

void fold_record(Context& context, std::uint64_t index, std::string_view kind, const Json& body) {
  if (kind == "outcome" || kind == "withdrawn") {
    note_ending(context.world, index, kind, std::string(body.string_or("decision", "")));
  }
  // The registry says which tasks there are; one that it has ended already is not begun again.
  if (kind == "task.started" && !context.world.task(std::string(body.string_or("task", "")))) {
    return;
  }
  fold_record(static_cast<History&>(context.world), index, kind, body);
}

void settle_awaited(Context& context) {
  for (const auto& [decision, situation] : context.world.awaited) {
    const SituationFacts& facts = context.world.situations.at(situation);
    // The agent may have had the result before its record was durable.
    add_labels(context.world, facts.task, facts.labels);
    const Json body = Json::object({{"decision", decision},
                                    {"task", facts.task},
                                    {"status", "unknown"},
                                    {"bytes", 0},
                                    {"took_ms", 0},
                                    {"labels", domain::to_json(facts.labels)},
                                    {"detail", "ambit stopped before the tool answered"}});
    context.ports.log->append(
        ledger::encode_record(context.now(), "outcome", body).value_or(std::string()),
        context.on_loop([&context, body](Result<ports::Position> position) {
          if (position) fold_record(context, position->index, "outcome", body);
        }));
  }
}

}  // namespace ambit::service
