// `ambit approval`: what waits for a human, and the human's answer.
#include "cli/internal/output.h"
#include "cli/internal/views.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

Result<Api::Answer> fetch(Call& call) {
  return call.api.get(path_of({"approvals", call.arguments.text("ID")}));
}

void print_approvals(std::ostream& out, const Paint& paint, const Json& list) {
  Table table({"APPROVAL", "STATE", "AGENT", "TOOL", "EFFECT", "TARGETS", "EXPIRES"});
  for (const Json& item : items_of(list)) {
    const Json* found = item.find("view");
    const Json view = found != nullptr ? *found : Json();
    table.row({{scalar_of(item, "id"), Colour::kBold},
               state_cell(scalar_of(item, "state")),
               scalar_of(item, "agent"),
               scalar_of(view, "server") + "/" + scalar_of(view, "tool"),
               scalar_of(view, "outcome"),
               join(targets_of(view, "targets")),
               scalar_of(item, "expires_at")});
  }
  // What was answered leaves the list some minutes after its task ended.
  table.print(out, paint,
              "no approvals wait or were answered lately; `ambit decision list --verdict hold` "
              "finds older ones");
  const std::string next = scalar_of(list, "next_before");
  if (!next.empty()) out << paint(Colour::kDim, "more: --before " + visible(next)) << "\n";
}

Result<int> list(Call& call) {
  const std::string query = query_of({{"state", call.arguments.text("state")},
                                      {"limit", call.arguments.text("limit")},
                                      {"before", call.arguments.text("before")}});
  return print(call, call.api.get(path_of({"approvals"}) + query), print_approvals);
}

Result<int> show(Call& call) { return print(call, fetch(call), print_approval); }

// One line about what an answer did.
void print_answered(std::ostream& out, const Paint& paint, const Json& approval) {
  const Cell state = state_cell(scalar_of(approval, "state"));
  out << visible(scalar_of(approval, "id")) << " is " << paint(state.colour, visible(state.text));
  if (scalar_of(approval, "state") == "pending") out << "; another human must grant it too";
  out << "\n";
}

// Shows the action, asks, and sends the digest of what it showed: if the server has another one by
// then, it refuses.
Result<int> grant(Call& call) {
  AMBIT_TRY(const auto shown, fetch(call));
  const std::string digest = scalar_of(shown.json, "action_digest");
  if (!call.wants_json()) print_approval(call.console.out, paint_for(call.console), shown.json);
  if (!confirmed(call, "grant exactly this, once?")) return kExitRefused;
  return print(call,
               call.api.post(path_of({"approvals", call.arguments.text("ID"), "grant"}),
                             Json::object({{"digest", digest}})),
               [](std::ostream& out, const Paint& paint, const Json& approval) {
                 out << "\n";
                 print_answered(out, paint, approval);
               });
}

Result<int> refuse(Call& call) {
  return print(call,
               call.api.post(path_of({"approvals", call.arguments.text("ID"), "refuse"}),
                             Json::object({{"note", call.arguments.text("note")}})),
               print_answered);
}

}  // namespace

std::vector<Verb> approval_verbs() {
  const Param id = positional("ID", "the approval's id").required();
  return {
      Verb::of("approval", "list", "what waits for a human, and what was answered",
               "ambit approval list --state pending",
               {option("--state", "STATE", "only those in this state")
                    .one_of({"pending", "granted", "refused", "expired", "used"}),
                option("--limit", "N", "at most so many (100, at most 500)"),
                option("--before", "PLACE", "the next page, as the page before named it")},
               list),
      Verb::of("approval", "show",
               "the exact call, what it would change, who asks and why it waits",
               "ambit approval show apr_01hx", {id}, show),
      Verb::of("approval", "grant", "let exactly this action through, once",
               "ambit approval grant apr_01hx --as ./alice.token\n"
               "ambit approval grant apr_01hx --yes",
               {id, flag("--yes", "do not ask; for scripts in which a human has looked")}, grant),
      Verb::of("approval", "refuse", "refuse it for good",
               "ambit approval refuse apr_01hx --note \"not this quarter\"",
               {id, option("--note", "TEXT", "why, for the record")}, refuse)};
}

}  // namespace ambit::cli
