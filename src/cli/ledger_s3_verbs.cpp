// `ambit ledger offload` and `fetch`: archived segments in a store that speaks S3.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "ledger_file/archive.h"
#include "ledger_file/proofs.h"
#include "s3/bucket.h"

namespace ambit::cli {
namespace {

using text::Json;
namespace fs = std::filesystem;

// What makes one segment whole and verifiable alone. The proof goes last: where it is, all is.
constexpr const char* kParts[] = {".seg", ".idx", ".proof"};

std::string env_or(const Call& call, const char* name, std::string otherwise = "") {
  return call.console.env(name).value_or(std::move(otherwise));
}

Result<s3::Bucket> bucket_of(Call& call) {
  AMBIT_TRY(s3::BucketOptions options, s3::parse_location(call.arguments.text("BUCKET")));
  options.region = env_or(call, "AWS_REGION", options.region);
  options.endpoint =
      env_or(call, "AWS_ENDPOINT_URL", "https://s3." + options.region + ".amazonaws.com");
  // Evidence does not travel in the clear.
  AMBIT_TRY(options.endpoint, server_url(options.endpoint, call.console));
  s3::Credentials credentials{env_or(call, "AWS_ACCESS_KEY_ID"),
                              crypto::SecretBytes(env_or(call, "AWS_SECRET_ACCESS_KEY")),
                              env_or(call, "AWS_SESSION_TOKEN")};
  if (credentials.access_key.empty() || credentials.secret_key.empty()) {
    return fail(Code::kUnauthenticated, "s3.credentials",
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
  }
  net::ClientOptions client;
  client.ca_file = env_or(call, "AWS_CA_BUNDLE");
  return s3::Bucket(
      std::move(options), std::move(credentials),
      [send = call.console.send, client](net::ClientRequest request) {
        return send(std::move(request), client);
      },
      call.console.now);
}

Result<std::vector<ledger::NoteVerifier>> keys_of(const Call& call) {
  AMBIT_TRY(const ledger::KeyChain chain, ledger_file::keys_of(ledger_of(call, "ledger")));
  std::vector<ledger::NoteVerifier> out;
  for (const ledger::ChainedKey& key : chain.keys()) out.push_back(key.key);
  return out;
}

// Archived files are larger than what other verbs read.
Result<std::string> read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  if (file.is_open() && !file.bad()) return bytes;
  return fail(Code::kInvalid, "usage.file", "cannot read `" + path + "`");
}

Result<> write_whole(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes << std::flush;
  if (file) return {};
  return fail(Code::kInvalid, "usage.file", "cannot write `" + path + "`");
}

// The numbers of the segments in a folder.
std::vector<std::string> segments_in(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (entry.path().extension() == ".proof") out.push_back(entry.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

int tell(Call& call, std::size_t segments, std::uint64_t bytes, const char* done) {
  if (call.wants_json()) {
    call.console.out << text::to_json(
                            Json::object({{"segments", static_cast<std::int64_t>(segments)},
                                          {"bytes", static_cast<std::int64_t>(bytes)}}))
                     << "\n";
  } else {
    call.console.out << segments << " segments " << done << ", " << bytes << " bytes\n";
  }
  return kExitOk;
}

// Each is verified here, read back from there, and only then gone from here.
Result<int> offload(Call& call) {
  const std::string folder = call.arguments.text("DIR");
  AMBIT_TRY(const s3::Bucket bucket, bucket_of(call));
  AMBIT_TRY(const auto keys, keys_of(call));
  const auto segments = segments_in(folder);
  std::uint64_t bytes = 0;
  for (const std::string& segment : segments) {
    const std::string path = folder + "/" + segment;
    AMBIT_CHECK_OK(ledger_file::verify_segment(path + ".seg", keys));
    for (const char* part : kParts) {
      AMBIT_TRY(const std::string content, read_whole(path + part));
      AMBIT_CHECK_OK(bucket.put(segment + part, content));
      bytes += content.size();
    }
    if (call.arguments.given("keep")) continue;
    for (const char* part : kParts) {
      std::error_code failed;
      fs::remove(path + part, failed);
      if (!failed) continue;
      return fail(Code::kUnavailable, "usage.file",
                  "`" + segment + "` is in the store and `" + path + part +
                      "` cannot be removed here: " + failed.message());
    }
  }
  return tell(call, segments.size(), bytes, "are in the store");
}

std::string name_of(std::uint64_t sequence) {
  const std::string digits = std::to_string(sequence);
  return std::string(12 - std::min<std::size_t>(digits.size(), 12), '0') + digits;
}

Result<int> fetch(Call& call) {
  const std::string folder = call.arguments.text("DIR");
  AMBIT_TRY(const s3::Bucket bucket, bucket_of(call));
  AMBIT_TRY(const auto keys, keys_of(call));
  AMBIT_TRY(const std::uint64_t from, number_of(call, "from", 0));
  AMBIT_TRY(const std::uint64_t to,
            number_of(call, "to", std::numeric_limits<std::uint64_t>::max()));
  AMBIT_TRY(const auto segments, ledger_file::list_segments(ledger_of(call, "ledger"), folder));
  std::size_t fetched = 0;
  std::uint64_t bytes = 0;
  for (const ledger_file::SegmentState& segment : segments) {
    const bool wanted = segment.entries.begin < to && segment.entries.end > from;
    if (!wanted || segment.place != ledger_file::SegmentPlace::kAbsent) continue;
    const std::string name = name_of(segment.sequence);
    for (const char* part : kParts) {
      AMBIT_TRY(const std::string content, bucket.get(name + part));
      AMBIT_CHECK_OK(write_whole(folder + "/" + name + part, content));
      bytes += content.size();
    }
    AMBIT_CHECK_OK(ledger_file::verify_segment(folder + "/" + name + ".seg", keys));
    ++fetched;
  }
  return tell(call, fetched, bytes, "are here again, whole and verified");
}

}  // namespace

std::vector<Verb> ledger_s3_verbs() {
  const Param folder = positional("DIR", "the archive's folder").required();
  const Param bucket = positional("BUCKET",
                                  "s3://BUCKET/PREFIX; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, "
                                  "AWS_REGION and AWS_ENDPOINT_URL say the rest")
                           .required();
  const Param ledger = ledger_option();
  Verb put =
      Verb::of("ledger", "offload", "move archived segments to a store that speaks S3",
               "ambit ledger offload /mnt/archive s3://evidence/node-1",
               {folder, bucket, flag("--keep", "keep them in the folder, too"), ledger}, offload);
  Verb get = Verb::of("ledger", "fetch", "bring archived segments back from such a store",
                      "ambit ledger fetch s3://evidence/node-1 /mnt/archive --from 0 --to 1000",
                      {bucket, folder, option("--from", "N", "first entry that is wanted"),
                       option("--to", "N", "entry to stop before"), ledger},
                      fetch);
  return {offline(std::move(put)), offline(std::move(get))};
}

}  // namespace ambit::cli
