// The steps of verify_export over the files of one bundle.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/internal/bundle_files.h"
#include "evidence/internal/nodes.h"
#include "evidence/verify_export.h"
#include "ledger/key_chain.h"
#include "text/json.h"

namespace ambit::evidence {

// What the manifest says.
struct Manifest {
  bool opened = false;  // its format is that of bundles with values opened
  std::string origin;
  ledger::Hash root;
  std::uint64_t size = 0;
  std::vector<ledger::EntryRange> ranges;
  std::uint64_t count = 0;
  std::uint64_t matched = 0;
  Selection selection;
  std::map<std::string, std::string> digests;  // of files, in hex
};
// Strict: canonical JSON and a newline. Fails with `export.manifest`.
Result<Manifest> parse_manifest(std::string_view bytes);

class Verification {
 public:
  explicit Verification(const ExportTrust& trust) : trust_(trust) {}

  ExportReport run(std::string_view archive);

 private:
  bool open_archive(std::string_view archive);
  bool open_manifest();
  bool check_keys();
  bool check_checkpoint();
  bool check_nodes();
  void check_entries();
  void check_checkpoints();
  void check_since();
  void check_files();
  void check_signature();
  void check_references();
  void check_opened();

  // Of check_entries.
  void parse_lines();
  void compare_with_list();
  void prove_lines();
  void name_misfit(std::size_t line);
  bool fits(std::size_t line, std::uint64_t index);
  void check_key_records();
  void check_selection();

  std::string_view file(const char* name) const { return files_.at(name); }
  bool was_changed(const char* name) const;
  void find(const char* finding, std::string what, std::optional<std::uint64_t> entry = {});

  const ExportTrust& trust_;
  ExportReport report_;
  std::map<std::string, std::string_view, std::less<>> files_;
  Manifest manifest_;
  std::optional<ledger::KeyChain> keys_;
  NodeMap nodes_;
  std::optional<Climber> climber_;
  std::vector<EntryLine> lines_;
  std::vector<std::uint64_t> listed_;  // the indexes that the manifest lists
  std::set<std::string> explained_;    // files whose change a finding names already
};

// What the decisions of a bundle refer to and the bundle lacks, and what does not have its digest.
std::vector<ExportFinding> missing_references(const std::vector<EntryLine>& lines);

}  // namespace ambit::evidence
