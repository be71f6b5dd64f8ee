// The questions that cedar-oracle answers, each with what it needs of one JSON object.
#pragma once

#include "base/result.h"
#include "cedar/authorizer.h"
#include "cedar/policy.h"
#include "text/json.h"

namespace oracle {

using ambit::Result;
using ambit::text::Json;

tl::unexpected<ambit::Error> bad(std::string message);

// What several questions read: {"policies"}, {"request"}, and the answer to a request.
Result<ambit::cedar::PolicySet> read_policies(const Json& question);
Result<ambit::cedar::Request> read_request(const Json& json);
Json answer_to(const ambit::cedar::Request& request, const ambit::cedar::PolicySet& policies,
               const ambit::cedar::Entities& entities);
Json sorted(std::vector<std::string> ids);

Result<Json> decision(const Json& question);
Result<Json> est(const Json& question);
Result<Json> format(const Json& question);

Result<Json> schema(const Json& question);
Result<Json> validate(const Json& question);
Result<Json> guided(const Json& question);

Result<Json> tools(const Json& question);

}  // namespace oracle
