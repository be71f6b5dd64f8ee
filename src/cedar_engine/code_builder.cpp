#include "cedar_engine/internal/code_builder.h"

#include <algorithm>

#include "cedar_engine/internal/datum_ops.h"
#include "cedar_engine/internal/functions.h"

namespace ambit::cedar::engine {
namespace {

Node make(Op op, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0) {
  return {static_cast<std::uint32_t>(op), a, b, c};
}

bool has_list(Op op) {
  switch (op) {
    case Op::kAll:
    case Op::kAny:
    case Op::kHas:
    case Op::kSet:
    case Op::kRecord:
    case Op::kCall:
    case Op::kWrongArity: return true;
    default: return false;
  }
}

template <class Enum>
std::uint32_t number(Enum value) {
  return static_cast<std::uint32_t>(value);
}

std::string pattern_key(const Pattern& pattern) {
  std::string out;
  for (const std::string& piece : pattern.pieces) {
    out += std::to_string(piece.size()) + ':' + piece;
  }
  return out;
}

}  // namespace

CodeBuilder::CodeBuilder(SymbolWriter& symbols)
    : symbols_(symbols), storage_(std::make_shared<CodeStorage>()) {
  code_.nodes.emplace_back();  // so that 0 is no node
  nodes_.insert(0);
}

std::uint32_t CodeBuilder::compile(const Expr& expr) {
  return std::visit([&](const auto& n) { return node(n); }, expr.node);
}

// --- sharing

CodeBuilder::List CodeBuilder::list_of(const Node& node) const {
  if (!has_list(node.op())) return {};
  return {code_.lists.data() + node.b, node.c};
}

std::uint64_t CodeBuilder::hash_of(const Node& node, List list) const {
  const HashKey key = symbols_.key();
  std::uint64_t out = hash_pair(node.head, node.a, key);
  if (!has_list(node.op())) return hash_pair(out, std::uint64_t{node.b} << 32 | node.c, key);
  for (const std::uint32_t item : list) out = hash_pair(out, item, key);
  return out;
}

std::uint32_t CodeBuilder::intern(Node node, List list) {
  const std::uint64_t hash = hash_of(node, list);
  const std::uint32_t known = nodes_.find(hash, [&](std::uint32_t i) {
    const Node& other = code_.nodes[i];
    if (i == 0 || other.head != node.head || other.a != node.a) return false;
    if (!has_list(node.op())) return other.b == node.b && other.c == node.c;
    const List theirs = list_of(other);
    return std::equal(theirs.begin(), theirs.end(), list.begin(), list.end());
  });
  if (known != kNone) return known;
  if (has_list(node.op())) {
    node.b = number(code_.lists.size());
    node.c = number(list.size());
    code_.lists.insert(code_.lists.end(), list.begin(), list.end());
  }
  const auto position = number(code_.nodes.size());
  code_.nodes.push_back(node);
  nodes_.insert(hash);
  return position;
}

std::uint32_t CodeBuilder::constant(const Datum& datum) {
  const HashKey key = symbols_.key();
  const std::uint64_t hash = hash_datum(datum, key);
  std::uint32_t known =
      constants_.find(hash, [&](std::uint32_t i) { return same(code_.constants[i], datum); });
  if (known == kNone) {
    known = number(code_.constants.size());
    code_.constants.push_back(copy_into(storage_->arena, datum));
    constants_.insert(hash);
  }
  return intern(make(Op::kConstant, known));
}

std::uint32_t CodeBuilder::pattern(const Pattern& pattern) {
  const HashKey key = symbols_.key();
  const std::uint64_t hash = hash_text(pattern_key(pattern), key);
  std::uint32_t known =
      patterns_.find(hash, [&](std::uint32_t i) { return code_.patterns[i].pattern() == pattern; });
  if (known == kNone) {
    known = number(code_.patterns.size());
    code_.patterns.emplace_back(storage_->patterns.emplace_back(pattern));
    patterns_.insert(hash);
  }
  return known;
}

// --- folding

bool CodeBuilder::constant_of(std::uint32_t node, Datum& out) const {
  if (code_.nodes[node].op() != Op::kConstant) return false;
  out = code_.constants[code_.nodes[node].a];
  return true;
}

std::uint32_t CodeBuilder::folded(const Datum& result, std::uint32_t otherwise) {
  const std::uint32_t out = result.is_error() ? otherwise : constant(result);
  scratch_.reset();
  return out;
}

// Whether a node comes to a bool or to an error, never to anything else.
bool CodeBuilder::is_boolean(std::uint32_t node) const {
  Datum value;
  if (constant_of(node, value)) return value.kind() == Datum::Kind::kBool;
  switch (code_.nodes[node].op()) {
    case Op::kAll:
    case Op::kAny:
    case Op::kNot:
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kCompare:
    case Op::kIn:
    case Op::kHas:
    case Op::kLike:
    case Op::kIs:
    case Op::kIsIn: return true;
    default: return false;
  }
}

// --- kinds of expression

std::uint32_t CodeBuilder::variable(Variable variable) {
  return intern(make(Op::kVariable, number(variable)));
}

std::uint32_t CodeBuilder::in_any(Variable subject, const std::vector<EntityUid>& entities) {
  Datum* elements = scratch_.array<Datum>(entities.size());
  for (std::size_t i = 0; i < entities.size(); ++i) {
    elements[i] = Datum::entity(symbols_.entity(entities[i]));
  }
  const std::uint32_t container = constant(make_set(elements, entities.size()));
  scratch_.reset();
  return intern(make(Op::kIn, variable(subject), container));
}

std::uint32_t CodeBuilder::is_type(Variable subject, const std::string& type) {
  return intern(make(Op::kIs, variable(subject), raw(symbols_.name(type))));
}

std::uint32_t CodeBuilder::node(const Literal& n) {
  const std::uint32_t out = constant(import(n.value, symbols_, scratch_));
  scratch_.reset();
  return out;
}

std::uint32_t CodeBuilder::node(const IfThenElse& n) {
  const std::uint32_t condition = compile(*n.condition);
  Datum known;
  if (constant_of(condition, known) && known.kind() == Datum::Kind::kBool) {
    return compile(known.as_bool() ? *n.then : *n.otherwise);
  }
  const std::uint32_t then = compile(*n.then);
  return intern(make(Op::kIf, condition, then, compile(*n.otherwise)));
}

// An operand that decides nothing falls away, and what stands after one that decides all is never
// reached. One that is no bool stays, for its error.
std::uint32_t CodeBuilder::junction(Op op, const std::vector<ExprPtr>& operands) {
  const bool neutral = op == Op::kAll;
  std::vector<std::uint32_t> kept;
  for (const ExprPtr& operand : operands) {
    const std::uint32_t compiled = compile(*operand);
    Datum known;
    const bool decides = constant_of(compiled, known) &&
                         (known.kind() != Datum::Kind::kBool || known.as_bool() != neutral);
    if (decides || !constant_of(compiled, known)) kept.push_back(compiled);
    if (decides) break;
  }
  if (kept.empty()) return constant(Datum::boolean(neutral));
  if (kept.size() == 1 && is_boolean(kept.front())) return kept.front();
  return intern(make(op), kept);
}

std::uint32_t CodeBuilder::node(const Not& n) {
  const std::uint32_t operand = compile(*n.operand);
  Datum known;
  if (constant_of(operand, known) && known.kind() == Datum::Kind::kBool) {
    return constant(Datum::boolean(!known.as_bool()));
  }
  return intern(make(Op::kNot, operand));
}

std::uint32_t CodeBuilder::node(const Negate& n) {
  const std::uint32_t operand = compile(*n.operand);
  const std::uint32_t out = intern(make(Op::kNegate, operand));
  Datum known;
  if (!constant_of(operand, known)) return out;
  return folded(arithmetic(BinaryOp::kSubtract, Datum::integer(0), known, scratch_), out);
}

std::uint32_t CodeBuilder::node(const Binary& n) {
  const std::uint32_t left = compile(*n.left);
  const std::uint32_t right = compile(*n.right);
  Datum a;
  Datum b;
  const bool constants = constant_of(left, a) && constant_of(right, b);
  switch (n.op) {
    case BinaryOp::kEqual:
    case BinaryOp::kNotEqual: {
      const bool equal = n.op == BinaryOp::kEqual;
      if (constants) return constant(Datum::boolean(same(a, b) == equal));
      return intern(make(equal ? Op::kEqual : Op::kNotEqual, left, right));
    }
    case BinaryOp::kIn: return intern(make(Op::kIn, left, right));
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract:
    case BinaryOp::kMultiply: {
      const std::uint32_t out = intern(make(Op::kArithmetic, left, right, number(n.op)));
      return constants ? folded(arithmetic(n.op, a, b, scratch_), out) : out;
    }
    default: break;
  }
  const std::uint32_t out = intern(make(Op::kCompare, left, right, number(n.op)));
  return constants ? folded(compare(n.op, a, b, scratch_), out) : out;
}

std::uint32_t CodeBuilder::node(const Has& n) {
  const std::uint32_t target = compile(*n.target);
  std::vector<std::uint32_t> names;
  for (const std::string& name : n.path) names.push_back(raw(symbols_.name(name)));
  return intern(make(Op::kHas, target), names);
}

std::uint32_t CodeBuilder::node(const GetAttribute& n) {
  const std::uint32_t target = compile(*n.target);
  return intern(make(Op::kAttribute, target, raw(symbols_.name(n.name))));
}

std::uint32_t CodeBuilder::node(const Like& n) {
  const std::uint32_t target = compile(*n.target);
  Datum known;
  if (constant_of(target, known) && known.kind() == Datum::Kind::kString) {
    return constant(Datum::boolean(n.pattern.matches(known.as_string())));
  }
  return intern(make(Op::kLike, target, pattern(n.pattern)));
}

std::uint32_t CodeBuilder::node(const Is& n) {
  const std::uint32_t target = compile(*n.target);
  const std::uint32_t type = raw(symbols_.name(n.type));
  if (n.container == nullptr) return intern(make(Op::kIs, target, type));
  return intern(make(Op::kIsIn, target, type, compile(*n.container)));
}

std::uint32_t CodeBuilder::node(const SetLiteral& n) {
  std::vector<std::uint32_t> elements;
  std::vector<Datum> known(n.elements.size());
  bool constants = true;
  for (const ExprPtr& element : n.elements) {
    elements.push_back(compile(*element));
    constants = constants && constant_of(elements.back(), known[elements.size() - 1]);
  }
  if (constants) return constant(make_set(known.data(), known.size()));
  return intern(make(Op::kSet), elements);
}

std::uint32_t CodeBuilder::node(const RecordLiteral& n) {
  std::vector<std::uint32_t> list;
  std::vector<DatumField> known(n.fields.size());
  bool constants = true;
  for (const auto& [text, value] : n.fields) {
    const NameId name = symbols_.name(text);
    list.push_back(raw(name));
    list.push_back(compile(*value));
    DatumField& field = known[list.size() / 2 - 1];
    field.name = name;
    constants = constants && constant_of(list.back(), field.value);
  }
  if (constants) {
    const std::uint32_t out = constant(make_record(known.data(), known.size(), scratch_));
    scratch_.reset();
    return out;
  }
  return intern(make(Op::kRecord), list);
}

std::uint32_t CodeBuilder::node(const Call& n) {
  if (n.constant) return node(Literal{*n.constant});
  std::vector<std::uint32_t> arguments;
  for (const ExprPtr& argument : n.arguments) arguments.push_back(compile(*argument));
  if (arguments.size() != shape_of(n.function).arity) {
    return intern(make(Op::kWrongArity, number(n.function)), arguments);
  }
  if (n.function == Function::kGetTag || n.function == Function::kHasTag) {
    // So that the name has a number where tags are kept by number.
    Datum name;
    if (constant_of(arguments[1], name) && name.kind() == Datum::Kind::kString) {
      symbols_.name(name.as_string());
    }
    return intern(make(Op::kTag, arguments[0], arguments[1], number(n.function)));
  }
  const std::uint32_t out = intern(make(Op::kCall, number(n.function)), arguments);
  Datum known[kMaxArity];
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!constant_of(arguments[i], known[i])) return out;
  }
  return folded(call(n.function, known, scratch_), out);
}

}  // namespace ambit::cedar::engine
