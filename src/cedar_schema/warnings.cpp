#include "cedar_schema/internal/warnings.h"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "cedar_schema/internal/warnings_unicode.h"

namespace ambit::cedar {
namespace {

using Kind = CheckedExpr::Kind;

constexpr std::string_view kScriptsHint = "letters of different alphabets can look the same";
constexpr std::string_view kBidiHint =
    "they change the order in which text is shown, so that it reads as something else";

std::string code_of(std::uint32_t scalar) {
  char out[16];
  std::snprintf(out, sizeof out, "\\u{%x}", scalar);
  return out;
}

// In quotes, with everything that might not be seen, or might mislead, as its code.
std::string visible(std::string_view text) {
  std::string out = "\"";
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t begin = offset;
    const std::uint32_t scalar = unicode::next_scalar(text, offset);
    const bool plain = scalar < 0x80 ? scalar >= 0x20 && scalar != 0x7F && scalar != '"'
                                     : unicode::is_allowed_in_identifier(scalar);
    out += plain ? std::string(text.substr(begin, offset - begin)) : code_of(scalar);
  }
  return out + "\"";
}

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

class TextChecker {
 public:
  explicit TextChecker(IssueList& warnings) : warnings_(warnings) {}

  void string(std::string_view text, SourceSpan span) {
    if (is_ascii(text)) return;
    if (unicode::has_bidi_control(text)) {
      add(span, "bidi_string", "string", text, "has characters that change the direction of text",
          kBidiHint);
    } else if (!unicode::is_single_script(text)) {
      add(span, "mixed_script_string", "string", text, "mixes scripts", kScriptsHint);
    }
  }

  void name(std::string_view text, SourceSpan span) {
    if (unicode::has_bidi_control(text)) {
      add(span, "bidi_identifier", "name", text, "has characters that change the direction of text",
          kBidiHint);
      return;
    }
    for (std::size_t offset = 0; offset < text.size();) {
      const std::uint32_t scalar = unicode::next_scalar(text, offset);
      if ((scalar >= 0x20 && scalar < 0x7F) || unicode::is_allowed_in_identifier(scalar)) continue;
      add(span, "confusable_identifier", "name", text,
          "has the character `" + code_of(scalar) + "`, which should not be in names",
          "it cannot be seen, or can be taken for another");
      return;
    }
    if (!unicode::is_single_script(text)) {
      add(span, "mixed_script_identifier", "name", text, "mixes scripts", kScriptsHint);
    }
  }

  void type_name(std::string_view full, SourceSpan span) {
    for (std::size_t at = full.find("::"); at != std::string_view::npos; at = full.find("::")) {
      name(full.substr(0, at), span);
      full.remove_prefix(at + 2);
    }
    name(full, span);
  }

 private:
  void add(SourceSpan span, std::string_view reason, std::string_view what, std::string_view text,
           const std::string& problem, std::string_view hint) {
    warnings_.add(span, reason, std::string(what) + " `" + visible(text) + "` " + problem,
                  std::string(hint));
  }

  IssueList& warnings_;
};

std::string text_of(const Pattern& pattern) {
  std::string out;
  for (const std::string& piece : pattern.pieces) out += piece;
  return out;
}

}  // namespace

void check_texts(const CheckedProgram& program, IssueList& warnings) {
  TextChecker checker(warnings);
  for (const CheckedExpr& node : program.nodes()) {
    if (node.kind == Kind::kLike) {
      checker.string(text_of(*node.pattern), node.span);
    } else if (node.kind == Kind::kIs) {
      checker.type_name(node.names[0], node.span);
    } else if (!node.literal) {
      for (const std::string& name : node.names) checker.name(name, node.span);
    } else if (node.literal->kind() == Value::Kind::kString) {
      checker.string(node.literal->as_string(), node.span);
    } else if (node.literal->kind() == Value::Kind::kEntity) {
      checker.type_name(node.literal->as_entity().type, node.span);
      checker.name(node.literal->as_entity().id, node.span);
    }
  }
}

}  // namespace ambit::cedar
