// The files of a bundle and how the smaller of them are written (docs/formats/export.md).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"
#include "ledger/verifier.h"

namespace ambit::evidence {

// The latter of bundles with values opened.
inline constexpr std::string_view kFormat = "ambit-export/1";
inline constexpr std::string_view kOpenedFormat = "ambit-export/2";

// As they stand in the archive; the last two are not listed in the manifest.
inline constexpr const char* kReadme = "README.md";
inline constexpr const char* kCheckpoint = "checkpoint";
inline constexpr const char* kCheckpoints = "checkpoints";
inline constexpr const char* kEntries = "entries.jsonl";
inline constexpr const char* kKeys = "keys";
inline constexpr const char* kNodes = "nodes";
inline constexpr const char* kOpened = "opened.jsonl";  // of the second format alone
inline constexpr const char* kManifest = "manifest.json";
inline constexpr const char* kSignature = "manifest.sig";
inline constexpr std::array kListed{kReadme, kCheckpoint, kCheckpoints, kEntries,
                                    kKeys,   kNodes,      kOpened};
// Those of a bundle, with values opened or without.
constexpr std::span<const char* const> listed_files(bool opened) {
  return std::span(kListed).first(kListed.size() - (opened ? 0 : 1));
}
constexpr std::string_view format_of(bool opened) { return opened ? kOpenedFormat : kFormat; }

// One line of `entries.jsonl`; canonical JSON, in which the record stands as it is.
struct EntryLine {
  std::uint64_t index = 0;
  std::string_view record;
  std::string beside;
};
void append_entry_line(std::string& out, std::uint64_t index, std::string_view record,
                       std::string_view beside);
// `line` is without its newline; `record` points into it. Fails with `export.entry`.
Result<EntryLine> parse_entry_line(std::string_view line);

// Ascending indexes as ranges.
std::vector<ledger::EntryRange> ranges_of(const std::vector<std::uint64_t>& indexes);

// The text that is signed: format, origin and the manifest's digest, one a line.
std::string signed_text(std::string_view format, std::string_view origin,
                        std::string_view manifest);

// The notes of `checkpoints`, each followed by two newlines. Fails with `note.form`.
std::string encode_notes(const std::vector<std::string>& notes);
Result<std::vector<std::string>> parse_notes(std::string_view text);

}  // namespace ambit::evidence
