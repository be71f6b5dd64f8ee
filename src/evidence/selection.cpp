#include "evidence/selection.h"

#include <algorithm>

#include "ledger/key_chain.h"

namespace ambit::evidence {
namespace {

using text::Json;

constexpr text::JsonLimits kRecordLimits{1u << 20, 64};

std::string text_of(const Json& body, std::string_view key) {
  return std::string(body.string_or(key, ""));
}

void add_text(const Json* value, std::vector<std::string>& out) {
  if (value != nullptr && value->is_string()) out.push_back(value->as_string());
}

bool holds_text(const Json* list, const std::string& wanted) {
  return list != nullptr && list->is_array() &&
         std::any_of(list->as_array().begin(), list->as_array().end(), [&](const Json& item) {
           return item.is_string() && item.as_string() == wanted;
         });
}

Result<std::uint64_t> number_of(const Json& json, std::string_view key, std::uint64_t otherwise) {
  const Json* value = json.find(key);
  if (value == nullptr) return otherwise;
  if (value->is_int() && value->as_int() >= 0) return static_cast<std::uint64_t>(value->as_int());
  return fail(Code::kInvalid, "export.selection",
              "`" + std::string(key) + "` of the selection is not a whole number");
}

}  // namespace

Json to_json(const Selection& selection) {
  Json out = Json::object({{"from", static_cast<std::int64_t>(selection.from)}});
  if (selection.to <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    out.set("to", static_cast<std::int64_t>(selection.to));
  }
  if (!selection.task.empty()) out.set("task", selection.task);
  if (!selection.agent.empty()) out.set("agent", selection.agent);
  return out;
}

Result<Selection> selection_from_json(const Json& json) {
  Selection out;
  if (json.is_object()) {
    out.task = text_of(json, "task");
    out.agent = text_of(json, "agent");
    AMBIT_TRY(out.from, number_of(json, "from", out.from));
    AMBIT_TRY(out.to, number_of(json, "to", out.to));
  }
  if (to_json(out) == json) return out;
  return fail(Code::kInvalid, "export.selection",
              "the selection does not have the members `from`, `to`, `task` and `agent`");
}

std::vector<std::string> documents_named(const Json& facts) {
  std::vector<std::string> out;
  for (const auto& [key, value] : facts.as_object()) {
    if (key.ends_with("_document")) add_text(&value, out);
    if (!key.ends_with("_documents") || !value.is_array()) continue;
    for (const Json& item : value.as_array()) add_text(&item, out);
  }
  if (const Json* policy = facts.find("policy")) add_text(policy->find("document"), out);
  return out;
}

void Selector::see(const ports::EntryView& entry) {
  if (ledger::is_key_record(entry.record)) key_changes_.insert(entry.index);
  const bool inside = entry.index >= selection_.from && entry.index < selection_.to;
  if (inside && selection_.is_range()) matched_.insert(entry.index);
  const auto record = text::parse_json(entry.record, kRecordLimits);
  if (!record) return;
  const Json* body = record->find("body");
  if (body == nullptr || !body->is_object()) return;
  const std::string_view kind = record->string_or("kind", "");
  learn(entry.index, kind, *body);
  if (!selection_.is_range() && concerns(kind, *body) && inside) matched_.insert(entry.index);
  if (kind == "decision" && matched_.contains(entry.index)) {
    needed_.insert(text_of(*body, "situation"));
  }
}

void Selector::learn(std::uint64_t index, std::string_view kind, const Json& body) {
  if (kind == "document") documents_[text_of(body, "digest")].push_back(index);
  if (kind == "situation") {
    const Json* facts = body.find("facts");
    if (facts == nullptr || !facts->is_object()) return;
    Situation& situation = situations_[text_of(body, "id")];
    situation.index = index;
    situation.documents = documents_named(*facts);
    const bool agent = selection_.agent.empty() || text_of(*facts, "agent") == selection_.agent;
    const bool task = selection_.task.empty() || text_of(*facts, "task") == selection_.task ||
                      holds_text(facts->find("chain"), selection_.task);
    situation.concerns = agent && task;
  }
  if (kind != "task.started") return;
  const Json* spec = body.find("spec");
  const std::string task = text_of(body, "task");
  const std::string parent = spec != nullptr ? text_of(*spec, "parent") : "";
  if (task == selection_.task || (!parent.empty() && tasks_.contains(parent))) tasks_.insert(task);
}

bool Selector::concerns_decision(const Json& body) {
  const auto situation = situations_.find(text_of(body, "situation"));
  if (situation == situations_.end() || !situation->second.concerns) return false;
  decisions_.insert(text_of(body, "id"));
  if (const Json* requested = body.find("approval_requested")) {
    approvals_.insert(text_of(*requested, "id"));
  }
  approvals_.insert(text_of(body, "approval"));
  approvals_.erase("");
  return true;
}

// A task may have ended, or lost its values, with one above it.
bool Selector::names_task(const Json& body) const {
  if (tasks_.contains(text_of(body, "task")) || text_of(body, "task") == selection_.task) {
    return true;
  }
  for (const char* key : {"ended", "keys"}) {
    const Json* tasks = body.find(key);
    if (tasks == nullptr || !tasks->is_array()) continue;
    for (const Json& task : tasks->as_array()) {
      if (!task.is_string()) continue;
      if (task.as_string() == selection_.task || tasks_.contains(task.as_string())) return true;
    }
  }
  return false;
}

bool Selector::concerns(std::string_view kind, const Json& body) {
  // These are chosen by who refers to them.
  if (kind == "document" || kind == "situation") return false;
  if (kind == "decision") return concerns_decision(body);
  if (decisions_.contains(text_of(body, "decision"))) return true;
  if (approvals_.contains(text_of(body, "approval"))) return true;
  if (!selection_.task.empty() && !names_task(body)) return false;
  if (selection_.agent.empty()) return true;
  for (const char* key : {"agent", "identity", "id"}) {
    if (text_of(body, key) == selection_.agent) return true;
  }
  return false;
}

Selector::Chosen Selector::choose() const {
  std::set<std::uint64_t> all = matched_;
  all.insert(key_changes_.begin(), key_changes_.end());
  for (const std::string& id : needed_) {
    const auto situation = situations_.find(id);
    if (situation == situations_.end()) continue;
    all.insert(situation->second.index);
    for (const std::string& digest : situation->second.documents) {
      const auto parts = documents_.find(digest);
      if (parts != documents_.end()) all.insert(parts->second.begin(), parts->second.end());
    }
  }
  return {{all.begin(), all.end()}, matched_.size()};
}

}  // namespace ambit::evidence
