// Expressions as flat arrays of nodes that share what is equal.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "cedar/pattern.h"
#include "cedar_engine/datum.h"
#include "cedar_engine/internal/arena.h"
#include "cedar_engine/internal/hash.h"

namespace ambit::cedar::engine {

// `[b, c)` is `c` entries of Code::lists from `b` on.
enum class Op : std::uint8_t {
  kConstant,    // a: constant
  kVariable,    // a: Variable
  kIf,          // a, b, c
  kAll,         // operands [b, c)
  kAny,         // operands [b, c)
  kNot,         // a
  kNegate,      // a
  kEqual,       // a, b
  kNotEqual,    // a, b
  kCompare,     // a, b; c: BinaryOp
  kArithmetic,  // a, b; c: BinaryOp
  kIn,          // a, b
  kHas,         // a; names [b, c)
  kAttribute,   // a; b: name
  kLike,        // a; b: pattern
  kIs,          // a; b: name of the type
  kIsIn,        // a; b: name of the type; c: container
  kSet,         // elements [b, c)
  kRecord,      // name and value, name and value… [b, c)
  kTag,         // a, b; c: Function (getTag or hasTag)
  kCall,        // a: Function; arguments [b, c), as many as it has
  kWrongArity   // a: Function; arguments [b, c)
};

struct Node {
  std::uint32_t head = 0;  // the Op, and above it the slot that keeps the result; 0 for none
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;

  Op op() const { return static_cast<Op>(head & 0xff); }
  std::uint32_t slot() const { return head >> 8; }
};

// A pattern, with its ends at hand: most patterns have nothing else, and most texts fail there.
class PatternCode {
 public:
  // Borrows it.
  explicit PatternCode(const Pattern& pattern)
      : pattern_(&pattern), first_(pattern.pieces.front()), last_(pattern.pieces.back()) {}

  bool matches(std::string_view text) const {
    if (pattern_->pieces.size() == 1) return same_text(text, first_);
    if (text.size() < first_.size() + last_.size()) return false;
    if (!same_bytes(text.data() + (text.size() - last_.size()), last_.data(), last_.size()) ||
        !same_bytes(text.data(), first_.data(), first_.size())) {
      return false;
    }
    return pattern_->pieces.size() == 2 || pattern_->matches(text);
  }

  const Pattern& pattern() const { return *pattern_; }

 private:
  const Pattern* pattern_;
  std::string_view first_;
  std::string_view last_;
};

inline constexpr std::uint32_t kMaxSlots = 1u << 24;

struct Code {
  std::vector<Node> nodes;
  std::vector<std::uint32_t> lists;
  std::vector<Datum> constants;
  std::vector<PatternCode> patterns;
};

// What constants and patterns point to. Only grows, and what is there never moves.
struct CodeStorage {
  Arena arena;
  std::deque<Pattern> patterns;
};

// Calls `visit` with each node that `node` reads directly.
template <class Visit>
void for_each_operand(const Code& code, const Node& node, Visit visit) {
  switch (node.op()) {
    case Op::kConstant:
    case Op::kVariable: return;
    case Op::kIf:
      visit(node.a);
      visit(node.b);
      visit(node.c);
      return;
    case Op::kNot:
    case Op::kNegate:
    case Op::kHas:
    case Op::kAttribute:
    case Op::kLike:
    case Op::kIs: visit(node.a); return;
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kCompare:
    case Op::kArithmetic:
    case Op::kIn:
    case Op::kTag:
      visit(node.a);
      visit(node.b);
      return;
    case Op::kIsIn:
      visit(node.a);
      visit(node.c);
      return;
    case Op::kAll:
    case Op::kAny:
    case Op::kSet:
    case Op::kCall:
    case Op::kWrongArity:
      for (std::uint32_t i = 0; i < node.c; ++i) visit(code.lists[node.b + i]);
      return;
    case Op::kRecord:
      for (std::uint32_t i = 1; i < node.c; i += 2) visit(code.lists[node.b + i]);
      return;
  }
}

}  // namespace ambit::cedar::engine
