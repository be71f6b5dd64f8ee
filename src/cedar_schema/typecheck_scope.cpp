// Finds the parts of a policy's head in its text, which the tree does not say.
#include <string_view>

#include "cedar_schema/internal/typecheck_expr.h"

namespace ambit::cedar {
namespace {

bool is_word(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Walks a policy that is known to parse, over strings, comments and brackets as wholes.
class HeadScanner {
 public:
  explicit HeadScanner(std::string_view text) : text_(text) {}

  ScopeSpans scan() {
    skip_to_effect();
    skip_to('(');
    ScopeSpans spans;
    spans.principal = part();
    spans.action = part();
    spans.resource = part();
    return spans;
  }

 private:
  bool done() const { return at_ >= text_.size(); }

  // One string, comment, word or character.
  std::string_view next() {
    const std::size_t begin = at_;
    if (text_[at_] == '"') {
      for (++at_; !done() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\') ++at_;
      }
      ++at_;
    } else if (text_.substr(at_, 2) == "//") {
      while (!done() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    } else if (is_word(text_[at_])) {
      while (!done() && is_word(text_[at_])) ++at_;
    } else {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  // Annotations have names that may be `permit`, after their `@`.
  void skip_to_effect() {
    bool named = false;
    while (!done()) {
      const std::string_view token = next();
      if (!named && (token == "permit" || token == "forbid")) return;
      if (!is_space(token[0]) && token.substr(0, 2) != "//") named = token == "@";
    }
  }

  void skip_to(char wanted) {
    while (!done() && next() != std::string_view(&wanted, 1)) {
    }
  }

  // Up to the comma or bracket that ends it, without what surrounds it.
  SourceSpan part() {
    std::size_t begin = text_.size();
    std::size_t end = text_.size();
    int depth = 0;
    while (!done()) {
      const std::size_t here = at_;
      const std::string_view token = next();
      if (token == "[" || token == "(") ++depth;
      if (depth == 0 && (token == "," || token == ")")) break;
      if (token == "]" || token == ")") --depth;
      if (is_space(token[0]) || token.substr(0, 2) == "//") continue;
      if (begin == text_.size()) begin = here;
      end = at_;
    }
    return {begin, begin == text_.size() ? 0 : end - begin};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

ScopeSpans locate_scope(const Policy& policy) {
  if (policy.text.empty()) return {};
  ScopeSpans spans = HeadScanner(policy.text).scan();
  for (SourceSpan* span : {&spans.principal, &spans.action, &spans.resource}) {
    if (span->length == 0) {
      *span = policy.span;  // white space of another alphabet, or the like
    } else {
      span->offset += policy.span.offset;
    }
  }
  return spans;
}

}  // namespace ambit::cedar
