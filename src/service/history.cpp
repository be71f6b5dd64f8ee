#include "service/internal/history.h"

#include <algorithm>

#include "domain/fields.h"
#include "service/internal/guardrails.h"
#include "service/internal/situation.h"

namespace ambit::service {
namespace {

using domain::Approval;
using domain::ApprovalState;
using domain::SessionEvent;
using text::Json;

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

// The oldest of too many closed approvals leaves memory.
void keep_few_closed(History& history) {
  while (history.closed_approvals.size() > History::kClosedApprovals) {
    const std::string id = std::move(history.closed_approvals.front());
    history.closed_approvals.pop_front();
    const auto it = history.approvals.find(id);
    if (it == history.approvals.end()) continue;
    if (TaskEntry* task = history.task(it->second.task)) task->approvals.erase(id);
    history.approval_records.erase(id);
    history.approvals.erase(it);
  }
}

void close(History& history, Approval& approval, ApprovalState state) {
  approval.state = state;
  forget_digest(history, approval);
  if (TaskEntry* task = history.task(approval.task)) task->pending_approvals.erase(approval.id);
  history.closed_approvals.push_back(approval.id);
}

// Its digest and what its approver sees are sealed: whoever needs them reads the record again.
void fold_request(History& history, std::uint64_t index, Json requested) {
  requested.set("action_digest", "");
  requested.erase("view");
  auto approval = domain::approval_from_json(requested);
  if (!approval) return;
  if (history.approvals.contains(approval->id)) return;  // the live path put it in already
  TaskEntry* task = history.task(approval->task);
  if (!task || task->task->state != domain::TaskState::kOpen) return;
  task->pending_approvals.insert(approval->id);
  task->approvals.insert(approval->id);
  const std::string id = approval->id;
  history.approval_records[id].requested = index;
  history.approvals[id] = *std::move(approval);
}

void fold_grant(History& history, const Json& body) {
  const auto it = history.approvals.find(text_of(body, "approval"));
  if (it == history.approvals.end()) return;
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
  if (TaskEntry* task = history.task(approval.task)) {
    task->pending_approvals.erase(approval.id);
  }
}

void fold_closed(History& history, std::uint64_t index, std::string_view kind, const Json& body) {
  const auto it = history.approvals.find(text_of(body, "approval"));
  if (it == history.approvals.end()) return;
  // A refusal holds at once, so that a grant whose record stands before it came too late.
  const ApprovalState state = it->second.state;
  if (state != ApprovalState::kPending && state != ApprovalState::kGranted) return;
  close(history, it->second,
        kind == "approval.expired" ? ApprovalState::kExpired : ApprovalState::kRefused);
  it->second.closed_by = text_of(body, "by");
  it->second.note = text_of(body, "note");
  if (kind == "approval.refused") history.approval_records[it->first].refused = index;
  keep_few_closed(history);
}

void fold_instance(History& history, const Json& body) {
  history.claims.erase(text_of(body, "claim"));
  const Json* json = body.find("instance");
  if (!json) return;
  auto instance = domain::instance_from_json(*json);
  if (!instance) return;
  if (!instance->key_thumbprint.empty()) history.instance_keys.insert(instance->key_thumbprint);
  if (history.instances.contains(instance->id)) return;
  TaskEntry* task = history.task(instance->task);
  if (!task) return;
  auto shared = std::make_shared<const domain::Instance>(*std::move(instance));
  task->instances.push_back(shared);
  history.instances[shared->id] = std::move(shared);
}

// Keys that a record says were destroyed, and of which a crash may have left some.
void fold_erasure(History& history, const Json& body) {
  const Json* keys = body.find("keys");
  if (!keys || !keys->is_array()) return;
  for (const Json& key : keys->as_array()) {
    if (key.is_string()) mark_erased(history, key.as_string());
  }
}

void fold_claim(History& history, const domain::Task& task, const Json& body) {
  const Json* claim = body.find("claim");
  if (!claim || task.state != domain::TaskState::kOpen) return;
  const auto expires_at = parse_rfc3339(claim->string_or("expires_at", ""));
  if (expires_at) history.claims[text_of(*claim, "sha256")] = Claim{task.id, *expires_at};
}

// While only the ledger is read, a task is known by the record of its start.
void put_as_started(History& history, const std::string& id, const Json& body) {
  const Json* spec = body.find("spec");
  if (!spec || id.empty()) return;
  domain::Task task;
  task.id = id;
  task.parent = text_of(*spec, "parent");
  task.root = text_of(*spec, "root");
  task.state = domain::TaskState::kOpen;
  history.put(std::move(task));
}

// A child begins with the labels that its parent bore when it was started.
void fold_started(History& history, const Json& body) {
  const std::string id = text_of(body, "task");
  if (!history.task(id)) put_as_started(history, id, body);
  TaskEntry* task = history.task(id);
  if (!task) return;
  fold_claim(history, *task->task, body);
  const TaskEntry* parent = history.task(task->task->parent);
  if (!parent) return;
  const auto& inherited = parent->session.labels;
  task->session.labels.insert(inherited.begin(), inherited.end());
}

void fold_ended(History& history, const Json& body) {
  const Json* ended = body.find("ended");
  if (!ended || !ended->is_array()) return;
  for (const Json& id : ended->as_array()) {
    const TaskEntry* entry = id.is_string() ? history.task(id.as_string()) : nullptr;
    if (!entry || entry->task->state != domain::TaskState::kOpen) continue;
    domain::Task task = *entry->task;
    task.state = domain::TaskState::kEnded;
    history.put(std::move(task));
  }
}

}  // namespace

void forget_digest(History& history, const Approval& approval) {
  const auto [first, last] = history.approval_by_digest.equal_range(approval.action_digest);
  const auto known =
      std::find_if(first, last, [&](const auto& entry) { return entry.second == approval.id; });
  if (known != last) history.approval_by_digest.erase(known);
}

void fold_decision(History& history, const DurableDecision& decision) {
  Coverage& coverage = history.coverage[static_cast<std::size_t>(decision.tier)];
  ++coverage.decisions;
  if (decision.would.value_or(decision.verdict) == decision.verdict) ++coverage.enforced;
  const auto situation = history.situations.find(decision.situation);
  if (situation == history.situations.end()) return;
  const SituationFacts& facts = situation->second;
  SessionEvent event;
  event.reference = decision.id;
  switch (decision.verdict) {
    case domain::Verdict::kAllow:
      event.kind = SessionEvent::Kind::kReleased;
      event.system = facts.system;
      if (facts.channel == "mcp") history.awaited[decision.id] = decision.situation;
      break;
    case domain::Verdict::kHold: event.kind = SessionEvent::Kind::kHeld; break;
    case domain::Verdict::kDeny: event.kind = SessionEvent::Kind::kDenied; break;
  }
  apply_event(history, facts.task, event);
  if (decision.approval_used.empty()) return;
  const auto used = history.approvals.find(decision.approval_used);
  if (used == history.approvals.end()) return;
  close(history, used->second, ApprovalState::kUsed);
  used->second.used_by = decision.id;
  keep_few_closed(history);
}

void fold_outline(History& history, std::uint64_t index, DecisionOutline decision) {
  fold_decision(history, {.index = index,
                          .id = decision.id,
                          .situation = decision.situation,
                          .verdict = decision.verdict,
                          .approval_used = decision.approval_used,
                          .tier = decision.tier,
                          .would = decision.would});
  if (decision.requested) fold_request(history, index, *std::move(decision.requested));
}

void fold_record(History& history, std::uint64_t index, std::string_view kind, const Json& body) {
  if (kind == "decision") {
    if (auto decision = outline_of(body)) fold_outline(history, index, *std::move(decision));
    return;
  }
  if (kind == "situation") return fold_situation(history, index, body);
  if (kind == "document") return fold_document(history, body);
  if (kind == "outcome") {
    SessionEvent event;
    event.kind = SessionEvent::Kind::kResult;
    event.reference = text_of(body, "decision");
    history.awaited.erase(event.reference);
    event.labels = labels_of(body);
    return apply_event(history, text_of(body, "task"), event);
  }
  if (kind == "withdrawn") {
    SessionEvent event;
    event.kind = SessionEvent::Kind::kWithdrawn;
    event.reference = text_of(body, "decision");
    history.awaited.erase(event.reference);
    return apply_event(history, text_of(body, "task"), event);
  }
  if (kind == "denials") {
    SessionEvent event;
    event.kind = SessionEvent::Kind::kDenied;
    event.reference = text_of(body, "credential");
    const Json* count = body.find("count");
    event.count = count && count->is_int() ? count->as_int() : 1;
    return apply_event(history, text_of(body, "task"), event);
  }
  if (kind == "task.started") return fold_started(history, body);
  if (kind == "task.ended") return fold_ended(history, body);
  if (kind == "approval.granted") return fold_grant(history, body);
  if (kind == "approval.refused" || kind == "approval.expired") {
    return fold_closed(history, index, kind, body);
  }
  if (kind == "task.erased") return fold_erasure(history, body);
  if (kind == "finding.opened" || kind == "finding.closed") {
    return fold_finding(history, kind, body);
  }
  if (kind == "instance.admitted") fold_instance(history, body);
  if (kind == "instance.admitted" || kind == "credential.issued") {
    if (TaskEntry* task = history.task(text_of(body, "task"))) {
      task->credentials.insert(text_of(body, "credential"));
    }
  }
}

void add_labels(History& history, const std::string& task, const std::vector<std::string>& labels) {
  if (labels.empty()) return;
  history.each_in_line(
      task, [&](TaskEntry& entry) { entry.session.labels.insert(labels.begin(), labels.end()); });
}

void apply_event(History& history, const std::string& task, const domain::SessionEvent& event) {
  // A parent's budget is spent by its descendants, and their labels come back to it.
  history.each_in_line(task, [&](TaskEntry& entry) { domain::apply(entry.session, event); });
}

std::shared_ptr<const Json> erased_view() {
  return std::make_shared<const Json>(Json::object({{"values", "erased"}}));
}

void mark_erased(History& history, const std::string& key) {
  history.erased_keys.insert(key);
  TaskEntry* const entry = history.task(key);
  if (!entry) return;
  entry->erased = true;
  entry->key = nullptr;
  for (const std::string& id : entry->approvals) {
    const auto known = history.approvals.find(id);
    if (known == history.approvals.end()) continue;
    forget_digest(history, known->second);
    known->second.view = erased_view();
    known->second.action_digest.clear();
    known->second.note.clear();
  }
}

namespace {

void let_go_of_task(History& history, const std::string& id) {
  const auto found = history.tasks.find(id);
  if (found == history.tasks.end()) return;
  for (const auto& instance : found->second.instances) history.instances.erase(instance->id);
  for (const std::string& approval : found->second.approvals) {
    const auto known = history.approvals.find(approval);
    if (known == history.approvals.end()) continue;
    forget_digest(history, known->second);
    history.approval_records.erase(approval);
    history.approvals.erase(known);
  }
  std::erase_if(history.claims, [&](const auto& claim) { return claim.second.task == id; });
  history.tasks.erase(found);
}

}  // namespace

bool let_go_of_situation(History& history, const std::string& id) {
  const bool awaited = std::any_of(history.awaited.begin(), history.awaited.end(),
                                   [&](const auto& call) { return call.second == id; });
  if (!awaited) history.situations.erase(id);
  return !awaited;
}

std::vector<std::string> let_go_of_tree(History& history, const std::string& root) {
  std::vector<std::string> left;
  const auto tree = history.trees.extract(root);
  if (!tree) return left;
  for (const std::string& id : tree.mapped()) {
    if (const TaskEntry* entry = history.task(id)) {
      for (const std::string& situation : entry->situations) {
        if (!let_go_of_situation(history, situation)) left.push_back(situation);
      }
    }
    let_go_of_task(history, id);
  }
  return left;
}

TaskEntry* History::task(const std::string& id) {
  const auto it = tasks.find(id);
  return it == tasks.end() ? nullptr : &it->second;
}

const TaskEntry* History::task(const std::string& id) const {
  const auto it = tasks.find(id);
  return it == tasks.end() ? nullptr : &it->second;
}

std::vector<std::shared_ptr<const domain::Task>> History::chain(const std::string& id) const {
  std::vector<std::shared_ptr<const domain::Task>> out;
  for (const std::string* next = &id; next && !next->empty();) {
    const TaskEntry* entry = task(*next);
    out.push_back(entry ? entry->task : nullptr);
    next = entry ? &entry->task->parent : nullptr;
  }
  return out;
}

void History::put(domain::Task value) {
  const std::string id = value.id;
  const std::string parent = value.parent;
  const std::string root = value.root.empty() ? value.id : value.root;
  const bool open = value.state == domain::TaskState::kOpen;
  const auto [it, fresh] = tasks.try_emplace(id);
  it->second.task = std::make_shared<const domain::Task>(std::move(value));
  if (fresh) trees[root].push_back(id);
  if (TaskEntry* above = parent.empty() ? nullptr : task(parent)) {
    if (open)
      above->children.insert(id);
    else
      above->children.erase(id);
  }
}

}  // namespace ambit::service
