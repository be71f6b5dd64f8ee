// What is wrong with a policy text, said so that its author can mend it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ambit::cedar {

// A stretch of a policy text, in bytes.
struct SourceSpan {
  std::size_t offset = 0;
  std::size_t length = 0;

  friend bool operator==(const SourceSpan&, const SourceSpan&) = default;
};

// The first thing wrong in a policy text.
struct Diagnostic {
  std::string source;  // the name of the text, empty when it has none
  SourceSpan span;
  std::size_t line = 1;               // counted from 1
  std::size_t column = 1;             // in characters, counted from 1
  std::string message;                // "unexpected `;`"
  std::vector<std::string> expected;  // "`}`", "an operator": any of these would have been right
  std::string hint;                   // what the author probably meant; may be empty
  std::string line_text;              // the line it is in, without its end, cut when very long

  // One line: "line 3, column 14: unexpected `;`, expected `}` or an operator (hint)".
  std::string summary() const;

  // The summary, the line, and a caret under the place, for a terminal.
  std::string pretty() const;
};

// Code `kInvalid`, reason `cedar.syntax`, and the summary as message.
Error to_error(const Diagnostic& diagnostic);

// Fills line, column and line text of `diagnostic` from its span.
void locate(Diagnostic& diagnostic, std::string_view text);

}  // namespace ambit::cedar
