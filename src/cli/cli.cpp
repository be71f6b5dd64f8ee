#include "cli/cli.h"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <unistd.h>

#include "cli/internal/api.h"
#include "cli/internal/command.h"
#include "cli/internal/output.h"
#include "cli/internal/tree.h"

namespace ambit::cli {

Console process_console() {
  Console console{std::cin, std::cout, std::cerr, false, false, false, {}, {}, {}};
  console.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  console.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  console.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  console.env = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
  console.now = [] {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return Time{std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
  };
  console.send = [](net::ClientRequest request, net::ClientOptions options) {
    return net::blocking_request(std::move(request), std::move(options));
  };
  return console;
}

int run_command(const std::vector<std::string>& words, Console& console, const Tree& tree) {
  const auto result = parse(tree, words);
  if (const auto* stopped = std::get_if<Stopped>(&result)) {
    (stopped->status == kExitOk ? console.out : console.err) << stopped->text;
    return stopped->status;
  }
  const Parsed& parsed = std::get<Parsed>(result);
  Api api(parsed.arguments, console);
  Call call{parsed.arguments, console, api};
  const auto status = parsed.verb->run(call);
  if (status) return *status;
  print_error(console, status.error());
  return exit_status_of(status.error());
}

int run(int argc, char** argv, std::function<Result<int>(const ServeOptions&)> serve) {
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  Console console = process_console();
  const int status = run_command(words, console, all_verbs(std::move(serve)));
  std::cout.flush();
  return std::cout.fail() && status == kExitOk ? kExitUnreachable : status;
}

}  // namespace ambit::cli
