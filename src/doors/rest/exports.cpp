// Bundles of evidence, for auditors: docs/formats/export.md.
#include "crypto/digest.h"
#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

using text::Json;

Json number(std::uint64_t value) { return Json(static_cast<std::int64_t>(value)); }

Result<ports::ExportQuery> query_of(const Json& body) {
  domain::Fields fields(body, "body");
  ports::ExportQuery out;
  out.task = fields.text_or("task", "");
  out.agent = fields.text_or("agent", "");
  out.since = fields.text_or("since", "");
  out.open = fields.flag_or("open", false);
  for (const char* name : {"task", "agent"}) {
    const Json* id = body.find(name);
    if (id == nullptr || !id->is_string() || !id->as_string().empty()) continue;
    return fail(Code::kInvalid, "field.invalid",
                "`" + std::string(name) + "` is empty; without it all are exported");
  }
  AMBIT_TRY(out.from, entry_index(fields, "from", 0));
  AMBIT_TRY(out.to, entry_index(fields, "to", out.to));
  AMBIT_CHECK_OK(fields.finish());
  if (out.from >= out.to) {
    return fail(Code::kInvalid, "field.invalid", "`to` must be greater than `from`");
  }
  return out;
}

// What the ledger says of a bundle that leaves.
Json notice_of(const ports::ExportQuery& query, const ports::ExportBundle& bundle) {
  Json selection = Json::object({{"from", number(query.from)}});
  if (query.to != ports::ExportQuery().to) selection.set("to", number(query.to));
  if (!query.task.empty()) selection.set("task", query.task);
  if (!query.agent.empty()) selection.set("agent", query.agent);
  return Json::object({{"selection", std::move(selection)},
                       {"entries", number(bundle.entries)},
                       {"matched", number(bundle.matched)},
                       {"checkpoint_size", number(bundle.size)},
                       {"opened", number(bundle.opened)},
                       {"bytes", number(bundle.bytes.size())},
                       {"sha256", text::Json(crypto::to_string(crypto::sha256(bundle.bytes)))}});
}

// The record of it is durable before the first byte leaves.
void hand_over(const Reply& reply, const service::Caller& caller, const ports::ExportQuery& query,
               ports::ExportBundle bundle) {
  const Json notice = notice_of(query, bundle);
  reply.door->parts.service->decisions().hand_over(
      caller, notice,
      [reply, bytes = std::move(bundle.bytes)](const Result<std::uint64_t>& recorded) mutable {
        if (!recorded) return answer(reply, recorded.error());
        net::HttpResponse response;
        response.content_type = "application/x-tar";
        response.headers = {{"Cache-Control", "no-store"},
                            {"Content-Disposition", "attachment; filename=\"evidence.tar\""},
                            {"Ambit-Ledger-Index", std::to_string(*recorded)}};
        response.body = std::move(bytes);
        reply.exchange->respond(std::move(response));
      });
}

void make(Call& call) {
  const auto query = query_of(call.body);
  if (!query) return answer(call.reply, query.error());
  if (const auto allowed = service::require_role(call.caller, {domain::Role::kAuditor}); !allowed) {
    return answer(call.reply, allowed.error());
  }
  const RestParts& parts = call.door.parts;
  if (parts.exports == nullptr) {
    return answer(call.reply, Error{Code::kUnsupported, "export.none",
                                    "no bundles of evidence are made of this log"});
  }
  if (!parts.exports->begin()) {
    return answer(call.reply,
                  Error{Code::kExhausted, "export.busy",
                        "a bundle of evidence is being made; ask again when it is done"});
  }
  parts.exporting->post([exports = parts.exports, loop = parts.loop, reply = call.reply,
                         caller = call.caller, query = *query]() mutable {
    auto bundle = exports->make(query);
    loop->post([reply = std::move(reply), caller = std::move(caller), query = std::move(query),
                bundle = std::move(bundle)]() mutable {
      if (!bundle) return answer(reply, bundle.error());
      hand_over(reply, caller, query, *std::move(bundle));
    });
  });
}

}  // namespace

std::vector<Route> export_routes() {
  return {{.method = "POST",
           .path = "/v1/exports",
           .operation = "exportEvidence",
           .tag = "ledger",
           .summary = "A signed bundle of evidence that verifies offline, for auditors; the ledger "
                      "records that it was handed over",
           .body = "ExportRequest",
           .answer = "tar",
           .handle = make}};
}

}  // namespace ambit::doors::rest
