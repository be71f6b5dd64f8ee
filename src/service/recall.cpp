#include "service/internal/recall.h"

#include <algorithm>

#include "ledger/record.h"
#include "ports/index.h"
#include "service/internal/situation.h"
#include "vault/open_record.h"
#include "vault/vault.h"

namespace ambit::service {
namespace {

using ports::Facet;
using text::Json;

// Records that are looked up at once.
constexpr std::size_t kMostRecords = 1000;

Error behind() {
  return {Code::kUnavailable, "index.behind",
          "the search index is being made and has not come so far; try again later"};
}

// Whether the index and memory together know of every entry.
bool knows_all(const World& world, std::uint64_t indexed) {
  return !world.remembering && indexed >= world.remembered_from;
}

// Without an index, which is so only while none can be made: entries that have the text somewhere.
Result<ports::IndexPage> search_log(const ports::Log& log, std::string_view text,
                                    std::uint64_t from) {
  ports::IndexPage page;
  page.indexed = log.size();
  if (text.empty()) return page;
  AMBIT_CHECK_OK(log.scan(from, [&](const ports::EntryView& entry) {
    if (entry.record.find(text) == std::string_view::npos) return true;
    page.more = page.entries.size() == kMostRecords;
    if (!page.more) page.entries.push_back(entry.index);
    return !page.more;
  }));
  return page;
}

// Entries from `from` on that may have the term, oldest first.
Result<ports::IndexPage> look(const Context& context, ports::Term term, std::uint64_t from = 0) {
  if (!context.ports.index) return search_log(*context.ports.log, term.value, from);
  ports::IndexQuery query;
  query.from = from;
  query.all.push_back({std::move(term)});
  query.limit = kMostRecords;
  query.oldest_first = true;
  return context.ports.index->look(query);
}

Result<vault::OpenedRecord> read(const Context& context, std::uint64_t index, bool open) {
  AMBIT_TRY(const ports::Entry entry, context.ports.log->read(index));
  return vault::open_record(index, entry.record, entry.beside,
                            open ? context.ports.vault : nullptr);
}

std::optional<Ending::Kind> ending_of(std::string_view kind) {
  if (kind == "outcome") return Ending::Kind::kOutcome;
  if (kind == "withdrawn") return Ending::Kind::kWithdrawn;
  return std::nullopt;
}

Error unknown_decision(const std::string& id) {
  return {Code::kNotFound, "decision.unknown", "there is no decision `" + id.substr(0, 60) + "`"};
}

// What an index finds is read from the ledger, and only that is believed.
Result<KnownDecision> find_decision(const Context& context, const std::string& id) {
  AMBIT_TRY(const auto page, look(context, {Facet::kDecision, id}));
  KnownDecision out;
  bool found = false;
  for (const std::uint64_t index : page.entries) {
    AMBIT_TRY(const auto opened, read(context, index, false));
    const Json& body = opened.record.body;
    if (opened.record.kind == "decision" && body.string_or("id", "") == id) {
      out.index = index;
      found = true;
    }
    const auto kind = ending_of(opened.record.kind);
    if (kind && body.string_or("decision", "") == id && !out.ending) {
      out.ending = Ending{*kind, index, {}};
    }
  }
  out.surely = knows_all(context.world, page.indexed);
  if (found) return out;
  if (!out.surely) return fail(behind());
  return fail(unknown_decision(id));
}

}  // namespace

Result<KnownDecision> recall_decision(const Context& context, const std::string& id) {
  const World& world = context.world;
  const auto key = decision_key(id);
  if (!key) return fail(unknown_decision(id));
  const auto ending = world.endings.find(*key);
  KnownDecision known;
  if (const auto index = world.newest_decisions.find(*key)) {
    // What came after it is remembered as well.
    known.index = *index;
  } else {
    AMBIT_TRY(known, find_decision(context, id));
  }
  known.key = *key;
  if (ending != world.endings.end()) known.ending = ending->second;
  return known;
}

Result<SituationFacts> recall_situation(const Context& context, const std::string& id) {
  const auto known = context.world.situations.find(id);
  if (known != context.world.situations.end()) return known->second;
  AMBIT_TRY(const auto page, look(context, {Facet::kSituation, id}));
  for (const std::uint64_t index : page.entries) {
    AMBIT_TRY(const auto opened, read(context, index, false));
    const Json* facts = opened.record.body.find("facts");
    if (facts && opened.record.body.string_or("id", "") == id) return facts_of(index, *facts);
  }
  return fail(Code::kInternal, "ledger.no_situation",
              "the ledger has no situation `" + id + "`, which a decision names");
}

Result<std::shared_ptr<const domain::Task>> recall_task(const Context& context,
                                                        const std::string& id) {
  if (const TaskEntry* entry = context.world.task(id)) return entry->task;
  if (id.empty() || id.size() > 512) return nullptr;
  AMBIT_TRY(const auto document, context.ports.store->get(ports::Kind::kTask, id));
  if (!document) return nullptr;
  AMBIT_TRY(const Json json, text::parse_json(document->json, {16u << 20, 64}));
  AMBIT_TRY(domain::Task task, domain::task_from_json(json));
  task.revision = document->revision;
  return std::make_shared<const domain::Task>(std::move(task));
}

namespace {

// The approval as the record that asked for it says, with what only its approver was shown.
std::optional<domain::Approval> requested_in(const vault::OpenedRecord& opened,
                                             const std::string& id) {
  const Json* requested = opened.record.body.find("approval_requested");
  if (!requested || requested->string_or("id", "") != id) return std::nullopt;
  Json whole = *requested;
  if (!whole.find("action_digest")) whole.set("action_digest", "");
  auto approval = domain::approval_from_json(whole);
  if (!approval) return std::nullopt;
  if (opened.values == vault::Values::kErased) approval->view = erased_view();
  return *std::move(approval);
}

// Folds one record after the other as while the task was in memory.
void fold_into(History& history, const vault::OpenedRecord& opened, const domain::Approval& asked) {
  const auto& [index, at, kind, body] = opened.record;
  if (kind.starts_with("approval.")) return fold_record(history, index, kind, body);
  const Json* decision = kind == "decision" ? body.find("decision") : nullptr;
  if (!decision || decision->string_or("approval", "") != asked.id) return;
  domain::Approval& used = history.approvals.at(asked.id);
  used.state = domain::ApprovalState::kUsed;
  used.used_by = body.string_or("id", "");
}

}  // namespace

Result<domain::Approval> recall_approval(const Context& context, const std::string& id) {
  History history;
  std::optional<domain::Approval> asked;
  ports::IndexPage page;
  // A call that is held again and again names it each time.
  for (std::uint64_t from = 0; from == 0 || page.more;) {
    AMBIT_TRY(page, look(context, {Facet::kApproval, id}, from));
    for (const std::uint64_t index : page.entries) {
      from = index + 1;
      AMBIT_TRY(const auto opened, read(context, index, true));
      if (asked) {
        fold_into(history, opened, *asked);
        continue;
      }
      asked = requested_in(opened, id);
      if (asked) history.approvals[id] = *asked;
    }
    if (page.entries.empty()) break;
  }
  if (!asked) {
    if (!knows_all(context.world, page.indexed)) return fail(behind());
    return fail(Code::kNotFound, "approval.unknown",
                "there is no approval `" + id.substr(0, 60) + "`");
  }
  domain::Approval& now = history.approvals.at(id);
  const bool open =
      now.state == domain::ApprovalState::kPending || now.state == domain::ApprovalState::kGranted;
  if (open && now.expires_at <= context.now()) now.state = domain::ApprovalState::kExpired;
  return std::move(now);
}

void note_ending(World& world, std::uint64_t index, std::string_view kind,
                 const std::string& decision) {
  const auto how = ending_of(kind);
  const auto key = decision_key(decision);
  if (!how || !key) return;
  Ending& ending = world.endings.try_emplace(*key, Ending{*how}).first->second;
  if (ending.index) return;
  ending.index = index;
  ending.body = {};
  note_told(world, index, *key);
}

}  // namespace ambit::service
