// `ambit policy test`: cases asked of policies, as publishing asks them.
#include <fstream>
#include <map>

#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/policy_files.h"
#include "cli/internal/policy_verbs.h"
#include "cli/internal/visible.h"
#include "text/utf8.h"

namespace ambit::cli {
namespace {

using policies::CaseResult;
using text::Json;

struct SuiteResult {
  std::string suite;
  std::string path;
  std::vector<CaseResult> cases;
};

std::size_t failures(const SuiteResult& suite) {
  std::size_t out = 0;
  for (const auto& one : suite.cases) out += one.passed() ? 0 : 1;
  return out;
}

// With --policy every case is asked of those files, else of those that its file names.
Result<std::vector<SuiteResult>> run_all(const Call& call) {
  AMBIT_TRY(const auto tests, read_test_files(call.arguments.texts("PATH"), call.console));
  std::vector<SuiteResult> out;
  for (const auto& test : tests) {
    const auto& given = call.arguments.texts("policy");
    AMBIT_TRY(const auto files,
              read_policy_files(given.empty() ? test.policies : given, call.console));
    auto state = state_of(files, test.tiers);
    if (!state) return fail(Code::kInvalid, state.error().reason, state.error().message);
    AMBIT_TRY(const auto cases, policies::cases_from_json(test.suite, test.document));
    SuiteResult suite{test.suite, test.path, {}};
    for (const auto& one : cases) suite.cases.push_back(policies::run(one, *state));
    out.push_back(std::move(suite));
  }
  return out;
}

// Text within XML; what XML 1.0 cannot hold becomes a question mark.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

// JUnit's XML, as test reporters read it.
std::string junit_of(const std::vector<SuiteResult>& suites) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const auto& suite : suites) {
    out += "  <testsuite name=\"" + xml(suite.suite) + "\" tests=\"" +
           std::to_string(suite.cases.size()) + "\" failures=\"" + std::to_string(failures(suite)) +
           "\" errors=\"0\" skipped=\"0\">\n";
    for (const auto& one : suite.cases) {
      out += "    <testcase classname=\"" + xml(suite.suite) + "\" name=\"" + xml(one.name) + "\"";
      if (one.passed()) {
        out += "/>\n";
        continue;
      }
      out += ">\n      <failure message=\"" + xml(join(one.problems, "; ")) + "\"/>\n" +
             "    </testcase>\n";
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

Json json_of(const std::vector<SuiteResult>& suites, bool ok) {
  Json list = Json::array();
  for (const auto& suite : suites) {
    for (const auto& one : suite.cases) {
      Json problems = Json::array();
      for (const auto& problem : one.problems) problems.push_back(problem);
      list.push_back(Json::object({{"suite", suite.suite},
                                   {"file", suite.path},
                                   {"case", one.name},
                                   {"passed", one.passed()},
                                   {"verdict", domain::name_of(one.decision.verdict)},
                                   {"problems", std::move(problems)}}));
    }
  }
  return Json::object({{"ok", ok}, {"cases", std::move(list)}});
}

void print_results(Call& call, const std::vector<SuiteResult>& suites) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  std::size_t passed = 0;
  std::size_t failed = 0;
  for (const auto& suite : suites) {
    const std::size_t bad = failures(suite);
    passed += suite.cases.size() - bad;
    failed += bad;
    out << (bad == 0 ? paint(Colour::kGreen, "ok  ") : paint(Colour::kRed, "FAIL")) << " "
        << visible(suite.suite) << ": " << suite.cases.size() - bad << " of " << suite.cases.size()
        << "\n";
    for (const auto& one : suite.cases) {
      if (one.passed()) continue;
      out << "     " << visible(one.name) << "\n";
      for (const auto& problem : one.problems) out << "       " << visible(problem) << "\n";
    }
  }
  out << passed << " passed, " << failed << " failed\n";
}

Result<int> test(Call& call) {
  AMBIT_TRY(const auto suites, run_all(call));
  std::size_t failed = 0;
  std::size_t count = 0;
  for (const auto& suite : suites) {
    failed += failures(suite);
    count += suite.cases.size();
  }
  if (count == 0) return fail(Code::kInvalid, "usage.tests", "there is no case to ask");
  if (const std::string& path = call.arguments.text("junit"); !path.empty()) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << junit_of(suites);
    file.close();
    if (!file) return fail(Code::kInvalid, "usage.file", "`" + path + "` cannot be written");
  }
  if (call.wants_json()) {
    call.console.out << text::to_json(json_of(suites, failed == 0)) << "\n";
  } else {
    print_results(call, suites);
  }
  return failed == 0 ? kExitOk : kExitRefused;
}

}  // namespace

Verb policy_test_verb() {
  return offline(Verb::of(
      "policy", "test", "ask test cases of policies: request, expected verdict and reasons",
      "ambit policy test policies\n"
      "ambit policy test policies/tests --policy policies/base.cedar --junit result.xml",
      {positional("PATH",
                  "files `NAME.test.json`, each about `NAME.cedar` beside it unless it "
                  "says otherwise, or a folder of them")
           .required()
           .many(),
       option("--policy", "FILE", "ask these files instead, all together").many(),
       option("--junit", "FILE", "also write the result as JUnit's XML")},
      test));
}

}  // namespace ambit::cli
