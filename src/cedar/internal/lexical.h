// The smallest pieces of the language: identifiers, names, UTF-8, and quoted text with its escapes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ambit::cedar {

// `[_a-zA-Z][_a-zA-Z0-9]*`, reserved words included.
bool is_identifier(std::string_view text);

// `true false if then else in is like has __cedar`: never a name nor an attribute without quotes.
bool is_reserved(std::string_view identifier);

// Identifiers joined by `::`, without white space, none of them reserved: `Ambit::Agent`.
bool is_name(std::string_view text);

// Number of bytes of the scalar at `offset`, or 0 when there is no valid UTF-8 there. The scalar
// goes to `scalar`.
std::size_t decode_utf8(std::string_view text, std::size_t offset, std::uint32_t& scalar);

// Unicode's White_Space.
bool is_white_space(std::uint32_t scalar);

void append_utf8(std::string& out, std::uint32_t scalar);

// What an escape sequence may stand in.
enum class Quoted { kString, kPattern };

// The content of a quoted text. A pattern is cut at its unescaped `*`, so it has one piece more
// than wildcards; a string is one piece.
struct Unquoted {
  std::vector<std::string> pieces;
};

// Where and how long the bad escape is, within the raw text.
struct BadEscape {
  std::size_t offset = 0;
  std::size_t length = 0;
};

// Resolves `\n \r \t \\ \0 \' \" \x41 \u{1F600}`, and `\*` in a pattern. Returns nothing and fills
// `bad` at anything else after a backslash, and at a bare carriage return.
std::optional<Unquoted> unquote(std::string_view raw, Quoted kind, BadEscape& bad);

// Appends `text` in quotes so that the lexer and unquote() read the same text back.
void append_quoted(std::string& out, std::string_view text);

// The same without the quotes; a pattern's literal `*` is escaped too.
void append_escaped(std::string& out, std::string_view text, Quoted kind);

}  // namespace ambit::cedar
