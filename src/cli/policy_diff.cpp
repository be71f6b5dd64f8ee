// `ambit policy diff`: what another version of the policies would decide otherwise.
#include "cli/internal/output.h"
#include "cli/internal/policy_files.h"
#include "cli/internal/policy_verbs.h"
#include "cli/internal/visible.h"
#include "policies/changes.h"

namespace ambit::cli {
namespace {

using policies::CaseResult;
using text::Json;

// Files, with their tier table, or without any the set in force on the server.
Result<std::shared_ptr<const decision::PolicyState>> side(Call& call, const char* option,
                                                          const char* table) {
  const auto& paths = call.arguments.texts(option);
  if (!paths.empty()) {
    AMBIT_TRY(const auto files, read_policy_files(paths, call.console));
    if (!call.arguments.given(table)) return state_of(files);
    AMBIT_TRY(auto tiers, read_tiers(call.arguments.text(table), call.console));
    return state_of(files, std::move(tiers.table));
  }
  AMBIT_TRY(const auto answer, call.api.get(path_of({"policies"})));
  std::vector<PolicyFile> files;
  if (const Json* texts = answer.json.find("policies"); texts && texts->is_object()) {
    for (const auto& [name, text] : texts->as_object()) {
      if (text.is_string()) files.push_back({name, name, text.as_string()});
    }
  }
  AMBIT_TRY(auto tiers, tiers_of(answer.json));
  return state_of(files, std::move(tiers));
}

struct Moved {
  std::string suite;
  std::string name;
  decision::Decision before;
  decision::Decision after;

  bool loosens() const { return rank(after.verdict) > rank(before.verdict); }

 private:
  static int rank(domain::Verdict verdict) {
    switch (verdict) {
      case domain::Verdict::kDeny: return 0;
      case domain::Verdict::kHold: return 1;
      case domain::Verdict::kAllow: return 2;
    }
    return 0;
  }
};

struct Comparison {
  std::size_t requests = 0;
  std::vector<Moved> moved;
  policies::ChangeReport report;
};

Result<Comparison> compare(Call& call) {
  AMBIT_TRY(const auto before, side(call, "old", "old-tiers"));
  AMBIT_TRY(const auto after, side(call, "new", "new-tiers"));
  Comparison out;
  out.report = policies::changes(*before, *after, {});
  if (!call.arguments.given("cases")) return out;
  AMBIT_TRY(const auto tests, read_test_files(call.arguments.texts("cases"), call.console));
  for (const auto& test : tests) {
    AMBIT_TRY(const auto cases, policies::cases_from_json(test.suite, test.document));
    for (const auto& one : cases) {
      ++out.requests;
      const CaseResult then = policies::run(one, before);
      const CaseResult now = policies::run(one, after);
      if (then.decision.verdict == now.decision.verdict) continue;
      out.moved.push_back({one.suite, one.name, then.decision, now.decision});
    }
  }
  return out;
}

std::string why(const decision::Decision& decision) {
  if (!decision.reasons.empty()) return decision.reasons.front().message;
  return decision.determining.empty() ? "" : "by " + join(decision.determining);
}

void print_text(Call& call, const Comparison& compared) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  const auto list = [&](const char* what, Colour colour, const std::vector<std::string>& items) {
    for (const auto& item : items) out << paint(colour, what) << ": " << visible(item) << "\n";
  };
  list("loosens", Colour::kRed, compared.report.loosens);
  list("widens", Colour::kYellow, compared.report.widens);
  list("tightens", Colour::kGreen, compared.report.tightens);
  if (compared.requests == 0) return;
  out << compared.moved.size() << " of " << compared.requests << " requests change verdict\n";
  if (compared.moved.empty()) return;
  Table table({"SUITE", "REQUEST", "BEFORE", "AFTER", "WHY"});
  for (const auto& one : compared.moved) {
    table.row({visible(one.suite), visible(one.name),
               state_cell(std::string(domain::name_of(one.before.verdict))),
               state_cell(std::string(domain::name_of(one.after.verdict))),
               visible(why(one.after))});
  }
  table.print(out, paint, "");
}

Json texts(const std::vector<std::string>& items) {
  Json out = Json::array();
  for (const auto& item : items) out.push_back(item);
  return out;
}

void print_json(Call& call, const Comparison& compared) {
  Json moved = Json::array();
  for (const auto& one : compared.moved) {
    moved.push_back(Json::object({{"suite", one.suite},
                                  {"case", one.name},
                                  {"before", domain::name_of(one.before.verdict)},
                                  {"after", domain::name_of(one.after.verdict)},
                                  {"loosens", one.loosens()},
                                  {"why", why(one.after)}}));
  }
  call.console.out << text::to_json(
                          Json::object({{"requests", static_cast<std::int64_t>(compared.requests)},
                                        {"changes", std::move(moved)},
                                        {"loosens", texts(compared.report.loosens)},
                                        {"widens", texts(compared.report.widens)},
                                        {"tightens", texts(compared.report.tightens)}}))
                   << "\n";
}

Result<int> diff(Call& call) {
  AMBIT_TRY(const Comparison compared, compare(call));
  if (call.wants_json())
    print_json(call, compared);
  else
    print_text(call, compared);
  const std::string& gate = call.arguments.text("fail-on");
  bool loosened = !compared.report.loosens.empty();
  for (const auto& one : compared.moved) loosened = loosened || one.loosens();
  const bool any = loosened || !compared.moved.empty() || !compared.report.widens.empty() ||
                   !compared.report.tightens.empty();
  return (gate == "loosened" && loosened) || (gate == "any" && any) ? kExitRefused : kExitOk;
}

}  // namespace

Verb policy_diff_verb() {
  return Verb::of(
      "policy", "diff", "what another version loosens, and which requests it decides otherwise",
      "ambit policy diff --old main.cedar --new draft.cedar --cases policies/starter.test.json\n"
      "ambit policy diff --new draft.cedar --fail-on loosened",
      {option("--old", "FILE", "the version before (the set in force on the server); repeat")
           .many(),
       option("--new", "FILE", "the version after; repeat").many().required(),
       option("--old-tiers", "FILE", "the tier table of the version before"),
       option("--new-tiers", "FILE", "the tier table of the version after"),
       option("--cases", "FILE", "test documents whose requests are asked of both").many(),
       option("--fail-on", "WHAT", "exit with 1 when something is loosened, or changes at all")
           .one_of({"loosened", "any"})},
      diff);
}

}  // namespace ambit::cli
