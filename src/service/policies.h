// Policies: checked, published as a version, shown.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "service/caller.h"
#include "text/json.h"

namespace ambit::service {

struct Context;

class Policies {
 public:
  explicit Policies(Context& context) : context_(context) {}

  // Parses and checks a policy set `{"policies": {"name": "text", ...}}` without publishing it,
  // also against the tools as they are approved now. The answer has `ok`, and `findings` in the
  // form of decision::to_json(PolicyFinding), errors first; warnings leave `ok` true.
  text::Json check(const text::Json& set) const;

  // Checks and publishes it as the next version; takes effect for every decision after `done`.
  void put(const Caller& caller, const text::Json& set,
           std::function<void(Result<text::Json>)> done);

  // The set in force: version, digest, texts.
  Result<text::Json> show(const Caller& caller) const;

  // What policies can speak of now: `schema` in Cedar's text, and the same as `json`.
  Result<text::Json> schema(const Caller& caller) const;

 private:
  Context& context_;
};

}  // namespace ambit::service
