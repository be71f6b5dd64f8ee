// Policies of another product as policies of Ambit, with a report of what does not carry over.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "cedar/diagnostic.h"
#include "cedar/policy.h"
#include "profiles/profile.h"

namespace ambit::profiles {

struct ImportOptions {
  std::string server;   // ToolHive: what Ambit calls the server whose tools are meant
  std::string gateway;  // AgentCore: ARN of the gateway whose policies are wanted; empty: any
};

// One thing that means something else in Ambit, or nothing.
struct ImportNote {
  bool blocks = true;  // the policy does not carry over because of it
  std::string code;    // `profile.claims`; never changes meaning
  std::string message;
};

struct ImportedPolicy {
  std::string id;
  cedar::Effect effect = cedar::Effect::kPermit;
  cedar::Diagnostic place;  // where it stands; the message is empty
  std::string text;         // in Ambit's terms; empty when it does not carry over
  std::vector<ImportNote> notes;

  bool carried() const { return !text.empty(); }
};

struct Import {
  std::vector<ImportedPolicy> policies;

  // Whether what was carried over forbids all that was forbidden: a permit that is left out permits
  // nothing, but a forbid that is left out no longer forbids.
  bool is_safe() const;

  // All in one text; of those that are left out a comment says why.
  std::string text() const;
};

// Error reason `cedar.syntax` when the text does not parse, as one with temporal conditions does
// not.
Result<Import> import_policies(Profile profile, std::string_view text,
                               const ImportOptions& options = {});

}  // namespace ambit::profiles
