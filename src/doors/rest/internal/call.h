// One request on its way through the REST door, and how it is answered.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "doors/rest/rest_door.h"
#include "identity/dpop.h"
#include "net/http_server.h"
#include "net/router.h"
#include "service/service.h"
#include "text/json.h"

namespace ambit::doors::rest {

struct RestDoor::State {
  RestParts parts;
  RestOptions options;
  telemetry::Counter& unauthenticated;
  telemetry::Counter& internal_errors;
  identity::ReplayGuard claim_proofs;  // proofs that come with a claim, before any credential
  std::string openapi;
};

// Where the answer goes; copied into whatever answers later.
struct Reply {
  RestDoor::State* door;
  std::shared_ptr<net::Exchange> exchange;
};

// Lives while the handler runs.
struct Call {
  RestDoor::State& door;
  Reply reply;
  const net::PathParams& params;
  service::Caller caller;  // of routes that need one
  text::Json body;         // an object; empty when none was sent

  service::Service& service() const { return *door.parts.service; }
  const std::string& param(std::string_view name) const { return params.get(name); }
  const net::HttpRequest& request() const { return reply.exchange->request(); }
  // The decoded query parameter, or an empty string.
  std::string query(std::string_view name) const;
};

// The URI without its query as the client addressed it, which a DPoP proof must be about.
std::string addressed_uri(const net::HttpRequest& request);

// Who is asking. Errors as of service::Authenticator, and `http.header_repeated`.
Result<service::Caller> authenticate(RestDoor::State& door, const net::HttpRequest& request);

// The body as a strictly read object; none when it is empty and `required` is false. Errors:
// `http.content_type`, `json.*`, `field.type`.
Result<text::Json> read_body(const net::HttpRequest& request, bool required);

// A whole number from the query, or `otherwise` when it is absent. Error: `field.invalid`.
Result<std::uint64_t> query_number(const Call& call, std::string_view name,
                                   std::uint64_t otherwise);

// A time from the query, or none when it is absent. Error: `time.malformed`.
Result<std::optional<Time>> query_time(const Call& call, std::string_view name);

// Searches off the loop and calls `then` on it.
void search_evidence(const Call& call, ports::IndexQuery query,
                     std::function<void(const Result<ports::IndexPage>&)> then);

void answer(const Reply& reply, int status, std::string json);
// Also logs and counts an error that is a defect of ours.
void answer(const Reply& reply, const Error& error);
void answer(const Reply& reply, int status, const Result<text::Json>& result);

// The last for a call of the service that answers later.
service::Answer answer_later(const Call& call, int status);

}  // namespace ambit::doors::rest
