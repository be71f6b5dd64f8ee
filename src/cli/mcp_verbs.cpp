// `ambit mcp`: what an agent's client starts in place of a tool server.
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/internal/api.h"
#include "cli/internal/files.h"
#include "cli/internal/shim.h"
#include "cli/internal/visible.h"
#include "net/fd_stream.h"

namespace ambit::cli {
namespace {

constexpr std::size_t kMaxLine = 16u << 20;
constexpr std::size_t kMaxUnwritten = 64u << 20;

// Puts a descriptor's flags back: a terminal that is shared with a shell must not stay
// non-blocking.
class KeepFlags {
 public:
  explicit KeepFlags(int fd) : fd_(fd), flags_(::fcntl(fd, F_GETFL)) {}
  ~KeepFlags() {
    if (flags_ >= 0) ::fcntl(fd_, F_SETFL, flags_);
  }
  KeepFlags(const KeepFlags&) = delete;
  KeepFlags& operator=(const KeepFlags&) = delete;

 private:
  int fd_;
  int flags_;
};

Result<crypto::SecretBytes> claim_of(Call& call) {
  if (call.arguments.given("claim-file")) return read_secret(call.arguments.text("claim-file"));
  if (auto claim = call.console.env("AMBIT_CLAIM")) return crypto::SecretBytes(*std::move(claim));
  return fail(
      Code::kInvalid, "usage.claim",
      "no claim: give `--claim-file FILE` or set AMBIT_CLAIM; `ambit task start` makes one");
}

Result<ShimOptions> options_of(Call& call) {
  ShimOptions options;
  AMBIT_TRY(options.url, server_url(call.arguments.text("url"), call.console));
  options.server = call.arguments.text("server");
  options.command = call.arguments.command;
  if (options.server.empty() && options.command.empty()) {
    return fail(Code::kInvalid, "usage.server",
                "give `--server NAME`, or the command of a registered server after `--`");
  }
  return options;
}

bool is_regular_file(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

// Standard input as lines for the shim. A regular file cannot be waited for and is read at once.
class Input {
 public:
  Input(net::EventLoop& loop, Shim& shim) : loop_(loop), shim_(shim), lines_(kMaxLine) {}

  void start() {
    if (is_regular_file(STDIN_FILENO)) return read_file();
    stream_.emplace(loop_, ::dup(STDIN_FILENO));
    stream_->start([this](std::string_view bytes) { feed(bytes); },
                   [this](const Result<>&) { shim_.end_of_input(); });
  }

 private:
  void feed(std::string_view bytes) {
    lines_.feed(
        bytes, [this](std::string_view line) { shim_.take_line(line); },
        [this] { shim_.refuse_line(); });
  }

  void read_file() {
    std::string buffer(64u << 10, '\0');
    for (ssize_t got = 0; (got = ::read(STDIN_FILENO, buffer.data(), buffer.size())) > 0;) {
      feed({buffer.data(), static_cast<std::size_t>(got)});
    }
    feed("\n");
    shim_.end_of_input();
  }

  net::EventLoop& loop_;
  Shim& shim_;
  LineReader lines_;
  std::optional<net::FdStream> stream_;
};

// Runs the shim on the process's own standard streams until the input ends.
Result<> relay(Call& call, ShimOptions options, const crypto::SecretBytes& claim) {
  const KeepFlags input_flags(STDIN_FILENO);
  const KeepFlags output_flags(STDOUT_FILENO);
  net::EventLoop loop;
  AMBIT_TRY(auto client,
            net::HttpClient::create(loop, client_options(call.arguments, call.console)));
  AMBIT_TRY(auto key, crypto::SigningKey::generate(crypto::Algorithm::kEdDSA));
  const bool is_file = is_regular_file(STDOUT_FILENO);
  std::optional<net::FdStream> stream;
  if (!is_file) stream.emplace(loop, ::dup(STDOUT_FILENO), net::FdStream::Options{kMaxUnwritten});
  std::optional<Result<>> outcome;
  std::optional<Shim> shim;
  Shim::Output output;
  output.write = [&](std::string_view line) {
    const std::string whole = std::string(line) + "\n";
    if (is_file) {
      call.console.out << whole << std::flush;
    } else if (!stream->write(whole)) {
      shim->end_of_input(true);
    }
  };
  output.log = [&](std::string_view text) {
    call.console.err << "ambit mcp: " << visible(text) << "\n";
  };
  output.finished = [&](const Result<>& result) { outcome = result; };
  shim.emplace(loop, *client, std::move(key), call.console.now, std::move(options),
               std::move(output));
  if (stream) stream->start_write_only([&](const Result<>&) { shim->end_of_input(true); });
  loop.on_signal([&](int) { shim->end_of_input(true); });
  shim->start(claim);
  Input input(loop, *shim);
  input.start();
  constexpr Duration kTurn = seconds(60);
  while (!outcome) loop.run_until([&] { return outcome.has_value(); }, kTurn);
  loop.run_until([&] { return !stream || stream->queued() == 0; }, seconds(2));
  return *outcome;
}

Result<int> run_mcp(Call& call) {
  AMBIT_TRY(const ShimOptions options, options_of(call));
  AMBIT_TRY(const crypto::SecretBytes claim, claim_of(call));
  const auto outcome = relay(call, options, claim);
  // The shim has told it already, where it happened.
  return outcome ? kExitOk : exit_status_of(outcome.error());
}

}  // namespace

std::vector<Verb> mcp_verbs() {
  Verb verb;
  verb.name = "mcp";
  verb.about = "speak MCP over stdio for an agent, through Ambit, with proof of possession";
  verb.example =
      "ambit mcp --server files --claim-file ./claim\n"
      "ambit mcp --claim-file ./claim -- npx @modelcontextprotocol/server-filesystem ./reports";
  verb.params = {option("--server", "NAME", "the tool server, as it was imported"),
                 option("--claim-file", "FILE", "the task's claim; else AMBIT_CLAIM"),
                 option("--url", "URL", "Ambit; else AMBIT_SERVER, else http://127.0.0.1:7700"),
                 ca_file_param()};
  verb.command_about =
      "the command of a server that is registered with it; Ambit runs it, not this process";
  verb.is_online = false;  // its credential comes from the claim, not from an access token
  verb.has_json = false;
  verb.run = run_mcp;
  return {std::move(verb)};
}

}  // namespace ambit::cli
