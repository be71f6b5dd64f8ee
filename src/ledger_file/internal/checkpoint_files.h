// The files `checkpoint` and `checkpoints` of a ledger.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger_file/internal/file_ops.h"

namespace ambit::ledger_file::internal {

class CheckpointFiles {
 public:
  CheckpointFiles(std::string directory, FileOps& ops)
      : directory_(std::move(directory)), ops_(ops) {}

  // The newest note, empty when there is none yet. What a crash left of an unfinished note is
  // dropped. `ledger.corrupt` when the two files do not belong together.
  Result<std::string> load();
  // Adds a note to the history, then makes it the newest.
  Result<> add(const std::string& note);

 private:
  Result<> cut_history() const;

  std::string directory_;
  FileOps& ops_;
  std::uint64_t history_bytes_ = 0;
};

// Reads the notes of the history one after the other.
class HistoryReader {
 public:
  explicit HistoryReader(const std::string& directory);

  std::optional<std::string> next();
  // `ledger.io` where it could not be read to its end; one that is not there is empty.
  Result<> trouble() const;
  // Whether the history ended in the middle of a note.
  bool unfinished() const { return unfinished_; }
  // The last two notes that were read, newest first.
  const std::string& last() const { return last_; }
  const std::string& before_last() const { return before_last_; }

 private:
  std::string path_;
  std::ifstream file_;
  bool unfinished_ = false;
  std::string last_;
  std::string before_last_;
};

}  // namespace ambit::ledger_file::internal
