#include "ledger_file/internal/checkpoint_files.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace ambit::ledger_file::internal {
namespace {

// Ends each note of the history: its own newline and two more.
constexpr std::string_view kEnd = "\n\n\n";
// More than two notes of the largest kind that this log makes.
constexpr std::size_t kTailBytes = 16384;

// Takes the last note off `history`, which holds whole notes only; empty when there is none.
std::string take_last(std::string_view& history) {
  if (history.size() < kEnd.size()) return {};
  const std::size_t before = history.substr(0, history.size() - kEnd.size()).rfind(kEnd);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + kEnd.size();
  std::string note(history.substr(begin, history.size() - begin - 2));
  history = history.substr(0, begin);
  return note;
}

}  // namespace

Result<std::string> CheckpointFiles::load() {
  const std::string newest_path = directory_ + "/checkpoint";
  const std::string history_path = directory_ + "/checkpoints";
  std::string newest;
  if (file_exists(newest_path)) {
    AMBIT_TRY(newest, read_file(newest_path));
  }
  std::string tail;
  std::uint64_t tail_at = 0;
  if (file_exists(history_path)) {
    AMBIT_TRY(const Fd fd, open_file(history_path, O_RDONLY));
    AMBIT_TRY(const std::uint64_t size, file_size(fd.get(), history_path));
    tail_at = size - std::min<std::uint64_t>(size, kTailBytes);
    AMBIT_TRY(tail, read_at(fd.get(), history_path, tail_at, kTailBytes));
  }
  const std::size_t last_end = tail.rfind(kEnd);
  std::string_view whole =
      std::string_view(tail).substr(0, last_end == std::string::npos ? 0 : last_end + kEnd.size());
  history_bytes_ = tail_at + whole.size();
  std::string last = take_last(whole);
  std::string before_last = take_last(whole);
  if (newest == before_last && last.find('\0') != std::string::npos) {
    // A crash kept the end of a note, and zeros before it: nobody has seen it.
    history_bytes_ -= last.size() + 2;
    AMBIT_CHECK_OK(cut_history());
    last = std::exchange(before_last, take_last(whole));
  }
  if (newest != last && newest != before_last) {
    return fail(Code::kInternal, "ledger.corrupt",
                "`checkpoint` is neither the last note of `checkpoints` nor the one before");
  }
  // A crash between the two. Left as it is, a second one would leave `checkpoint` two notes behind.
  if (newest != last) AMBIT_CHECK_OK(replace_file(ops_, newest_path, last));
  return last;
}

Result<> CheckpointFiles::cut_history() const {
  const std::string path = directory_ + "/checkpoints";
  AMBIT_TRY(const Fd fd, open_file(path, O_WRONLY));
  if (::ftruncate(fd.get(), static_cast<off_t>(history_bytes_)) != 0) {
    return io_error("cut", path, errno);
  }
  return sync_data(ops_, fd.get(), path);
}

Result<> CheckpointFiles::add(const std::string& note) {
  const std::string path = directory_ + "/checkpoints";
  const bool fresh = !file_exists(path);
  {
    AMBIT_TRY(const Fd fd, open_file(path, O_WRONLY | O_CREAT));
    // Drops what an earlier attempt or a crash left behind the last whole note.
    if (::ftruncate(fd.get(), static_cast<off_t>(history_bytes_)) != 0) {
      return io_error("cut", path, errno);
    }
    AMBIT_CHECK_OK(write_all(ops_, fd.get(), path, note + "\n\n", history_bytes_));
    AMBIT_CHECK_OK(sync_data(ops_, fd.get(), path));
  }
  if (fresh) AMBIT_CHECK_OK(sync_directory(ops_, directory_));
  AMBIT_CHECK_OK(replace_file(ops_, directory_ + "/checkpoint", note));
  history_bytes_ += note.size() + 2;
  return {};
}

HistoryReader::HistoryReader(const std::string& directory)
    : path_(directory + "/checkpoints"), file_(path_, std::ios::binary) {}

Result<> HistoryReader::trouble() const {
  if (!file_.bad() && (file_.is_open() || !file_exists(path_))) return {};
  return fail(Code::kUnavailable, "ledger.io", "`" + path_ + "` cannot be read");
}

std::optional<std::string> HistoryReader::next() {
  std::string note;
  std::string line;
  while (std::getline(file_, line)) {
    if (file_.eof()) break;  // a line without its newline
    note += line;
    note += '\n';
    if (!note.ends_with(kEnd)) continue;
    note.resize(note.size() - 2);
    before_last_ = std::exchange(last_, note);
    return note;
  }
  unfinished_ = !note.empty() || !line.empty();
  return {};
}

}  // namespace ambit::ledger_file::internal
