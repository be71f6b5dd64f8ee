// The route table: what is served and what the OpenAPI document says are one list.
#pragma once

#include <string>
#include <vector>

#include "doors/rest/internal/call.h"

namespace ambit::doors::rest {

enum class Access {
  kNobody,  // anyone may ask
  kCaller,  // a credential is needed; the handler gets the caller
};

// How a query parameter is read.
enum class QueryType {
  kText,
  kNumber,  // query_number()
  kTime,    // query_time()
  kLimit,   // query_limit()
};

struct QueryParameter {
  const char* name;
  const char* description;
  QueryType type = QueryType::kText;
  // Of a limit: how many items a page has unless the query says otherwise, and at most.
  std::size_t usual = 0;
  std::size_t most = 0;
};

inline QueryParameter limit_parameter(std::size_t usual, std::size_t most) {
  return {"limit", "at most so many", QueryType::kLimit, usual, most};
}

// Schemas are named as in schemas.cpp. `text` stands for plain text, `tar` for an archive, `bytes`
// for any.
struct Route {
  const char* method;
  const char* path;
  const char* operation;  // the OpenAPI operationId
  const char* tag;
  const char* summary;
  Access access = Access::kCaller;
  const char* body = "";  // schema of the body; empty: the request has none
  int status = 200;
  const char* answer = "";  // schema of the answer; empty: it has no body
  std::vector<QueryParameter> query = {};
  void (*handle)(Call& call) = nullptr;  // null: another door serves it
};

std::vector<Route> identity_routes();
std::vector<Route> tool_routes();
std::vector<Route> task_routes();
std::vector<Route> approval_routes();
std::vector<Route> decision_routes();
std::vector<Route> insight_routes();
std::vector<Route> policy_routes();
std::vector<Route> finding_routes();
std::vector<Route> ledger_routes();
std::vector<Route> ledger_proof_routes();
std::vector<Route> export_routes();
std::vector<Route> hold_routes();
std::vector<Route> system_routes();
// Documented here, served by the doors authzen and mcp.
std::vector<Route> other_doors_routes();

std::vector<Route> all_routes();

// The document of `routes`.
std::string make_openapi(const std::vector<Route>& routes, const RestOptions& options);

// The component schemas of the document, as the text of a JSON object.
std::string_view schemas();

}  // namespace ambit::doors::rest
