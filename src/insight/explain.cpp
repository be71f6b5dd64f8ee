#include "insight/explain.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cedar/policy.h"
#include "insight/internal/json_reading.h"
#include "insight/internal/path.h"
#include "insight/internal/words.h"

namespace ambit::insight {
namespace {

using internal::items_of;
using internal::number_of;
using internal::Path;
using internal::targets_in_words;
using internal::text_of;
using internal::texts_of;
using internal::to_array;
using text::Json;

// In the order in which they are asked; the words say what a yes means.
struct Gate {
  const char* name;
  const char* passed;
};
constexpr std::array<Gate, 5> kGates{
    Gate{"liveness", "the agent, its task and everyone accountable were alive and fresh"},
    Gate{"scope",
         "tool, targets, data and outcome lay within the task, the agent and whoever "
         "delegated"},
    Gate{"limits", "no rate, burst or budget was reached"},
    Gate{"policy", "the policies permitted it"}, Gate{"approval", "no approval was needed"}};

class Explainer {
 public:
  Explainer(Evidence& evidence, Path path)
      : evidence_(evidence),
        path_(std::move(path)),
        body_(path_.decision.body),
        decision_(member(body_, "decision")) {}

  Result<Json> explain();

 private:
  Json trigger() const;
  Json action() const;
  Json accountable() const;
  Json gates() const;
  std::string why_passed(const Gate& gate) const;
  Json approval() const;
  Json records() const;
  Result<Json> policies();
  std::vector<std::string> approvers() const;
  std::string summary(const Json& policies) const;
  std::string why(const Json& policies) const;
  std::string answered() const;

  Evidence& evidence_;
  Path path_;
  const Json& body_;
  const Json& decision_;
};

Json Explainer::trigger() const {
  Json out = Json::object();
  if (!path_.tasks.empty()) {
    const Json& root = path_.tasks.back();
    out = member(root, "trigger");
    out.set("root_task", text_of(root, "id"));
    out.set("root_goal", text_of(root, "goal"));
  }
  out.set("goal", text_of(path_.facts, "goal"));
  out.set("intent", text_of(body_, "intent"));
  out.set("justification", text_of(body_, "justification"));
  return out;
}

Json Explainer::action() const {
  Json out = Json::object();
  for (const char* key : {"agent", "task", "instance", "session", "credential", "channel", "server",
                          "tool", "system", "data_domain", "labels", "chain", "requested_by"}) {
    if (const Json* value = path_.facts.find(key)) out.set(key, *value);
  }
  for (const char* key : {"class", "outcome", "tier", "targets", "arguments", "arguments_omitted",
                          "probe", "session_before"}) {
    if (const Json* value = body_.find(key)) out.set(key, *value);
  }
  return out;
}

std::vector<std::string> Explainer::approvers() const {
  std::vector<std::string> out;
  if (text_of(decision_, "approval").empty()) return out;
  for (const ledger::Record& record : path_.records) {
    if (record.kind == "approval.granted") out.push_back(text_of(record.body, "by"));
  }
  return out;
}

void add_unique(std::vector<std::string>& all, const std::string& one) {
  if (!one.empty() && std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

// Who authorised it, who monitored it, who had authority to stop it.
Json Explainer::accountable() const {
  const Json& owners = member(path_.facts, "accountable");
  std::vector<std::string> authorised, monitored, may_stop;
  for (const Json& task : path_.tasks) add_unique(authorised, text_of(task, "started_by"));
  if (authorised.empty()) add_unique(authorised, text_of(path_.facts, "authorised_by"));
  for (const std::string& human : approvers()) add_unique(authorised, human);
  add_unique(monitored, text_of(owners, "control"));
  add_unique(may_stop, text_of(owners, "lifecycle"));
  add_unique(may_stop, text_of(owners, "business"));
  for (const Json& task : path_.tasks) add_unique(may_stop, text_of(task, "started_by"));
  return Json::object({{"authorised_by", to_array(authorised)},
                       {"monitored_by", to_array(monitored)},
                       {"may_stop", to_array(may_stop)},
                       {"on_behalf_of", text_of(path_.facts, "on_behalf_of")},
                       {"owners", owners}});
}

std::string Explainer::why_passed(const Gate& gate) const {
  const std::string name = gate.name;
  if (name == "policy" && text_of(decision_, "verdict") == "hold") {
    return "the policies would permit it with the approval that it lacks";
  }
  const std::string used = text_of(decision_, "approval");
  if (used.empty() || (name != "policy" && name != "approval")) return gate.passed;
  if (name == "policy") return "the policies permitted it with approval " + used;
  const std::vector<std::string> humans = approvers();
  return "approval " + used + " was valid for exactly this call" +
         (humans.empty() ? "" : ", granted by " + internal::joined(humans));
}

Json Explainer::gates() const {
  const std::string stopped = text_of(decision_, "gate");
  const bool held = text_of(decision_, "verdict") == "hold";
  bool asked = true;
  Json out = Json::array();
  for (const Gate& gate : kGates) {
    Json one = Json::object({{"gate", gate.name}});
    if (!asked) {
      one.set("result", "not_asked");
      one.set("why", "an earlier gate had decided");
    } else if (stopped == gate.name) {
      one.set("result", held ? "held" : "refused");
      std::vector<std::string> words;
      for (const Json& reason : items_of(decision_, "reasons")) {
        words.push_back(text_of(reason, "code") + ": " + text_of(reason, "message"));
      }
      one.set("why", internal::joined(words, "; "));
      asked = false;
    } else {
      one.set("result", "passed");
      one.set("why", why_passed(gate));
    }
    if (const Json* limit = body_.find("reservation");
        limit && one.string_or("gate", "") == "limits") {
      one.set("limit", *limit);
    }
    out.push_back(std::move(one));
  }
  return out;
}

// The set in force at that moment, with the text of what determined the verdict.
Result<Json> Explainer::policies() {
  const Json& named = member(path_.facts, "policy");
  Json out = Json::object({{"name", text_of(named, "name")},
                           {"version", number_of(named, "version")},
                           {"digest", text_of(named, "digest")}});
  AMBIT_TRY(const Json document, evidence_.document(text_of(named, "document")));
  std::vector<cedar::PolicyText> texts;
  for (const Json& text : items_of(document, "texts")) {
    texts.push_back({text_of(text, "name"), text_of(text, "text")});
  }
  out.set("known", !document.is_null());
  AMBIT_TRY(const auto set, cedar::PolicySet::parse_named(std::move(texts)));
  for (const char* list : {"determining", "observed"}) {
    Json policies = Json::array();
    for (const std::string& id : texts_of(decision_, list)) {
      const cedar::Policy* policy = set.find(id);
      policies.push_back(Json::object({{"id", id}, {"text", policy ? policy->text : ""}}));
    }
    out.set(list, std::move(policies));
  }
  out.set("faults",
          member(decision_, "faults").is_array() ? member(decision_, "faults") : Json::array());
  return out;
}

Json Explainer::approval() const {
  const std::string used = text_of(decision_, "approval");
  const std::string id = used.empty() ? text_of(body_, "approval") : used;
  if (id.empty()) return Json();
  Json answers = Json::array();
  for (const ledger::Record& record : path_.records) {
    if (!record.kind.starts_with("approval.")) continue;
    answers.push_back(Json::object({{"at", to_rfc3339(record.at)},
                                    {"entry", static_cast<std::int64_t>(record.index)},
                                    {"answer", record.kind.substr(record.kind.find('.') + 1)},
                                    {"by", text_of(record.body, "by")},
                                    {"note", text_of(record.body, "note")}}));
  }
  return Json::object({{"id", id},
                       {"used", !used.empty()},
                       {"needs", member(decision_, "needs")},
                       {"answers", std::move(answers)}});
}

Json Explainer::records() const {
  Json out = Json::array();
  for (const ledger::Record& record : path_.records) {
    const bool ours = record.kind == "decision";
    out.push_back(
        Json::object({{"entry", static_cast<std::int64_t>(record.index)},
                      {"at", to_rfc3339(record.at)},
                      {"kind", record.kind},
                      {"words", internal::in_words(record, ours ? path_.facts : Json::object())}}));
  }
  return out;
}

std::string Explainer::why(const Json& policies) const {
  std::vector<std::string> words;
  for (const Json& reason : items_of(decision_, "reasons")) {
    std::string one = text_of(reason, "message");
    const std::string remedy = text_of(reason, "remedy");
    words.push_back(remedy.empty() ? one : one + " (it would be allowed: " + remedy + ")");
  }
  if (!words.empty()) return internal::joined(words, "; ");
  std::vector<std::string> ids;
  for (const Json& policy : items_of(policies, "determining")) ids.push_back(text_of(policy, "id"));
  return "every gate said yes; permitted by policy " + internal::joined(ids) + " of set " +
         text_of(policies, "name") + " version " + std::to_string(number_of(policies, "version"));
}

std::string Explainer::summary(const Json& policies) const {
  const std::string verdict = text_of(decision_, "verdict");
  const std::string targets = targets_in_words(body_);
  std::string out = "Agent " + text_of(path_.facts, "agent") + " wanted to " +
                    (text_of(body_, "outcome").empty() ? "call" : text_of(body_, "outcome")) +
                    " with " + text_of(path_.facts, "server") + "/" + text_of(path_.facts, "tool") +
                    (targets.empty() ? "" : " on " + targets) + ". ";
  if (!path_.tasks.empty()) {
    const Json& cause = member(path_.tasks.back(), "trigger");
    out += "It did so for the task \"" + text_of(path_.facts, "goal") + "\", which " +
           text_of(path_.tasks.front(), "started_by") +
           " started (trigger: " + text_of(cause, "kind") + ", \"" + text_of(cause, "reference") +
           "\"). ";
  }
  out += "It was " + internal::verdict_in_words(verdict) + ": " + why(policies) + ".";
  const std::vector<std::string> humans = approvers();
  if (!humans.empty()) out += " Approved by " + internal::joined(humans) + ".";
  if (const ledger::Record* ending = path_.ending()) {
    out += " In the end " + internal::in_words(*ending, Json::object()) + ".";
  } else if (verdict == "hold") {
    out += " " + answered();
  } else if (verdict == "allow") {
    out += " What came of it is not recorded.";
  }
  return out;
}

// What humans said to the held call.
std::string Explainer::answered() const {
  std::string out;
  for (const ledger::Record& record : path_.records) {
    if (record.index <= path_.decision.index || !record.kind.starts_with("approval.")) continue;
    out += (out.empty() ? "Then " : "; ") + internal::in_words(record, Json::object());
  }
  return out.empty() ? "Nobody has answered yet." : out + ".";
}

Result<Json> Explainer::explain() {
  AMBIT_TRY(Json policy, policies());
  Json out = Json::object({{"id", text_of(body_, "id")},
                           {"at", to_rfc3339(path_.decision.at)},
                           {"ledger_index", static_cast<std::int64_t>(path_.decision.index)},
                           {"verdict", text_of(decision_, "verdict")},
                           {"summary", summary(policy)},
                           {"trigger", trigger()},
                           {"action", action()},
                           {"accountable", accountable()},
                           {"gates", gates()},
                           {"policies", std::move(policy)}});
  if (Json used = approval(); !used.is_null()) out.set("approval", std::move(used));
  if (const ledger::Record* ending = path_.ending()) {
    Json how = ending->body;
    how.set("at", to_rfc3339(ending->at));
    how.set("ledger_index", static_cast<std::int64_t>(ending->index));
    out.set(ending->kind == "outcome" ? "result" : "withdrawn", std::move(how));
  }
  out.set("path", records());
  out.set("complete", path_.missing.empty());
  out.set("missing", to_array(path_.missing));
  return out;
}

}  // namespace

Result<Json> explain(Evidence& evidence, const std::string& decision) {
  AMBIT_TRY(auto path, internal::path_of(evidence, decision));
  return Explainer(evidence, std::move(path)).explain();
}

}  // namespace ambit::insight
