// The schema that policies are checked against: of the tools as they are approved now.
#pragma once

#include <vector>

#include "base/result.h"
#include "cedar/policy.h"
#include "cedar_schema/schema_fragment.h"
#include "decision/policy_check.h"
#include "service/internal/world.h"
#include "text/json.h"

namespace ambit::service {

// Of every tool that was approved and has a binding; a frozen one as it was approved.
cedar::SchemaFragment live_schema(const World& world);

// What is wrong with texts of policies, each with its place: those that do not parse, and what the
// live schema says of the others.
std::vector<decision::PolicyFinding> check_against(const cedar::SchemaFragment& tools,
                                                   const std::vector<cedar::PolicyText>& texts);

// The first error of them with its place, and how many more there are; nothing without errors.
Result<> refuse_errors(const std::vector<decision::PolicyFinding>& findings);

// The `policies` of a set as it is sent, sorted by name; what is not a text is left out.
std::vector<cedar::PolicyText> texts_of(const text::Json& set);

}  // namespace ambit::service
