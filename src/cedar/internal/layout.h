// Documents that know where they may break, and their best layout within a width (Wadler's "A
// prettier printer", strict, in time linear in the text times the width).
#pragma once

#include <cstddef>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace ambit::cedar {

struct LayoutNode;

// A document, by its address in the builder that made it. Null is the empty one.
using Document = const LayoutNode*;

struct LayoutNode {
  enum class Kind {
    kText,      // without a place to break
    kNewline,   // always breaks
    kLine,      // breaks, or is a space when its group fits on the line
    kSoftLine,  // breaks, or is nothing when its group fits
    kAppend,
    kGroup,  // all of its lines break, or none
    kNest    // what breaks within is indented by `indent` more
  };
  Kind kind;
  std::string_view text = {};
  std::size_t width = 0;
  std::size_t indent = 0;
  Document first = nullptr;
  Document second = nullptr;
};

// Makes documents and owns them. Texts must outlive it.
class LayoutBuilder {
 public:
  static Document nothing() { return nullptr; }
  Document text(std::string_view text);
  Document space() { return text(" "); }
  Document newline() { return make({LayoutNode::Kind::kNewline}); }
  Document line() { return make({LayoutNode::Kind::kLine}); }
  Document soft_line() { return make({LayoutNode::Kind::kSoftLine}); }
  Document append(Document first, Document second);
  Document append(std::initializer_list<Document> documents);
  Document group(Document inside);
  Document nest(Document inside, std::size_t indent);

 private:
  Document make(LayoutNode node) { return &nodes_.emplace_back(node); }

  std::deque<LayoutNode> nodes_;
};

// The text of `document` in lines of at most `width` columns, where that can be had by breaking.
// Nothing when it would be much longer than `max_bytes`.
std::optional<std::string> lay_out(Document document, std::size_t width, std::size_t max_bytes);

}  // namespace ambit::cedar
