#include "cedar/diagnostic.h"

#include <algorithm>

namespace ambit::cedar {
namespace {

constexpr std::size_t kMaxLineText = 400;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t count_characters(std::string_view text) {
  return text.size() -
         static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues_character));
}

std::string join_alternatives(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " or " : ", ";
    out += items[i];
  }
  return out;
}

}  // namespace

std::string Diagnostic::summary() const {
  std::string out = source.empty() ? "" : "`" + source + "`, ";
  out += "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + message;
  if (!expected.empty()) out += ", expected " + join_alternatives(expected);
  if (!hint.empty()) out += " (" + hint + ")";
  return out;
}

std::string Diagnostic::pretty() const {
  const std::string number = std::to_string(line);
  std::string out = summary() + "\n " + number + " | " + line_text + "\n";
  if (column > kMaxLineText) return out;
  return out + " " + std::string(number.size(), ' ') + " | " + std::string(column - 1, ' ') + "^\n";
}

Error to_error(const Diagnostic& diagnostic) {
  return Error{Code::kInvalid, "cedar.syntax", diagnostic.summary()};
}

void locate(Diagnostic& diagnostic, std::string_view text) {
  const std::size_t offset = std::min(diagnostic.span.offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  diagnostic.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  diagnostic.column = 1 + count_characters(text.substr(start, offset - start));
  std::string_view line = text.substr(start, text.find('\n', start) - start);
  if (line.size() > kMaxLineText) {
    std::size_t cut = kMaxLineText;
    while (cut > 0 && continues_character(line[cut])) --cut;
    line = line.substr(0, cut);
  }
  diagnostic.line_text = std::string(line);
  // A control character would move the caret, or worse, steer the terminal.
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  std::replace_if(diagnostic.line_text.begin(), diagnostic.line_text.end(), is_control, ' ');
}

}  // namespace ambit::cedar
