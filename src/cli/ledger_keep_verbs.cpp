// `ambit ledger rotate-key`, `archive`, `drop`: what an operator does to a ledger that no server
// writes at the moment.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <future>
#include <limits>
#include <pwd.h>
#include <unistd.h>

#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/visible.h"
#include "crypto/keys.h"
#include "ledger/key_chain.h"
#include "ledger/merkle.h"
#include "ledger_file/archive.h"
#include "ledger_file/base.h"
#include "ledger_file/file_log.h"
#include "ledger_file/proofs.h"
#include "ledger_file/reader.h"
#include "service/retention.h"

namespace ambit::cli {
namespace {

using text::Json;

// An operator names the data directory, as keys and ledger are needed.
std::string keys_of(const Call& call) { return data_of(call, "data") + "/keys/"; }
std::string ledger_of(const Call& call) { return data_of(call, "data") + "/ledger"; }

// Whose session it is: what the kernel noted at the login, which `sudo` leaves alone, or the user.
std::string account() {
  constexpr std::uint32_t kNobodyLoggedIn = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t uid = kNobodyLoggedIn;
  if (!(std::ifstream("/proc/self/loginuid") >> uid) || uid == kNobodyLoggedIn) uid = ::getuid();
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_name : std::to_string(uid);
}

// Who did it, and where, for the record of it.
Json about(const std::string& archive) {
  return Json::object(
      {{"account", account()},
       {"archive", std::filesystem::absolute(archive).lexically_normal().string()}});
}

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// The next key takes the place of the one before, which is gone with that.
Result<> install(const std::string& next, const std::string& present) {
  const std::string folder = present.substr(0, present.rfind('/'));
  const bool moved = ::rename(next.c_str(), present.c_str()) == 0;
  const int fd = moved ? ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  const bool durable = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (durable) return {};
  return fail(
      Code::kUnavailable, "key.io",
      "cannot put `" + next + "` in the place of `" + present + "`: " + std::strerror(error));
}

bool is_last_key(const std::string& keys, const crypto::SigningKey& key) {
  const auto chain = ledger::KeyChain::parse(keys);
  return chain && chain->last().key().thumbprint() == key.public_key().thumbprint();
}

// The log for this process alone, with every key that it may need.
Result<std::unique_ptr<ledger_file::FileLog>> open_log(const Call& call, std::string archive) {
  std::vector<crypto::SigningKey> held;
  for (const char* name : {"ledger.jwk", "ledger.next.jwk"}) {
    if (!held.empty() && !is_there(keys_of(call) + name)) continue;
    AMBIT_TRY(crypto::SigningKey key, crypto::SigningKey::read_file(keys_of(call) + name));
    held.push_back(std::move(key));
  }
  AMBIT_CHECK_OK(ledger_file::keys_of(ledger_of(call)));
  ledger_file::FileLogOptions options;
  options.directory = ledger_of(call);
  options.archive = std::move(archive);
  return ledger_file::FileLog::open(std::move(options), std::move(held));
}

// The next key is on the disk before any entry names it, so that no crash leaves a log without.
Result<int> rotate_key(Call& call) {
  const std::string next = keys_of(call) + "ledger.next.jwk";
  if (!is_there(next)) {
    AMBIT_TRY(const auto fresh, crypto::SigningKey::generate(crypto::Algorithm::kEdDSA));
    AMBIT_CHECK_OK(fresh.write_file(next));
  }
  AMBIT_TRY(crypto::SigningKey successor, crypto::SigningKey::read_file(next));
  AMBIT_TRY(const auto log, open_log(call, {}));
  if (!is_last_key(log->public_keys(), successor)) {
    AMBIT_CHECK_OK(log->rotate_key(std::move(successor), call.console.now()));
  }
  AMBIT_CHECK_OK(install(next, keys_of(call) + "ledger.jwk"));
  AMBIT_TRY(const auto chain, ledger::KeyChain::parse(log->public_keys()));
  if (call.wants_json()) {
    call.console.out << text::to_json(
                            Json::object({{"key", chain.last().to_text()},
                                          {"named_by", json_number(chain.keys().back().named_by)},
                                          {"keys", json_number(chain.keys().size())}}))
                     << "\n";
  } else {
    call.console.out << "the ledger's key is now `" << chain.last().to_text()
                     << "`, named by entry " << chain.keys().back().named_by << "\n";
  }
  return kExitOk;
}

// Durable when it returns.
Result<> record(ledger_file::FileLog& log, Result<ports::Entry> entry) {
  if (!entry) return fail(entry.error());
  std::promise<Result<ports::Position>> durable;
  log.append(*std::move(entry), [&durable](Result<ports::Position> position) {
    durable.set_value(std::move(position));
  });
  AMBIT_TRY(const ports::Position position, durable.get_future().get());
  (void)position;
  return {};
}

int tell(Call& call, const ledger_file::ArchiveReport& report, const char* done) {
  if (call.wants_json()) {
    Json held = Json::array();
    for (const std::string& one : report.held_back) held.push_back(one);
    call.console.out << text::to_json(Json::object({{"segments", json_number(report.segments)},
                                                    {"bytes", json_number(report.bytes)},
                                                    {"from", json_number(report.entries.begin)},
                                                    {"to", json_number(report.entries.end)},
                                                    {"held_back", std::move(held)}}))
                     << "\n";
    return kExitOk;
  }
  call.console.out << report.segments << " segments " << done;
  if (report.segments > 0) {
    call.console.out << ", entries " << report.entries.begin << " to " << report.entries.end - 1
                     << ", " << report.bytes << " bytes";
  }
  call.console.out << "\n";
  for (const std::string& one : report.held_back) call.console.out << visible(one) << "\n";
  return kExitOk;
}

// Each segment's move is recorded by itself, so that what is told is what was done.
Result<int> archive(Call& call) {
  AMBIT_TRY(const std::uint64_t before,
            number_of(call, "before", std::numeric_limits<std::uint64_t>::max()));
  const std::string& archive = call.arguments.text("DIR");
  AMBIT_TRY(const auto log, open_log(call, archive));
  AMBIT_TRY(const auto segments, ledger_file::list_segments(ledger_of(call), archive));
  ledger_file::ArchiveReport all;
  for (const ledger_file::SegmentState& segment : segments) {
    if (segment.entries.end > before) break;
    if (segment.place != ledger_file::SegmentPlace::kLive) continue;
    AMBIT_TRY(const auto moved, log->archive(segment.entries.end, service::may_be_referred_to));
    if (moved.segments == 0) break;
    AMBIT_CHECK_OK(
        record(*log, ledger_file::retention_record(call.console.now(), ledger_file::kArchivedKind,
                                                   moved, about(archive))));
    if (all.segments == 0) all.entries.begin = moved.entries.begin;
    all.entries.end = moved.entries.end;
    all.segments += moved.segments;
    all.bytes += moved.bytes;
  }
  return tell(call, all, "moved to the archive");
}

// Without the state that the dropped entries led to no server could start from the rest.
Result<service::Retained> retain(const Call& call, const std::string& archive, std::uint64_t end) {
  const std::string ledger = ledger_of(call);
  AMBIT_TRY(const auto key, crypto::SigningKey::read_file(keys_of(call) + "ledger.jwk"));
  AMBIT_TRY(const auto chain, ledger_file::keys_of(ledger));
  AMBIT_TRY(const auto base, ledger_file::read_base(ledger, chain));
  if (base) end = std::max(end, base->size);
  AMBIT_TRY(const auto reader, ledger_file::LedgerReader::open(ledger, archive));
  AMBIT_TRY(auto retained,
            service::retain([&](std::uint64_t from, std::uint64_t to,
                                const auto& visit) { return reader.scan(from, to, visit); },
                            end, base ? base->state : std::string()));
  AMBIT_TRY(const auto hashes, ledger_file::hashes_of(ledger, end));
  AMBIT_TRY(const crypto::Digest root, ledger::root_at(end, hashes));
  if (root != retained.root) {
    return fail(
        Code::kInternal, "ledger.corrupt",
        "the first " + std::to_string(end) +
            " entries are not those that the checkpoint covers; nothing was dropped: verify "
            "the ledger to see which differ");
  }
  AMBIT_CHECK_OK(ledger_file::write_base(ledger, {end, retained.state}, key));
  return retained;
}

Result<int> drop(Call& call) {
  AMBIT_TRY(const std::uint64_t before, number_of(call, "before", 0));
  const std::string ledger = ledger_of(call);
  const std::string& archive = call.arguments.text("DIR");
  AMBIT_TRY(const auto plan, ledger_file::droppable(ledger, archive, before));
  if (plan.segments == 0) return tell(call, plan, "dropped");
  if (!confirmed(call, "delete archived entries below " + std::to_string(plan.entries.end) +
                           " for good?")) {
    return kExitRefused;
  }
  AMBIT_TRY(const auto log, open_log(call, archive));
  AMBIT_TRY(const auto retained, retain(call, archive, plan.entries.end));
  AMBIT_CHECK_OK(
      record(*log, ledger_file::retention_record(call.console.now(), ledger_file::kDroppedKind,
                                                 plan, about(archive))));
  AMBIT_TRY(const auto report,
            ledger_file::drop_archived(ledger, archive, plan.entries.end, retained.keeps));
  return tell(call, report, "dropped");
}

}  // namespace

std::vector<Verb> ledger_keep_verbs() {
  const Param data = option("--data", "DIR", "the server's data; else AMBIT_DATA, else ./var");
  const Param before = option("--before", "N", "only segments of entries below N");
  return {
      offline(Verb::of("ledger", "rotate-key",
                       "give the ledger a new key, to which the present one hands over (no server "
                       "may run)",
                       "ambit ledger rotate-key --data /var/lib/ambit", {data}, rotate_key)),
      offline(Verb::of("ledger", "archive",
                       "move closed segments, whole and verified, to a folder (no server may run)",
                       "ambit ledger archive /mnt/archive --before 1000000",
                       {positional("DIR", "the archive").required(), before, data}, archive)),
      offline(Verb::of("ledger", "drop",
                       "delete archived segments that no hold keeps (no server may run)",
                       "ambit ledger drop /mnt/archive --before 1000000 --yes",
                       {positional("DIR", "the archive").required(), before.required(),
                        flag("--yes", "do not ask"), data},
                       drop))};
}

}  // namespace ambit::cli
