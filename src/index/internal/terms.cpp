#include "index/internal/terms.h"

#include <optional>

#include "text/base64url.h"

namespace ambit::index::internal {
namespace {

using ports::Facet;
using ports::Term;
using text::Json;

constexpr std::size_t kMaxTargetTerms = 10'000;

void add(std::vector<Term>& terms, Facet facet, std::string_view value) {
  if (value.empty()) return;
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

// A path is found by every folder above it too. Only of targets there may be more than is kept:
// what else finds an entry does not depend on how many it has.
void add_target(std::vector<Term>& terms, std::string_view kind, std::string_view value) {
  if (terms.size() >= kMaxTargetTerms) return;
  std::string whole;
  whole.reserve(kind.size() + 1 + value.size());
  whole.append(kind).append(1, ':').append(value);
  add(terms, Facet::kTarget, whole);
  if (kind != "path") return;
  std::size_t end = value.find('/');
  for (std::size_t i = 0; i < ports::kMaxFoldersFound && end != std::string::npos; ++i) {
    const std::size_t length = std::max<std::size_t>(end, 1);  // of the root, which is its slash
    if (length < value.size()) {
      add(terms, Facet::kTarget, std::string_view(whole).substr(0, kind.size() + 1 + length));
    }
    end = value.find('/', end + 1);
  }
}

void read_targets(text::CanonicalReader& in, std::vector<Term>& terms) {
  std::string kind, value;
  for (auto item = in.array(); item.next();) {
    kind.clear();
    value.clear();
    for (auto member = in.object(); member.next();) {
      if (member.key() == "kind") {
        in.text(kind);
      } else if (member.key() == "value") {
        in.text(value);
      } else {
        in.skip();
      }
    }
    add_target(terms, kind, value);
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
  add_all(terms, Facet::kWithin, body, "keys");
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

// What is read of a decision before its situation is looked up.
struct TermMaker::DecisionTerms {
  std::string id;
  std::string situation;
  std::string used;  // the approval that it used up
  std::optional<vault::SealedMember> sealed;

  void read_body(text::CanonicalReader& in, Item& item);
  void read_decision(text::CanonicalReader& in, Item& item);
  void read_sealed(text::CanonicalReader& in);
};

void TermMaker::DecisionTerms::read_decision(text::CanonicalReader& in, Item& item) {
  for (auto member = in.object(); member.next();) {
    if (member.key() == "approval") {
      in.text(used);
    } else if (member.key() == "verdict") {
      add(item.terms, Facet::kVerdict, in.plain_text());
    } else if (member.key() == "reasons") {
      for (auto reason = in.array(); reason.next();) {
        for (auto part = in.object(); part.next();) {
          if (part.key() == "code") {
            add(item.terms, Facet::kReason, in.plain_text());
          } else {
            in.skip();
          }
        }
      }
    } else {
      in.skip();
    }
  }
}

void TermMaker::DecisionTerms::read_sealed(text::CanonicalReader& in) {
  vault::SealedMember member;
  bool whole = false;
  for (auto part = in.object(); part.next();) {
    if (part.key() == "commitment") {
      whole = text::read_base64url(in.plain_text(), member.commitment.bytes);
    } else if (part.key() == "key") {
      member.key = in.plain_text();
    } else {
      in.skip();
    }
  }
  if (whole && !member.key.empty()) sealed = member;
}

void TermMaker::DecisionTerms::read_body(text::CanonicalReader& in, Item& item) {
  std::string label;
  for (auto member = in.object(); member.next();) {
    const std::string_view key = member.key();
    if (key == "id") {
      in.text(id);
    } else if (key == "situation") {
      in.text(situation);
    } else if (key == "class") {
      add(item.terms, Facet::kClass, in.plain_text());
    } else if (key == "tier") {
      add(item.terms, Facet::kTier, in.plain_text());
    } else if (key == "approval") {
      add(item.terms, Facet::kApproval, in.plain_text());
    } else if (key == "targets") {
      read_targets(in, item.terms);
    } else if (key == "decision") {
      read_decision(in, item);
    } else if (key == "sealed") {
      read_sealed(in);
    } else if (key == "session_before") {
      for (auto part = in.object(); part.next();) {
        if (part.key() != "labels") {
          in.skip();
          continue;
        }
        for (auto one = in.array(); one.next();) {
          in.text(label);
          add(item.terms, Facet::kLabel, label);
        }
      }
    } else {
      in.skip();
    }
  }
}

Result<> TermMaker::describe_decision(const ports::EntryView& entry, vault::Opener& opener,
                                      Item& item) {
  add(item.terms, Facet::kKind, "decision");
  DecisionTerms decision;
  text::CanonicalReader in(entry.record);
  for (auto member = in.object(); member.next();) {
    if (member.key() == "at") {
      item.at = Time{in.integer()};
    } else if (member.key() == "body") {
      decision.read_body(in, item);
    } else {
      in.skip();
    }
  }
  if (!in.end()) {
    item.terms.resize(1);
    return {};
  }
  if (decision.sealed) {
    std::string values;
    const auto opened =
        opener.open("decision", decision.id, *decision.sealed, entry.beside, values);
    if (opened && *opened == vault::Values::kOpen) {
      text::CanonicalReader targets(values);
      for (auto member = targets.object(); member.next();) {
        if (member.key() == "targets") {
          read_targets(targets, item.terms);
        } else {
          targets.skip();
        }
      }
    }
  }
  return finish_decision(decision, item);
}

Result<> TermMaker::finish_decision(const DecisionTerms& decision, Item& item) {
  AMBIT_TRY(const SituationPtr facts, situation(decision.situation));
  if (facts) {
    item.shared = terms_of(facts);
    item.owner = {Facet::kTask, facts->task};
    decided_in_.put(decision.id, decision.situation);
  }
  add(item.terms, Facet::kDecision, decision.id);
  if (decision.sealed && (!facts || decision.sealed->key != facts->task)) {
    item.owner = {Facet::kKey, std::string(decision.sealed->key)};
    item.terms.push_back(item.owner);
  }
  if (decision.used.empty()) return {};
  add(item.terms, Facet::kApproval, decision.used);
  AMBIT_TRY(const std::vector<std::string> names, approvers(decision.used));
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
  if (facts) item.shared = terms_of(facts);
  return {};
}

}  // namespace ambit::index::internal
