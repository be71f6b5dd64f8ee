// `ambit policy format`: policies in the layout that all of them share.
#include <charconv>

#include "cedar/format.h"
#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/policy_files.h"
#include "cli/internal/policy_verbs.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

Result<std::size_t> width_of(const Call& call, const char* key, std::size_t otherwise) {
  if (!call.arguments.given(key)) return otherwise;
  const std::string& text = call.arguments.text(key);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number <= 1000) return number;
  return fail(Code::kInvalid, "usage.number",
              "`" + text + "` is not a number of columns for `--" + std::string(key) + "`");
}

// So that nothing is lost half way.
Result<> replace(const std::string& path, const std::string& text, Console& console) {
  if (path != "-") return write_whole(path, text, true, console);
  return fail(Code::kInvalid, "usage.file",
              "standard input cannot be laid out in place beside files");
}

// What is laid out otherwise than it stands, with its new text. All are read before any is written,
// so that a mistake in one changes none.
Result<std::vector<PolicyFile>> laid_out(const std::vector<PolicyFile>& files,
                                         const cedar::FormatOptions& options) {
  std::vector<PolicyFile> out;
  for (const auto& file : files) {
    auto text = cedar::format_policies(file.text, options);
    if (!text) {
      return fail(Code::kInvalid, text.error().reason, file.path + ": " + text.error().message);
    }
    if (*text != file.text) out.push_back({file.path, file.name, *std::move(text)});
  }
  return out;
}

void print_result(Call& call, const std::vector<PolicyFile>& changed, bool only_check,
                  std::size_t files) {
  if (call.wants_json()) {
    Json list = Json::array();
    for (const auto& file : changed) list.push_back(file.path);
    call.console.out << text::to_json(Json::object(
                            {{"ok", !only_check || changed.empty()}, {"changed", std::move(list)}}))
                     << "\n";
    return;
  }
  for (const auto& file : changed) {
    call.console.out << visible(file.path)
                     << (only_check ? ": would be laid out anew\n" : ": laid out anew\n");
  }
  if (changed.empty()) {
    call.console.out << "ok: " << files << (files == 1 ? " file is" : " files are")
                     << " as they should be\n";
  }
}

Result<int> format(Call& call) {
  cedar::FormatOptions options;
  AMBIT_TRY(options.line_width, width_of(call, "line-width", options.line_width));
  AMBIT_TRY(options.indent_width, width_of(call, "indent-width", options.indent_width));
  const bool only_check = call.arguments.given("check");
  AMBIT_TRY(const auto files, read_policy_files(call.arguments.texts("FILE"), call.console));
  AMBIT_TRY(const auto changed, laid_out(files, options));
  if (!only_check && files.size() == 1 && files.front().path == "-") {
    call.console.out << (changed.empty() ? files : changed).front().text;
    return kExitOk;
  }
  if (!only_check) {
    for (const auto& file : changed) AMBIT_CHECK_OK(replace(file.path, file.text, call.console));
  }
  print_result(call, changed, only_check, files.size());
  return only_check && !changed.empty() ? kExitRefused : kExitOk;
}

}  // namespace

Verb policy_format_verb() {
  return offline(Verb::of(
      "policy", "format", "lay policies out as all of them are, in place",
      "ambit policy format policies\nambit policy format --check policies/files.cedar",
      {policy_files_param(), flag("--check", "change nothing; exit with 1 if something would be"),
       option("--line-width", "N", "columns of a line (80)"),
       option("--indent-width", "N", "columns of a step inwards (2)")},
      format));
}

}  // namespace ambit::cli
