#include "cli/internal/policy_files.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

#include "cli/internal/files.h"
#include "cli/internal/visible.h"
#include "domain/fields.h"

namespace ambit::cli {
namespace {

namespace fs = std::filesystem;
using text::Json;

constexpr std::string_view kTestEnding = ".test.json";

// The files that `paths` name, folders opened.
Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths,
                                          std::string_view ending) {
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == "-" || !fs::is_directory(path, error)) {
      out.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path, error)) {
      if (entry.path().filename().string().ends_with(ending)) found.push_back(entry.path());
    }
    if (error) {
      return fail(Code::kInvalid, "usage.file",
                  "`" + path + "` cannot be read: " + error.message());
    }
    std::sort(found.begin(), found.end());
    if (found.empty()) {
      return fail(Code::kInvalid, "usage.file",
                  "there is no `*" + std::string(ending) + "` in `" + path + "`");
    }
    std::move(found.begin(), found.end(), std::back_inserter(out));
  }
  return out;
}

// Where the character with the number `column`, from 1, begins; none beyond the end.
std::optional<std::size_t> offset_of(std::string_view line, std::size_t column) {
  std::size_t at = 0;
  for (; column > 1 && at < line.size(); --column) {
    ++at;
    while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) ++at;
  }
  return column <= 1 ? std::optional(at) : std::nullopt;
}

// The line, and carets under what is meant of it. Of a very long one only the beginning is known.
void print_marked_line(std::ostream& out, const Paint& paint, Colour colour,
                       const cedar::Diagnostic& found) {
  const std::string number = std::to_string(found.line);
  out << " " << number << " | " << visible(found.line_text) << "\n";
  const auto begin = offset_of(found.line_text, found.column);
  if (!begin) return;
  const std::string_view line = found.line_text;
  const std::size_t marked = width_of(visible(line.substr(*begin, found.span.length)));
  out << " " << std::string(number.size(), ' ') << " | "
      << std::string(width_of(visible(line.substr(0, *begin))), ' ')
      << paint(colour, std::string(std::max<std::size_t>(marked, 1), '^')) << "\n";
}

// Puts back what a document is about, in terms of the set that it travels with.
Result<> keep_part(TestFile& test, const std::vector<PolicyFile>& files) {
  Json names = Json::array();
  for (const std::string& path : test.policies) {
    std::string name = fs::path(path).stem().string();
    const bool is_there = std::any_of(files.begin(), files.end(),
                                      [&](const PolicyFile& one) { return one.name == name; });
    if (!is_there) {
      return fail(Code::kInvalid, "usage.tests",
                  "`" + test.path + "` is about `" + path +
                      "`, which is not among the files; give that too, or not this test");
    }
    names.push_back(std::move(name));
  }
  test.document.set("policies", std::move(names));
  if (test.tiers) test.document.set("tiers", test.tiers->json);
  return {};
}

}  // namespace

Result<std::vector<PolicyFile>> read_policy_files(const std::vector<std::string>& paths,
                                                  const Console& console) {
  AMBIT_TRY(const auto files, files_of(paths, ".cedar"));
  std::vector<PolicyFile> out;
  for (const std::string& path : files) {
    AMBIT_TRY(std::string text, read_input(path, console));
    const std::string name = path == "-" ? "stdin" : fs::path(path).stem().string();
    for (const PolicyFile& other : out) {
      if (other.name == name) {
        return fail(Code::kInvalid, "usage.file",
                    "`" + other.path + "` and `" + path + "` would both be called `" + name + "`");
      }
    }
    out.push_back({path, name, std::move(text)});
  }
  return out;
}

Result<std::shared_ptr<const decision::PolicyState>> state_of(const std::vector<PolicyFile>& files,
                                                              domain::TierTable tiers) {
  auto out = std::make_shared<decision::PolicyState>();
  std::vector<cedar::PolicyText> texts;
  for (const auto& file : files) texts.push_back({file.name, file.text});
  std::sort(texts.begin(), texts.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  AMBIT_TRY(out->set, cedar::PolicySet::parse_named(std::move(texts)));
  out->name = "draft";
  out->tiers = std::move(tiers);
  decision::note_modes(*out);
  return out;
}

Result<TierFile> read_tiers(const std::string& path, const Console& console) {
  AMBIT_TRY(Json json, read_json(path, console));
  AMBIT_TRY(auto table, tiers_of(Json::object({{"tiers", json}})));
  return TierFile{std::move(json), std::move(table)};
}

Result<domain::TierTable> tiers_of(const Json& set) {
  Json members = Json::object();
  for (const char* name : {"high_tier_needs", "tiers"}) {
    if (const Json* member = set.find(name)) members.set(name, *member);
  }
  domain::Fields read(members, "set");
  auto table = domain::take_tier_table(read);
  AMBIT_CHECK_OK(read.finish());
  return table;
}

Json set_of(const std::vector<PolicyFile>& files) {
  Json policies = Json::object();
  for (const PolicyFile& file : files) policies.set(file.name, file.text);
  return Json::object({{"policies", std::move(policies)}});
}

bool is_json_schema(const std::string& path, std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  return path.ends_with(".json") || (first != std::string_view::npos && bytes[first] == '{');
}

Json schema_of_json(Json read) {
  // In a schema `schema` would be a namespace, which is no text.
  const Json* text = read.find("schema");
  const Json* json = read.find("json");
  if (text == nullptr || !text->is_string() || json == nullptr) return read;
  return Json(*json);
}

Result<cedar::Schema> json_schema(const std::string& path, std::string_view bytes) {
  AMBIT_TRY(Json json, json_of(path, bytes));
  auto schema = cedar::Schema::from_json(schema_of_json(std::move(json)));
  if (schema) return schema;
  return fail(schema.error().code, schema.error().reason, path + ": " + schema.error().message);
}

Result<cedar::Schema> read_schema(const std::string& path, const Console& console) {
  AMBIT_TRY(const std::string text, read_input(path, console));
  if (is_json_schema(path, text)) return json_schema(path, text);
  auto schema = cedar::parse_schema(text);
  if (schema) return *std::move(schema);
  return fail(Code::kInvalid, "cedar.schema", path + ": " + schema.error().summary());
}

Result<std::vector<std::string>> test_files_of(const std::vector<std::string>& paths) {
  return files_of(paths, kTestEnding);
}

std::string suite_of(const std::string& path) {
  std::string suite = fs::path(path).filename().string();
  if (suite.ends_with(kTestEnding)) suite.resize(suite.size() - kTestEnding.size());
  return suite;
}

Result<TestFile> read_test_file(const std::string& path, const Console& console) {
  TestFile file{path, suite_of(path), {}, false, {}, {}};
  const std::string folder = fs::path(path).parent_path().string();
  const auto beside = [&](const std::string& name) { return (fs::path(folder) / name).string(); };
  AMBIT_TRY(file.document, read_json(path, console));
  if (const Json* named = file.document.find("policies")) {
    domain::Fields fields(file.document, path);
    for (const auto& name : fields.texts("policies")) file.policies.push_back(beside(name));
    if (!named->is_array() || file.policies.empty()) {
      return fail(Code::kInvalid, "policy.test", "`policies` of `" + path + "` names no file");
    }
    file.names_policies = true;
    file.document.erase("policies");
  } else {
    file.policies.push_back(beside(file.suite + ".cedar"));
  }
  if (file.document.find("tiers")) {
    domain::Fields fields(file.document, path);
    const std::string name = fields.text("tiers");
    if (name.empty()) {
      return fail(Code::kInvalid, "policy.test", "`tiers` of `" + path + "` names no file");
    }
    AMBIT_TRY(file.tiers, read_tiers(beside(name), console));
    file.document.erase("tiers");
  }
  return file;
}

Result<std::vector<TestFile>> read_test_files(const std::vector<std::string>& paths,
                                              const Console& console) {
  AMBIT_TRY(const auto files, test_files_of(paths));
  std::vector<TestFile> out;
  for (const std::string& path : files) {
    AMBIT_TRY(auto file, read_test_file(path, console));
    out.push_back(std::move(file));
  }
  return out;
}

Result<Json> suites_for(const std::vector<PolicyFile>& files, const std::vector<std::string>& paths,
                        const Console& console) {
  AMBIT_TRY(auto tests, read_test_files(paths, console));
  Json out = Json::object();
  for (TestFile& test : tests) {
    if (out.find(test.suite) != nullptr) {
      return fail(Code::kInvalid, "usage.file",
                  "`" + test.path + "` and another would both be called `" + test.suite + "`");
    }
    if (test.names_policies) AMBIT_CHECK_OK(keep_part(test, files));
    out.set(test.suite, std::move(test.document));
  }
  return out;
}

decision::PolicyFinding syntax_finding(const PolicyFile& file, cedar::Diagnostic found) {
  decision::PolicyFinding out;
  out.code = "cedar.syntax";
  out.diagnostic = std::move(found);
  out.diagnostic.source = file.path;
  return out;
}

std::vector<decision::PolicyFinding> syntax_findings(const std::vector<PolicyFile>& files) {
  std::vector<decision::PolicyFinding> out;
  for (const PolicyFile& file : files) {
    for (auto& error : cedar::syntax_errors(file.text)) {
      out.push_back(syntax_finding(file, std::move(error)));
    }
  }
  return out;
}

std::string choices(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    out += (i == 0 ? "" : i + 1 == items.size() ? " or " : ", ") + items[i];
  }
  return out;
}

void print_finding(std::ostream& out, const Paint& paint, const decision::PolicyFinding& finding) {
  const bool is_warning = finding.severity == decision::PolicyFinding::Severity::kWarning;
  const Colour colour = is_warning ? Colour::kYellow : Colour::kRed;
  const cedar::Diagnostic& found = finding.diagnostic;
  const bool has_place =
      finding.code == "cedar.syntax" || !found.line_text.empty() || found.span.length > 0;
  out << visible(found.source);
  if (has_place) out << ":" << found.line << ":" << found.column;
  out << ": " << paint(colour, is_warning ? "warning" : "error") << ": " << visible(found.message);
  if (!found.expected.empty()) out << ", expected " << visible(choices(found.expected));
  out << "\n";
  if (has_place) print_marked_line(out, paint, colour, found);
  if (!found.hint.empty()) out << "  hint: " << visible(found.hint) << "\n";
}

}  // namespace ambit::cli
