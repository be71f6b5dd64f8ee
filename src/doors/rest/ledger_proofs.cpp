// The ledger as others verify it: receipts, consistency proofs, and C2SP tlog-tiles.
#include <charconv>

#include "doors/rest/internal/route.h"
#include "ledger/receipt.h"
#include "text/base64url.h"

namespace ambit::doors::rest {
namespace {

using domain::Role;
using text::Json;

constexpr std::string_view kTiles = "/tlog/";

void answer_from_disk(const Call& call,
                      std::function<Result<net::HttpResponse>(const ports::LogProofs&)> read) {
  const RestParts& parts = call.door.parts;
  if (parts.proofs == nullptr) {
    return answer(call.reply,
                  Error{Code::kUnsupported, "ledger.no_proofs", "this log gives no proofs"});
  }
  answer_reading(call, [proofs = parts.proofs, read = std::move(read)] { return read(*proofs); });
}

Result<> may_read_entries(const Call& call) {
  return service::require_role(call.caller, {Role::kAuditor, Role::kSecurity});
}

// With the record in it, so that it can be verified with nothing else at hand.
void answer_receipt(const Call& call, std::uint64_t index) {
  answer_from_disk(call,
                   [log = call.door.parts.log,
                    index](const ports::LogProofs& proofs) -> Result<net::HttpResponse> {
                     AMBIT_TRY(const std::string bytes, proofs.receipt(index));
                     AMBIT_TRY(ledger::Receipt receipt, ledger::parse_receipt(bytes));
                     AMBIT_TRY(ports::Entry entry, log->read(index));
                     receipt.extra = std::move(entry.record);
                     return net::HttpResponse::text(200, ledger::encode_receipt(receipt));
                   });
}

void entry_receipt(Call& call) {
  if (const auto allowed = may_read_entries(call); !allowed) {
    return answer(call.reply, allowed.error());
  }
  const std::string& text = call.param("index");
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size()) {
    return answer(call.reply,
                  Error{Code::kInvalid, "field.invalid", "`index` is not a whole number"});
  }
  answer_receipt(call, index);
}

// Whoever may see a decision may have its receipt.
void decision_receipt(Call& call) {
  const auto shown = call.service().decisions().show(call.caller, call.param("id"));
  if (!shown) return answer(call.reply, shown.error());
  const Json* index = shown->find("ledger_index");
  if (index == nullptr || !index->is_int()) {
    return answer(call.reply, Error{Code::kInternal, "ledger.no_such_entry",
                                    "the decision does not say where it is recorded"});
  }
  answer_receipt(call, static_cast<std::uint64_t>(index->as_int()));
}

void consistency(Call& call) {
  if (const auto allowed = may_read_entries(call); !allowed) {
    return answer(call.reply, allowed.error());
  }
  const auto from = query_number(call, "from", 0);
  if (!from) return answer(call.reply, from.error());
  const auto to = query_number(call, "to", 0);
  if (!to) return answer(call.reply, to.error());
  answer_from_disk(
      call,
      [first = *from, second = *to](const ports::LogProofs& proofs) -> Result<net::HttpResponse> {
        AMBIT_TRY(const auto hashes, proofs.consistency(first, second));
        Json list = Json::array();
        for (const ledger::Hash& hash : hashes) list.push_back(text::to_base64(hash.view()));
        return net::HttpResponse::json(
            200, text::to_json(Json::object({{"from", static_cast<std::int64_t>(first)},
                                             {"to", static_cast<std::int64_t>(second)},
                                             {"hashes", std::move(list)}})));
      });
}

// Tiles that are full never change, and those that are not never do under their own name either.
void answer_resource(Call& call) {
  std::string path(call.request().path.substr(kTiles.size()));
  answer_from_disk(call, [path](const ports::LogProofs& proofs) -> Result<net::HttpResponse> {
    AMBIT_TRY(std::string bytes, proofs.resource(path));
    const bool note = path == "checkpoint";
    net::HttpResponse response;
    response.content_type = note ? "text/plain; charset=utf-8" : "application/octet-stream";
    response.headers = {{"Cache-Control", note ? "no-store" : "public, max-age=604800, immutable"}};
    response.body = std::move(bytes);
    return response;
  });
}

// Hashes say nothing about what they are of; the entries themselves are evidence.
void tile(Call& call) {
  if (call.param("level") != "entries") return answer_resource(call);
  auto caller = authenticate(call.door, call.request());
  if (!caller) return answer(call.reply, caller.error());
  call.caller = *std::move(caller);
  if (const auto allowed = may_read_entries(call); !allowed) {
    return answer(call.reply, allowed.error());
  }
  answer_resource(call);
}

Route tile_route(const char* path, const char* operation) {
  return {
      .method = "GET",
      .path = path,
      .operation = operation,
      .tag = "ledger",
      .summary = "A tile of hashes, or (level `entries`, for auditors) of entries: C2SP tlog-tiles",
      .access = Access::kNobody,
      .answer = "bytes",
      .handle = tile};
}

}  // namespace

std::vector<Route> ledger_proof_routes() {
  return {
      {.method = "GET",
       .path = "/v1/decisions/{id}/receipt",
       .operation = "decisionReceipt",
       .tag = "ledger",
       .summary = "Proof that a decision is in the ledger, to keep: C2SP tlog-proof",
       .answer = "text",
       .handle = decision_receipt},
      {.method = "GET",
       .path = "/v1/ledger/entries/{index}/receipt",
       .operation = "entryReceipt",
       .tag = "ledger",
       .summary = "Proof that an entry is in the ledger, to keep: C2SP tlog-proof",
       .answer = "text",
       .handle = entry_receipt},
      {.method = "GET",
       .path = "/v1/ledger/consistency",
       .operation = "ledgerConsistency",
       .tag = "ledger",
       .summary = "Proof that the ledger of one size continues that of another",
       .answer = "LedgerConsistency",
       .query = {{"from", "the smaller size", QueryType::kNumber},
                 {"to", "the larger size", QueryType::kNumber}},
       .handle = consistency},
      {.method = "GET",
       .path = "/tlog/checkpoint",
       .operation = "tlogCheckpoint",
       .tag = "ledger",
       .summary = "The checkpoint that is published, with its cosignatures: C2SP tlog-tiles",
       .access = Access::kNobody,
       .answer = "text",
       .handle = answer_resource},
      tile_route("/tlog/tile/{level}/{a}", "tlogTile"),
      tile_route("/tlog/tile/{level}/{a}/{b}", "tlogTile2"),
      tile_route("/tlog/tile/{level}/{a}/{b}/{c}", "tlogTile3"),
      tile_route("/tlog/tile/{level}/{a}/{b}/{c}/{d}", "tlogTile4"),
  };
}

}  // namespace ambit::doors::rest
