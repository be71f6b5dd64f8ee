// The REST API of docs/api.md: requests in, service calls, JSON out.
#pragma once

#include <memory>
#include <string>

#include "net/event_loop.h"
#include "net/router.h"
#include "ports/exports.h"
#include "ports/host.h"
#include "ports/index.h"
#include "ports/log.h"
#include "ports/log_proofs.h"
#include "service/service.h"
#include "telemetry/logger.h"
#include "telemetry/metrics.h"
#include "vault/key_ring.h"

namespace ambit::doors::rest {

struct RestOptions {
  std::string issuer = "http://127.0.0.1:7700";  // named as the server in the OpenAPI document
  std::string version;                           // of the program
};

// What the door works with; everything outlives it.
struct RestParts {
  net::EventLoop* loop = nullptr;
  service::Service* service = nullptr;
  const ports::Log* log = nullptr;
  const ports::Index* index = nullptr;   // of the log; null: nothing can be searched for
  const vault::KeyRing* keys = nullptr;  // opens what records seal
  const ports::Clock* clock = nullptr;
  ports::Executor* background = nullptr;     // may block on the disk
  const ports::LogProofs* proofs = nullptr;  // null: the log has none
  ports::Exports* exports = nullptr;         // null: no bundles are made of it
  ports::Executor* exporting = nullptr;      // for those alone: one may take long
  telemetry::Logger* logger = nullptr;
  telemetry::Metrics* metrics = nullptr;
};

// Loop thread only. It holds no rules of its own: who may do what is the service's to say.
class RestDoor {
 public:
  RestDoor(RestParts parts, RestOptions options);
  ~RestDoor();
  RestDoor(const RestDoor&) = delete;
  RestDoor& operator=(const RestDoor&) = delete;

  // Adds every route that the OpenAPI document says this door serves.
  void add_routes(net::Router& router);

  // The OpenAPI 3.1 document, as JSON: this door's routes and those of the other doors.
  const std::string& openapi() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace ambit::doors::rest
