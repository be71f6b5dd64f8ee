// Collects what is wrong with one policy, and guesses what was meant.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "cedar/policy.h"
#include "cedar_schema/schema.h"
#include "cedar_schema/validator.h"

namespace ambit::cedar {

struct CheckedEnvironment;

// A text that many places are looked up in, each in a time that does not depend on its length. The
// text must outlive it.
class SourceText {
 public:
  explicit SourceText(std::string_view text);

  // Fills line, column and line text of `diagnostic` from its span.
  void locate(Diagnostic& diagnostic) const;

 private:
  struct Position {
    std::size_t offset = 0;
    std::size_t line = 1;
    std::size_t column = 1;
    std::size_t line_start = 0;
  };

  Position advance(Position from, std::size_t to) const;

  std::string_view text_;
  std::vector<Position> marks_;  // one every few thousand bytes
};

// The most issues of one kind that are kept of one policy.
inline constexpr std::size_t kMaxIssuesOfPolicy = 200;

// The issues of one policy, each once however many kinds of request show it.
class IssueList {
 public:
  // `source` is the text the policy stands in, null when that is not known.
  IssueList(const Policy& policy, const SourceText* source) : policy_(policy), source_(source) {}

  // An issue that shows for one kind of request.
  void add(const CheckedEnvironment& environment, SourceSpan span, std::string_view reason,
           std::string message, std::string hint);

  // An issue that does not depend on the request.
  void add(SourceSpan span, std::string_view reason, std::string message, std::string hint = {});

  bool empty() const { return issues_.empty(); }

  // What stands at a place of the policy; empty when there is no text.
  std::string_view text_at(SourceSpan span) const;

  // In the order of their places.
  std::vector<ValidationIssue> take();

 private:
  bool is_new(SourceSpan span, std::string_view reason, const std::string& message);
  ValidationIssue make(SourceSpan span, std::string_view reason, std::string message,
                       std::string hint) const;

  const Policy& policy_;
  const SourceText* source_;
  std::set<std::tuple<std::size_t, std::size_t, std::string, std::string>> seen_;
  std::vector<ValidationIssue> issues_;
};

// Finds the name that was probably meant. Gives up after some hundreds of searches, which bounds
// the work that a long and wrong policy text can cause.
class NameSuggester {
 public:
  explicit NameSuggester(const Schema& schema) : schema_(schema) {}

  // Each gives the name, or nothing when none is like it.
  std::string entity_type(std::string_view unknown);
  std::string action(const EntityUid& unknown);
  std::string among(std::string_view unknown, const std::vector<std::string>& known);

 private:
  const Schema& schema_;
  std::size_t searches_ = 0;
};

// "did you mean `x`?", or nothing for an empty name.
std::string did_you_mean(const std::string& name);

}  // namespace ambit::cedar
