#include "evidence/internal/verification.h"
#include "text/base64url.h"

namespace ambit::evidence {
namespace {

using text::Json;

tl::unexpected<Error> bad_manifest(const std::string& what) {
  return fail(Code::kInvalid, "export.manifest", "`manifest.json` " + what);
}

Result<std::uint64_t> number_at(const Json* json, const std::string& name) {
  if (json != nullptr && json->is_int() && json->as_int() >= 0) {
    return static_cast<std::uint64_t>(json->as_int());
  }
  return bad_manifest("has no whole number `" + name + "`");
}

Result<> read_checkpoint(const Json& json, Manifest& out) {
  const Json* checkpoint = json.find("checkpoint");
  if (checkpoint == nullptr) return bad_manifest("has no `checkpoint`");
  AMBIT_TRY(out.size, number_at(checkpoint->find("size"), "checkpoint.size"));
  const auto root = text::from_base64(checkpoint->string_or("root", ""));
  if (!root || root->size() != out.root.bytes.size()) return bad_manifest("has no root");
  std::copy(root->begin(), root->end(), out.root.bytes.begin());
  return {};
}

// Ranges ascend, are not empty and do not touch.
Result<> read_ranges(const Json& json, Manifest& out) {
  const Json* entries = json.find("entries");
  const Json* ranges = entries != nullptr ? entries->find("ranges") : nullptr;
  if (ranges == nullptr || !ranges->is_array()) return bad_manifest("has no `entries.ranges`");
  AMBIT_TRY(out.count, number_at(entries->find("count"), "entries.count"));
  AMBIT_TRY(out.matched, number_at(entries->find("matched"), "entries.matched"));
  std::uint64_t total = 0;
  for (const Json& item : ranges->as_array()) {
    if (!item.is_array() || item.as_array().size() != 2) return bad_manifest("has a range amiss");
    ledger::EntryRange range;
    AMBIT_TRY(range.begin, number_at(&item.as_array()[0], "entries.ranges"));
    AMBIT_TRY(range.end, number_at(&item.as_array()[1], "entries.ranges"));
    const bool rises = out.ranges.empty() || out.ranges.back().end < range.begin;
    if (!rises || range.begin >= range.end || range.end > out.size) {
      return bad_manifest("has ranges that do not ascend or go beyond the checkpoint");
    }
    total += range.end - range.begin;
    out.ranges.push_back(range);
  }
  if (total != out.count) return bad_manifest("counts other entries than it lists");
  return {};
}

Result<> read_files(const Json& json, Manifest& out) {
  const Json* files = json.find("files");
  const auto names = listed_files(out.opened);
  if (files == nullptr || !files->is_array() || files->as_array().size() != names.size()) {
    return bad_manifest("does not list the files of a bundle");
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Json& item = files->as_array()[i];
    if (item.string_or("name", "") != names[i]) {
      return bad_manifest("does not list the files of a bundle");
    }
    out.digests[names[i]] = item.string_or("sha256", "");
  }
  return {};
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view bytes) {
  const auto json = text::parse_json(bytes, {16u << 20, 8});
  if (!json || !json->is_object() || text::to_canonical_json(*json) + "\n" != bytes) {
    return bad_manifest("is not canonical JSON");
  }
  Manifest out;
  out.opened = json->string_or("format", "") == kOpenedFormat;
  if (json->string_or("format", "") != format_of(out.opened)) {
    return bad_manifest("is of another format than `" + std::string(kFormat) + "` and `" +
                        std::string(kOpenedFormat) + "`");
  }
  out.origin = json->string_or("origin", "");
  AMBIT_CHECK_OK(read_checkpoint(*json, out));
  AMBIT_CHECK_OK(read_ranges(*json, out));
  AMBIT_CHECK_OK(read_files(*json, out));
  const Json* selection = json->find("selection");
  if (selection == nullptr) return bad_manifest("has no `selection`");
  auto parsed = selection_from_json(*selection);
  if (!parsed) return bad_manifest("has a selection amiss: " + parsed.error().message);
  out.selection = *std::move(parsed);
  return out;
}

}  // namespace ambit::evidence
