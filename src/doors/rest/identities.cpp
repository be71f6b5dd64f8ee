#include <charconv>

#include "domain/fields.h"
#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

// The revision of a strong entity tag such as `"12"`; zero for `*` and when there is none.
Result<std::uint64_t> revision_from_if_match(const net::HttpRequest& request) {
  if (request.header_count("if-match") == 0) return std::uint64_t{0};
  const std::string_view tag = request.header("if-match");
  if (tag == "*") return std::uint64_t{0};
  std::uint64_t revision = 0;
  if (tag.size() > 2 && tag.front() == '"' && tag.back() == '"') {
    const char* last = tag.data() + tag.size() - 1;
    const auto [end, error] = std::from_chars(tag.data() + 1, last, revision);
    if (error == std::errc() && end == last && revision > 0) return revision;
  }
  return fail(Code::kInvalid, "http.if_match",
              "`If-Match` must be one entity tag as `ETag` gave it, such as `\"12\"`");
}

void answer_identity(const Reply& reply, int status, const Result<text::Json>& result) {
  if (!result) return answer(reply, result.error());
  auto response = net::HttpResponse::json(status, text::to_json(*result));
  response.headers.push_back({"Cache-Control", "no-store"});
  const text::Json* revision = result->find("revision");
  if (revision != nullptr && revision->is_int()) {
    response.headers.push_back({"ETag", "\"" + std::to_string(revision->as_int()) + "\""});
  }
  reply.exchange->respond(std::move(response));
}

service::Answer answer_identity_later(const Call& call, int status) {
  return [reply = call.reply, status](Result<text::Json> result) {
    answer_identity(reply, status, result);
  };
}

void register_identity(Call& call) {
  call.service().registry().register_identity(call.caller, call.body,
                                              answer_identity_later(call, 201));
}

void list(Call& call) {
  answer_reading(call, call.service().registry().list_identities(call.caller, call.query("class")));
}

void show(Call& call) {
  answer_identity(call.reply, 200,
                  call.service().registry().show_identity(call.caller, call.param("id")));
}

void update(Call& call) {
  const auto revision = revision_from_if_match(call.request());
  if (!revision) return answer(call.reply, revision.error());
  call.service().registry().update_identity(
      call.caller, call.param("id"), call.body, *revision,
      [reply = call.reply, conditional = *revision != 0](Result<text::Json> result) {
        if (conditional && !result && result.error().reason == "store.conflict") {
          return reply.exchange->respond(
              net::problem(412, result.error().reason, result.error().message));
        }
        answer_identity(reply, 200, result);
      });
}

template <const char* const& kMove>
void move(Call& call) {
  call.service().registry().move_identity(call.caller, call.param("id"), kMove,
                                          answer_identity_later(call, 200));
}
constexpr const char* kActivate = "activate";
constexpr const char* kSuspend = "suspend";
constexpr const char* kDecommission = "decommission";

void history(Call& call) {
  const auto after = query_number(call, "after", 0);
  const auto limit = query_limit(call);
  if (!after || !limit) return answer(call.reply, after ? limit.error() : after.error());
  answer_reading(call, call.service().registry().identity_history(call.caller, call.param("id"),
                                                                  *after, *limit));
}

void issue_token(Call& call) {
  domain::Fields fields(call.body, "body");
  const std::string text = fields.text("lifetime");
  const Duration lifetime = text.empty() ? Duration{} : fields.nested(parse_duration(text));
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().registry().issue_token(call.caller, call.param("id"), lifetime,
                                        answer_later(call, 201));
}

void revoke_token(Call& call) {
  call.service().registry().revoke_token(call.caller, call.param("id"), call.param("token"),
                                         answer_identity_later(call, 200));
}

}  // namespace

std::vector<Route> identity_routes() {
  return {
      {.method = "POST",
       .path = "/v1/identities",
       .operation = "registerIdentity",
       .tag = "identities",
       .summary = "Register a human, service or agent; a new agent is a draft",
       .body = "IdentitySpec",
       .status = 201,
       .answer = "Identity",
       .handle = register_identity},
      {.method = "GET",
       .path = "/v1/identities",
       .operation = "listIdentities",
       .tag = "identities",
       .summary = "List identities",
       .answer = "IdentityList",
       .query = {{"class", "`human`, `service` or `agent`; all when absent"}},
       .handle = list},
      {.method = "GET",
       .path = "/v1/identities/{id}",
       .operation = "showIdentity",
       .tag = "identities",
       .summary = "Show one identity; its ETag is for If-Match",
       .answer = "Identity",
       .handle = show},
      {.method = "PUT",
       .path = "/v1/identities/{id}",
       .operation = "updateIdentity",
       .tag = "identities",
       .summary = "Replace what may be written; a change of authority suspends an active agent",
       .body = "IdentitySpec",
       .answer = "Identity",
       .handle = update},
      {.method = "POST",
       .path = "/v1/identities/{id}/activate",
       .operation = "activateIdentity",
       .tag = "identities",
       .summary = "Activate; an incomplete agent is refused and every missing field named",
       .answer = "Identity",
       .handle = move<kActivate>},
      {.method = "POST",
       .path = "/v1/identities/{id}/suspend",
       .operation = "suspendIdentity",
       .tag = "identities",
       .summary = "Suspend and end all tasks at once",
       .answer = "Identity",
       .handle = move<kSuspend>},
      {.method = "POST",
       .path = "/v1/identities/{id}/decommission",
       .operation = "decommissionIdentity",
       .tag = "identities",
       .summary = "Retire for good and end all tasks at once",
       .answer = "Identity",
       .handle = move<kDecommission>},
      {.method = "GET",
       .path = "/v1/identities/{id}/history",
       .operation = "identityHistory",
       .tag = "identities",
       .summary = "Every change of the record, oldest first",
       .answer = "ChangeList",
       .query = {{"after", "`next_after` of the page before", QueryType::kNumber},
                 limit_parameter(100, 500)},
       .handle = history},
      {.method = "POST",
       .path = "/v1/identities/{id}/tokens",
       .operation = "issueToken",
       .tag = "identities",
       .summary = "Issue an access token; it is shown only here",
       .body = "TokenSpec",
       .status = 201,
       .answer = "IssuedToken",
       .handle = issue_token},
      {.method = "DELETE",
       .path = "/v1/identities/{id}/tokens/{token}",
       .operation = "revokeToken",
       .tag = "identities",
       .summary = "Revoke an access token",
       .answer = "Identity",
       .handle = revoke_token},
  };
}

}  // namespace ambit::doors::rest
