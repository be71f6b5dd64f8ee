// Retention holds: docs/formats/ledger.md.
#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

void list(Call& call) { call.service().holds().list(call.caller, answer_later(call, 200)); }

void place(Call& call) {
  domain::Fields fields(call.body, "body");
  ports::Hold hold;
  hold.name = fields.text("name");
  const std::string reason = fields.text("reason");
  const auto begin = entry_index(fields, "from", hold.begin);
  const auto end = entry_index(fields, "to", hold.end);
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  for (const auto* index : {&begin, &end}) {
    if (!*index) return answer(call.reply, index->error());
  }
  hold.begin = *begin;
  hold.end = *end;
  call.service().holds().place(call.caller, hold, reason, answer_later(call, 201));
}

void release(Call& call) {
  domain::Fields fields(call.body, "body");
  const std::string reason = fields.text("reason");
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().holds().release(call.caller, call.param("name"), reason, answer_later(call, 200));
}

}  // namespace

std::vector<Route> hold_routes() {
  return {
      {.method = "GET",
       .path = "/v1/ledger/holds",
       .operation = "listHolds",
       .tag = "ledger",
       .summary = "What may neither be dropped nor erased, for auditors and security",
       .answer = "HoldList",
       .handle = list},
      {.method = "POST",
       .path = "/v1/ledger/holds",
       .operation = "placeHold",
       .tag = "ledger",
       .summary = "Keep entries from being dropped, and their values from being erased",
       .body = "HoldRequest",
       .status = 201,
       .answer = "Hold",
       .handle = place},
      {.method = "POST",
       .path = "/v1/ledger/holds/{name}/release",
       .operation = "releaseHold",
       .tag = "ledger",
       .summary = "End a hold",
       .body = "HoldRelease",
       .answer = "Hold",
       .handle = release},
  };
}

}  // namespace ambit::doors::rest
