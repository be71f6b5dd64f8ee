// rooms: text doors/authzen
// Everything that reads the bytes of a request for a decision: one evaluation, several, searches,
// inputs in the manner of the Open Policy Agent, and page tokens.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "doors/authzen/internal/batch.h"
#include "doors/authzen/internal/opa.h"
#include "doors/authzen/internal/search_request.h"
#include "service/internal/page_token.h"
#include "text/json.h"

namespace {

using namespace ambit;
using namespace ambit::doors::authzen;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_evaluation(const Evaluation& evaluation) {
  require(!evaluation.subject_type.empty() && !evaluation.subject_id.empty());
  require(!evaluation.action_name.empty());
  require(!evaluation.resource_type.empty() && !evaluation.resource_id.empty());
  require(evaluation.arguments.is_object());
  std::string server, tool;
  if (classify(evaluation, server, tool) != nullptr) return;
  require(!server.empty() && !tool.empty() && server + "/" + tool == evaluation.resource_id);
  require(server.find('/') == std::string::npos);
}

// Every refusal is one of the request, in answers that are strict JSON.
void check_error(const Error& error) {
  require(error.code == Code::kInvalid && !error.reason.empty() && !error.message.empty());
  const auto answer = text::parse_json(write_error(error));
  require(answer.has_value() && !answer->find("decision")->as_bool());
  require(text::parse_json(opa_error(400, error).body).has_value());
}

void check_evaluations(std::string_view body) {
  const auto single = read_evaluation(body);
  single ? check_evaluation(*single) : check_error(single.error());
  const auto batch = read_evaluations(body);
  if (!batch) return check_error(batch.error());
  require(!batch->items.empty() && batch->items.size() <= kMaxEvaluations);
  for (const auto& item : batch->items) item ? check_evaluation(*item) : check_error(item.error());
  // Without items the two readers say the same.
  if (batch->single) {
    require(single.has_value() && single->resource_id == batch->items.front()->resource_id);
  }
}

void check_search(service::SearchKind kind, std::string_view body) {
  const auto request = read_search(kind, body);
  if (!request) return check_error(request.error());
  const service::SearchQuery& query = request->query;
  require(!query.arguments || query.arguments->is_object());
  require(kind == service::SearchKind::kSubject ? query.agent.empty() : !query.agent.empty());
  require(kind == service::SearchKind::kResource ? query.tool.empty() : !query.tool.empty());
}

void check_opa(std::string_view body) {
  const auto input = read_opa_input(body);
  if (!input) return check_error(input.error());
  if (const auto* evaluation = std::get_if<Evaluation>(&*input))
    return check_evaluation(*evaluation);
  const auto& call = std::get<OpaCall>(*input);
  require(!call.arguments || call.arguments->is_object());
  const std::string found = find_tool(call.tool, {"files/read", "files/write", "mail/read"});
  require(found.empty() || found.find('/') != std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_evaluations(bytes);
  for (const auto kind : {service::SearchKind::kSubject, service::SearchKind::kResource,
                          service::SearchKind::kAction}) {
    check_search(kind, bytes);
  }
  check_opa(bytes);
  // Nobody makes a token without the key.
  require(!service::open_page("a key of the fuzzer's own", "binding", bytes));
  return 0;
}
