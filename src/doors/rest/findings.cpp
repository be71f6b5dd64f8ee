#include "domain/fields.h"
#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

void list(Call& call) {
  answer(call.reply, 200, call.service().findings().list(call.caller, call.query("state")));
}

void show(Call& call) {
  answer(call.reply, 200, call.service().findings().show(call.caller, call.param("id")));
}

void close(Call& call) {
  domain::Fields fields(call.body, "body");
  const std::string note = fields.text("note");
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().findings().close(call.caller, call.param("id"), note, answer_later(call, 200));
}

}  // namespace

std::vector<Route> finding_routes() {
  return {
      {.method = "GET",
       .path = "/v1/findings",
       .operation = "listFindings",
       .tag = "findings",
       .summary = "What needs attention: all for security and auditors, else what is assigned to "
                  "the caller",
       .answer = "FindingList",
       .query = {{"state", "`open` or `closed`"}},
       .handle = list},
      {.method = "GET",
       .path = "/v1/findings/{id}",
       .operation = "showFinding",
       .tag = "findings",
       .summary = "One finding",
       .answer = "Finding",
       .handle = show},
      {.method = "POST",
       .path = "/v1/findings/{id}/close",
       .operation = "closeFinding",
       .tag = "findings",
       .summary = "Close a finding with a word on what was done",
       .body = "FindingClosure",
       .answer = "Finding",
       .handle = close},
  };
}

}  // namespace ambit::doors::rest
