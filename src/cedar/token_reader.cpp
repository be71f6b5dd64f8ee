#include "cedar/internal/token_reader.h"

#include <algorithm>
#include <array>

namespace ambit::cedar {
namespace {

std::string_view description(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEnd: return "the end of the text";
    case TokenKind::kIdentifier: return "a name";
    case TokenKind::kNumber: return "a number";
    case TokenKind::kString: return "a string in double quotes";
    case TokenKind::kSlot: return "a template slot";
    case TokenKind::kAt: return "`@`";
    case TokenKind::kDot: return "`.`";
    case TokenKind::kComma: return "`,`";
    case TokenKind::kSemicolon: return "`;`";
    case TokenKind::kColon: return "`:`";
    case TokenKind::kDoubleColon: return "`::`";
    case TokenKind::kOpenParen: return "`(`";
    case TokenKind::kCloseParen: return "`)`";
    case TokenKind::kOpenBrace: return "`{`";
    case TokenKind::kCloseBrace: return "`}`";
    case TokenKind::kOpenBracket: return "`[`";
    case TokenKind::kCloseBracket: return "`]`";
    default: return "an operator";
  }
}

std::string hint_for(const Token& token) {
  struct Hint {
    std::string_view text;
    std::string_view hint;
  };
  static constexpr std::string_view kEffects = "the effects are `permit` and `forbid`";
  static constexpr std::string_view kComments = "a comment begins with `//` and ends with its line";
  static constexpr std::array<Hint, 18> kHints = {{
      {"'", "strings use double quotes"},
      {"&", "both conditions is `&&`"},
      {"|", "either condition is `||`"},
      {"and", "both conditions is `&&`"},
      {"AND", "both conditions is `&&`"},
      {"or", "either condition is `||`"},
      {"OR", "either condition is `||`"},
      {"not", "negation is `!`"},
      {"=", "equality is `==`"},
      {"Permit", kEffects},
      {"PERMIT", kEffects},
      {"Forbid", kEffects},
      {"FORBID", kEffects},
      {"allow", kEffects},
      {"deny", kEffects},
      {"/", kComments},
      {"#", kComments},
      {"\xEF\xBB\xBF", "this is a byte order mark, which the file must not have"},
  }};
  const auto at = std::find_if(kHints.begin(), kHints.end(),
                               [&](const Hint& h) { return h.text == token.text; });
  return at == kHints.end() ? std::string() : std::string(at->hint);
}

}  // namespace

Token TokenReader::take() {
  Token taken = token_;
  end_of_last_ = token_.span.offset + token_.span.length;
  token_ = lexer_.next();
  wanted_.clear();
  return taken;
}

void TokenReader::want(std::string_view wanted) {
  if (std::find(wanted_.begin(), wanted_.end(), wanted) == wanted_.end()) {
    wanted_.emplace_back(wanted);
  }
}

bool TokenReader::at(TokenKind kind, std::string_view wanted) {
  if (token_.kind == kind) return true;
  want(wanted.empty() ? description(kind) : wanted);
  return false;
}

bool TokenReader::at_word(std::string_view word, std::string_view wanted) {
  if (token_.kind == TokenKind::kIdentifier && token_.text == word) return true;
  want(wanted.empty() ? "`" + std::string(word) + "`" : std::string(wanted));
  return false;
}

bool TokenReader::accept(TokenKind kind, std::string_view wanted) {
  if (!at(kind, wanted)) return false;
  take();
  return true;
}

bool TokenReader::accept_word(std::string_view word, std::string_view wanted) {
  if (!at_word(word, wanted)) return false;
  take();
  return true;
}

bool TokenReader::expect(TokenKind kind, std::string_view wanted) {
  return accept(kind, wanted) || unexpected();
}

bool TokenReader::unexpected(std::string hint) {
  if (failed()) return false;
  if (token_.kind == TokenKind::kOpenString) {
    return error(token_.span, "this string has no closing `\"`",
                 "a quote inside a string is written `\\\"`");
  }
  const std::string found = token_.kind == TokenKind::kEnd
                                ? "unexpected end of the text"
                                : "unexpected `" + std::string(token_.text) + "`";
  error(token_.span, found, hint.empty() ? hint_for(token_) : std::move(hint));
  diagnostic_->expected = wanted_;
  return false;
}

bool TokenReader::error(SourceSpan span, std::string message, std::string hint) {
  if (failed()) return false;
  diagnostic_.emplace();
  diagnostic_->span = span;
  diagnostic_->message = std::move(message);
  diagnostic_->hint = std::move(hint);
  locate(*diagnostic_, text_);
  return false;
}

std::optional<Unquoted> TokenReader::unquoted(const Token& string, Quoted kind) {
  BadEscape bad;
  auto content = unquote(string.text.substr(1, string.text.size() - 2), kind, bad);
  if (content) return content;
  const SourceSpan span{string.span.offset + 1 + bad.offset, bad.length};
  if (text(span) == "\r") {
    error(span, "a bare carriage return cannot stand in a string", "write `\\r`");
  } else {
    error(span, "`" + std::string(text(span)) + "` is not an escape",
          "the escapes are `\\n`, `\\r`, `\\t`, `\\0`, `\\\\`, `\\\"`, `\\'`, `\\x41` and "
          "`\\u{1F600}`, and `\\*` after `like`");
  }
  return std::nullopt;
}

}  // namespace ambit::cedar
