#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

constexpr std::uint64_t kMaxEntries = 256;
// Beyond it the page ends early; `next_from` says where to go on.
constexpr std::size_t kMaxPageBytes = 4u << 20;

void checkpoint(Call& call) {
  std::string note = call.door.parts.log->latest_checkpoint();
  if (note.empty()) {
    return answer(call.reply, Error{Code::kNotFound, "ledger.no_checkpoint",
                                    "the ledger has no checkpoint yet"});
  }
  call.reply.exchange->respond(net::HttpResponse::text(200, std::move(note)));
}

// A record's bytes are canonical JSON and stand in the page as they are, so that a reader can hash
// them again.
Result<std::string> read_page(const ports::Log& log, std::uint64_t from, std::uint64_t count) {
  const std::uint64_t size = log.size();
  std::string page = "{\"items\":[";
  std::uint64_t next = from;
  if (count > 0 && from < size) {
    AMBIT_CHECK_OK(log.scan(from, [&](const ports::EntryView& entry) {
      const std::uint64_t index = entry.index;
      page += page.ends_with('[') ? "{\"index\":" : ",{\"index\":";
      page += std::to_string(index) + ",\"record\":";
      page.append(entry.record).append("}");
      next = index + 1;
      return next - from < count && next < size && page.size() < kMaxPageBytes;
    }));
  }
  page += "],\"size\":" + std::to_string(size);
  if (next < size) page += ",\"next_from\":" + std::to_string(next);
  page += "}";
  return page;
}

void entries(Call& call) {
  using domain::Role;
  if (const auto allowed = service::require_role(call.caller, {Role::kAuditor, Role::kSecurity});
      !allowed) {
    return answer(call.reply, allowed.error());
  }
  const auto from = query_number(call, "from", 0);
  if (!from) return answer(call.reply, from.error());
  const auto count = query_number(call, "count", kMaxEntries);
  if (!count) return answer(call.reply, count.error());
  if (*count > kMaxEntries) {
    return answer(call.reply, Error{Code::kInvalid, "field.invalid",
                                    "`count` is at most " + std::to_string(kMaxEntries) + ", not " +
                                        std::to_string(*count)});
  }
  answer_reading(call, [log = call.door.parts.log, first = *from, many = *count] {
    return read_page(*log, first, many);
  });
}

}  // namespace

std::vector<Route> ledger_routes() {
  return {
      {.method = "GET",
       .path = "/v1/ledger/checkpoint",
       .operation = "ledgerCheckpoint",
       .tag = "ledger",
       .summary = "The newest checkpoint, a signed note",
       .answer = "text",
       .handle = checkpoint},
      {.method = "GET",
       .path = "/v1/ledger/entries",
       .operation = "ledgerEntries",
       .tag = "ledger",
       .summary =
           "Entries of the ledger in their order; those that were dropped are not among them",
       .answer = "LedgerEntries",
       .query = {{"from", "index of the first entry", QueryType::kNumber},
                 {"count", "at most so many, 256 or fewer; 0 for the size alone",
                  QueryType::kNumber}},
       .handle = entries},
  };
}

}  // namespace ambit::doors::rest
