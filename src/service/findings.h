// Findings: shown to whom they are assigned, and closed with a word on what was done.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "service/caller.h"
#include "text/json.h"

namespace ambit::service {

struct Context;

class Findings {
 public:
  explicit Findings(Context& context) : context_(context) {}

  // Newest first: all for security and auditors, to everybody else those assigned to them. `state`
  // is `open`, `closed` or empty for both.
  Result<text::Json> list(const Caller& caller, const std::string& state) const;
  Result<text::Json> show(const Caller& caller, const std::string& id) const;

  // Closed by whom it is assigned to or by security, but not by the one who caused it. Errors:
  // `finding.unknown`, `finding.closed`, `finding.own`, `finding.note` without a note,
  // `caller.role`.
  void close(const Caller& caller, const std::string& id, const std::string& note,
             std::function<void(Result<text::Json>)> done);

 private:
  Context& context_;
};

}  // namespace ambit::service
