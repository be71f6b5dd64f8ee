// `ambit policy format`: policies in the layout that all of them share.
#include <charconv>
#include <cstdio>
#include <fstream>

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

// Written beside the file and moved over it, so that nothing is lost half way.
Result<> replace(const std::string& path, const std::string& text) {
  const std::string draft = path + ".new";
  std::ofstream file(draft, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file && std::rename(draft.c_str(), path.c_str()) == 0) return {};
  std::remove(draft.c_str());
  return fail(Code::kInvalid, "usage.file", "`" + path + "` cannot be written");
}

void print_result(Call& call, const std::vector<std::string>& changed, bool only_check,
                  std::size_t files) {
  if (call.wants_json()) {
    Json list = Json::array();
    for (const auto& path : changed) list.push_back(path);
    call.console.out << text::to_json(Json::object(
                            {{"ok", !only_check || changed.empty()}, {"changed", std::move(list)}}))
                     << "\n";
    return;
  }
  for (const auto& path : changed) {
    call.console.out << visible(path)
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
  std::vector<std::string> changed;
  for (const auto& file : files) {
    auto laid_out = cedar::format_policies(file.text, options);
    if (!laid_out) {
      return fail(Code::kInvalid, laid_out.error().reason,
                  file.path + ": " + laid_out.error().message);
    }
    if (file.path == "-" && !only_check) {
      call.console.out << *laid_out;
      return kExitOk;
    }
    if (*laid_out == file.text) continue;
    changed.push_back(file.path);
    if (!only_check) AMBIT_CHECK_OK(replace(file.path, *laid_out));
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
