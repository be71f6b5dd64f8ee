// Policy files and their test documents as the policy verbs read them, and how findings are shown.
#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
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

// What the files and a tier table make together, as it would decide once published. Errors name the
// text.
Result<std::shared_ptr<const decision::PolicyState>> state_of(const std::vector<PolicyFile>& files,
                                                              domain::TierTable tiers = {});

// A tier table as JSON, `{"elevated": {...}, "high": {...}}`, and what it says.
struct TierFile {
  text::Json json;
  domain::TierTable table;
};
Result<TierFile> read_tiers(const std::string& path, const Console& console);

// The tier table of a set as the server shows it.
Result<domain::TierTable> tiers_of(const text::Json& set);

// `{"policies": {NAME: TEXT}}`
text::Json set_of(const std::vector<PolicyFile>& files);

// Whether what was read of the file at `path` is a schema in JSON and not in Cedar's human syntax,
// which never begins with `{`.
bool is_json_schema(const std::string& path, std::string_view bytes);
// The schema in JSON that a file has, or that an answer of `GET /v1/policies/schema` holds.
text::Json schema_of_json(text::Json read);

// A schema in Cedar's human syntax or in JSON. Fails with `usage.file`, `usage.json` or the reason
// of the schema, naming the file.
Result<cedar::Schema> read_schema(const std::string& path, const Console& console);
// The same of a file in JSON that was read already.
Result<cedar::Schema> json_schema(const std::string& path, std::string_view bytes);

// A file of test cases, `NAME.test.json`, which beside what cases_from_json() reads may name the
// files that it is about, and a file with a tier table; without, it is about `NAME.cedar` beside
// it.
struct TestFile {
  std::string path;
  std::string suite;                  // NAME
  std::vector<std::string> policies;  // paths
  bool names_policies = false;        // in the document, and not only by its own name
  std::optional<TierFile> tiers;
  text::Json document;  // without `policies` and `tiers`

  domain::TierTable tier_table() const { return tiers ? tiers->table : domain::TierTable(); }
};

// The test files that `paths` name; a folder stands for the `*.test.json` files in it.
Result<std::vector<std::string>> test_files_of(const std::vector<std::string>& paths);
// What cases of the file at `path` are called together: its name without the ending.
std::string suite_of(const std::string& path);
Result<TestFile> read_test_file(const std::string& path, const Console& console);
// Reads all of them.
Result<std::vector<TestFile>> read_test_files(const std::vector<std::string>& paths,
                                              const Console& console);
// `{SUITE: DOCUMENT}` of test files as they travel with a set of `files`. A document that names its
// policies stays about them, which then must be among `files`; any other is about the whole set.
Result<text::Json> suites_for(const std::vector<PolicyFile>& files,
                              const std::vector<std::string>& paths, const Console& console);

// What is wrong with a file that does not parse.
decision::PolicyFinding syntax_finding(const PolicyFile& file, cedar::Diagnostic found);
// Of all files, each by itself.
std::vector<decision::PolicyFinding> syntax_findings(const std::vector<PolicyFile>& files);

// `a`, `a or b`, `a, b or c`
std::string choices(const std::vector<std::string>& items);

// The place, the line and a caret under it, then what to do.
void print_finding(std::ostream& out, const Paint& paint, const decision::PolicyFinding& finding);

}  // namespace ambit::cli
