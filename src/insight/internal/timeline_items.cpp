#include "insight/internal/timeline_items.h"

#include <algorithm>

#include "insight/internal/json_reading.h"
#include "insight/internal/words.h"

namespace ambit::insight::internal {
namespace {

using text::Json;

Json number(std::uint64_t value) { return Json(static_cast<std::int64_t>(value)); }

void set_text(Json& item, const char* key, const std::string& text) {
  if (!text.empty()) item.set(key, text);
}

std::string state_of(const std::vector<ToolChange>& changes, const std::string& tool,
                     std::uint64_t entry) {
  std::string out;
  for (const ToolChange& change : changes) {
    if (change.entry < entry && change.tool == tool) out = change.state;
  }
  return out;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

// The agent's approved tools that every task of the chain covers, as their servers' tools were
// approved at that moment.
Result<std::vector<std::string>> TimelineItems::offered(const ledger::Record& record,
                                                        const Json& facts) {
  AMBIT_TRY(const Json agent, evidence_.document(text_of(facts, "agent_document")));
  std::vector<std::string> out = texts_of(member(agent, "agent"), "tools");
  for (const std::string& name : texts_of(facts, "chain_documents")) {
    AMBIT_TRY(const Json task, evidence_.document(name));
    const std::vector<std::string> scope = texts_of(member(task, "scope"), "tools");
    std::erase_if(out, [&](const std::string& tool) { return !contains(scope, tool); });
  }
  std::vector<std::string> usable;
  for (const std::string& tool : out) {
    AMBIT_TRY(const auto* changes, evidence_.tool_changes(tool.substr(0, tool.find('/'))));
    if (state_of(*changes, tool, record.index) == "approved") usable.push_back(tool);
  }
  return usable;
}

void TimelineItems::add_hop(const Json& facts, Json& item) {
  const std::string system = text_of(facts, "system");
  const std::vector<std::string> chain = texts_of(facts, "chain");
  if (system.empty() || chain.empty()) return;
  std::string& last = system_of_[chain.back()];
  if (!last.empty() && last != system) {
    item.set("hop", Json::object({{"from", last}, {"to", system}}));
  }
  last = system;
}

Result<> TimelineItems::follow(const std::vector<ledger::Record>& before) {
  for (const ledger::Record& record : before) {
    if (!before_ || record.at > *before_) before_ = record.at;
    if (text_of(member(record.body, "decision"), "verdict") != "allow") continue;
    AMBIT_TRY(const Json facts, evidence_.facts_of(record));
    const std::vector<std::string> chain = texts_of(facts, "chain");
    if (!chain.empty()) system_of_[chain.back()] = text_of(facts, "system");
  }
  return {};
}

Result<> TimelineItems::add_decision(const ledger::Record& record, Json& item) {
  AMBIT_TRY(const Json facts, evidence_.facts_of(record));
  const Json& body = record.body;
  const Json& decision = member(body, "decision");
  const std::string tool = text_of(facts, "server") + "/" + text_of(facts, "tool");
  const std::string verdict = text_of(decision, "verdict");
  set_text(item, "decision", text_of(body, "id"));
  set_text(item, "verdict", verdict);
  for (const char* key :
       {"agent", "task", "instance", "session", "credential", "system", "data_domain"}) {
    set_text(item, key, text_of(facts, key));
  }
  item.set("chain", member(facts, "chain"));
  item.set("accountable", member(facts, "accountable"));
  item.set("tool", tool);
  if (const Json* targets = body.find("targets")) item.set("targets", *targets);
  for (const Json& reason : items_of(decision, "reasons")) {
    item.set("reason", text_of(reason, "code"));
    break;
  }
  set_text(item, "approval",
           text_of(decision, "approval").empty() ? text_of(body, "approval")
                                                 : text_of(decision, "approval"));
  AMBIT_TRY(const std::vector<std::string> tools, offered(record, facts));
  item.set("offered", to_array(tools));
  item.set("chosen", tool);
  item.set("words", in_words(record, facts));
  if (verdict != "allow") return {};
  add_hop(facts, item);
  systems_.insert(text_of(facts, "system"));
  domains_.insert(text_of(facts, "data_domain"));
  tools_.insert(tool);
  for (const std::string& label : texts_of(facts, "labels")) labels_.insert(label);
  for (const Json& target : items_of(body, "targets")) {
    targets_.insert(text_of(target, "kind") + ":" + text_of(target, "value"));
  }
  return {};
}

Result<Json> TimelineItems::make(const ledger::Record& record) {
  Json item = Json::object(
      {{"entry", number(record.index)}, {"at", to_rfc3339(record.at)}, {"kind", record.kind}});
  if (before_) {
    const std::int64_t gap = (record.at - *before_).ms;
    item.set("gap_ms", gap);
    if (gap > longest_ms_) {
      longest_ms_ = gap;
      after_longest_ = static_cast<std::int64_t>(record.index);
    }
  }
  before_ = record.at;
  if (evidence_.is_altered(record.index)) item.set("altered", true);
  if (record.kind == "decision") {
    AMBIT_CHECK_OK(add_decision(record, item));
    return item;
  }
  for (const char* key : {"decision", "task", "agent", "identity", "approval", "actor", "by",
                          "credential", "status", "reason"}) {
    set_text(item, key, text_of(record.body, key));
  }
  item.set("words", in_words(record, Json::object()));
  return item;
}

Json TimelineItems::touched() const {
  Json out = Json::object();
  for (const auto& [key, all] : {std::pair{"systems", &systems_}, std::pair{"targets", &targets_},
                                 std::pair{"data_domains", &domains_}, std::pair{"tools", &tools_},
                                 std::pair{"labels", &labels_}}) {
    Json list = Json::array();
    for (const std::string& one : *all) {
      if (!one.empty()) list.push_back(one);
    }
    out.set(key, std::move(list));
  }
  return out;
}

Json TimelineItems::longest_gap() const {
  if (after_longest_ < 0) return Json();
  return Json::object({{"ms", longest_ms_}, {"before_entry", after_longest_}});
}

}  // namespace ambit::insight::internal
