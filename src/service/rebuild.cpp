#include "service/internal/rebuild.h"

#include <algorithm>
#include <set>

#include "domain/fields.h"
#include "ledger/record.h"
#include "service/internal/agreement.h"
#include "service/internal/assemble.h"
#include "service/internal/guardrails.h"
#include "service/internal/policy_documents.h"
#include "service/internal/sealing.h"
#include "service/internal/situation.h"
#include "vault/open_record.h"
#include "vault/vault.h"

namespace ambit::service {
namespace {

using domain::Approval;
using domain::ApprovalState;
using domain::SessionEvent;
using text::Json;

template <class T>
Result<> load(Context& context, ports::Kind kind, Result<T> (*read)(const Json&)) {
  AMBIT_TRY(const auto documents, context.ports.store->list(kind));
  for (const auto& document : documents) {
    AMBIT_TRY(const Json json, text::parse_json(document.json, {16u << 20, 64}));
    AMBIT_TRY(T value, read(json));
    value.revision = document.revision;
    context.world.put(std::move(value));
  }
  return {};
}

std::string text_of(const Json& body, std::string_view key) {
  return std::string(body.string_or(key, ""));
}

std::set<std::string> labels_of(const Json& body) {
  std::set<std::string> out;
  const Json* labels = body.find("labels");
  if (!labels || !labels->is_array()) return out;
  for (const auto& label : labels->as_array()) {
    if (label.is_string()) out.insert(label.as_string());
  }
  return out;
}

void close(World& world, Approval& approval, ApprovalState state) {
  approval.state = state;
  forget_digest(world, approval);
  if (TaskEntry* task = world.task(approval.task)) task->pending_approvals.erase(approval.id);
}

void fold_request(Context& context, const Json& requested) {
  auto approval = domain::approval_from_json(requested);
  if (!approval) return;
  World& world = context.world;
  if (world.approvals.contains(approval->id)) return;  // the live path put it in already
  TaskEntry* task = world.task(approval->task);
  if (!task || task->task->state != domain::TaskState::kOpen) return;
  world.approval_by_digest.emplace(approval->action_digest, approval->id);
  task->pending_approvals.insert(approval->id);
  world.approvals[approval->id] = *std::move(approval);
}

void fold_decision_record(Context& context, std::uint64_t index, const Json& body) {
  const Json* decision = body.find("decision");
  if (!decision) return;
  const auto verdict =
      domain::value_of<domain::Verdict>(std::string(decision->string_or("verdict", "")));
  if (!verdict) return;
  std::optional<domain::Verdict> would;
  if (const auto read = domain::value_of<domain::Verdict>(text_of(*decision, "would"))) {
    would = *read;
  }
  fold_decision(
      context,
      {.index = index,
       .id = text_of(body, "id"),
       .situation = text_of(body, "situation"),
       .verdict = *verdict,
       .approval_used = text_of(*decision, "approval"),
       .tier = domain::value_of<domain::Tier>(text_of(body, "tier")).value_or(domain::Tier::kLow),
       .would = would});
  if (const Json* requested = body.find("approval_requested")) fold_request(context, *requested);
}

void fold_ending(Context& context, std::uint64_t index, Ending::Kind kind,
                 const std::string& decision) {
  Ending& ending = context.world.endings.try_emplace(decision, Ending{kind}).first->second;
  if (!ending.index) ending.index = index;
  ending.body = {};
}

void fold_grant(Context& context, const Json& body) {
  const auto it = context.world.approvals.find(text_of(body, "approval"));
  if (it == context.world.approvals.end()) return;
  Approval& approval = it->second;
  if (approval.state != ApprovalState::kPending) return;
  domain::Grant grant;
  grant.by = text_of(body, "by");
  if (auto at = parse_rfc3339(body.string_or("granted_at", ""))) grant.at = *at;
  if (const Json* classes = body.find("classes"); classes && classes->is_array()) {
    for (const auto& item : classes->as_array()) {
      if (item.is_string()) grant.classes.push_back(item.as_string());
    }
  }
  approval.grants.push_back(std::move(grant));
  if (!domain::satisfied(approval.needs, approval.grants)) return;
  approval.state = ApprovalState::kGranted;
  if (TaskEntry* task = context.world.task(approval.task)) {
    task->pending_approvals.erase(approval.id);
  }
}

void fold_closed(Context& context, std::string_view kind, const Json& body) {
  const auto it = context.world.approvals.find(text_of(body, "approval"));
  if (it == context.world.approvals.end()) return;
  // A refusal holds at once, so that a grant whose record stands before it came too late.
  const ApprovalState state = it->second.state;
  if (state != ApprovalState::kPending && state != ApprovalState::kGranted) return;
  close(context.world, it->second,
        kind == "approval.expired" ? ApprovalState::kExpired : ApprovalState::kRefused);
  it->second.closed_by = text_of(body, "by");
  it->second.note = text_of(body, "note");
}

void fold_instance(Context& context, const Json& body) {
  context.world.claims.erase(text_of(body, "claim"));
  const Json* json = body.find("instance");
  if (!json) return;
  auto instance = domain::instance_from_json(*json);
  if (!instance) return;
  World& world = context.world;
  if (!instance->key_thumbprint.empty()) world.instance_keys.insert(instance->key_thumbprint);
  if (world.instances.contains(instance->id)) return;
  TaskEntry* task = world.task(instance->task);
  if (!task) return;
  auto shared = std::make_shared<const domain::Instance>(*std::move(instance));
  task->instances.push_back(shared);
  world.instances[shared->id] = std::move(shared);
}

// Of what is sealed only the words of approvals that still count are kept in memory.
Result<> open_what_is_needed(Context& context, ledger::Record& record, std::string_view beside) {
  std::string task;
  if (record.kind == "decision") {
    const Json* requested = record.body.find("approval_requested");
    if (requested) task = text_of(*requested, "task");
  } else if (record.kind == "approval.refused") {
    task = text_of(record.body, "task");
  }
  const TaskEntry* entry = task.empty() ? nullptr : context.world.task(task);
  if (!entry || entry->task->state != domain::TaskState::kOpen) return {};
  AMBIT_TRY(const auto values,
            vault::open_values(record.kind, record.body, beside, context.ports.vault));
  if (values != vault::Values::kLocked) return {};
  return fail(Code::kInternal, "vault.no_key",
              "the registry has no key of the open task `" + task + "`");
}

// Keys that a record says were destroyed, and of which a crash may have left some.
void fold_erasure(Context& context, const Json& body) {
  const Json* keys = body.find("keys");
  if (!keys || !keys->is_array()) return;
  for (const Json& key : keys->as_array()) {
    if (key.is_string()) mark_erased(context, key.as_string());
  }
}

void fold_claim(World& world, const domain::Task& task, const Json& body) {
  const Json* claim = body.find("claim");
  if (!claim || task.state != domain::TaskState::kOpen) return;
  const auto expires_at = parse_rfc3339(claim->string_or("expires_at", ""));
  if (expires_at) world.claims[text_of(*claim, "sha256")] = Claim{task.id, *expires_at};
}

// A child begins with the labels that its parent bore when it was started.
void fold_started(Context& context, const Json& body) {
  TaskEntry* task = context.world.task(text_of(body, "task"));
  if (!task) return;
  fold_claim(context.world, *task->task, body);
  const TaskEntry* parent = context.world.task(task->task->parent);
  if (!parent) return;
  const auto& inherited = parent->session.labels;
  task->session.labels.insert(inherited.begin(), inherited.end());
}

}  // namespace

void forget_digest(World& world, const Approval& approval) {
  const auto [first, last] = world.approval_by_digest.equal_range(approval.action_digest);
  const auto known =
      std::find_if(first, last, [&](const auto& entry) { return entry.second == approval.id; });
  if (known != last) world.approval_by_digest.erase(known);
}

void fold_decision(Context& context, const DurableDecision& decision) {
  World& world = context.world;
  const auto situation = world.situations.find(decision.situation);
  if (situation == world.situations.end()) return;
  const SituationFacts& facts = situation->second;
  world.decision_index[decision.id] = decision.index;
  Coverage& coverage = world.coverage[static_cast<std::size_t>(decision.tier)];
  ++coverage.decisions;
  if (decision.would.value_or(decision.verdict) == decision.verdict) ++coverage.enforced;
  SessionEvent event;
  event.reference = decision.id;
  switch (decision.verdict) {
    case domain::Verdict::kAllow:
      event.kind = SessionEvent::Kind::kReleased;
      event.system = facts.system;
      if (facts.channel == "mcp") world.awaited[decision.id] = decision.situation;
      break;
    case domain::Verdict::kHold: event.kind = SessionEvent::Kind::kHeld; break;
    case domain::Verdict::kDeny: event.kind = SessionEvent::Kind::kDenied; break;
  }
  apply_event(context, facts.task, event);
  if (decision.approval_used.empty()) return;
  const auto used = world.approvals.find(decision.approval_used);
  if (used == world.approvals.end()) return;
  close(world, used->second, ApprovalState::kUsed);
  used->second.used_by = decision.id;
}

void fold_record(Context& context, std::uint64_t index, std::string_view kind, const Json& body) {
  if (kind == "decision") return fold_decision_record(context, index, body);
  if (kind == "situation") return fold_situation(context, index, body);
  if (kind == "document") return fold_document(context, body);
  if (kind == "outcome") {
    SessionEvent event;
    event.kind = SessionEvent::Kind::kResult;
    event.reference = text_of(body, "decision");
    fold_ending(context, index, Ending::Kind::kOutcome, event.reference);
    context.world.awaited.erase(event.reference);
    event.labels = labels_of(body);
    return apply_event(context, text_of(body, "task"), event);
  }
  if (kind == "withdrawn") {
    SessionEvent event;
    event.kind = SessionEvent::Kind::kWithdrawn;
    event.reference = text_of(body, "decision");
    fold_ending(context, index, Ending::Kind::kWithdrawn, event.reference);
    context.world.awaited.erase(event.reference);
    return apply_event(context, text_of(body, "task"), event);
  }
  if (kind == "denials") {
    SessionEvent event;
    event.kind = SessionEvent::Kind::kDenied;
    event.reference = text_of(body, "credential");
    const Json* count = body.find("count");
    event.count = count && count->is_int() ? count->as_int() : 1;
    return apply_event(context, text_of(body, "task"), event);
  }
  if (kind == "task.started") return fold_started(context, body);
  if (kind == "approval.granted") return fold_grant(context, body);
  if (kind == "approval.refused" || kind == "approval.expired") {
    return fold_closed(context, kind, body);
  }
  if (kind == "task.erased") return fold_erasure(context, body);
  if (kind == "finding.opened" || kind == "finding.closed") {
    return fold_finding(context, kind, body);
  }
  if (kind == "instance.admitted") fold_instance(context, body);
  if (kind == "instance.admitted" || kind == "credential.issued") {
    if (TaskEntry* task = context.world.task(text_of(body, "task"))) {
      task->credentials.insert(text_of(body, "credential"));
    }
  }
}

Result<> load_registry(Context& context) {
  AMBIT_TRY(context.world.registry_revision, context.ports.store->revision());
  AMBIT_CHECK_OK(load(context, ports::Kind::kIdentity, &domain::identity_from_json));
  AMBIT_CHECK_OK(load(context, ports::Kind::kServer, &domain::server_from_json));
  AMBIT_CHECK_OK(load(context, ports::Kind::kTool, &domain::tool_from_json));
  AMBIT_CHECK_OK(load(context, ports::Kind::kTask, &domain::task_from_json));
  for (auto& [id, entry] : context.world.tasks) {  // parents may have been loaded after children
    const auto& task = entry.task;
    if (task->parent.empty() || task->state != domain::TaskState::kOpen) continue;
    if (TaskEntry* parent = context.world.task(task->parent)) parent->children.insert(id);
  }
  return load_policies(context);
}

Result<std::uint64_t> rebuild_from_ledger(Context& context) {
  Result<> outcome;
  std::uint64_t changes = 0;
  const auto visit = [&](const ports::EntryView& entry) {
    const std::uint64_t index = entry.index;
    auto record = ledger::decode_record(index, entry.record);
    if (!record) {
      outcome = fail(
          Code::kInternal, "state.corrupt",
          "ledger entry " + std::to_string(index) + " cannot be read: " + record.error().message);
      return false;
    }
    if (auto opened = open_what_is_needed(context, *record, entry.beside); !opened) {
      outcome = fail(
          Code::kInternal, "state.corrupt",
          "ledger entry " + std::to_string(index) + " cannot be read: " + opened.error().message);
      return false;
    }
    count_change(changes, record->kind, record->body);
    fold_record(context, index, record->kind, record->body);
    return true;
  };
  AMBIT_CHECK_OK(context.ports.log->scan(0, visit));
  AMBIT_CHECK_OK(outcome);
  // Beyond every epoch that was ever told: each left a record at least.
  context.world.epoch = context.ports.log->size();
  return changes;
}

void settle_awaited(Context& context) {
  for (const auto& [decision, situation] : context.world.awaited) {
    const SituationFacts& facts = context.world.situations.at(situation);
    // The agent may have had the result before its record was durable.
    add_labels(context, facts.task, facts.labels);
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
