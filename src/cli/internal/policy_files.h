// Policy files and their test documents as the policy verbs read them, and how findings are shown.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "cedar/diagnostic.h"
#include "cedar_schema/schema.h"
#include "cli/internal/console.h"
#include "cli/internal/paint.h"
#include "decision/snapshot.h"
#include "policies/case.h"
#include "policies/findings.h"
#include "text/json.h"

namespace ambit::cli {

struct PolicyFile {
  std::string path;
  std::string name;  // of the policy text: the file's name without its extension
  std::string text;
};

// Reads Cedar files; a folder stands for the `*.cedar` files in it, by name. Two texts of one name
// are refused.
Result<std::vector<PolicyFile>> read_policy_files(const std::vector<std::string>& paths,
                                                  const Console& console);

// What the files make together, as it would decide once published. Errors name the text.
Result<std::shared_ptr<const decision::PolicyState>> state_of(const std::vector<PolicyFile>& files);

// `{"policies": {NAME: TEXT}}`
text::Json set_of(const std::vector<PolicyFile>& files);

// A schema in Cedar's human syntax, or in JSON where the file's name ends in `.json`.
Result<cedar::Schema> read_schema(const std::string& path, const Console& console);

// A file of test cases, `NAME.test.json`, which beside what cases_from_json() reads may name the
// files that it is about; without, it is about `NAME.cedar` beside it.
struct TestFile {
  std::string path;
  std::string suite;                  // NAME
  std::vector<std::string> policies;  // paths
  text::Json document;                // without `policies`
};

// Reads test files; a folder stands for the `*.test.json` files in it.
Result<std::vector<TestFile>> read_test_files(const std::vector<std::string>& paths,
                                              const Console& console);

// The place, the line and a caret under it, then what to do.
void print_finding(std::ostream& out, const Paint& paint, const policies::Finding& finding);

}  // namespace ambit::cli
