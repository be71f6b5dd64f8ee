#include "cedar_engine/internal/question.h"

#include <algorithm>

#include "cedar_engine/internal/datum_ops.h"

namespace ambit::cedar::engine {
namespace {

class Asker {
 public:
  explicit Asker(const Code& code) : code_(code) {}

  std::optional<Question> ask(Conjunct conjunct) const {
    if (!conjunct.wanted()) return std::nullopt;
    const Node& n = node(conjunct.node());
    switch (n.op()) {
      case Op::kEqual:
        if (is_constant(n.b)) return Question{Dispatch::Kind::kEqual, n.a, {constant(n.b)}};
        if (is_constant(n.a)) return Question{Dispatch::Kind::kEqual, n.b, {constant(n.a)}};
        return std::nullopt;
      case Op::kIn:
        if (!is_constant(n.b) || constant(n.b).kind() != Datum::Kind::kEntity) return std::nullopt;
        return Question{Dispatch::Kind::kIn, n.a, {constant(n.b)}};
      case Op::kIs: return Question{Dispatch::Kind::kIs, n.a, {Datum::integer(n.b)}};
      case Op::kCall: return contains_question(n);
      case Op::kAny: return equal_to_any(n);
      default: return std::nullopt;
    }
  }

 private:
  // `x.contains("a")`, or `["a", "b"].contains(x)`, which is that x equals one of them.
  std::optional<Question> contains_question(const Node& n) const {
    if (static_cast<Function>(n.a) != Function::kContains) return std::nullopt;
    const std::uint32_t set = code_.lists[n.b];
    const std::uint32_t element = code_.lists[n.b + 1];
    if (is_constant(element)) {
      return Question{Dispatch::Kind::kElement, set, {constant(element)}};
    }
    if (!is_constant(set) || constant(set).kind() != Datum::Kind::kSet ||
        constant(set).size() > kMaxCopies) {
      return std::nullopt;
    }
    const Datum* elements = constant(set).elements();
    return Question{Dispatch::Kind::kEqual, element, {elements, elements + constant(set).size()}};
  }

  // `x == "a" || x == "b"`, in which an error of `x` is an error of the whole.
  std::optional<Question> equal_to_any(const Node& n) const {
    if (n.c > kMaxCopies) return std::nullopt;
    Question out;
    for (std::uint32_t i = 0; i < n.c; ++i) {
      const Node& part = node(code_.lists[n.b + i]);
      if (part.op() != Op::kEqual || is_constant(part.a) == is_constant(part.b)) {
        return std::nullopt;
      }
      const std::uint32_t subject = is_constant(part.a) ? part.b : part.a;
      if (i > 0 && subject != out.subject) return std::nullopt;
      out.subject = subject;
      out.keys.push_back(constant(is_constant(part.a) ? part.a : part.b));
    }
    std::sort(out.keys.begin(), out.keys.end(),
              [](const Datum& a, const Datum& b) { return order(a, b) < 0; });
    out.keys.erase(std::unique(out.keys.begin(), out.keys.end(), same), out.keys.end());
    return out;
  }

  const Node& node(std::uint32_t position) const { return code_.nodes[position]; }
  bool is_constant(std::uint32_t position) const { return node(position).op() == Op::kConstant; }
  const Datum& constant(std::uint32_t position) const { return code_.constants[node(position).a]; }

  const Code& code_;
};

}  // namespace

std::optional<Question> question_of(const Code& code, Conjunct conjunct) {
  return Asker(code).ask(conjunct);
}

}  // namespace ambit::cedar::engine
