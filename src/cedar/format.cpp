#include "cedar/format.h"

#include <algorithm>
#include <vector>

#include "cedar/internal/commented_tokens.h"
#include "cedar/internal/policy_layout.h"
#include "cedar/limits.h"
#include "cedar/policy.h"

namespace ambit::cedar {
namespace {

constexpr std::size_t kMaxIndent = 80;

tl::unexpected<Error> too_long() {
  return fail(Code::kExhausted, "cedar.format_limit",
              "a policy of more than " + std::to_string(kMaxFormattedPolicyBytes) +
                  " bytes, before or after, cannot be formatted");
}

// Where the string or comment that begins at `at` ends.
std::size_t end_of_opaque(std::string_view text, std::size_t at) {
  if (text[at] == '/') return std::min(text.find_first_of("\r\n", at), text.size());
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

// Where the next string or comment begins.
std::size_t find_opaque(std::string_view text, std::size_t from) {
  return std::min({text.find('"', from), text.find("//", from), text.size()});
}

// Appends text without strings and comments, and without its empty lines. Its first line goes on
// from the string or comment before it, so it is not empty.
void append_without_empty_lines(std::string& out, std::string_view text) {
  for (bool goes_on = !out.empty(); !text.empty(); goes_on = false) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, std::min(newline, text.size() - 1) + 1);
    const bool empty = newline != std::string_view::npos &&
                       line.find_first_not_of(" \n") == std::string_view::npos;
    if (!empty || goes_on) out += line;
    text.remove_prefix(line.size());
  }
}

// Layout leaves empty lines around comments. Drops them; a string keeps its own.
std::string without_empty_lines(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t opaque = find_opaque(text, i);
    append_without_empty_lines(out, text.substr(i, opaque - i));
    if (opaque == text.size()) break;
    i = end_of_opaque(text, opaque);
    out += text.substr(opaque, i - opaque);
  }
  const std::size_t begin = std::min(out.find_first_not_of(" \n"), out.size());
  return out.substr(begin, out.find_last_not_of(" \n") + 1 - begin);
}

Result<std::string> format_policy(std::vector<CommentedToken> tokens, FormatOptions options) {
  const SourceSpan last = tokens.back().token.span;
  if (last.offset - tokens.front().token.span.offset > kMaxFormattedPolicyBytes) return too_long();
  LayoutBuilder builder;
  const Document document = PolicyLayout(std::move(tokens), options.indent_width, builder).policy();
  if (document == nullptr) {
    return fail(Code::kExhausted, "cedar.format_limit",
                "a policy whose head nests more than " + std::to_string(kMaxExpressionDepth) +
                    " parentheses cannot be formatted");
  }
  const auto text = lay_out(document, options.line_width, kMaxFormattedPolicyBytes);
  if (!text) return too_long();
  return without_empty_lines(*text);
}

bool same(const PolicySet& a, const PolicySet& b) {
  return std::equal(
             a.policies().begin(), a.policies().end(), b.policies().begin(), b.policies().end(),
             [](const Policy& x, const Policy& y) { return x.id == y.id && same_policy(x, y); }) &&
         std::equal(a.templates().begin(), a.templates().end(), b.templates().begin(),
                    b.templates().end(), [](const Template& x, const Template& y) {
                      return x.body.id == y.body.id && same_template(x, y);
                    });
}

}  // namespace

Result<std::string> format_policies(std::string_view text, FormatOptions options) {
  if (options.indent_width > kMaxIndent) {
    return fail(Code::kInvalid, "cedar.format_limit",
                "the indent is at most " + std::to_string(kMaxIndent) + " columns");
  }
  AMBIT_TRY(const PolicySet before, PolicySet::parse(text));
  CommentedTokens tokens(text);
  std::string out;
  for (auto policy = tokens.next_policy(); !policy.empty(); policy = tokens.next_policy()) {
    AMBIT_TRY(const std::string formatted, format_policy(std::move(policy), options));
    if (!out.empty()) out += "\n\n";
    out += formatted;
  }
  out += '\n';
  for (const std::string_view comment : tokens.rest()) {
    out += comment;
    out += '\n';
  }
  const auto after = PolicySet::parse(out);
  if (after && same(before, *after)) return out;
  return fail(Code::kInternal, "cedar.format_changed",
              "formatting would have changed what the policies say");
}

}  // namespace ambit::cedar
