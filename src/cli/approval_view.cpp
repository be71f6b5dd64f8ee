#include <algorithm>

#include "cli/internal/diff.h"
#include "cli/internal/output.h"
#include "cli/internal/views.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

bool is_true(const Json& object, std::string_view key) { return scalar_of(object, key) == "true"; }

void heading(std::ostream& out, const Paint& paint, std::string_view text) {
  out << "\n" << paint(Colour::kBold, text) << "\n";
}

void warn(std::ostream& out, const Paint& paint, const std::string& text) {
  out << paint(Colour::kRed, "! " + text) << "\n";
}

// Each line of a text on its own, made visible.
void print_lines(std::ostream& out, const std::string& text, std::string_view indent) {
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    out << indent << visible(text.substr(start, end - start)) << "\n";
    start = end + 1;
  }
}

// Whether a reader could be deceived; line ends and tabs are ordinary in texts.
bool hides_something(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\t'; });
  return !is_plain(text);
}

bool hides_something(const Json& value) {
  if (value.is_string()) return hides_something(value.as_string());
  if (value.is_array()) {
    return std::any_of(value.as_array().begin(), value.as_array().end(),
                       [](const Json& item) { return hides_something(item); });
  }
  if (!value.is_object()) return false;
  return std::any_of(value.as_object().begin(), value.as_object().end(), [](const auto& item) {
    return hides_something(item.first) || hides_something(item.second);
  });
}

void print_call(std::ostream& out, const Paint& paint, const Json& view) {
  heading(out, paint, "The call");
  FieldList fields;
  fields.add("tool", {scalar_of(view, "server") + "/" + scalar_of(view, "tool"), Colour::kBold});
  fields.add("effect", scalar_of(view, "outcome") + " (class " + scalar_of(view, "class") +
                           ", tier " + scalar_of(view, "tier") + ")");
  fields.add("targets", targets_of(view, "targets"));
  fields.add("data domain", scalar_of(view, "data_domain"));
  fields.add("intent", scalar_of(view, "intent"));
  fields.add("justification", scalar_of(view, "justification"));
  fields.print(out, paint);
  const Json& arguments = member(view, "arguments");
  out << paint(Colour::kDim, "arguments") << "\n";
  print_lines(out, text::to_pretty_json(arguments), "  ");
  if (arguments.find("omitted") != nullptr && arguments.find("digest") != nullptr) {
    warn(out, paint, "the arguments are too large to be shown here; only their digest is");
  }
  if (hides_something(arguments)) {
    warn(out, paint,
         "the arguments hold control or invisible characters, written out above as \\u{...}");
  }
}

void print_diff(std::ostream& out, const Paint& paint, const std::string& before,
                const std::string& after) {
  for (const DiffLine& line : diff_lines(before, after)) {
    std::string shown = visible(line.text);
    if (!line.has_line_end) shown += "  (no line end)";
    switch (line.kind) {
      case DiffLine::Kind::kSame: out << "    " << shown << "\n"; break;
      case DiffLine::Kind::kRemoved: out << paint(Colour::kRed, "  - " + shown) << "\n"; break;
      case DiffLine::Kind::kAdded: out << paint(Colour::kGreen, "  + " + shown) << "\n"; break;
      case DiffLine::Kind::kSkipped:
        out << paint(Colour::kDim, "    (" + shown + " unchanged lines)") << "\n";
        break;
    }
  }
}

void print_change(std::ostream& out, const Paint& paint, const Json& view) {
  const Json* change = view.find("change");
  if (change == nullptr) return;
  const std::string before = scalar_of(*change, "before");
  const std::string problem = scalar_of(*change, "problem");
  if (!problem.empty()) {
    warn(out, paint, "what is there now could not be seen; the tool server says:");
    print_lines(out, problem, "    ");
    if (const std::string after = scalar_of(*change, "after"); !after.empty()) {
      heading(out, paint, "What would be written");
      print_lines(out, after, "    ");
    }
  } else if (change->find("after") == nullptr) {
    heading(out, paint, "What is there now");
    print_lines(out, before, "    ");
  } else {
    heading(out, paint, "What would change");
    const std::string after = scalar_of(*change, "after");
    if (before == after) out << "    nothing: the content stays the same\n";
    if (before != after) print_diff(out, paint, before, after);
  }
  if (is_true(*change, "before_truncated")) {
    warn(out, paint, "what is there now is longer than shown here");
  }
  if (is_true(*change, "after_truncated")) {
    warn(out, paint, "the new content is longer than shown here");
  }
}

void print_asker(std::ostream& out, const Paint& paint, const Json& approval, const Json& view) {
  heading(out, paint, "Who asks");
  FieldList fields;
  fields.add("agent", {scalar_of(approval, "agent"), Colour::kBold});
  fields.add("purpose", scalar_of(view, "purpose"));
  const Json& owners = member(view, "owners");
  fields.add("business owner", scalar_of(owners, "business"));
  fields.add("control owner", scalar_of(owners, "control"));
  fields.add("task", scalar_of(approval, "task"));
  fields.add("goal", scalar_of(view, "goal"));
  const Json& trigger = member(view, "trigger");
  if (trigger.is_object()) {
    fields.add("trigger", scalar_of(trigger, "kind") + ": " + scalar_of(trigger, "reference"));
  }
  fields.add("started by", scalar_of(view, "started_by"));
  const Json& session = member(view, "session");
  if (session.is_object()) {
    fields.add("so far", scalar_of(session, "released") + " calls let through, " +
                             scalar_of(session, "denied") + " denied, " +
                             scalar_of(session, "held") + " held");
    fields.add("carries labels", join(texts_of(session, "labels")));
    fields.add("touched", join(texts_of(session, "systems")));
  }
  fields.print(out, paint);
}

void print_answers(std::ostream& out, const Paint& paint, const Json& approval, const Json& view) {
  heading(out, paint, "Why it waits");
  for (const Json& reason : items_of(view, "reasons")) {
    out << "  " << visible(scalar_of(reason, "code")) << ": "
        << visible(scalar_of(reason, "message")) << "\n";
  }
  FieldList fields;
  for (const Json& need : items_of(approval, "needs")) {
    fields.add("needs", scalar_of(need, "quorum") + " of `" + scalar_of(need, "approvers") + "`");
  }
  for (const Json& grant : items_of(approval, "grants")) {
    fields.add("granted by", scalar_of(grant, "by") + " at " + scalar_of(grant, "at"));
  }
  fields.add("closed by", scalar_of(approval, "closed_by"));
  fields.add("note", scalar_of(approval, "note"));
  fields.add("used by", scalar_of(approval, "used_by"));
  fields.add("asked", scalar_of(approval, "requested_at"));
  fields.add("expires", scalar_of(approval, "expires_at"));
  fields.add("decision", scalar_of(approval, "decision"));
  fields.add("digest", scalar_of(approval, "action_digest"));
  fields.print(out, paint);
}

}  // namespace

void print_approval(std::ostream& out, const Paint& paint, const Json& approval) {
  const Cell state = state_cell(scalar_of(approval, "state"));
  out << paint(Colour::kBold, "Approval " + visible(scalar_of(approval, "id"))) << "  "
      << paint(state.colour, visible(state.text)) << "\n";
  const Json& view = member(approval, "view");
  print_call(out, paint, view);
  print_change(out, paint, view);
  print_asker(out, paint, approval, view);
  print_answers(out, paint, approval, view);
}

}  // namespace ambit::cli
