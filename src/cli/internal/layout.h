// Short aligned output: tables and lists of fields. Everything put in is made visible first.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/internal/paint.h"
#include "text/json.h"

namespace ambit::cli {

struct Cell {
  std::string text;
  Colour colour = Colour::kPlain;

  Cell(std::string content, Colour with = Colour::kPlain)
      : text(std::move(content)), colour(with) {}
  Cell(std::string_view content, Colour with = Colour::kPlain) : text(content), colour(with) {}
  Cell(const char* content, Colour with = Colour::kPlain) : text(content), colour(with) {}
};

// Columns as wide as their widest cell; an empty cell shows as `-`.
class Table {
 public:
  explicit Table(std::vector<std::string> heads) : heads_(std::move(heads)) {}
  // As many cells as there are heads.
  void row(std::vector<Cell> cells);
  // Prints `nothing` instead when there is no row.
  void print(std::ostream& out, const Paint& paint, std::string_view nothing) const;

 private:
  std::vector<std::string> heads_;
  std::vector<std::vector<Cell>> rows_;
};

// `name  value` lines with the values aligned; an empty value leaves its line out.
class FieldList {
 public:
  void add(std::string name, Cell value);
  // Several values under one name, one a line.
  void add(std::string name, const std::vector<std::string>& values);
  void print(std::ostream& out, const Paint& paint) const;
  bool empty() const { return fields_.empty(); }

 private:
  std::vector<std::pair<std::string, Cell>> fields_;
};

// The strings of an array member; empty when it is not there.
std::vector<std::string> texts_of(const text::Json& object, std::string_view key);
// A scalar member as text: strings as they are, numbers and booleans as JSON, all else empty.
std::string scalar_of(const text::Json& object, std::string_view key);
// Joined by `, `.
std::string join(const std::vector<std::string>& parts, std::string_view separator = ", ");
// The items of `{"items": [...]}`.
const text::JsonArray& items_of(const text::Json& list, std::string_view key = "items");

// `allow`, `active`, `approved`, `granted`, `open` green; `deny`, `refused` … red; waiting yellow.
Cell state_cell(std::string_view state);

}  // namespace ambit::cli
