#include "ledger_file/hold_file.h"

#include <algorithm>
#include <sstream>

#include "ledger_file/internal/file_ops.h"

namespace ambit::ledger_file {
namespace {

using ports::Hold;

constexpr std::size_t kMostHolds = 1000;

bool is_hold_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

bool is_hold(const Hold& hold) { return is_hold_name(hold.name) && hold.begin < hold.end; }

std::string line_of(const Hold& hold) {
  return hold.name + " " + std::to_string(hold.begin) + " " + std::to_string(hold.end);
}

}  // namespace

Result<std::vector<Hold>> HoldFile::all() const {
  std::vector<Hold> out;
  if (!internal::file_exists(path_)) return out;
  AMBIT_TRY(const std::string text, internal::read_file(path_));
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    Hold hold;
    words >> hold.name >> hold.begin >> hold.end;
    // A hold that cannot be read must not be one that does not hold.
    if (!words || !is_hold(hold) || line != line_of(hold)) {
      return fail(
          Code::kInternal, "ledger.corrupt",
          "`" + path_ + "` has the line `" + line + "`, which is no hold: name, first entry, end");
    }
    out.push_back(std::move(hold));
  }
  return out;
}

Result<> HoldFile::place(const Hold& hold) {
  if (!is_hold(hold)) {
    return fail(Code::kInvalid, "hold.form",
                "a hold has a name of 1 to 64 of `a-z0-9._-` and at least one entry");
  }
  AMBIT_TRY(std::vector<Hold> holds, all());
  for (const Hold& other : holds) {
    if (other.name == hold.name) {
      return fail(Code::kConflict, "hold.exists", "there is a hold `" + hold.name + "`");
    }
  }
  if (holds.size() >= kMostHolds) {
    return fail(Code::kExhausted, "hold.too_many",
                "there are " + std::to_string(holds.size()) +
                    " holds, the most there may be; release one, or hold more with one of them");
  }
  holds.push_back(hold);
  return write(holds);
}

Result<> HoldFile::release(const std::string& name) {
  AMBIT_TRY(std::vector<Hold> holds, all());
  if (std::erase_if(holds, [&](const Hold& hold) { return hold.name == name; }) == 0) {
    return fail(Code::kNotFound, "hold.unknown", "there is no hold `" + name.substr(0, 64) + "`");
  }
  return write(holds);
}

Result<> HoldFile::write(const std::vector<Hold>& holds) const {
  std::string text;
  for (const Hold& hold : holds) text += line_of(hold) + "\n";
  internal::FileOps disk;
  return internal::replace_file(disk, path_, text);
}

}  // namespace ambit::ledger_file
