// Regular expressions of JSON Schema, matched in time linear in the text.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ambit::text::internal {

// The part of ECMA-262 (with the `u` flag) that describes a regular language: literals, `.`,
// classes, groups, alternation, repetition, `^` and `$`. What lies beyond it (look-around,
// back-references, `\b`, `\p`) or is not valid there is refused by compile(), so that no pattern is
// half-checked. A pattern becomes a Thompson automaton and never backtracks.
class Pattern {
 public:
  // `schema.unsupported`, whose message is a noun phrase: what was found, and at which character.
  static Result<Pattern> compile(std::string_view source);

  // Whether the pattern occurs anywhere in `text`. Precondition: `text` is UTF-8.
  // Takes at most size() * (text.size() + 1) steps.
  bool found_in(std::string_view text) const;

  std::size_t size() const { return program_.size(); }

 private:
  friend class PatternCompiler;

  // Code points as sorted ranges; those below 128 also as bits.
  struct Set {
    std::bitset<128> ascii;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;
    bool contains(std::uint32_t point) const;
  };
  enum class Op : std::uint8_t { kSet, kSplit, kJump, kBegin, kEnd, kMatch };
  struct Step {
    Op op = Op::kMatch;
    std::uint32_t next = 0;   // kSet: the set; kJump, kSplit: a target
    std::uint32_t other = 0;  // kSplit: the other target
  };
  struct Threads;

  bool add(Threads& threads, std::uint32_t start, bool at_begin, bool at_end) const;

  std::vector<Step> program_;
  std::vector<Set> sets_;
};

}  // namespace ambit::text::internal
