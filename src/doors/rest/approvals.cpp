#include "domain/fields.h"
#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

Result<service::Approvals::ListQuery> read_query(const Call& call) {
  service::Approvals::ListQuery query;
  if (const std::string state = call.query("state"); !state.empty()) {
    AMBIT_TRY(query.state, domain::value_of<domain::ApprovalState>(state));
  }
  AMBIT_TRY(query.limit, query_limit(call));
  query.before = call.query("before");
  return query;
}

void list(Call& call) {
  const auto query = read_query(call);
  if (!query) return answer(call.reply, query.error());
  answer_reading(call, call.service().approvals().list(call.caller, *query));
}

void show(Call& call) {
  answer(call.reply, 200, call.service().approvals().show(call.caller, call.param("id")));
}

void grant(Call& call) {
  domain::Fields fields(call.body, "body");
  const std::string digest = fields.text("digest");
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().approvals().grant(call.caller, call.param("id"), digest, answer_later(call, 200));
}

void refuse(Call& call) {
  domain::Fields fields(call.body, "body");
  const std::string note = fields.text_or("note", "");
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().approvals().refuse(call.caller, call.param("id"), note, answer_later(call, 200));
}

}  // namespace

std::vector<Route> approval_routes() {
  return {
      {.method = "GET",
       .path = "/v1/approvals",
       .operation = "listApprovals",
       .tag = "approvals",
       .summary = "List approvals, pending ones first",
       .answer = "ApprovalList",
       .query = {{"state", "`pending`, `granted`, `refused`, `expired` or `used`"},
                 limit_parameter(100, 500),
                 {"before", "`next_before` of the page before"}},
       .handle = list},
      {.method = "GET",
       .path = "/v1/approvals/{id}",
       .operation = "showApproval",
       .tag = "approvals",
       .summary = "Show what is asked: the exact call and what it would change",
       .answer = "Approval",
       .handle = show},
      {.method = "POST",
       .path = "/v1/approvals/{id}/grant",
       .operation = "grantApproval",
       .tag = "approvals",
       .summary = "Grant exactly the action whose digest was shown",
       .body = "Grant",
       .answer = "Approval",
       .handle = grant},
      {.method = "POST",
       .path = "/v1/approvals/{id}/refuse",
       .operation = "refuseApproval",
       .tag = "approvals",
       .summary = "Refuse for good",
       .body = "Refusal",
       .answer = "Approval",
       .handle = refuse},
  };
}

}  // namespace ambit::doors::rest
