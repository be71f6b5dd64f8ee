#include "index/internal/terms.h"

#include <algorithm>

namespace ambit::index::internal {
namespace {

using ports::Facet;
using ports::Term;
using text::Json;

constexpr std::size_t kMaxTerms = 256;
constexpr std::size_t kMaxFolders = 32;

void add(std::vector<Term>& terms, Facet facet, std::string_view value) {
  if (value.empty() || terms.size() >= kMaxTerms) return;
  terms.push_back({facet, std::string(value)});
}

void add_member(std::vector<Term>& terms, Facet facet, const Json& object, std::string_view key) {
  add(terms, facet, object.string_or(key, ""));
}

void add_all(std::vector<Term>& terms, Facet facet, const Json& object, std::string_view key) {
  const Json* list = object.find(key);
  if (!list || !list->is_array()) return;
  for (const Json& item : list->as_array()) {
    if (item.is_string()) add(terms, facet, item.as_string());
  }
}

void add_identity(std::vector<Term>& terms, const Json& object,
                  std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) add_member(terms, Facet::kIdentity, object, key);
}

const Json& member(const Json& object, std::string_view key) {
  static const Json kNone;
  const Json* found = object.find(key);
  return found ? *found : kNone;
}

void add_targets(std::vector<Term>& terms, const Json& body) {
  const Json& targets = member(body, "targets");
  if (!targets.is_array()) return;
  for (const Json& target : targets.as_array()) {
    const std::string kind(target.string_or("kind", ""));
    const std::string value(target.string_or("value", ""));
    add(terms, Facet::kTarget, kind + ":" + value);
    if (kind != "path") continue;
    std::size_t end = value.rfind('/');
    for (std::size_t i = 0; i < kMaxFolders && end != std::string::npos && end > 0; ++i) {
      add(terms, Facet::kTarget, kind + ":" + value.substr(0, end));
      end = value.rfind('/', end - 1);
    }
  }
}

// Members that records of many kinds have.
void add_common(std::vector<Term>& terms, const Json& body) {
  add_member(terms, Facet::kAgent, body, "agent");
  add_member(terms, Facet::kTask, body, "task");
  add_member(terms, Facet::kWithin, body, "task");
  add_member(terms, Facet::kApproval, body, "approval");
  add_identity(terms, body, {"agent", "identity", "actor", "by"});
}

void add_task(std::vector<Term>& terms, const Json& body) {
  const Json& spec = member(body, "spec");
  add_identity(terms, spec, {"started_by", "on_behalf_of"});
  add_member(terms, Facet::kWithin, spec, "parent");
  add_member(terms, Facet::kWithin, spec, "root");
  add_all(terms, Facet::kTask, body, "ended");
  add_all(terms, Facet::kWithin, body, "ended");
  add_all(terms, Facet::kTask, body, "keys");  // whose values were erased
}

void add_instance(std::vector<Term>& terms, const Json& body) {
  const Json& instance = member(body, "instance");
  add_member(terms, Facet::kInstance, instance, "id");
  add_member(terms, Facet::kSession, instance, "session");
  add_member(terms, Facet::kInstance, body, "instance_id");
}

void add_tools(std::vector<Term>& terms, const Json& body) {
  add_member(terms, Facet::kServer, body, "server");
  const Json& tools = member(body, "tools");
  if (!tools.is_array()) return;
  for (const Json& tool : tools.as_array()) add_member(terms, Facet::kTool, tool, "tool");
}

}  // namespace

Result<> TermMaker::describe(const Json& record, Item& item) {
  const Json& at = member(record, "at");
  if (at.is_int()) item.at = Time{at.as_int()};
  const std::string kind(record.string_or("kind", ""));
  const Json& body = member(record, "body");
  add(item.terms, Facet::kKind, kind);
  if (kind == "decision") return describe_decision(body, item);
  if (kind == "situation") {
    describe_situation(body, item);
    return {};
  }
  if (kind == "document") {
    add_member(item.terms, Facet::kDocument, body, "digest");
    return {};
  }
  if (kind == "policy.published") add_member(item.terms, Facet::kPolicies, body, "digest");
  add_common(item.terms, body);
  if (kind == "outcome" || kind == "withdrawn") return describe_ending(body, item);
  if (kind.starts_with("task.")) add_task(item.terms, body);
  if (kind.starts_with("instance.") || kind.starts_with("credential.")) {
    add_instance(item.terms, body);
  }
  if (kind.starts_with("tools.") || kind.starts_with("server.")) add_tools(item.terms, body);
  if (kind == "identity.registered" || kind.starts_with("identity.")) {
    if (body.string_or("class", "") == "agent") {
      add_member(item.terms, Facet::kAgent, body, "identity");
    }
    add_all(item.terms, Facet::kTask, body, "ended_tasks");
  }
  if (kind == "denials") {
    add_member(item.terms, Facet::kReason, body, "last_reason");
    add_member(item.terms, Facet::kTool, body, "last_tool");
  }
  if (kind == "approval.granted" || kind == "approval.refused") {
    add_member(item.terms, Facet::kApprover, body, "by");
    std::vector<std::string> names;
    const std::string approval(body.string_or("approval", ""));
    if (const auto* known = approvers_.find(approval)) names = *known;
    names.emplace_back(body.string_or("by", ""));
    approvers_.put(approval, std::move(names));
  }
  return {};
}

void TermMaker::describe_situation(const Json& body, Item& item) {
  const std::string id(body.string_or("id", ""));
  const Json& facts = member(body, "facts");
  auto made = std::make_shared<Situation>();
  made->task = facts.string_or("task", "");
  std::vector<Term>& terms = made->terms;
  for (const auto& [facet, key] :
       {std::pair{Facet::kAgent, "agent"}, std::pair{Facet::kTask, "task"},
        std::pair{Facet::kSession, "session"}, std::pair{Facet::kInstance, "instance"},
        std::pair{Facet::kServer, "server"}, std::pair{Facet::kSystem, "system"},
        std::pair{Facet::kDomain, "data_domain"}}) {
    add_member(terms, facet, facts, key);
  }
  add(terms, Facet::kTool,
      std::string(facts.string_or("server", "")) + "/" + std::string(facts.string_or("tool", "")));
  add_all(terms, Facet::kWithin, facts, "chain");
  if (!facts.find("chain")) add_member(terms, Facet::kWithin, facts, "task");
  add_all(terms, Facet::kLabel, facts, "labels");
  add_identity(terms, facts, {"agent", "on_behalf_of", "requested_by"});
  add_member(terms, Facet::kPolicies, member(facts, "policy"), "digest");
  situations_.put(id, std::move(made));
  add(item.terms, Facet::kSituation, id);
}

Result<TermMaker::SituationPtr> TermMaker::situation(const std::string& id) {
  if (const auto* known = situations_.find(id)) return *known;
  AMBIT_TRY(const Json body, lookup_.body({Facet::kSituation, id}, "situation"));
  Item unused;
  if (body.is_object()) describe_situation(body, unused);
  const auto* made = situations_.find(id);
  return made ? *made : nullptr;
}

Result<std::vector<std::string>> TermMaker::approvers(const std::string& approval) {
  if (const auto* known = approvers_.find(approval)) return *known;
  // With a quorum earlier grants may have fallen out of memory: the newest one at least is found.
  AMBIT_TRY(const Json body, lookup_.body({Facet::kApproval, approval}, "approval.granted"));
  std::vector<std::string> names;
  if (body.is_object()) names.emplace_back(body.string_or("by", ""));
  approvers_.put(approval, names);
  return names;
}

Result<> TermMaker::describe_decision(const Json& body, Item& item) {
  const std::string id(body.string_or("id", ""));
  const std::string situation_id(body.string_or("situation", ""));
  AMBIT_TRY(const SituationPtr facts, situation(situation_id));
  if (facts) {
    item.terms.insert(item.terms.end(), facts->terms.begin(), facts->terms.end());
    item.task = facts->task;
    decided_in_.put(id, situation_id);
  }
  add(item.terms, Facet::kDecision, id);
  add_member(item.terms, Facet::kClass, body, "class");
  add_member(item.terms, Facet::kTier, body, "tier");
  add_member(item.terms, Facet::kApproval, body, "approval");
  add_targets(item.terms, body);
  add_all(item.terms, Facet::kLabel, member(body, "session_before"), "labels");
  const Json& decision = member(body, "decision");
  add_member(item.terms, Facet::kVerdict, decision, "verdict");
  if (const Json& reasons = member(decision, "reasons"); reasons.is_array()) {
    for (const Json& reason : reasons.as_array()) {
      add_member(item.terms, Facet::kReason, reason, "code");
    }
  }
  const std::string used(decision.string_or("approval", ""));
  if (used.empty()) return {};
  add(item.terms, Facet::kApproval, used);
  AMBIT_TRY(const std::vector<std::string> names, approvers(used));
  for (const std::string& name : names) add(item.terms, Facet::kApprover, name);
  return {};
}

Result<> TermMaker::describe_ending(const Json& body, Item& item) {
  const std::string id(body.string_or("decision", ""));
  add(item.terms, Facet::kDecision, id);
  add_member(item.terms, Facet::kStatus, body, "status");
  add_member(item.terms, Facet::kReason, body, "reason");
  add_all(item.terms, Facet::kLabel, body, "labels");
  std::string situation_id;
  if (const auto* known = decided_in_.find(id)) {
    situation_id = *known;
  } else {
    AMBIT_TRY(const Json decided, lookup_.body({Facet::kDecision, id}, "decision"));
    situation_id = decided.string_or("situation", "");
  }
  if (situation_id.empty()) return {};
  AMBIT_TRY(const SituationPtr facts, situation(situation_id));
  if (facts) item.terms.insert(item.terms.end(), facts->terms.begin(), facts->terms.end());
  return {};
}

}  // namespace ambit::index::internal
