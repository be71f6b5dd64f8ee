// `ambit policy`: checked here, published and shown by the server.
#include <charconv>
#include <filesystem>

#include "cedar/policy.h"
#include "cli/internal/files.h"
#include "cli/internal/output.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

struct PolicyFile {
  std::string path;
  std::string name;  // of the policy text: the file's name without its extension
  std::string text;
};

Result<std::vector<PolicyFile>> read_files(Call& call) {
  std::vector<PolicyFile> out;
  for (const std::string& path : call.arguments.texts("FILE")) {
    AMBIT_TRY(std::string text, read_input(path, call.console));
    const std::string name = path == "-" ? "stdin" : std::filesystem::path(path).stem().string();
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

// The place, the line and a caret under it, then what to do.
void print_diagnostic(std::ostream& out, const Paint& paint, const cedar::Diagnostic& found) {
  std::string expected;
  for (std::size_t i = 0; i < found.expected.size(); ++i) {
    expected += (i == 0 ? "" : i + 1 == found.expected.size() ? " or " : ", ") + found.expected[i];
  }
  out << visible(found.source) << ":" << found.line << ":" << found.column << ": "
      << paint(Colour::kRed, "error") << ": " << visible(found.message);
  if (!expected.empty()) out << ", expected " << visible(expected);
  const std::string number = std::to_string(found.line);
  out << "\n " << number << " | " << visible(found.line_text) << "\n "
      << std::string(number.size(), ' ') << " | "
      << std::string(found.column > 0 ? found.column - 1 : 0, ' ') << paint(Colour::kRed, "^")
      << "\n";
  if (!found.hint.empty()) out << "  hint: " << visible(found.hint) << "\n";
}

Json finding_of(const cedar::Diagnostic& found) {
  Json expected = Json::array();
  for (const std::string& item : found.expected) expected.push_back(item);
  return Json::object({{"name", found.source},
                       {"line", static_cast<std::int64_t>(found.line)},
                       {"column", static_cast<std::int64_t>(found.column)},
                       {"message", found.message},
                       {"expected", std::move(expected)},
                       {"hint", found.hint},
                       {"text", found.line_text}});
}

struct LocalCheck {
  std::size_t policies = 0;
  std::vector<cedar::Diagnostic> findings;
};

LocalCheck check_locally(const std::vector<PolicyFile>& files) {
  LocalCheck out;
  for (const PolicyFile& file : files) {
    auto set = cedar::parse_policies(file.text);
    if (set) {
      out.policies += set->policies().size();
      continue;
    }
    cedar::Diagnostic found = std::move(set).error();
    found.source = file.path;
    out.findings.push_back(std::move(found));
  }
  return out;
}

Json set_of(const std::vector<PolicyFile>& files) {
  Json policies = Json::object();
  for (const PolicyFile& file : files) policies.set(file.name, file.text);
  return Json::object({{"policies", std::move(policies)}});
}

void print_server_finding(std::ostream& out, const Paint& paint, const Json& found) {
  const std::string line = scalar_of(found, "line");
  out << visible(scalar_of(found, "name"));
  if (!line.empty()) out << ":" << line << ":" << scalar_of(found, "column");
  out << ": " << paint(Colour::kRed, "error") << ": " << visible(scalar_of(found, "message"))
      << "\n";
  const std::string hint = scalar_of(found, "hint");
  if (!hint.empty()) out << "  hint: " << visible(hint) << "\n";
}

// What the server says beyond the syntax: names, annotations, approvers.
Result<int> check_online(Call& call, const std::vector<PolicyFile>& files) {
  AMBIT_TRY(const auto answer, call.api.post(path_of({"policies", "check"}), set_of(files)));
  const bool ok = scalar_of(answer.json, "ok") == "true";
  print(call, answer, [&](const Paint& paint) {
    for (const Json& found : items_of(answer.json, "findings")) {
      print_server_finding(call.console.out, paint, found);
    }
    if (ok) call.console.out << paint(Colour::kGreen, "ok") << ": the server accepts them\n";
  });
  return ok ? kExitOk : kExitRefused;
}

int print_local(Call& call, const LocalCheck& checked, std::size_t files) {
  const bool ok = checked.findings.empty();
  if (call.wants_json()) {
    Json findings = Json::array();
    for (const auto& found : checked.findings) findings.push_back(finding_of(found));
    call.console.out << text::to_json(Json::object({{"ok", ok}, {"findings", findings}})) << "\n";
  } else {
    const Paint paint = paint_for(call.console);
    for (const auto& found : checked.findings) print_diagnostic(call.console.out, paint, found);
    if (ok) {
      call.console.out << paint(Colour::kGreen, "ok") << ": " << checked.policies
                       << (checked.policies == 1 ? " policy" : " policies") << " in " << files
                       << (files == 1 ? " file" : " files") << "\n";
    }
  }
  return ok ? kExitOk : kExitRefused;
}

Result<int> check(Call& call) {
  AMBIT_TRY(const auto files, read_files(call));
  const LocalCheck checked = check_locally(files);
  if (call.arguments.given("online") && checked.findings.empty()) return check_online(call, files);
  return print_local(call, checked, files.size());
}

// `approver:2` of --high-tier.
Result<Json> need_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  std::int64_t quorum = 1;
  bool valid = colon != 0 && !text.empty();
  if (colon != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, quorum);
    valid = valid && read.ec == std::errc() && read.ptr == end && quorum > 0;
  }
  if (!valid) {
    return fail(Code::kInvalid, "usage.high_tier",
                "`" + text + "` is not APPROVERS or APPROVERS:QUORUM, such as `approver:2`");
  }
  return Json::object({{"approvers", text.substr(0, colon)}, {"quorum", quorum}});
}

void print_summary(std::ostream& out, const Paint& paint, const Json& set) {
  FieldList fields;
  fields.add("version", scalar_of(set, "version"));
  fields.add("digest", scalar_of(set, "digest"));
  const Json* policies = set.find("policies");
  if (policies != nullptr && policies->is_object()) {
    std::vector<std::string> names;
    for (const auto& [name, text] : policies->as_object()) names.push_back(name);
    fields.add("texts", join(names));
  }
  for (const Json& need : items_of(set, "high_tier_needs")) {
    fields.add("high tier needs",
               scalar_of(need, "quorum") + " of `" + scalar_of(need, "approvers") + "`");
  }
  fields.print(out, paint);
}

void print_texts(std::ostream& out, const Paint& paint, const Json& set) {
  print_summary(out, paint, set);
  const Json* policies = set.find("policies");
  if (policies == nullptr || !policies->is_object()) return;
  for (const auto& [name, text] : policies->as_object()) {
    out << "\n" << paint(Colour::kBold, "// " + visible(name)) << "\n";
    const std::string body = text.is_string() ? text.as_string() : "";
    for (std::size_t start = 0; start < body.size();) {
      const std::size_t end = std::min(body.find('\n', start), body.size());
      out << visible(body.substr(start, end - start)) << "\n";
      start = end + 1;
    }
  }
}

Result<int> put(Call& call) {
  AMBIT_TRY(const auto files, read_files(call));
  const LocalCheck checked = check_locally(files);
  if (!checked.findings.empty()) return print_local(call, checked, files.size());
  Json set = set_of(files);
  if (call.arguments.given("high-tier")) {
    Json needs = Json::array();
    for (const std::string& text : call.arguments.texts("high-tier")) {
      AMBIT_TRY(Json need, need_of(text));
      needs.push_back(std::move(need));
    }
    set.set("high_tier_needs", std::move(needs));
  }
  return print(call, call.api.put(path_of({"policies"}), set), print_summary);
}

Result<int> show(Call& call) {
  return print(call, call.api.get(path_of({"policies"})), print_texts);
}

}  // namespace

std::vector<Verb> policy_verbs() {
  const Param files =
      positional("FILE", "Cedar files; a text is called as its file without the extension")
          .required()
          .many();
  return {
      Verb::of("policy", "put", "publish these files as the whole policy set",
               "ambit policy put policies/base.cedar policies/files.cedar",
               {files, option("--high-tier", "APPROVERS:N",
                              "who approves high-tier actions that no policy names approvers "
                              "for, and how many (approver:1); repeat")
                           .many()},
               put),
      Verb::of("policy", "check", "parse policies here and show what is wrong, without a server",
               "ambit policy check policies/files.cedar\n"
               "ambit policy check --online policies/files.cedar",
               {files, flag("--online", "then ask the server too, which checks more than syntax")},
               check),
      Verb::of("policy", "show", "show the policy set in force", "ambit policy show", {}, show)};
}

}  // namespace ambit::cli
