#include <algorithm>
#include <array>

#include "cedar/internal/functions.h"
#include "cedar/internal/lexical.h"
#include "cedar/internal/policy_json_reader.h"
#include "cedar/internal/tree.h"
#include "cedar/json.h"
#include "cedar/limits.h"
#include "cedar/policy_json.h"

namespace ambit::cedar {
namespace {

using text::Json;
using text::JsonObject;

Result<ExprPtr> make(Expr::Node node) {
  const std::size_t depth = depth_of(node);
  if (depth > kMaxExpressionDepth) {
    return bad_policy_json("an expression is nested more than " +
                           std::to_string(kMaxExpressionDepth) + " levels deep");
  }
  return std::make_shared<const Expr>(Expr{std::move(node), {}, depth});
}

std::optional<BinaryOp> binary_called(std::string_view symbol) {
  for (int i = 0; i <= static_cast<int>(BinaryOp::kMultiply); ++i) {
    if (symbol_of(static_cast<BinaryOp>(i)) == symbol) return static_cast<BinaryOp>(i);
  }
  return std::nullopt;
}

// Recursive descent; `depth_` bounds the recursion, make() the tree.
class ExpressionReader {
 public:
  Result<ExprPtr> read(const Json& json) {
    if (depth_ >= kMaxExpressionDepth) {
      return bad_policy_json("an expression is nested more than " +
                             std::to_string(kMaxExpressionDepth) + " levels deep");
    }
    if (!json.is_object() || json.as_object().size() != 1) {
      return bad_policy_json("an expression is an object with one member, its operator");
    }
    const auto& [op, content] = json.as_object().front();
    ++depth_;
    auto out = located(op, read_operator(json, op, content));
    --depth_;
    return out;
  }

 private:
  Result<ExprPtr> read_operator(const Json& json, const std::string& op, const Json& content) {
    if (op == "Value") return read_value_inside(content);
    if (op == "Var") return read_variable(content);
    if (op == "Slot") return bad_policy_json("a slot cannot stand in a condition");
    if (op == "&&" || op == "||") return read_row(json, op);
    if (op == "!" || op == "neg" || op == "isEmpty") return read_unary(op, content);
    if (const auto binary = binary_called(op)) return read_binary(*binary, content);
    if (op == "." || op == "has") return read_attribute(op, content);
    if (op == "like") return read_like(content);
    if (op == "is") return read_is(content);
    if (op == "if-then-else") return read_if(content);
    if (op == "Set") return read_set(content);
    if (op == "Record") return read_record(content);
    return read_call(op, content);
  }

  // The expression called `name` within an operator's object.
  Result<ExprPtr> part(const Json& content, const char* name) {
    const Json* json = content.find(name);
    if (json == nullptr) return bad_policy_json("`" + std::string(name) + "` is missing");
    return located(name, read(*json));
  }

  Result<std::vector<ExprPtr>> list(const Json& content) {
    if (!content.is_array()) return bad_policy_json("not an array of expressions");
    std::vector<ExprPtr> out;
    for (const Json& item : content.as_array()) {
      AMBIT_TRY(ExprPtr expr, read(item));
      out.push_back(std::move(expr));
    }
    return out;
  }

  Result<ExprPtr> read_variable(const Json& content) {
    for (const Variable v :
         {Variable::kPrincipal, Variable::kAction, Variable::kResource, Variable::kContext}) {
      if (content.is_string() && content.as_string() == name_of(v)) return make(VariableRef{v});
    }
    return bad_policy_json("the variables are `principal`, `action`, `resource` and `context`");
  }

  // Rows grow to the left, so they are read from the right in a loop, however long they are.
  Result<ExprPtr> read_row(const Json& json, const std::string& op) {
    std::vector<ExprPtr> operands;
    const Json* at = &json;
    while (at->is_object() && at->as_object().size() == 1 && at->find(op) != nullptr) {
      const Json& content = *at->find(op);
      AMBIT_CHECK_OK(only(content, {"left", "right"}));
      AMBIT_TRY(ExprPtr right, part(content, "right"));
      operands.push_back(std::move(right));
      at = content.find("left");
      if (at == nullptr) return bad_policy_json("`left` is missing");
    }
    AMBIT_TRY(ExprPtr first, located("left", read(*at)));
    operands.push_back(std::move(first));
    std::reverse(operands.begin(), operands.end());
    if (op == "&&") return make(AllOf{std::move(operands)});
    return make(AnyOf{std::move(operands)});
  }

  Result<ExprPtr> read_unary(std::string_view op, const Json& content) {
    AMBIT_CHECK_OK(only(content, {"arg"}));
    AMBIT_TRY(ExprPtr arg, part(content, "arg"));
    if (op == "!") return make(Not{std::move(arg)});
    if (op == "neg") return make(Negate{std::move(arg)});
    return make(make_call(Function::kIsEmpty, {std::move(arg)}));
  }

  Result<ExprPtr> read_binary(BinaryOp op, const Json& content) {
    AMBIT_CHECK_OK(only(content, {"left", "right"}));
    AMBIT_TRY(ExprPtr left, part(content, "left"));
    AMBIT_TRY(ExprPtr right, part(content, "right"));
    return make(Binary{op, std::move(left), std::move(right)});
  }

  Result<ExprPtr> read_attribute(std::string_view op, const Json& content) {
    AMBIT_CHECK_OK(only(content, {"left", "attr"}));
    AMBIT_TRY(ExprPtr left, part(content, "left"));
    const Json* attr = content.find("attr");
    if (attr != nullptr && attr->is_string()) {
      if (op == ".") return make(GetAttribute{std::move(left), attr->as_string()});
      return make(Has{std::move(left), {attr->as_string()}});
    }
    if (op == "has" && attr != nullptr && attr->is_array()) return read_path(left, *attr);
    return bad_policy_json("`attr` is not an attribute name");
  }

  // `a has b.c`. With a step that only fits in quotes, which the text form has no place for, it is
  // what it stands for: `a has b && a.b has c`. As that repeats `a`, it must be short.
  static Result<ExprPtr> read_path(const ExprPtr& left, const Json& attr) {
    std::vector<std::string> path;
    for (const Json& step : attr.as_array()) {
      if (!step.is_string()) return bad_policy_json("`attr` is not a list of attribute names");
      path.push_back(step.as_string());
    }
    if (path.empty()) return bad_policy_json("`attr` is an empty list");
    const bool plain = std::all_of(path.begin(), path.end(), [](const std::string& step) {
      return is_identifier(step) && !is_reserved(step);
    });
    if (plain || path.size() == 1) return make(Has{left, std::move(path)});
    if (!is_simple(left) || path.size() > kMaxExpandedHasSteps) {
      return bad_policy_json(
          "an attribute name that needs quotes in a list of them can only be of a variable or its "
          "attributes, and in a list of at most " +
          std::to_string(kMaxExpandedHasSteps));
    }
    return expand_path(left, path);
  }

  static Result<ExprPtr> expand_path(ExprPtr owner, const std::vector<std::string>& path) {
    std::vector<ExprPtr> steps;
    for (const std::string& step : path) {
      AMBIT_TRY(ExprPtr test, make(Has{owner, {step}}));
      AMBIT_TRY(owner, make(GetAttribute{owner, step}));
      steps.push_back(std::move(test));
    }
    return make(AllOf{std::move(steps)});
  }

  // `context.a.b`
  static bool is_simple(const ExprPtr& expr) {
    const Expr* at = expr.get();
    while (const auto* get = std::get_if<GetAttribute>(&at->node)) at = get->target.get();
    return std::holds_alternative<VariableRef>(at->node) ||
           std::holds_alternative<Literal>(at->node);
  }

  Result<ExprPtr> read_like(const Json& content) {
    AMBIT_CHECK_OK(only(content, {"left", "pattern"}));
    AMBIT_TRY(ExprPtr left, part(content, "left"));
    const Json* json = content.find("pattern");
    if (json == nullptr || !json->is_array()) return bad_policy_json("`pattern` is not an array");
    Pattern pattern;
    for (const Json& element : json->as_array()) {
      const Json* literal = element.find("Literal");
      if (element.is_string() && element.as_string() == "Wildcard") {
        pattern.pieces.emplace_back();
      } else if (literal != nullptr && literal->is_string() && element.as_object().size() == 1) {
        pattern.pieces.back() += literal->as_string();
      } else {
        return bad_policy_json("a pattern consists of `\"Wildcard\"` and `{\"Literal\": TEXT}`");
      }
    }
    return make(Like{std::move(left), std::move(pattern)});
  }

  Result<ExprPtr> read_is(const Json& content) {
    AMBIT_CHECK_OK(only(content, {"left", "entity_type", "in"}));
    AMBIT_TRY(ExprPtr left, part(content, "left"));
    AMBIT_TRY(std::string type, entity_type_from_json(content));
    ExprPtr container;
    if (const Json* in = content.find("in"); in != nullptr && !in->is_null()) {
      AMBIT_TRY(container, part(content, "in"));
    }
    return make(Is{std::move(left), std::move(type), std::move(container)});
  }

  Result<ExprPtr> read_if(const Json& content) {
    AMBIT_CHECK_OK(only(content, {"if", "then", "else"}));
    AMBIT_TRY(ExprPtr condition, part(content, "if"));
    AMBIT_TRY(ExprPtr then, part(content, "then"));
    AMBIT_TRY(ExprPtr otherwise, part(content, "else"));
    return make(IfThenElse{std::move(condition), std::move(then), std::move(otherwise)});
  }

  Result<ExprPtr> read_set(const Json& content) {
    AMBIT_TRY(auto elements, list(content));
    return make(SetLiteral{std::move(elements)});
  }

  Result<ExprPtr> read_record(const Json& content) {
    if (!content.is_object()) return bad_policy_json("not an object of expressions");
    RecordLiteral out;
    for (const auto& [name, value] : content.as_object()) {
      AMBIT_TRY(ExprPtr expr, located(name, read(value)));
      out.fields.emplace_back(name, std::move(expr));
    }
    return make(std::move(out));
  }

  Result<ExprPtr> read_call(const std::string& name, const Json& content) {
    const FunctionInfo* info = find_function(name);
    if (info == nullptr) return bad_policy_json("there is no such operator or function");
    if (!info->is_extension) {
      AMBIT_CHECK_OK(only(content, {"left", "right"}));
      AMBIT_TRY(ExprPtr left, part(content, "left"));
      AMBIT_TRY(ExprPtr right, part(content, "right"));
      return make(make_call(info->function, {std::move(left), std::move(right)}));
    }
    AMBIT_TRY(auto arguments, list(content));
    return call(*info, std::move(arguments));
  }

  static Result<ExprPtr> call(const FunctionInfo& info, std::vector<ExprPtr> arguments) {
    if (info.is_method && arguments.empty()) {
      return bad_policy_json("the method `" + std::string(info.name) + "` lacks its receiver");
    }
    return make(make_call(info.function, std::move(arguments)));
  }

  // A value in the form of entity attributes, as the expression that makes it.
  Result<ExprPtr> read_value(const Json& json) {
    if (depth_ >= kMaxExpressionDepth) return bad_policy_json("a value is nested too deep");
    ++depth_;
    auto out = read_value_inside(json);
    --depth_;
    return out;
  }

  Result<ExprPtr> read_value_inside(const Json& json) {
    if (json.is_array()) {
      SetLiteral set;
      for (const Json& item : json.as_array()) {
        AMBIT_TRY(ExprPtr element, read_value(item));
        set.elements.push_back(std::move(element));
      }
      return make(std::move(set));
    }
    if (json.find("__extn") != nullptr && json.as_object().size() == 1) {
      return read_extension(*json.find("__extn"));
    }
    const bool escape = json.find("__entity") != nullptr || json.find("__extn") != nullptr ||
                        json.find("__expr") != nullptr;
    if (json.is_object() && !escape) {
      RecordLiteral record;
      for (const auto& [name, item] : json.as_object()) {
        AMBIT_TRY(ExprPtr field, located(name, read_value(item)));
        record.fields.emplace_back(name, std::move(field));
      }
      return make(std::move(record));
    }
    auto value = value_from_json(json);
    if (!value) return bad_policy_json(value.error().message);
    return make(Literal{*std::move(value)});
  }

  Result<ExprPtr> read_extension(const Json& json) {
    const Json* name = json.find("fn");
    const Json* arg = json.find("arg");
    const Json* args = json.find("args");
    const FunctionInfo* info =
        name != nullptr && name->is_string() ? find_function(name->as_string()) : nullptr;
    if (info == nullptr || !info->is_extension || (arg == nullptr) == (args == nullptr) ||
        json.as_object().size() != 2 || (args != nullptr && !args->is_array())) {
      return bad_policy_json(
          "`__extn` needs `fn`, the name of an extension function, and either `arg`, a value, or "
          "`args`, an array of them");
    }
    std::vector<ExprPtr> arguments;
    for (const Json& item : args != nullptr ? args->as_array() : text::JsonArray{*arg}) {
      AMBIT_TRY(ExprPtr argument, read_value(item));
      arguments.push_back(std::move(argument));
    }
    return call(*info, std::move(arguments));
  }

  std::size_t depth_ = 0;
};

}  // namespace

Result<ExprPtr> expression_from_json(const Json& json) { return ExpressionReader().read(json); }

}  // namespace ambit::cedar
