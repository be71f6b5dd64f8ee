#include "service/internal/ledger_state.h"

#include <algorithm>

#include "base/breather.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/record.h"
#include "service/internal/agreement.h"

namespace ambit::service {
namespace {

using text::Json;

struct Envelope {
  std::string kind;
  Json body;
};

// The bytes are those that were appended, as the log says; they need not be checked for their form.
Result<Envelope> open_envelope(std::string_view record) {
  AMBIT_TRY(Json json, text::parse_json(record, {ledger::kMaxRecordBytes, 64}));
  const Json* version = json.find("v");
  if (!version || !version->is_int() || version->as_int() < 1 ||
      version->as_int() > ledger::kRecordVersion) {
    return fail(Code::kUnsupported, "ledger.version",
                "it has no format version from 1 to " + std::to_string(ledger::kRecordVersion));
  }
  Json* body = json.find("body");
  std::string kind(json.string_or("kind", ""));
  if (kind.empty() || !body || !body->is_object()) {
    return fail(Code::kInvalid, "ledger.record_form", "it has no `kind` and `body`");
  }
  return Envelope{std::move(kind), std::move(*body)};
}

void note_ended(LedgerState& state, std::uint64_t index, const Json& body) {
  const Json* ended = body.find("ended");
  if (!ended || !ended->is_array()) return;
  for (const Json& id : ended->as_array()) {
    const TaskEntry* entry = id.is_string() ? state.history.task(id.as_string()) : nullptr;
    if (entry && entry->task->parent.empty()) state.ended_roots.emplace_back(index, id.as_string());
  }
}

// An older registry does not know of tasks that were started since, so that nobody ends them.
void note_restored(LedgerState& state, std::uint64_t index) {
  std::vector<std::string> roots;
  for (const auto& [root, ids] : state.history.trees) roots.push_back(root);
  std::sort(roots.begin(), roots.end());
  for (std::string& root : roots) state.ended_roots.emplace_back(index, std::move(root));
}

void note_stray(LedgerState& state, std::uint64_t index, const Json& body) {
  const std::string id(body.string_or("id", ""));
  const auto known = state.history.situations.find(id);
  if (known == state.history.situations.end() || state.history.task(known->second.task)) return;
  state.strays.emplace_back(index, id);
}

void let_go(LedgerState& state, std::uint64_t index) {
  const auto is_due = [&](const auto& queue) {
    return !queue.empty() && queue.front().first + LedgerState::kStay < index;
  };
  while (is_due(state.ended_roots)) {
    for (std::string& left : let_go_of_tree(state.history, state.ended_roots.front().second)) {
      state.strays.emplace_back(index, std::move(left));
    }
    state.ended_roots.pop_front();
  }
  while (is_due(state.strays)) {
    std::string id = std::move(state.strays.front().second);
    state.strays.pop_front();
    if (!let_go_of_situation(state.history, id)) state.strays.emplace_back(index, std::move(id));
  }
}

}  // namespace

RecordMark mark_of(const ledger::Hash& leaf) {
  RecordMark mark{};
  std::copy_n(leaf.bytes.begin(), mark.size(), mark.begin());
  return mark;
}

namespace {

// A decision changes nothing of what is read below, but the sessions.
Result<> fold_other(LedgerState& state, const ports::EntryView& entry, const ledger::Hash& leaf) {
  auto opened = open_envelope(entry.record);
  if (!opened) {
    return fail(Code::kInternal, "state.corrupt",
                "ledger entry " + std::to_string(entry.index) +
                    " cannot be read: " + opened.error().message);
  }
  const auto& [kind, body] = *opened;
  if (tells_of_change(kind)) {
    state.recent_changes.push_back(mark_of(leaf));
    if (state.recent_changes.size() > LedgerState::kRecentChanges) {
      state.recent_changes.pop_front();
    }
  }
  count_change(state.changes, kind, body);
  fold_record(state.history, entry.index, kind, body);
  if (kind == "task.ended") note_ended(state, entry.index, body);
  if (kind == "registry.restored") note_restored(state, entry.index);
  if (kind == "situation") note_stray(state, entry.index, body);
  return {};
}

}  // namespace

Result<> fold_entry(LedgerState& state, const ports::EntryView& entry) {
  if (entry.index != state.tree.size()) {
    return fail(Code::kUnavailable, "ledger.dropped",
                "entries " + std::to_string(state.tree.size()) + " to " +
                    std::to_string(entry.index - 1) +
                    " were dropped, and the state that they led to is not at hand");
  }
  const ledger::Hash leaf = ledger::leaf_hash(entry.record);
  if (auto decision = outline_of_record(entry.record)) {
    fold_outline(state.history, entry.index, *std::move(decision));
  } else {
    AMBIT_CHECK_OK(fold_other(state, entry, leaf));
  }
  state.tree.append(leaf);
  let_go(state, entry.index);
  return {};
}

std::uint64_t sealed_size(const ports::Log& log) {
  const std::string note = log.latest_checkpoint();
  if (note.empty()) return log.size();
  const auto parsed = ledger::parse_note(note);
  if (!parsed) return 0;
  const auto checkpoint = ledger::parse_checkpoint_text(parsed->text);
  return checkpoint ? std::min(checkpoint->size, log.size()) : 0;
}

Result<> fold_until(LedgerState& state, const ports::Log& log, std::uint64_t end) {
  if (state.tree.size() >= end) return {};
  Result<> outcome;
  Breather breather;
  AMBIT_CHECK_OK(log.scan(state.tree.size(), [&](const ports::EntryView& entry) {
    breather.step();
    outcome = fold_entry(state, entry);
    return outcome.has_value() && state.tree.size() < end;
  }));
  return outcome;
}

}  // namespace ambit::service
