#include <utility>

#include "doors/authzen/internal/door.h"
#include "doors/authzen/internal/search_request.h"

namespace ambit::doors::authzen {

void search(AuthzenDoor::State& door, service::SearchKind kind, SharedExchange exchange) {
  const auto caller = admit(door, exchange->request());
  if (!caller) return refuse(*exchange, caller.error());
  auto request = read_search(kind, exchange->request().body);
  if (!request) return refuse(*exchange, request.error());
  if (request->not_ours != nullptr) {
    return respond(*exchange,
                   net::HttpResponse::json(200, write_nothing_found(*request->not_ours)));
  }
  door.service.searches().search(
      *caller, std::move(request->query),
      [kind, exchange = std::move(exchange)](Result<service::SearchAnswer> answer) {
        if (!answer) return refuse(*exchange, answer.error());
        respond(*exchange, net::HttpResponse::json(200, write_search(kind, *answer)));
      });
}

}  // namespace ambit::doors::authzen
