// Findings: something that needs a person's attention, with who must give it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "text/json.h"

namespace ambit::domain {

struct Finding {
  std::string id;
  std::string kind;         // `guardrail.override`, and never changes meaning
  std::string agent;        // that it is about
  std::string by;           // the identity that caused it
  std::string assigned_to;  // the human who must look: the agent's business owner
  std::string summary;      // for people
  text::Json detail;        // bounded
  Time opened_at;
  Time due_at;
  std::string closed_by;  // empty while it is open
  std::string note;       // the closer's words
  std::optional<Time> closed_at;

  bool is_open() const { return !closed_at; }
};

text::Json to_json(const Finding& finding);
Result<Finding> finding_from_json(const text::Json& json);

}  // namespace ambit::domain
