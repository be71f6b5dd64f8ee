#include "cedar/internal/layout.h"

#include <vector>

#include "cedar/internal/display_width.h"

namespace ambit::cedar {
namespace {

using Kind = LayoutNode::Kind;

enum class Mode { kBreak, kFlat };

class Renderer {
 public:
  Renderer(std::size_t width, std::size_t max_bytes) : width_(width), max_bytes_(max_bytes) {}

  std::optional<std::string> render(Document document) {
    if (document != nullptr) todo_.push_back({0, Mode::kBreak, document});
    while (!todo_.empty()) {
      if (out_.size() > max_bytes_) return std::nullopt;
      const Step step = todo_.back();
      todo_.pop_back();
      run(step);
    }
    return std::move(out_);
  }

 private:
  struct Step {
    std::size_t indent;
    Mode mode;
    Document document;
  };

  void run(const Step& step) {
    const LayoutNode& node = *step.document;
    switch (node.kind) {
      case Kind::kText: return write(node.text, node.width);
      case Kind::kNewline: return break_line(step.indent);
      case Kind::kLine: return step.mode == Mode::kBreak ? break_line(step.indent) : write(" ", 1);
      case Kind::kSoftLine:
        if (step.mode == Mode::kBreak) break_line(step.indent);
        return;
      case Kind::kAppend:
        todo_.push_back({step.indent, step.mode, node.second});
        todo_.push_back({step.indent, step.mode, node.first});
        return;
      case Kind::kGroup: {
        const bool flat = step.mode == Mode::kFlat || fits(node.first);
        todo_.push_back({step.indent, flat ? Mode::kFlat : Mode::kBreak, node.first});
        return;
      }
      case Kind::kNest: todo_.push_back({step.indent + node.indent, step.mode, node.first}); return;
    }
  }

  void write(std::string_view text, std::size_t width) {
    out_ += text;
    column_ += width;
  }

  // What comes next may stand in less or more than what breaks here, and decides.
  void break_line(std::size_t indent) {
    if (!todo_.empty()) indent = todo_.back().indent;
    out_ += '\n';
    out_.append(indent, ' ');
    column_ = indent;
  }

  // Whether `document`, unbroken, and what follows it up to the next break fits on the line.
  bool fits(Document document) {
    std::size_t column = column_;
    std::size_t rest = todo_.size();
    Mode mode = Mode::kFlat;
    flat_.assign(1, document);
    while (true) {
      if (flat_.empty()) {
        if (rest == 0) return true;
        mode = Mode::kBreak;
        flat_.push_back(todo_[--rest].document);
      }
      const LayoutNode& node = *flat_.back();
      flat_.pop_back();
      switch (node.kind) {
        case Kind::kText:
          column += node.width;
          if (column > width_) return false;
          break;
        case Kind::kNewline: return mode == Mode::kBreak;
        case Kind::kLine:
          if (mode == Mode::kBreak) return true;
          if (++column > width_) return false;
          break;
        case Kind::kSoftLine:
          if (mode == Mode::kBreak) return true;
          break;
        case Kind::kAppend:
          flat_.push_back(node.second);
          flat_.push_back(node.first);
          break;
        case Kind::kGroup:
        case Kind::kNest: flat_.push_back(node.first); break;
      }
    }
  }

  std::size_t width_;
  std::size_t max_bytes_;
  std::size_t column_ = 0;
  std::string out_;
  std::vector<Step> todo_;
  std::vector<Document> flat_;
};

}  // namespace

Document LayoutBuilder::text(std::string_view text) {
  if (text.empty()) return nothing();
  LayoutNode node{Kind::kText};
  node.text = text;
  node.width = display_width(text);
  return make(node);
}

Document LayoutBuilder::append(Document first, Document second) {
  if (first == nullptr) return second;
  if (second == nullptr) return first;
  LayoutNode node{Kind::kAppend};
  node.first = first;
  node.second = second;
  return make(node);
}

Document LayoutBuilder::append(std::initializer_list<Document> documents) {
  Document out = nothing();
  for (const Document document : documents) out = append(out, document);
  return out;
}

Document LayoutBuilder::group(Document inside) {
  if (inside == nullptr || inside->kind == Kind::kGroup) return inside;
  LayoutNode node{Kind::kGroup};
  node.first = inside;
  return make(node);
}

Document LayoutBuilder::nest(Document inside, std::size_t indent) {
  if (inside == nullptr || indent == 0) return inside;
  LayoutNode node{Kind::kNest};
  node.first = inside;
  node.indent = indent;
  return make(node);
}

std::optional<std::string> lay_out(Document document, std::size_t width, std::size_t max_bytes) {
  return Renderer(width, max_bytes).render(document);
}

}  // namespace ambit::cedar
