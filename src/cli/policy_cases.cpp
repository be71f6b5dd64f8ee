// `ambit policy test`: cases asked of policies, as publishing asks them.
#include <fstream>
#include <optional>

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
  std::optional<Error> error;  // why none of its cases could be asked
};

std::size_t failures(const SuiteResult& suite) {
  std::size_t out = 0;
  for (const auto& one : suite.cases) out += one.passed() ? 0 : 1;
  return out;
}

// With --policy every case is asked of those files, else of those that its file names.
Result<std::vector<CaseResult>> run_file(const Call& call, const std::string& path) {
  AMBIT_TRY(const auto test, read_test_file(path, call.console));
  const auto& given = call.arguments.texts("policy");
  AMBIT_TRY(const auto files,
            read_policy_files(given.empty() ? test.policies : given, call.console));
  auto state = state_of(files, test.tier_table());
  if (!state) return fail(Code::kInvalid, state.error().reason, state.error().message);
  AMBIT_TRY(const auto cases, policies::cases_from_json(test.suite, test.document));
  if (cases.empty()) {
    return fail(Code::kInvalid, "usage.tests", "there is no case to ask in `" + path + "`");
  }
  std::vector<CaseResult> out;
  for (const auto& one : cases) out.push_back(policies::run(one, *state));
  return out;
}

// A file that cannot be asked is an error of its own and does not hide what the others say.
Result<std::vector<SuiteResult>> run_all(const Call& call) {
  AMBIT_TRY(const auto paths, test_files_of(call.arguments.texts("PATH")));
  std::vector<SuiteResult> out;
  for (const auto& path : paths) {
    SuiteResult suite{suite_of(path), path, {}, {}};
    auto cases = run_file(call, path);
    if (cases) {
      suite.cases = *std::move(cases);
    } else {
      suite.error = std::move(cases).error();
    }
    out.push_back(std::move(suite));
  }
  return out;
}

// Text within XML. What XML 1.0 cannot hold becomes a question mark: of what visible() leaves,
// U+FFFE and U+FFFF.
std::string xml(std::string_view text) {
  std::string out;
  const std::string shown = visible(text);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const char c = shown[i];
    const auto rest = std::string_view(shown).substr(i);
    if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF")) {
      out += '?';
      i += 2;
      continue;
    }
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
    const std::size_t errors = suite.error ? 1 : 0;
    out += "  <testsuite name=\"" + xml(suite.suite) + "\" tests=\"" +
           std::to_string(suite.cases.size() + errors) + "\" failures=\"" +
           std::to_string(failures(suite)) + "\" errors=\"" + std::to_string(errors) +
           "\" skipped=\"0\">\n";
    if (suite.error) {
      out += "    <testcase classname=\"" + xml(suite.suite) + "\" name=\"" + xml(suite.path) +
             "\">\n      <error message=\"" + xml(suite.error->message) + "\" type=\"" +
             xml(suite.error->reason) + "\"/>\n    </testcase>\n";
    }
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
  Json errors = Json::array();
  for (const auto& suite : suites) {
    if (suite.error) {
      errors.push_back(Json::object({{"suite", suite.suite},
                                     {"file", suite.path},
                                     {"reason", suite.error->reason},
                                     {"message", suite.error->message}}));
    }
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
  return Json::object({{"ok", ok}, {"cases", std::move(list)}, {"errors", std::move(errors)}});
}

void print_results(Call& call, const std::vector<SuiteResult>& suites) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t unasked = 0;
  for (const auto& suite : suites) {
    if (suite.error) {
      ++unasked;
      out << paint(Colour::kRed, "FAIL") << " " << visible(suite.suite) << ": not asked\n";
      continue;
    }
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
      for (const auto& reason : one.decision.reasons) {
        out << "       because: " << visible(reason.message) << "\n";
      }
    }
  }
  out << passed << " passed, " << failed << " failed";
  if (unasked > 0) out << ", " << unasked << (unasked == 1 ? " file" : " files") << " not asked";
  out << "\n";
}

Result<> write_junit(const std::string& path, const std::vector<SuiteResult>& suites) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << junit_of(suites);
  file.close();
  if (file) return {};
  return fail(Code::kInvalid, "usage.file", "`" + path + "` cannot be written");
}

Result<int> test(Call& call) {
  AMBIT_TRY(const auto suites, run_all(call));
  int status = kExitOk;
  for (const auto& suite : suites) {
    if (failures(suite) > 0) status = kExitRefused;
  }
  for (const auto& suite : suites) {
    if (!suite.error) continue;
    print_error(call.console, *suite.error);
    if (status == kExitOk) status = exit_status_of(*suite.error);
  }
  if (const std::string& path = call.arguments.text("junit"); !path.empty()) {
    AMBIT_CHECK_OK(write_junit(path, suites));
  }
  if (call.wants_json()) {
    call.console.out << text::to_json(json_of(suites, status == kExitOk)) << "\n";
  } else {
    print_results(call, suites);
  }
  return status;
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
