// The request and the answer of a search (AuthZEN Authorization API 1.0, section 8).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "doors/authzen/internal/evaluation.h"
#include "service/searches.h"

namespace ambit::doors::authzen {

struct SearchRequest {
  service::SearchQuery query;
  const NotOurs* not_ours = nullptr;  // why nothing can be found: it is about nothing of ours
};

// The id of what is searched for is ignored. Errors, all Code::kInvalid: those of read_evaluation.
Result<SearchRequest> read_search(service::SearchKind kind, std::string_view body);

std::string write_search(service::SearchKind kind, const service::SearchAnswer& answer);
std::string write_nothing_found(const NotOurs& reason);

}  // namespace ambit::doors::authzen
