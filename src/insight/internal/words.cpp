#include "insight/internal/words.h"

#include "insight/internal/json_reading.h"

namespace ambit::insight::internal {
namespace {

using text::Json;

std::string quoted(const std::string& text) { return "`" + text + "`"; }

std::string after(std::string_view words, const std::string& text) {
  return text.empty() ? std::string() : std::string(words) + text;
}

std::string decision_in_words(const Json& body, const Json& facts) {
  const Json& decision = member(body, "decision");
  const std::string outcome = text_of(body, "outcome");
  std::string out = quoted(text_of(facts, "agent")) + " asked to " +
                    (outcome.empty() ? std::string("call") : outcome) + " with " +
                    quoted(text_of(facts, "server") + "/" + text_of(facts, "tool"));
  out += after(" on ", targets_in_words(body));
  out += ": " + verdict_in_words(text_of(decision, "verdict"));
  for (const Json& reason : items_of(decision, "reasons")) {
    out += " (" + text_of(reason, "code") + ")";
    break;
  }
  return out;
}

std::string task_in_words(const std::string& kind, const Json& body) {
  if (kind == "task.ended") {
    return "the task ended (" + text_of(body, "reason") + "), by " + quoted(text_of(body, "actor"));
  }
  if (kind == "task.erased") {
    return quoted(text_of(body, "by")) + " erased the values of " +
           std::to_string(number_of(body, "records")) + " records for good" +
           after(": ", text_of(body, "reason"));
  }
  const Json& spec = member(body, "spec");
  return quoted(text_of(spec, "started_by")) + " started a task of " +
         quoted(text_of(body, "agent")) + ": " + text_of(body, "goal") +
         after(", under task ", text_of(spec, "parent"));
}

std::string identity_in_words(const std::string& kind, const Json& body) {
  const std::string what = kind.substr(kind.find('.') + 1);
  std::string out = text_of(body, "class") + " " + quoted(text_of(body, "identity")) +
                    (kind.starts_with("token.") ? ": token " : " ") + what;
  return out + after(", by ", text_of(body, "actor"));
}

std::string tools_in_words(const std::string& kind, const Json& body) {
  std::vector<std::string> changes;
  for (const Json& tool : items_of(body, "tools")) {
    changes.push_back(text_of(tool, "tool") + " " + text_of(tool, "state"));
  }
  return (kind == "server.imported" ? "tools imported: " : "tools changed: ") + joined(changes) +
         after(", by ", text_of(body, "actor"));
}

std::string policy_in_words(const std::string& kind, const Json& body) {
  if (kind == "policy.published") {
    return "policy set " + quoted(text_of(body, "name")) + " version " +
           std::to_string(number_of(body, "version")) + " came into force" +
           after(", written by ",
                 text_of(body, text_of(body, "author").empty() ? "actor" : "author")) +
           after(", approved by ", text_of(body, "approved_by"));
  }
  const std::string proposal = quoted(text_of(body, "proposal"));
  if (kind == "policy.proposed") {
    return "policies were proposed as " + proposal + after(", by ", text_of(body, "actor"));
  }
  return "the policies proposed as " + proposal + " were refused" +
         after(", by ", text_of(body, "actor")) + after(": ", text_of(body, "note"));
}

std::string finding_in_words(const std::string& kind, const Json& body) {
  if (kind == "finding.opened") {
    return "finding " + quoted(text_of(body, "id")) + " was opened: " + text_of(body, "summary");
  }
  return quoted(text_of(body, "by")) + " closed finding " + quoted(text_of(body, "finding")) +
         after(": ", text_of(body, "note"));
}

std::string retention_in_words(const std::string& kind, const Json& body) {
  if (kind == "ledger.held" || kind == "ledger.released") {
    return quoted(text_of(body, "by")) + (kind == "ledger.held" ? " placed" : " released") +
           " the retention hold " + quoted(text_of(body, "name")) +
           after(": ", text_of(body, "reason"));
  }
  const auto index = [&body](const char* name) {
    const Json* number = body.find(name);
    return number == nullptr ? std::string("?") : text::to_json(*number);
  };
  const std::string entries = "the entries from " + index("from") + " to before " + index("to");
  if (kind == "ledger.archived") return entries + " were moved to the archive";
  if (kind == "ledger.dropped") return entries + " were dropped from the archive";
  return kind;
}

}  // namespace

std::string verdict_in_words(const std::string& verdict) {
  if (verdict == "allow") return "allowed";
  if (verdict == "deny") return "denied";
  if (verdict == "hold") return "held for a human";
  return verdict;
}

std::string in_words(const ledger::Record& record, const Json& facts) {
  const std::string& kind = record.kind;
  const Json& body = record.body;
  if (kind == "decision") return decision_in_words(body, facts);
  if (kind == "outcome") {
    return "the tool answered: " + text_of(body, "status") +
           after(", labels ", joined(texts_of(body, "labels")));
  }
  if (kind == "withdrawn") return "withdrawn before release: " + text_of(body, "message");
  if (kind == "denials") {
    return std::to_string(number_of(body, "count")) + " more denials, the last for " +
           text_of(body, "last_reason");
  }
  if (kind.starts_with("task.")) return task_in_words(kind, body);
  if (kind == "instance.admitted") return "an instance took the task up and got its credential";
  if (kind == "credential.issued") return "the credential was renewed";
  if (kind == "approval.granted") return quoted(text_of(body, "by")) + " approved the held call";
  if (kind == "approval.refused") {
    return quoted(text_of(body, "by")) + " refused the held call" +
           after(": ", text_of(body, "note"));
  }
  if (kind == "approval.expired") return "nobody answered the held call in time";
  if (kind.starts_with("identity.") || kind.starts_with("token.")) {
    return identity_in_words(kind, body);
  }
  if (kind.starts_with("tools.") || kind.starts_with("server.")) return tools_in_words(kind, body);
  if (kind.starts_with("policy.")) return policy_in_words(kind, body);
  if (kind.starts_with("finding.")) return finding_in_words(kind, body);
  if (kind == "guardrail.refused") {
    return quoted(text_of(body, "by")) + " tried to change " + text_of(body, "what") +
           " and was refused (" + text_of(body, "reason") + ")";
  }
  if (kind.starts_with("ledger.")) return retention_in_words(kind, body);
  if (kind == "evidence.exported") {
    return quoted(text_of(body, "by")) + " was handed a bundle of evidence";
  }
  if (kind == "search") return quoted(text_of(body, "by")) + " searched for what may be called";
  return kind;
}

}  // namespace ambit::insight::internal
