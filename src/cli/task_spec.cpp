#include "cli/internal/task_spec.h"

#include <charconv>
#include <filesystem>

namespace ambit::cli {
namespace {

using text::Json;

tl::unexpected<Error> wrong(std::string message) {
  return fail(Code::kInvalid, "usage.task", std::move(message));
}

Json array_of(const std::vector<std::string>& values) {
  Json out = Json::array();
  for (const std::string& value : values) out.push_back(value);
  return out;
}

Json rule(std::string_view kind, std::string_view within) {
  return Json::object({{"kind", kind}, {"within", within}});
}

// What the server will resolve an agent's path to: absolute, without links.
Result<std::string> resolved(const std::string& path) {
  std::error_code error;
  const auto full =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  if (error) return wrong("cannot resolve `" + path + "`: " + error.message());
  std::string out = full.string();
  while (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out;
}

Result<Json> targets_of(const Arguments& arguments) {
  Json out = Json::array();
  for (const std::string& path : arguments.texts("path")) {
    AMBIT_TRY(const std::string full, resolved(path));
    out.push_back(rule("path", full));
  }
  for (const std::string& target : arguments.texts("target")) {
    const std::size_t colon = target.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == target.size()) {
      return wrong("`" + target + "` is not KIND:PATTERN, such as `host:*.example.org`");
    }
    out.push_back(rule(target.substr(0, colon), target.substr(colon + 1)));
  }
  return out;
}

Result<std::int64_t> calls_of(const Arguments& arguments) {
  const std::string& text = arguments.text("calls");
  std::int64_t calls = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), calls);
  if (error == std::errc() && end == text.data() + text.size() && calls > 0) return calls;
  return wrong("`--calls` must be a number of at least 1");
}

// `KIND:REFERENCE`; a task started by hand has a person behind it.
Json trigger_of(const Arguments& arguments) {
  const std::string& text = arguments.text("trigger");
  if (text.empty()) return Json::object({{"kind", "human"}, {"reference", "command line"}});
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return Json::object({{"kind", "human"}, {"reference", text}});
  return Json::object({{"kind", text.substr(0, colon)}, {"reference", text.substr(colon + 1)}});
}

}  // namespace

std::vector<Param> task_spec_params() {
  return {
      option("--agent", "ID", "the agent that does it"),
      option("--goal", "TEXT", "what it is for"),
      option("--trigger", "KIND:REFERENCE",
             "what made it: human, schedule, event or task, and which (human:command line)"),
      option("--tool", "SERVER/TOOL", "a tool that it may call; repeat for several").many(),
      option("--path", "PATH", "a file, or a folder with all below it; repeat").many(),
      option("--target", "KIND:PATTERN",
             "another target: host, url, account, recipient or resource; repeat")
          .many(),
      option("--data-domain", "NAME", "a data domain that it may touch; repeat").many(),
      option("--outcome", "NAME", "what may come of it: read, create, overwrite...; repeat").many(),
      option("--calls", "N", "how many calls it may make"),
      option("--deadline-in", "TIME", "until it ends by itself, such as 30m or 2h"),
      option("--on-behalf-of", "ID", "the human whose own authority also bounds it"),
      option("--parent", "TASK", "the task that it is part of")};
}

Result<Json> task_spec(const Arguments& arguments) {
  for (const char* key : {"agent", "goal", "calls", "deadline-in"}) {
    if (!arguments.given(key)) {
      return wrong("`--" + std::string(key) + "` is missing; or give the task as a JSON file");
    }
  }
  AMBIT_TRY(Json targets, targets_of(arguments));
  AMBIT_TRY(const std::int64_t calls, calls_of(arguments));
  Json spec = Json::object(
      {{"agent", arguments.text("agent")},
       {"goal", arguments.text("goal")},
       {"trigger", trigger_of(arguments)},
       {"scope", Json::object({{"tools", array_of(arguments.texts("tool"))},
                               {"targets", std::move(targets)},
                               {"data_domains", array_of(arguments.texts("data-domain"))},
                               {"outcomes", array_of(arguments.texts("outcome"))}})},
       {"budget", Json::object({{"calls", calls}})},
       {"deadline_in", arguments.text("deadline-in")}});
  if (arguments.given("on-behalf-of")) spec.set("on_behalf_of", arguments.text("on-behalf-of"));
  if (arguments.given("parent")) spec.set("parent", arguments.text("parent"));
  return spec;
}

}  // namespace ambit::cli
