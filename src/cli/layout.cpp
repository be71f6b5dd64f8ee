#include "cli/internal/layout.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// One long cell does not push all other rows apart.
constexpr std::size_t kWidestColumn = 60;

std::string padding(std::size_t have, std::size_t want) {
  return std::string(want > have ? want - have : 0, ' ');
}

}  // namespace

void Table::row(std::vector<Cell> cells) {
  for (Cell& cell : cells) cell.text = cell.text.empty() ? "-" : visible(cell.text);
  rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out, const Paint& paint, std::string_view nothing) const {
  if (rows_.empty()) {
    out << nothing << "\n";
    return;
  }
  std::vector<std::size_t> widths;
  for (const std::string& head : heads_) widths.push_back(head.size());
  for (const auto& cells : rows_) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::size_t width = width_of(cells[i].text);
      widths[i] = std::max(widths[i], std::min(width, kWidestColumn));
    }
  }
  const auto line = [&](std::size_t i, std::size_t count, const std::string& text, Colour colour) {
    out << paint(colour, text);
    if (i + 1 < count) out << padding(width_of(text), widths[i]) << "  ";
  };
  for (std::size_t i = 0; i < heads_.size(); ++i) line(i, heads_.size(), heads_[i], Colour::kDim);
  out << "\n";
  for (const auto& cells : rows_) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line(i, cells.size(), cells[i].text, cells[i].colour);
    }
    out << "\n";
  }
}

void FieldList::add(std::string name, Cell value) {
  if (value.text.empty()) return;
  value.text = visible(value.text);
  fields_.emplace_back(std::move(name), std::move(value));
}

void FieldList::add(std::string name, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    add(name, Cell(value));
    name.clear();
  }
}

void FieldList::print(std::ostream& out, const Paint& paint) const {
  std::size_t width = 0;
  for (const auto& [name, value] : fields_) width = std::max(width, name.size());
  for (const auto& [name, value] : fields_) {
    out << paint(Colour::kDim, name) << padding(name.size(), width) << "  "
        << paint(value.colour, value.text) << "\n";
  }
}

std::vector<std::string> texts_of(const text::Json& object, std::string_view key) {
  std::vector<std::string> out;
  const text::Json* member = object.find(key);
  if (member == nullptr || !member->is_array()) return out;
  for (const text::Json& item : member->as_array()) {
    if (item.is_string()) out.push_back(item.as_string());
  }
  return out;
}

std::string scalar_of(const text::Json& object, std::string_view key) {
  const text::Json* member = object.find(key);
  if (member == nullptr || member->is_null() || member->is_array() || member->is_object())
    return "";
  return member->is_string() ? member->as_string() : text::to_json(*member);
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

const text::JsonArray& items_of(const text::Json& list, std::string_view key) {
  static const text::JsonArray kNone;
  const text::Json* items = list.find(key);
  return items != nullptr && items->is_array() ? items->as_array() : kNone;
}

Cell state_cell(std::string_view state) {
  if (is_one_of(state, {"allow", "active", "approved", "granted", "open", "used", "ok"})) {
    return {state, Colour::kGreen};
  }
  if (is_one_of(state, {"deny", "refused", "expired", "frozen", "gone", "suspended", "tool_error",
                        "withdrawn"})) {
    return {state, Colour::kRed};
  }
  if (is_one_of(state, {"hold", "pending", "draft", "quarantined", "unknown"})) {
    return {state, Colour::kYellow};
  }
  return {state};
}

}  // namespace ambit::cli
