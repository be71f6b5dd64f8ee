#include "cedar/internal/commented_tokens.h"

#include <algorithm>

#include "cedar/internal/lexical.h"

namespace ambit::cedar {
namespace {

std::string_view trimmed(std::string_view text) {
  std::size_t begin = text.size();
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::uint32_t scalar = 0;
    const std::size_t length = std::max<std::size_t>(1, decode_utf8(text, i, scalar));
    if (!is_white_space(scalar)) {
      begin = std::min(begin, i);
      end = i + length;
    }
    i += length;
  }
  return end == 0 ? std::string_view() : text.substr(begin, end - begin);
}

// Each comment of a text that has nothing but comments and white space.
std::vector<std::string_view> comments_of(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t at = text.find("//");
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    out.push_back(trimmed(text.substr(at, end - at)));
    at = text.find("//", end);
  }
  return out;
}

}  // namespace

std::vector<CommentedToken> CommentedTokens::next_policy() {
  std::vector<CommentedToken> out;
  while (next_.kind != TokenKind::kEnd) {
    CommentedToken token;
    token.token = next_;
    token.leading = comments_of(text_.substr(lead_, next_.span.offset - lead_));
    const std::size_t end = next_.span.offset + next_.span.length;
    next_ = lexer_.next();
    const std::string_view gap = text_.substr(end, next_.span.offset - end);
    const std::size_t line_end = std::min(gap.find('\n'), gap.size());
    token.trailing = trimmed(gap.substr(0, line_end));
    lead_ = end + line_end;
    out.push_back(std::move(token));
    if (out.back().token.kind == TokenKind::kSemicolon) break;
  }
  return out;
}

std::vector<std::string_view> CommentedTokens::rest() const {
  return comments_of(text_.substr(lead_));
}

}  // namespace ambit::cedar
