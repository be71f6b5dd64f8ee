#include "insight/evidence.h"

#include <algorithm>
#include <utility>

#include "insight/internal/json_reading.h"
#include "text/base64url.h"
#include "vault/open_record.h"

namespace ambit::insight {
namespace {

using internal::items_of;
using internal::number_of;
using internal::text_of;
using ports::Facet;
using ports::IndexQuery;
using text::Json;

// More than one question should keep; what is dropped is read again.
constexpr std::size_t kMaxKept = 4096;
constexpr std::size_t kMaxParts = 4096;  // that are looked up at once

std::string document_name(const std::string& digest) {
  constexpr std::string_view kHex = "sha256:";
  if (!digest.starts_with(kHex)) return digest;
  const auto bytes = text::from_hex(std::string_view(digest).substr(kHex.size()));
  return bytes ? text::to_base64url(*bytes) : digest;
}

}  // namespace

Result<ledger::Record> Evidence::record(std::uint64_t entry) {
  AMBIT_TRY(const ports::Entry read, log_.read(entry));
  auto opened = vault::open_record(entry, read.record, read.beside, keys_);
  if (!opened && opened.error().reason == "vault.tampered") {
    // What the leaf says is proved all the same, and what happened besides must be told.
    altered_.insert(entry);
    opened = vault::open_record(entry, read.record, read.beside, nullptr);
  }
  if (!opened) return fail(opened.error());
  return std::move(opened->record);
}

Result<ports::IndexPage> Evidence::find(const IndexQuery& query) {
  const std::uint64_t size = log_.size();
  AMBIT_TRY(ports::IndexPage page, index_.find(query));
  if (page.indexed < size) not_indexed_ = std::max(not_indexed_, size - page.indexed);
  return page;
}

Result<std::vector<ledger::Record>> Evidence::records(const IndexQuery& query) {
  AMBIT_TRY(const ports::IndexPage page, find(query));
  std::vector<ledger::Record> out;
  for (const std::uint64_t entry : page.entries) {
    AMBIT_TRY(auto read, record(entry));
    out.push_back(std::move(read));
  }
  return out;
}

Result<std::optional<ledger::Record>> Evidence::newest(IndexQuery query) {
  query.limit = 1;
  query.oldest_first = false;
  AMBIT_TRY(auto found, records(query));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

Result<ledger::Record> Evidence::decision(const std::string& id) {
  AMBIT_TRY(auto found, newest({.all = {{{Facet::kDecision, id}}, {{Facet::kKind, "decision"}}}}));
  if (found && text_of(found->body, "id") == id) return *std::move(found);
  return fail(Code::kNotFound, "decision.unknown",
              "there is no decision `" + id.substr(0, 60) + "`");
}

Result<Json> Evidence::facts_of(const ledger::Record& decision) {
  const std::string id = text_of(decision.body, "situation");
  if (const auto known = situations_.find(id); known != situations_.end()) return known->second;
  AMBIT_TRY(const auto found,
            newest({.all = {{{Facet::kSituation, id}}, {{Facet::kKind, "situation"}}}}));
  Json facts = found ? member(found->body, "facts") : Json::object();
  if (!facts.is_object()) facts = Json::object();
  if (situations_.size() >= kMaxKept) situations_.clear();
  return situations_[id] = std::move(facts);
}

Result<Json> Evidence::document(const std::string& digest) {
  if (digest.empty()) return Json();
  const std::string name = document_name(digest);
  if (const auto known = documents_.find(name); known != documents_.end()) return known->second;
  IndexQuery query{.all = {{{Facet::kDocument, name}}}};
  query.limit = kMaxParts;
  query.oldest_first = true;
  AMBIT_TRY(const auto parts, records(query));
  Json value;
  std::string whole;
  for (const ledger::Record& part : parts) {
    if (const Json* direct = part.body.find("value")) {
      value = *direct;
      break;
    }
    if (number_of(part.body, "part") == 1) whole.clear();
    AMBIT_TRY(const std::string bytes, text::from_base64(part.body.string_or("bytes", "")));
    whole += bytes;
    if (number_of(part.body, "part") != number_of(part.body, "parts")) continue;
    AMBIT_TRY(value, text::parse_json(whole, {16u << 20, 64}));
    break;
  }
  if (value.is_null()) return value;
  if (documents_.size() >= kMaxKept) documents_.clear();
  return documents_[name] = std::move(value);
}

Result<const std::vector<ToolChange>*> Evidence::tool_changes(const std::string& server) {
  if (const auto known = tools_.find(server); known != tools_.end()) return &known->second;
  IndexQuery query{.all = {{{Facet::kServer, server}},
                           {{Facet::kKind, "server.imported"},
                            {Facet::kKind, "tools.approved"},
                            {Facet::kKind, "tools.changed"}}}};
  query.limit = kMaxParts;
  query.oldest_first = true;
  std::vector<ToolChange> changes;
  for (bool more = true; more;) {
    AMBIT_TRY(const auto found, records(query));
    more = found.size() == query.limit;
    if (more) query.from = found.back().index + 1;
    for (const ledger::Record& one : found) {
      for (const Json& tool : items_of(one.body, "tools")) {
        changes.push_back({one.index, one.at, text_of(tool, "tool"), text_of(tool, "state"),
                           text_of(tool, "document")});
      }
    }
  }
  return &(tools_[server] = std::move(changes));
}

Result<Json> with_lag(const Evidence& evidence, Result<Json> answer) {
  const std::uint64_t behind = evidence.not_indexed();
  if (behind == 0) return answer;
  if (answer) {
    answer->set("not_indexed", static_cast<std::int64_t>(behind));
  } else if (answer.error().code == Code::kNotFound) {
    return fail(Code::kUnavailable, "index.behind",
                "the search index has " + std::to_string(behind) +
                    " entries of the ledger still to read, and nothing of this yet; ask again");
  }
  return answer;
}

}  // namespace ambit::insight
