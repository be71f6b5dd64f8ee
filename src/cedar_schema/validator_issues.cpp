#include "cedar_schema/internal/validator_issues.h"

#include <algorithm>
#include <utility>

#include "cedar_schema/internal/typecheck.h"

namespace ambit::cedar {
namespace {

constexpr std::size_t kMaxSearches = 300;
constexpr std::size_t kMarkDistance = 4096;
constexpr std::size_t kLineDistance = 1024;  // more than is ever shown of a line
constexpr std::size_t kMaxNameLength = 100;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// How many letters must be changed, added or taken away to make one of the other, in bytes and
// without regard to case.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t same = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({same, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

// Keeps the candidate that is nearest to a name, if it is near at all.
class Nearest {
 public:
  explicit Nearest(std::string_view name) : name_(name) {}

  void offer(std::string_view candidate, std::string text) {
    if (name_.size() > kMaxNameLength || candidate.size() > kMaxNameLength) return;
    const std::size_t found = distance(name_, candidate);
    if (2 * found > std::max(name_.size(), candidate.size()) || found >= best_) return;
    best_ = found;
    text_ = std::move(text);
  }

  std::string take() { return std::move(text_); }

 private:
  std::string_view name_;
  std::size_t best_ = kMaxNameLength;
  std::string text_;
};

std::string_view base_name(std::string_view full) {
  const std::size_t at = full.rfind("::");
  return at == std::string_view::npos ? full : full.substr(at + 2);
}

}  // namespace

std::string NameSuggester::entity_type(std::string_view unknown) {
  if (++searches_ > kMaxSearches) return {};
  for (const SchemaEntityType& type : schema_.entity_types()) {
    if (base_name(type.name) == base_name(unknown)) return type.name;
  }
  Nearest nearest(unknown);
  for (const SchemaEntityType& type : schema_.entity_types()) nearest.offer(type.name, type.name);
  return nearest.take();
}

std::string NameSuggester::action(const EntityUid& unknown) {
  if (++searches_ > kMaxSearches) return {};
  for (const SchemaAction& action : schema_.actions()) {
    if (action.uid.id == unknown.id) return to_cedar_text(action.uid);
  }
  Nearest nearest(unknown.id);
  for (const SchemaAction& action : schema_.actions()) {
    nearest.offer(action.uid.id, to_cedar_text(action.uid));
  }
  return nearest.take();
}

std::string NameSuggester::among(std::string_view unknown, const std::vector<std::string>& known) {
  if (++searches_ > kMaxSearches) return {};
  Nearest nearest(unknown);
  for (const std::string& name : known) nearest.offer(name, name);
  return nearest.take();
}

std::string did_you_mean(const std::string& name) {
  return name.empty() ? std::string() : "did you mean `" + name + "`?";
}

SourceText::SourceText(std::string_view text) : text_(text), marks_(1) {
  while (marks_.back().offset + kMarkDistance < text.size()) {
    marks_.push_back(advance(marks_.back(), marks_.back().offset + kMarkDistance));
  }
}

SourceText::Position SourceText::advance(Position from, std::size_t to) const {
  for (; from.offset < to; ++from.offset) {
    const auto byte = static_cast<unsigned char>(text_[from.offset]);
    if (byte == '\n') {
      ++from.line;
      from.column = 1;
      from.line_start = from.offset + 1;
    } else if ((byte & 0xC0) != 0x80) {  // not within a character
      ++from.column;
    }
  }
  return from;
}

void SourceText::locate(Diagnostic& diagnostic) const {
  const std::size_t offset = std::min(diagnostic.span.offset, text_.size());
  const Position at = advance(marks_[std::min(offset / kMarkDistance, marks_.size() - 1)], offset);
  Diagnostic line;
  ambit::cedar::locate(line, text_.substr(at.line_start, kLineDistance));
  diagnostic.line = at.line;
  diagnostic.column = at.column;
  diagnostic.line_text = std::move(line.line_text);
}

void IssueList::add(const CheckedEnvironment& environment, SourceSpan span, std::string_view reason,
                    std::string message, std::string hint) {
  if (!is_new(span, reason, message)) return;
  ValidationIssue issue = make(span, reason, std::move(message), std::move(hint));
  issue.environment =
      RequestEnvironment{*environment.principal, environment.action->uid, *environment.resource};
  issues_.push_back(std::move(issue));
}

void IssueList::add(SourceSpan span, std::string_view reason, std::string message,
                    std::string hint) {
  if (!is_new(span, reason, message)) return;
  issues_.push_back(make(span, reason, std::move(message), std::move(hint)));
}

std::string_view IssueList::text_at(SourceSpan span) const {
  const std::size_t begin = span.offset - std::min(policy_.span.offset, span.offset);
  return begin < policy_.text.size() ? std::string_view(policy_.text).substr(begin, span.length)
                                     : std::string_view();
}

bool IssueList::is_new(SourceSpan span, std::string_view reason, const std::string& message) {
  if (issues_.size() >= kMaxIssuesOfPolicy) return false;
  return seen_.emplace(span.offset, span.length, std::string(reason), message).second;
}

ValidationIssue IssueList::make(SourceSpan span, std::string_view reason, std::string message,
                                std::string hint) const {
  ValidationIssue issue;
  issue.policy_id = policy_.id;
  issue.reason = "cedar.validation." + std::string(reason);
  Diagnostic& diagnostic = issue.diagnostic;
  diagnostic.source = policy_.source;
  diagnostic.span = span;
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  if (span.length == 0) return issue;
  if (source_ != nullptr) {
    source_->locate(diagnostic);
  } else {
    // The policy's own text is all there is to count lines in.
    diagnostic.span.offset -= std::min(policy_.span.offset, diagnostic.span.offset);
    locate(diagnostic, policy_.text);
  }
  return issue;
}

std::vector<ValidationIssue> IssueList::take() {
  std::vector<std::pair<std::size_t, std::size_t>> order;  // place, and when it was found
  for (std::size_t i = 0; i < issues_.size(); ++i) {
    order.emplace_back(issues_[i].diagnostic.span.offset, i);
  }
  std::sort(order.begin(), order.end());
  std::vector<ValidationIssue> sorted;
  for (const auto& [offset, index] : order) sorted.push_back(std::move(issues_[index]));
  issues_.clear();
  return sorted;
}

std::string ValidationIssue::summary() const {
  const Diagnostic& d = diagnostic;
  std::string out = "policy `" + policy_id + "`";
  if (has_place()) {
    out += ", line " + std::to_string(d.line) + ", column " + std::to_string(d.column);
  }
  out += ": " + d.message;
  if (!d.hint.empty()) out += " (" + d.hint + ")";
  return out;
}

std::string ValidationIssue::pretty() const {
  if (!has_place()) return summary() + "\n";
  const std::string whole = diagnostic.pretty();
  return summary() + whole.substr(whole.find('\n'));
}

}  // namespace ambit::cedar
