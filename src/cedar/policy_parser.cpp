#include "cedar/internal/policy_parser.h"

#include <optional>

#include "cedar/internal/lexical.h"
#include "cedar/limits.h"

namespace ambit::cedar {
namespace {

constexpr std::string_view kScopeHint =
    "the head of a policy is `principal`, `action` and `resource`, in this order";

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

bool is_action_type(std::string_view type) {
  return type == "Action" || type.ends_with("::Action");
}

bool is_wrong_scope_operator(TokenKind kind) {
  switch (kind) {
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual:
    case TokenKind::kSingleEqual: return true;
    default: return false;
  }
}

// Offset of the first byte that is not UTF-8, or npos.
std::size_t first_bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    std::uint32_t scalar = 0;
    const std::size_t length = decode_utf8(text, i, scalar);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

Diagnostic refusal(std::string_view text, std::size_t offset, std::string message) {
  Diagnostic diagnostic;
  diagnostic.span = {offset, 1};
  diagnostic.message = std::move(message);
  locate(diagnostic, text.substr(0, offset));
  return diagnostic;
}

// Why a text is not worth reading, if so.
std::optional<Diagnostic> unreadable(std::string_view text) {
  if (text.size() > kMaxPolicyTextBytes) {
    return refusal(
        text, 0,
        "this policy text is longer than " + std::to_string(kMaxPolicyTextBytes) + " bytes");
  }
  if (const std::size_t bad = first_bad_byte(text); bad != std::string_view::npos) {
    return refusal(text, bad, "this is not UTF-8");
  }
  return std::nullopt;
}

}  // namespace

Result<EntityUid> EntityUid::parse(std::string_view text) {
  if (first_bad_byte(text) != std::string_view::npos) {
    return fail(Code::kInvalid, "cedar.syntax", "this entity name is not UTF-8");
  }
  TokenReader in(text);
  auto uid = ExpressionParser(in).entity();
  if (!uid || !in.expect(TokenKind::kEnd)) return fail(to_error(in.diagnostic()));
  return *std::move(uid);
}

tl::expected<std::vector<Template>, Diagnostic> parse_policy_text(std::string_view text) {
  if (auto why = unreadable(text)) return tl::unexpected<Diagnostic>(*std::move(why));
  return PolicyParser(text).parse();
}

std::vector<Diagnostic> syntax_errors(std::string_view text) {
  if (auto why = unreadable(text)) return {*std::move(why)};
  return PolicyParser(text).errors();
}

tl::expected<std::vector<Template>, Diagnostic> PolicyParser::parse() {
  std::vector<Template> out;
  while (in_.token().kind != TokenKind::kEnd) {
    Template next;
    const std::size_t begin = in_.offset();
    if (!policy(next)) return tl::unexpected<Diagnostic>(in_.diagnostic());
    next.body.span = {begin, in_.end_of_last() - begin};
    next.body.text = std::string(in_.text(next.body.span));
    out.push_back(std::move(next));
  }
  return out;
}

std::vector<Diagnostic> PolicyParser::errors() {
  std::vector<Diagnostic> out;
  while (in_.token().kind != TokenKind::kEnd && out.size() < kMaxSyntaxErrors) {
    Template ignored;
    const std::size_t begin = in_.offset();
    if (policy(ignored)) continue;
    out.push_back(in_.diagnostic());
    in_.forget_error();
    if (!skip_policy(begin)) break;
  }
  return out;
}

bool PolicyParser::skip_policy(std::size_t begin) {
  for (;;) {
    const TokenKind kind = in_.token().kind;
    // Behind a quote that stands alone nobody knows what is a string and what is not.
    if (kind == TokenKind::kOpenString) return false;
    if (kind == TokenKind::kEnd || (in_.offset() > begin && at_next_policy())) return true;
    in_.take();
    // A `;` may itself be what is wrong. A head may begin with the wrong word.
    if (kind == TokenKind::kSemicolon && at_name_of_head()) return true;
  }
}

// For one that follows without the `;` between them.
bool PolicyParser::at_next_policy() const {
  const Token& token = in_.token();
  return token.kind == TokenKind::kAt ||
         ((token.text == "permit" || token.text == "forbid") && at_name_of_head());
}

bool PolicyParser::at_name_of_head() const {
  const std::string_view rest = in_.rest();
  const std::size_t next = rest.find_first_not_of(" \t\r\n");
  return in_.token().kind == TokenKind::kIdentifier && next != std::string_view::npos &&
         rest[next] == '(';
}

bool PolicyParser::policy(Template& out) {
  while (in_.accept(TokenKind::kAt)) {
    if (!annotation(out.body)) return false;
  }
  return effect(out.body.effect) && scope(out) && conditions(out.body.conditions) &&
         in_.expect(TokenKind::kSemicolon);
}

bool PolicyParser::annotation(Policy& out) {
  if (!in_.at(TokenKind::kIdentifier, "an annotation's name")) return in_.unexpected();
  const Token name = in_.take();
  std::string text;
  if (in_.accept(TokenKind::kOpenParen)) {
    if (!in_.at(TokenKind::kString)) return in_.unexpected();
    const auto content = in_.unquoted(in_.token(), Quoted::kString);
    if (!content) return false;
    in_.take();
    text = content->pieces.front();
    if (!in_.expect(TokenKind::kCloseParen)) return false;
  } else {
    out.bare_annotations.emplace(name.text);
  }
  if (out.annotations.emplace(std::string(name.text), std::move(text)).second) return true;
  return in_.error(name.span,
                   "the policy already has the annotation " + quoted("@" + std::string(name.text)));
}

bool PolicyParser::effect(Effect& out) {
  if (in_.accept_word("permit")) {
    out = Effect::kPermit;
    return true;
  }
  if (in_.accept_word("forbid")) {
    out = Effect::kForbid;
    return true;
  }
  return in_.unexpected();
}

bool PolicyParser::scope(Template& out) {
  OpenScope principal{"principal", out.body.principal, out.has_principal_slot};
  OpenScope resource{"resource", out.body.resource, out.has_resource_slot};
  if (!in_.expect(TokenKind::kOpenParen)) return false;
  if (!scope_variable("principal") || !entity_scope(principal)) return false;
  if (!next_scope_variable("action") || !action_scope(out.body.action)) return false;
  if (!next_scope_variable("resource") || !entity_scope(resource)) return false;
  if (in_.accept(TokenKind::kComma) && in_.token().kind == TokenKind::kIdentifier) {
    return in_.error(in_.token().span, quoted(in_.token().text) + " is one element too many",
                     std::string(kScopeHint));
  }
  return in_.expect(TokenKind::kCloseParen);
}

bool PolicyParser::scope_variable(std::string_view name) {
  if (in_.token().kind == TokenKind::kIdentifier && in_.token().text != name) {
    return in_.error(in_.token().span,
                     "found " + quoted(in_.token().text) + " where " + quoted(name) + " must stand",
                     std::string(kScopeHint));
  }
  return in_.accept_word(name) || in_.unexpected(std::string(kScopeHint));
}

bool PolicyParser::next_scope_variable(std::string_view name) {
  if (in_.token().kind == TokenKind::kCloseParen) {
    return in_.error(in_.token().span, "the head of this policy lacks " + quoted(name),
                     std::string(kScopeHint));
  }
  if (!in_.accept(TokenKind::kComma)) {
    return in_.unexpected(
        "the head takes one test of each variable; others go into a `when` clause");
  }
  return scope_variable(name);
}

bool PolicyParser::scope_operator(std::string_view wanted) {
  if (in_.token().kind == TokenKind::kColon) {
    return in_.error(in_.token().span, "`:` cannot give a type here", "a type is tested with `is`");
  }
  if (is_wrong_scope_operator(in_.token().kind)) {
    return in_.error(
        in_.token().span, quoted(in_.token().text) + " cannot stand in the head of a policy",
        "the head takes " + std::string(wanted) + "; other tests go into a `when` clause");
  }
  return true;
}

bool PolicyParser::entity_scope(OpenScope& out) {
  if (in_.accept(TokenKind::kEqual, "`==`")) {
    out.scope.kind = EntityScope::Kind::kEqual;
    return entity_or_slot(out);
  }
  if (in_.accept_word("in")) {
    out.scope.kind = EntityScope::Kind::kIn;
    return entity_or_slot(out);
  }
  if (in_.accept_word("is")) return is_scope(out);
  if (in_.token().kind == TokenKind::kDot) {
    return in_.error(
        in_.token().span,
        "an attribute of " + quoted(out.variable) + " cannot stand in the head of a policy",
        "test it in a `when` clause");
  }
  return scope_operator("`==`, `in` and `is`");
}

bool PolicyParser::is_scope(OpenScope& out) {
  auto type = expressions_.entity_type();
  if (!type) return false;
  out.scope.kind = EntityScope::Kind::kIs;
  out.scope.type = *std::move(type);
  if (in_.token().kind == TokenKind::kEqual) {
    return in_.error(in_.token().span, "`is` cannot stand together with `==`",
                     "write `is ... in ...`");
  }
  if (!in_.accept_word("in")) return scope_operator("`is ... in ...`");
  out.scope.kind = EntityScope::Kind::kIsIn;
  return entity_or_slot(out);
}

bool PolicyParser::refuse_set() {
  return in_.error(in_.token().span, "only one entity can stand here, not a set",
                   "write one policy for each, or test it in a `when` clause");
}

bool PolicyParser::entity_or_slot(OpenScope& out) {
  if (in_.token().kind == TokenKind::kOpenBracket) return refuse_set();
  auto found = expressions_.entity_or_slot();
  if (!found) return false;
  if (const auto* uid = std::get_if<EntityUid>(&*found)) {
    out.scope.entity = *uid;
    return true;
  }
  const Token& slot = std::get<Token>(*found);
  const std::string right = "?" + std::string(out.variable);
  if (slot.text != right) {
    return in_.error(slot.span, "the slot " + quoted(slot.text) + " cannot stand here",
                     "the slot of " + quoted(out.variable) + " is " + quoted(right));
  }
  out.has_slot = true;
  return true;
}

bool PolicyParser::single_entity(EntityUid& out) {
  if (in_.token().kind == TokenKind::kOpenBracket) return refuse_set();
  auto uid = expressions_.entity();
  if (!uid) return false;
  out = *std::move(uid);
  return true;
}

bool PolicyParser::action_scope(ActionScope& out) {
  if (in_.accept(TokenKind::kEqual, "`==`")) {
    out.kind = ActionScope::Kind::kEqual;
    return action(out);
  }
  if (in_.accept_word("in")) {
    out.kind = ActionScope::Kind::kIn;
    return action_or_list(out);
  }
  if (in_.token().text == "is") {
    return in_.error(in_.token().span, "`is` cannot stand with `action` in the head of a policy",
                     "test it in a `when` clause");
  }
  return scope_operator("`==` and `in`");
}

bool PolicyParser::action_or_list(ActionScope& out) {
  constexpr std::string_view kWanted = "a list of actions in `[]`";
  std::size_t parentheses = 0;
  while (in_.accept(TokenKind::kOpenParen, kWanted)) ++parentheses;
  const bool is_list = in_.accept(TokenKind::kOpenBracket, kWanted);
  if (!(is_list ? action_list(out) : action(out))) return false;
  for (; parentheses > 0; --parentheses) {
    if (!in_.expect(TokenKind::kCloseParen)) return false;
  }
  return true;
}

bool PolicyParser::action_list(ActionScope& out) {
  out.kind = ActionScope::Kind::kInSet;
  while (!in_.accept(TokenKind::kCloseBracket)) {
    if (!action(out)) return false;
    if (!in_.accept(TokenKind::kComma)) return in_.expect(TokenKind::kCloseBracket);
  }
  return true;
}

bool PolicyParser::action(ActionScope& out) {
  const SourceSpan start = in_.token().span;
  EntityUid uid;
  if (!single_entity(uid)) return false;
  if (!is_action_type(uid.type)) {
    return in_.error(start, quoted(to_cedar_text(uid)) + " is not an action",
                     "an action's type is `Action`, with or without namespaces before it");
  }
  out.entities.push_back(std::move(uid));
  return true;
}

bool PolicyParser::conditions(std::vector<Condition>& out) {
  while (in_.token().kind == TokenKind::kIdentifier) {
    const bool is_when = in_.at_word("when");
    const bool is_unless = in_.at_word("unless");
    if (!is_when && !is_unless) return in_.unexpected();
    const Token word = in_.take();
    if (!in_.expect(TokenKind::kOpenBrace)) return false;
    if (in_.token().kind == TokenKind::kCloseBrace) {
      return in_.error(in_.token().span, "this " + quoted(word.text) + " clause is empty",
                       "leave the clause out, or put a condition between its braces");
    }
    ExprPtr body = expressions_.expression();
    if (!body || !in_.expect(TokenKind::kCloseBrace)) return false;
    out.push_back({is_unless, std::move(body)});
  }
  in_.want("`when`");
  in_.want("`unless`");
  return true;
}

}  // namespace ambit::cedar
