#include "evidence/internal/bundle_files.h"

#include <charconv>

#include "text/base64url.h"

namespace ambit::evidence {
namespace {

constexpr std::string_view kBeside = "{\"beside\":\"";
constexpr std::string_view kIndex = "\"index\":";
constexpr std::string_view kRecord = ",\"record\":{";

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

void append_entry_line(std::string& out, std::uint64_t index, std::string_view record,
                       std::string_view beside) {
  out += '{';
  if (!beside.empty()) out.append("\"beside\":\"").append(text::to_base64(beside)).append("\",");
  out.append(kIndex).append(std::to_string(index)).append(",\"record\":").append(record);
  out += "}\n";
}

Result<EntryLine> parse_entry_line(std::string_view line) {
  const auto bad = [](const char* what) { return fail(Code::kInvalid, "export.entry", what); };
  EntryLine out;
  std::string_view rest = line;
  if (take(rest, kBeside)) {
    const std::size_t end = rest.find('"');
    auto beside = text::from_base64(rest.substr(0, end));
    if (end == std::string_view::npos || !beside || beside->empty()) {
      return bad("`beside` is not base64");
    }
    out.beside = *std::move(beside);
    rest.remove_prefix(end + 1);
    if (!take(rest, ",")) return bad("the members are not `beside`, `index` and `record`");
  } else if (!take(rest, "{")) {
    return bad("it is no object");
  }
  if (!take(rest, kIndex)) return bad("it has no `index`");
  const char* begin = rest.data();
  const auto [end, error] = std::from_chars(begin, begin + rest.size(), out.index);
  if (error != std::errc() || std::to_string(out.index) != std::string_view(begin, end)) {
    return bad("its `index` is not a whole number");
  }
  rest.remove_prefix(static_cast<std::size_t>(end - begin));
  if (!rest.starts_with(kRecord) || !rest.ends_with("}}")) return bad("it has no `record`");
  rest.remove_prefix(kRecord.size() - 1);
  rest.remove_suffix(1);
  out.record = rest;
  return out;
}

std::vector<ledger::EntryRange> ranges_of(const std::vector<std::uint64_t>& indexes) {
  std::vector<ledger::EntryRange> out;
  for (const std::uint64_t index : indexes) {
    if (!out.empty() && out.back().end == index) {
      ++out.back().end;
    } else {
      out.push_back({index, index + 1});
    }
  }
  return out;
}

std::string signed_text(std::string_view format, std::string_view origin,
                        std::string_view manifest) {
  return std::string(format) + "\n" + std::string(origin) + "\n" +
         text::to_base64(crypto::sha256(manifest).view()) + "\n";
}

std::string encode_notes(const std::vector<std::string>& notes) {
  std::string out;
  for (const std::string& note : notes) out += note + "\n\n";
  return out;
}

Result<std::vector<std::string>> parse_notes(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = text.find("\n\n\n");
    if (end == std::string_view::npos) {
      return fail(Code::kInvalid, "note.form", "the last note of `checkpoints` is cut off");
    }
    out.emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 3);
  }
  return out;
}

}  // namespace ambit::evidence
