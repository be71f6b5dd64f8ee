// `ambit policy explain`: why policies decide as they do, condition by condition.
#include <algorithm>

#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/policy_files.h"
#include "cli/internal/policy_verbs.h"
#include "cli/internal/proof_view.h"
#include "cli/internal/value_keys.h"
#include "cli/internal/visible.h"
#include "decision/cedar_view.h"
#include "decision/decide.h"
#include "replay/find.h"

namespace ambit::cli {
namespace {

using text::Json;

// What is explained: a question and the decision on it.
struct Explained {
  decision::Decision decision;
  std::vector<decision::CedarQuestion> questions;
  std::shared_ptr<const decision::PolicyState> policies;
};

// Policies are asked only when the gates before them let the action through; then there are no
// questions, and the decision says which gate it was.
Result<Explained> explained(const decision::Snapshot& snapshot, const domain::Action& action) {
  Explained out{decision::decide(snapshot, action), {}, snapshot.policies};
  using decision::Gate;
  const Gate gate = out.decision.gate;
  if (gate == Gate::kLiveness || gate == Gate::kScope || gate == Gate::kLimits) return out;
  AMBIT_TRY(out.questions, decision::cedar_questions(snapshot, action));
  return out;
}

Result<Json> case_of(const Json& document, const std::string& name, const std::string& path) {
  const Json* cases = document.find("cases");
  if (!cases) return document;
  if (!cases->is_array()) return fail(Code::kInvalid, "policy.test", path + " has no cases");
  for (const Json& one : cases->as_array()) {
    if (!name.empty() && one.string_or("name", "") != name) continue;
    Json request = document.find("defaults") ? *document.find("defaults") : Json::object();
    const Json* own = one.find("request");
    if (own && own->is_object()) {
      for (const auto& [key, value] : own->as_object()) request.set(key, value);
    }
    return request;
  }
  return fail(Code::kInvalid, "usage.case", "there is no case `" + name + "` in `" + path + "`");
}

Result<Explained> explain_case(Call& call) {
  AMBIT_TRY(const auto files, read_policy_files(call.arguments.texts("FILE"), call.console));
  if (files.empty()) {
    return fail(Code::kInvalid, "usage.arguments",
                "name policy files with `--request`, or a decision with `--decision`");
  }
  AMBIT_TRY(auto tiers, given_tiers(call));
  AMBIT_TRY(auto state, state_of(files, std::move(tiers)));
  const std::string& path = call.arguments.text("request");
  AMBIT_TRY(const Json document, read_json(path, call.console));
  AMBIT_TRY(const Json request, case_of(document, call.arguments.text("case"), path));
  AMBIT_TRY(const auto question, policies::question_from_json(request, path));
  return explained(question.snapshot(std::move(state)), question.action);
}

Result<Explained> explain_decision(Call& call) {
  const std::string directory = ledger_of(call, "ledger");
  AMBIT_TRY(const ValueKeys keys, ValueKeys::of(call, directory));
  AMBIT_TRY(auto found,
            replay::find(entries_of(directory), call.arguments.text("decision"), keys.ring()));
  AMBIT_TRY(const auto files, read_policy_files(call.arguments.texts("FILE"), call.console));
  if (!files.empty()) {
    AMBIT_TRY(auto tiers, given_tiers(call));
    AMBIT_TRY(found.snapshot.policies, state_of(files, std::move(tiers)));
  }
  return explained(found.snapshot, found.action);
}

void print_decision(Call& call, const Paint& paint, const Explained& what) {
  std::ostream& out = call.console.out;
  const std::string verdict(domain::name_of(what.decision.verdict));
  const Colour colour = verdict == "allow"  ? Colour::kGreen
                        : verdict == "hold" ? Colour::kYellow
                                            : Colour::kRed;
  out << paint(colour, verdict) << "\n";
  for (const auto& reason : what.decision.reasons) {
    out << "  " << visible(reason.code) << ": " << visible(reason.message) << "\n";
    if (!reason.remedy.empty()) out << "    remedy: " << visible(reason.remedy) << "\n";
  }
  for (const auto& need : what.decision.needs) {
    out << "  needs " << need.quorum << " of `" << visible(need.approvers) << "`\n";
  }
  if (what.decision.would) {
    out << "  with observed policies enforced: " << domain::name_of(*what.decision.would) << "\n";
  }
}

void print_text(Call& call, const Explained& what) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  print_decision(call, paint, what);
  if (what.questions.empty()) {
    out << "policies were not asked: the gate `" << decision::name_of(what.decision.gate)
        << "` comes before them\n";
  }
  for (const auto& question : what.questions) {
    out << "\n"
        << visible(cedar::to_cedar_text(question.request.principal)) << "  "
        << visible(cedar::to_cedar_text(question.request.action)) << "  "
        << visible(cedar::to_cedar_text(question.request.resource)) << "\n";
    print_proofs(out, paint, cedar::prove(question.request, what.policies->set, question.entities));
  }
}

void print_json(Call& call, const Explained& what) {
  Json questions = Json::array();
  for (const auto& question : what.questions) {
    questions.push_back(Json::object(
        {{"principal", cedar::to_cedar_text(question.request.principal)},
         {"action", cedar::to_cedar_text(question.request.action)},
         {"resource", cedar::to_cedar_text(question.request.resource)},
         {"policies",
          json_of(cedar::prove(question.request, what.policies->set, question.entities))}}));
  }
  call.console.out << text::to_json(Json::object({{"decision", decision::to_json(what.decision)},
                                                  {"questions", std::move(questions)}}))
                   << "\n";
}

Result<int> explain(Call& call) {
  const bool by_decision = call.arguments.given("decision");
  if (by_decision == call.arguments.given("request")) {
    return fail(Code::kInvalid, "usage.arguments", "give one of `--request` and `--decision`");
  }
  AMBIT_TRY(const Explained what, by_decision ? explain_decision(call) : explain_case(call));
  if (call.wants_json())
    print_json(call, what);
  else
    print_text(call, what);
  return kExitOk;
}

}  // namespace

Verb policy_explain_verb() {
  return offline(Verb::of(
      "policy", "explain", "why policies decide as they do: each condition with its value",
      "ambit policy explain policies/starter.cedar --request policies/starter.test.json "
      "--case \"an overwrite is held\"\n"
      "ambit policy explain --decision dec_01K --ledger var/ledger",
      {positional("FILE",
                  "Cedar files, or a folder of them; with --decision: instead of the "
                  "policies that stood then")
           .many(),
       option("--request", "FILE", "a request as test cases have it, or a test document"),
       tiers_param(), option("--case", "NAME", "the case of that document (the first)"),
       option("--decision", "ID", "a decision of the ledger, under the policies of its time"),
       ledger_option(), ValueKeys::param()},
      explain));
}

}  // namespace ambit::cli
