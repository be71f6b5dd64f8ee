#include "cedar_engine/internal/slots.h"

namespace ambit::cedar::engine {
namespace {

bool is_worth_a_slot(Op op) {
  switch (op) {
    case Op::kConstant:
    case Op::kVariable:
    case Op::kNot:
    case Op::kNegate:
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kCompare:
    case Op::kIs: return false;
    default: return true;
  }
}

}  // namespace

std::uint32_t assign_slots(Code& code, const Index& index) {
  std::vector<std::uint32_t> uses(code.nodes.size(), 0);
  std::vector<std::uint32_t> open;
  const auto use = [&](std::uint32_t node) {
    if (uses[node]++ == 0) open.push_back(node);
  };
  for (const Conjunct conjunct : index.conjuncts) use(conjunct.node());
  for (const Guard& guard : index.guards) use(guard.node);
  for (const Dispatch& dispatch : index.dispatches) use(dispatch.subject);
  while (!open.empty()) {
    const Node node = code.nodes[open.back()];
    open.pop_back();
    for_each_operand(code, node, use);
  }
  std::uint32_t next = 1;
  for (std::size_t i = 0; i < code.nodes.size(); ++i) {
    Node& node = code.nodes[i];
    if (uses[i] < 2 || !is_worth_a_slot(node.op()) || next == kMaxSlots) continue;
    node.head |= next++ << 8;
  }
  return next;
}

}  // namespace ambit::cedar::engine
