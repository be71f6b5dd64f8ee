#include <array>

#include "cedar/ast.h"
#include "cedar/internal/functions.h"
#include "cedar/internal/lexical.h"
#include "cedar/policy.h"

namespace ambit::cedar {
namespace {

// How tightly an expression binds; an operand that binds less than its place needs parentheses.
enum Level { kExpression, kOr, kAnd, kRelation, kAdd, kMultiply, kUnary, kMember };

Level level_of(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract: return kAdd;
    case BinaryOp::kMultiply: return kMultiply;
    default: return kRelation;
  }
}

bool is_plain_attribute(std::string_view name) { return is_identifier(name) && !is_reserved(name); }

class Printer {
 public:
  // Prints `expr` where something of at least `place` is needed.
  void print(const Expr& expr, Level place) {
    const bool parentheses = level(expr) < place;
    if (parentheses) out += '(';
    std::visit([&](const auto& node) { this->node(node); }, expr.node);
    if (parentheses) out += ')';
  }

  std::string out;

 private:
  static Level level(const Expr& expr) {
    struct {
      Level operator()(const Literal& n) const {
        // `-1` is written with the operator.
        return n.value.kind() == Value::Kind::kLong && n.value.as_integer() < 0 ? kUnary : kMember;
      }
      Level operator()(const IfThenElse&) const { return kExpression; }
      Level operator()(const AnyOf&) const { return kOr; }
      Level operator()(const AllOf&) const { return kAnd; }
      Level operator()(const Binary& n) const { return level_of(n.op); }
      Level operator()(const Has&) const { return kRelation; }
      Level operator()(const Like&) const { return kRelation; }
      Level operator()(const Is&) const { return kRelation; }
      Level operator()(const Not&) const { return kUnary; }
      Level operator()(const Negate&) const { return kUnary; }
      Level operator()(const VariableRef&) const { return kMember; }
      Level operator()(const GetAttribute&) const { return kMember; }
      Level operator()(const SetLiteral&) const { return kMember; }
      Level operator()(const RecordLiteral&) const { return kMember; }
      Level operator()(const Call&) const { return kMember; }
    } visitor;
    return std::visit(visitor, expr.node);
  }

  void list(const std::vector<ExprPtr>& items, std::size_t from, std::string_view separator,
            Level place) {
    for (std::size_t i = from; i < items.size(); ++i) {
      if (i > from) out += separator;
      print(*items[i], place);
    }
  }

  void node(const Literal& n) { out += to_cedar_text(n.value); }
  void node(const VariableRef& n) { out += name_of(n.variable); }
  void node(const IfThenElse& n) {
    out += "if ";
    print(*n.condition, kExpression);
    out += " then ";
    print(*n.then, kExpression);
    out += " else ";
    print(*n.otherwise, kExpression);
  }
  void node(const AllOf& n) { list(n.operands, 0, " && ", kRelation); }
  void node(const AnyOf& n) { list(n.operands, 0, " || ", kAnd); }
  void node(const Not& n) {
    out += '!';
    print(*n.operand, kMember);
  }
  void node(const Negate& n) {
    out += '-';
    // `-1` would be read as one literal, `-(1)` is the operator on a literal.
    const auto* literal = std::get_if<Literal>(&n.operand->node);
    if (literal != nullptr && literal->value.kind() == Value::Kind::kLong) {
      out += '(';
      print(*n.operand, kExpression);
      out += ')';
    } else {
      print(*n.operand, kMember);
    }
  }
  void node(const Binary& n) {
    const Level own = level_of(n.op);
    // Relations do not chain; sums and products group to the left.
    print(*n.left, own == kRelation ? kAdd : own);
    out += ' ';
    out += symbol_of(n.op);
    out += ' ';
    print(*n.right, own == kMultiply ? kUnary : own == kAdd ? kMultiply : kAdd);
  }
  void node(const Has& n) {
    print(*n.target, kAdd);
    out += " has ";
    if (n.path.size() == 1 && !is_plain_attribute(n.path.front())) {
      append_quoted(out, n.path.front());
      return;
    }
    for (std::size_t i = 0; i < n.path.size(); ++i) {
      if (i > 0) out += '.';
      out += n.path[i];
    }
  }
  void node(const GetAttribute& n) {
    print(*n.target, kMember);
    if (is_plain_attribute(n.name)) {
      out += '.' + n.name;
      return;
    }
    out += '[';
    append_quoted(out, n.name);
    out += ']';
  }
  void node(const Like& n) {
    print(*n.target, kAdd);
    out += " like \"";
    for (std::size_t i = 0; i < n.pattern.pieces.size(); ++i) {
      if (i > 0) out += '*';
      append_escaped(out, n.pattern.pieces[i], Quoted::kPattern);
    }
    out += '"';
  }
  void node(const Is& n) {
    print(*n.target, kAdd);
    out += " is " + n.type;
    if (n.container == nullptr) return;
    out += " in ";
    print(*n.container, kAdd);
  }
  void node(const SetLiteral& n) {
    out += '[';
    list(n.elements, 0, ", ", kExpression);
    out += ']';
  }
  void node(const RecordLiteral& n) {
    out += '{';
    for (const auto& field : n.fields) {
      if (&field != &n.fields.front()) out += ", ";
      if (is_plain_attribute(field.first)) {
        out += field.first;
      } else {
        append_quoted(out, field.first);
      }
      out += ": ";
      print(*field.second, kExpression);
    }
    out += '}';
  }
  void node(const Call& n) {
    const FunctionInfo& info = info_of(n.function);
    if (info.is_method) {
      print(*n.arguments.front(), kMember);
      out += '.';
    }
    out += info.name;
    out += '(';
    list(n.arguments, info.is_method ? 1 : 0, ", ", kExpression);
    out += ')';
  }
};

std::string scope_text(std::string_view variable, const EntityScope& scope, bool has_slot) {
  std::string out(variable);
  const auto entity = [&] {
    return has_slot ? "?" + std::string(variable) : to_cedar_text(scope.entity);
  };
  switch (scope.kind) {
    case EntityScope::Kind::kAny: return out;
    case EntityScope::Kind::kEqual: return out + " == " + entity();
    case EntityScope::Kind::kIn: return out + " in " + entity();
    case EntityScope::Kind::kIs: return out + " is " + scope.type;
    case EntityScope::Kind::kIsIn: return out + " is " + scope.type + " in " + entity();
  }
  return out;
}

std::string scope_text(const ActionScope& scope) {
  std::string list;
  for (const EntityUid& uid : scope.entities) {
    if (!list.empty()) list += ", ";
    list += to_cedar_text(uid);
  }
  switch (scope.kind) {
    case ActionScope::Kind::kAny: return "action";
    case ActionScope::Kind::kEqual: return "action == " + list;
    case ActionScope::Kind::kIn: return "action in " + list;
    case ActionScope::Kind::kInSet: return "action in [" + list + "]";
  }
  return "action";
}

std::string policy_text(const Policy& policy, bool principal_slot, bool resource_slot) {
  std::string out;
  for (const auto& [name, text] : policy.annotations) {
    out += "@" + name + "(";
    append_quoted(out, text);
    out += ")\n";
  }
  out += policy.effect == Effect::kPermit ? "permit (" : "forbid (";
  out += scope_text("principal", policy.principal, principal_slot) + ", " +
         scope_text(policy.action) + ", " + scope_text("resource", policy.resource, resource_slot) +
         ")";
  for (const Condition& condition : policy.conditions) {
    out += condition.is_unless ? "\nunless { " : "\nwhen { ";
    out += to_cedar_text(*condition.body) + " }";
  }
  return out + ";\n";
}

}  // namespace

std::string_view symbol_of(BinaryOp op) {
  static constexpr std::array<std::string_view, 10> kSymbols = {"==", "!=", "<", "<=", ">",
                                                                ">=", "in", "+", "-",  "*"};
  return kSymbols[static_cast<std::size_t>(op)];
}

std::string_view name_of(Variable variable) {
  static constexpr std::array<std::string_view, 4> kNames = {"principal", "action", "resource",
                                                             "context"};
  return kNames[static_cast<std::size_t>(variable)];
}

std::string to_cedar_text(const Expr& expr) {
  Printer printer;
  printer.print(expr, kExpression);
  return std::move(printer.out);
}

std::string to_cedar_text(const Policy& policy) { return policy_text(policy, false, false); }

std::string to_cedar_text(const Template& policy_template) {
  return policy_text(policy_template.body, policy_template.has_principal_slot,
                     policy_template.has_resource_slot);
}

}  // namespace ambit::cedar
