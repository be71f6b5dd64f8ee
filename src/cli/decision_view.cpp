#include "cli/internal/output.h"
#include "cli/internal/views.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

// `a (b)`, `a`, or nothing.
std::string with_note(const std::string& text, const std::string& note) {
  return text.empty() || note.empty() ? text : text + " (" + note + ")";
}

std::string words_of(const std::string& verdict) {
  if (verdict == "allow") return "ALLOWED";
  if (verdict == "deny") return "DENIED";
  if (verdict == "hold") return "HELD for a human";
  return verdict;
}

void print_verdict(std::ostream& out, const Paint& paint, const Json& record, const Json& verdict) {
  const Cell state = state_cell(scalar_of(verdict, "verdict"));
  out << paint(state.colour, visible(words_of(scalar_of(verdict, "verdict")))) << ": agent "
      << paint(Colour::kBold, visible(scalar_of(record, "agent"))) << " wanted to "
      << visible(scalar_of(record, "outcome").empty() ? "call" : scalar_of(record, "outcome"))
      << " with "
      << paint(Colour::kBold,
               visible(scalar_of(record, "server") + "/" + scalar_of(record, "tool")));
  const std::vector<std::string> targets = targets_of(record, "targets");
  if (!targets.empty()) out << " on " << visible(join(targets));
  out << "\n";
}

void print_why(std::ostream& out, const Paint& paint, const Json& verdict) {
  const std::string gate = scalar_of(verdict, "gate");
  out << "\n" << paint(Colour::kBold, "Why");
  if (!gate.empty() && gate != "none") out << " (decided at the gate `" << visible(gate) << "`)";
  out << "\n";
  const text::JsonArray& reasons = items_of(verdict, "reasons");
  if (reasons.empty()) out << "  every gate said yes\n";
  for (const Json& reason : reasons) {
    out << "  " << paint(Colour::kYellow, visible(scalar_of(reason, "code"))) << ": "
        << visible(scalar_of(reason, "message")) << "\n";
    const std::string remedy = scalar_of(reason, "remedy");
    if (!remedy.empty()) out << "    it would be allowed: " << visible(remedy) << "\n";
  }
  for (const Json& fault : items_of(verdict, "faults")) {
    out << "  policy `" << visible(scalar_of(fault, "policy"))
        << "` failed: " << visible(scalar_of(fault, "message")) << "\n";
  }
}

void section(std::ostream& out, const Paint& paint, std::string_view title,
             const FieldList& fields) {
  out << "\n" << paint(Colour::kBold, title) << "\n";
  fields.print(out, paint);
}

FieldList who_of(const Json& record) {
  FieldList fields;
  fields.add("agent", scalar_of(record, "agent"));
  const bool bound = scalar_of(record, "key_bound") == "true";
  const std::string asker = scalar_of(record, "requested_by");
  const std::string proof = asker.empty() ? (bound ? "proved its key" : "bearer, no key proved")
                                          : "`" + asker + "` vouched for it";
  fields.add("process", with_note(scalar_of(record, "instance"), proof));
  fields.add("asked by", asker);
  fields.add("task", with_note(scalar_of(record, "task"), scalar_of(record, "goal")));
  const Json& trigger = member(record, "trigger");
  if (trigger.is_object()) {
    fields.add("trigger", scalar_of(trigger, "kind") + ": " + scalar_of(trigger, "reference"));
  }
  fields.add("authorised by", scalar_of(record, "authorised_by"));
  fields.add("on behalf of", scalar_of(record, "on_behalf_of"));
  const Json& owners = member(record, "accountable");
  fields.add("business owner", scalar_of(owners, "business"));
  fields.add("control owner", scalar_of(owners, "control"));
  fields.add("scope approver", scalar_of(owners, "scope_approver"));
  fields.add("lifecycle owner", scalar_of(owners, "lifecycle"));
  return fields;
}

FieldList what_of(const Json& record) {
  FieldList fields;
  fields.add("tool", scalar_of(record, "server") + "/" + scalar_of(record, "tool"));
  fields.add("class", scalar_of(record, "class"));
  fields.add("outcome", scalar_of(record, "outcome"));
  fields.add("tier", scalar_of(record, "tier"));
  fields.add("system", scalar_of(record, "system"));
  fields.add("data domain", scalar_of(record, "data_domain"));
  fields.add("targets", targets_of(record, "targets"));
  if (const Json* arguments = record.find("arguments")) {
    fields.add("arguments", text::to_json(*arguments));
  }
  const std::string values = scalar_of(record, "values");
  if (values == "erased") {
    fields.add("values",
               {"erased: the key of arguments, targets and words was destroyed", Colour::kRed});
  } else if (values == "tampered") {
    fields.add("values",
               {"tampered with: they are not those that the record commits to", Colour::kRed});
  } else if (values == "locked") {
    fields.add("values",
               {"locked: the key of arguments, targets and words is not here", Colour::kRed});
  }
  fields.add("intent", scalar_of(record, "intent"));
  fields.add("justification", scalar_of(record, "justification"));
  fields.add("through", scalar_of(record, "channel"));
  return fields;
}

FieldList policy_of(const Json& record, const Json& verdict) {
  FieldList fields;
  const Json& policy = member(record, "policy");
  const std::string version = scalar_of(policy, "version");
  fields.add("set",
             with_note(scalar_of(policy, "name"), version.empty() ? "" : "version " + version));
  fields.add("set digest", scalar_of(policy, "digest"));
  const std::vector<std::string> determining = texts_of(verdict, "determining");
  fields.add("determined by", determining.empty() ? "no single policy" : join(determining));
  fields.add("observed only", join(texts_of(verdict, "observed")));
  fields.add("had they been enforced", scalar_of(verdict, "would"));
  fields.add("obligations", join(texts_of(verdict, "obligations")));
  return fields;
}

FieldList state_of(const Json& record) {
  FieldList fields;
  const Json& session = member(record, "session_before");
  if (session.is_object()) {
    fields.add("task so far", scalar_of(session, "released") + " calls let through, " +
                                  scalar_of(session, "denied") + " denied, " +
                                  scalar_of(session, "held") + " held");
    fields.add("labels", join(texts_of(session, "labels")));
    fields.add("touched", join(texts_of(session, "systems")));
  }
  const Json& probe = member(record, "probe");
  if (probe.is_object()) {
    const std::string problem = scalar_of(probe, "problem");
    if (scalar_of(probe, "unknown") == "true") {
      fields.add("at the target", with_note("nobody could say what was there", problem));
    } else if (scalar_of(probe, "present") == "true") {
      fields.add("at the target", with_note("something was there", scalar_of(probe, "state")));
      fields.add("not seen", problem);
    } else {
      fields.add("at the target", "nothing was there");
    }
  }
  fields.add("revocation epoch", scalar_of(record, "epoch"));
  return fields;
}

void add_approval(FieldList& fields, const Json& record, const Json& verdict,
                  const Json& approval) {
  const std::string used = scalar_of(verdict, "approval");
  fields.add("used", used);
  if (used.empty()) fields.add("asked for", scalar_of(record, "approval"));
  for (const Json& need : items_of(verdict, "needs")) {
    fields.add("needs", scalar_of(need, "quorum") + " of `" + scalar_of(need, "approvers") + "`");
  }
  if (!approval.is_object()) return;
  fields.add("now", state_cell(scalar_of(approval, "state")));
  for (const Json& grant : items_of(approval, "grants")) {
    fields.add("granted by", scalar_of(grant, "by") + " at " + scalar_of(grant, "at"));
  }
  fields.add("closed by", with_note(scalar_of(approval, "closed_by"), scalar_of(approval, "note")));
}

FieldList result_of(const Json& result) {
  FieldList fields;
  fields.add("status", state_cell(scalar_of(result, "status")));
  fields.add("answer",
             scalar_of(result, "bytes") + " bytes in " + scalar_of(result, "took_ms") + " ms");
  fields.add("labels", join(texts_of(result, "labels")));
  fields.add("detail", scalar_of(result, "detail"));
  fields.add("ledger entry", scalar_of(result, "ledger_index"));
  return fields;
}

FieldList evidence_of(const Json& record, const Json& verdict) {
  FieldList fields;
  fields.add("decision", scalar_of(record, "id"));
  fields.add("at", scalar_of(record, "at"));
  fields.add("ledger entry", scalar_of(record, "ledger_index"));
  fields.add("inputs digest", scalar_of(verdict, "snapshot"));
  fields.add("action digest", scalar_of(verdict, "action_digest"));
  fields.add("tool digest", scalar_of(record, "tool_digest"));
  return fields;
}

}  // namespace

void print_decision(std::ostream& out, const Paint& paint, const Json& record,
                    const Json& approval) {
  const Json& verdict = member(record, "decision");
  print_verdict(out, paint, record, verdict);
  print_why(out, paint, verdict);
  section(out, paint, "Who", who_of(record));
  section(out, paint, "What", what_of(record));
  section(out, paint, "Under which policy", policy_of(record, verdict));
  section(out, paint, "In what state", state_of(record));
  if (!scalar_of(verdict, "approval").empty() || !scalar_of(record, "approval").empty()) {
    FieldList fields;
    add_approval(fields, record, verdict, approval);
    section(out, paint, "Approval", fields);
  }
  const Json& withdrawn = member(record, "withdrawn");
  if (withdrawn.is_object()) {
    FieldList fields;
    fields.add(scalar_of(withdrawn, "reason"), {scalar_of(withdrawn, "message"), Colour::kRed});
    section(out, paint, "Withdrawn before it was let go", fields);
  }
  const Json& result = member(record, "result");
  if (result.is_object()) section(out, paint, "What came of it", result_of(result));
  section(out, paint, "Evidence", evidence_of(record, verdict));
}

void print_decisions(std::ostream& out, const Paint& paint, const Json& list) {
  Table table({"DECISION", "AT", "VERDICT", "AGENT", "TOOL", "OUTCOME", "REASON", "ENTRY"});
  for (const Json& item : items_of(list)) {
    const Json& verdict = member(item, "decision");
    const text::JsonArray& reasons = items_of(verdict, "reasons");
    table.row({{scalar_of(item, "id"), Colour::kBold},
               scalar_of(item, "at"),
               state_cell(scalar_of(verdict, "verdict")),
               scalar_of(item, "agent"),
               scalar_of(item, "server") + "/" + scalar_of(item, "tool"),
               scalar_of(item, "outcome"),
               reasons.empty() ? "" : scalar_of(reasons.front(), "code"),
               scalar_of(item, "ledger_index")});
  }
  table.print(out, paint, "no decisions");
}

}  // namespace ambit::cli
