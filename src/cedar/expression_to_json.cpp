#include <algorithm>
#include <cstdint>
#include <vector>

#include "cedar/internal/functions.h"
#include "cedar/internal/lexical.h"
#include "cedar/json.h"
#include "cedar/limits.h"
#include "cedar/policy_json.h"

namespace ambit::cedar {
namespace {

using text::Json;

// JSON, how deep it nests, and how many expressions it has.
struct Written {
  Json json;
  std::size_t depth = 1;
  std::size_t size = 1;

  // Takes account of a part.
  void add(const Written& part) {
    depth = std::max(depth, part.depth);
    size += part.size;
  }
};
using WriteResult = Result<Written>;

struct Part {
  const char* name;
  WriteResult value;
};

Written leaf(const char* kind, Json value) {
  return {Json::object({{kind, std::move(value)}}), 3, 1};
}

// `{op: inside}`, where `inside` has taken account of its parts.
WriteResult wrap(std::string_view op, Written inside) {
  inside.depth += 2;
  if (inside.depth > kMaxPolicyJsonDepth) {
    return fail(Code::kExhausted, "cedar.policy_json_depth",
                "the JSON form of this expression nests more than " +
                    std::to_string(kMaxPolicyJsonDepth) +
                    " levels deep; split the condition or the policy");
  }
  inside.json = Json::object({{std::string(op), std::move(inside.json)}});
  return inside;
}

// `{op: {name: value, ...}}`, with `more` after the values.
WriteResult node(std::string_view op, std::vector<Part> parts, text::JsonObject more = {}) {
  text::JsonObject members;
  Written inside;
  for (Part& part : parts) {
    AMBIT_TRY(Written value, std::move(part.value));
    inside.add(value);
    members.emplace_back(part.name, std::move(value.json));
  }
  for (auto& member : more) members.push_back(std::move(member));
  inside.json = Json(std::move(members));
  return wrap(op, std::move(inside));
}

struct Writer {
  WriteResult write(const ExprPtr& expr) const { return write(*expr); }
  WriteResult write(const Expr& expr) const { return std::visit(*this, expr.node); }

  WriteResult binary(std::string_view op, const ExprPtr& left, const ExprPtr& right) const {
    return node(op, {{"left", write(left)}, {"right", write(right)}});
  }

  // `a && b && c` is `(a && b) && c`.
  WriteResult row(std::string_view op, const std::vector<ExprPtr>& operands) const {
    WriteResult out = write(operands.front());
    for (std::size_t i = 1; i < operands.size() && out; ++i) {
      out = node(op, {{"left", std::move(out)}, {"right", write(operands[i])}});
    }
    return out;
  }

  // `{op: [item, ...]}`
  WriteResult list(std::string_view op, const std::vector<ExprPtr>& items) const {
    text::JsonArray out;
    Written inside;
    for (const ExprPtr& item : items) {
      AMBIT_TRY(Written written, write(item));
      inside.add(written);
      out.push_back(std::move(written.json));
    }
    inside.json = Json(std::move(out));
    return wrap(op, std::move(inside));
  }

  WriteResult operator()(const Literal& n) const {
    AMBIT_TRY(Json value, value_to_json(n.value));
    return leaf("Value", std::move(value));
  }
  WriteResult operator()(const VariableRef& n) const {
    return leaf("Var", std::string(name_of(n.variable)));
  }
  WriteResult operator()(const IfThenElse& n) const {
    return node(
        "if-then-else",
        {{"if", write(n.condition)}, {"then", write(n.then)}, {"else", write(n.otherwise)}});
  }
  WriteResult operator()(const AllOf& n) const { return row("&&", n.operands); }
  WriteResult operator()(const AnyOf& n) const { return row("||", n.operands); }
  WriteResult operator()(const Not& n) const { return node("!", {{"arg", write(n.operand)}}); }
  WriteResult operator()(const Negate& n) const { return node("neg", {{"arg", write(n.operand)}}); }
  WriteResult operator()(const Binary& n) const { return binary(symbol_of(n.op), n.left, n.right); }

  // `a has b.c` is `a has b && a.b has c`, which is what the Rust implementation writes too. But as
  // that repeats `a`, one within another would grow without bounds, so a large `a` has a list of
  // steps. What decides is the JSON of `a`, so that writing what was read gives the same.
  WriteResult operator()(const Has& n) const {
    AMBIT_TRY(Written owner, write(n.target));
    if (n.path.size() == 1) {
      return node("has", {{"left", std::move(owner)}}, {{"attr", n.path.front()}});
    }
    if (owner.size > kMaxRepeatedExpressions || n.path.size() > kMaxExpandedHasSteps) {
      text::JsonArray steps(n.path.begin(), n.path.end());
      return node("has", {{"left", std::move(owner)}}, {{"attr", std::move(steps)}});
    }
    WriteResult next = std::move(owner);
    WriteResult out = node("has", {{"left", next}}, {{"attr", n.path.front()}});
    for (std::size_t i = 1; i < n.path.size(); ++i) {
      next = node(".", {{"left", std::move(next)}}, {{"attr", n.path[i - 1]}});
      WriteResult step = node("has", {{"left", next}}, {{"attr", n.path[i]}});
      out = node("&&", {{"left", std::move(out)}, {"right", std::move(step)}});
    }
    return out;
  }

  WriteResult operator()(const GetAttribute& n) const {
    return node(".", {{"left", write(n.target)}}, {{"attr", n.name}});
  }

  // A pattern is wildcards and single characters.
  WriteResult operator()(const Like& n) const {
    text::JsonArray pattern;
    for (const std::string& piece : n.pattern.pieces) {
      if (&piece != &n.pattern.pieces.front()) pattern.emplace_back("Wildcard");
      for (std::size_t i = 0; i < piece.size();) {
        std::uint32_t scalar = 0;
        const std::size_t length = std::max<std::size_t>(1, decode_utf8(piece, i, scalar));
        pattern.push_back(Json::object({{"Literal", piece.substr(i, length)}}));
        i += length;
      }
    }
    return node("like", {{"left", write(n.target)}}, {{"pattern", std::move(pattern)}});
  }

  WriteResult operator()(const Is& n) const {
    std::vector<Part> parts{{"left", write(n.target)}};
    if (n.container != nullptr) parts.push_back({"in", write(n.container)});
    return node("is", std::move(parts), {{"entity_type", n.type}});
  }

  WriteResult operator()(const SetLiteral& n) const { return list("Set", n.elements); }

  WriteResult operator()(const RecordLiteral& n) const {
    text::JsonObject fields;
    Written inside;
    for (const auto& [name, value] : n.fields) {
      AMBIT_TRY(Written written, write(value));
      inside.add(written);
      fields.emplace_back(name, std::move(written.json));
    }
    inside.json = Json(std::move(fields));
    return wrap("Record", std::move(inside));
  }

  WriteResult operator()(const Call& n) const {
    const FunctionInfo& info = info_of(n.function);
    if (info.is_extension) return list(info.name, n.arguments);
    // Of the built-in methods, which were parsed with the right number of arguments.
    if (info.arity == 1) return node(info.name, {{"arg", write(n.arguments.front())}});
    return binary(info.name, n.arguments.front(), n.arguments.back());
  }
};

}  // namespace

Result<Json> expression_to_json(const Expr& expr) {
  AMBIT_TRY(Written written, Writer{}.write(expr));
  return std::move(written.json);
}

}  // namespace ambit::cedar
