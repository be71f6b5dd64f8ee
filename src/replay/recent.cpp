#include "replay/recent.h"

#include <algorithm>
#include <deque>
#include <string>
#include <unordered_set>

#include "ledger/record.h"
#include "replay/internal/history.h"
#include "text/canonical_reader.h"

namespace ambit::replay {
namespace {

using ports::Facet;
using text::Json;

constexpr std::uint64_t kBlock = 4096;  // entries that are read back at once; a power of 16
constexpr std::uint64_t kAskEvery = 256;
constexpr std::size_t kAtOnce = 4096;  // entries that are looked up

// What is asked now and then.
class Patience {
 public:
  explicit Patience(const std::function<Result<>()>& go_on) : go_on_(go_on) {}
  Result<> ask() { return go_on_ && count_++ % kAskEvery == 0 ? go_on_() : Result<>(); }

 private:
  const std::function<Result<>()>& go_on_;
  std::uint64_t count_ = 0;
};

// Visits [from, to) until `visit` fails.
template <class Visit>
Result<> scan(const ports::Log& log, std::uint64_t from, std::uint64_t to, Patience& patience,
              const Visit& visit) {
  if (from >= to) return {};
  Result<> outcome;
  AMBIT_CHECK_OK(log.scan(from, [&](const ports::EntryView& entry) {
    if (entry.index >= to) return false;
    outcome = patience.ask();
    if (outcome) outcome = visit(entry);
    return outcome.has_value();
  }));
  return outcome;
}

// Canonical records begin with their time.
Time time_of(std::string_view record) {
  text::CanonicalReader in(record);
  for (auto member = in.object(); member.next();) {
    if (member.key() == "at") return Time{in.integer()};
    in.skip();
  }
  return {};
}

// What a decision names.
struct Named {
  std::string situation;
  std::string read;       // the approval that it had, whether it used it up or not
  std::string requested;  // the one that it asked for
};

Named named_by(std::string_view record) {
  Named out;
  bool asks = false;
  text::CanonicalReader in(record);
  for (auto member = in.object(); member.next();) {
    if (member.key() != "body") {
      in.skip();
      continue;
    }
    for (auto part = in.object(); part.next();) {
      if (part.key() == "approval") {
        out.requested = in.plain_text();
      } else if (part.key() == "approval_read") {
        out.read = in.plain_text();
      } else if (part.key() == "situation") {
        out.situation = in.plain_text();
      } else if (part.key() == "decision") {
        for (auto one = in.object(); one.next();) {
          if (one.key() == "approval") {
            out.read = in.plain_text();
          } else {
            in.skip();
          }
        }
      } else {
        asks = asks || part.key() == "approval_requested";
        in.skip();
      }
    }
  }
  if (!asks) out.requested.clear();
  return out;
}

// The documents that a situation was made from; not its policies, which are not asked.
std::vector<std::string> documents_of(const Json& body) {
  std::vector<std::string> out;
  const Json* facts = body.find("facts");
  if (!facts || !facts->is_object()) return out;
  for (const auto& [name, value] : facts->as_object()) {
    if (name.ends_with("_document") && value.is_string()) out.push_back(value.as_string());
    if (!name.ends_with("_documents") || !value.is_array()) continue;
    for (const Json& one : value.as_array()) {
      if (one.is_string()) out.push_back(one.as_string());
    }
  }
  return out;
}

// Gathers what is referred to before it was told.
class Lookup {
 public:
  Lookup(const ports::Log& log, const ports::Index& index, std::uint64_t from)
      : log_(log), index_(index), from_(from) {}

  Result<> note(const ports::EntryView& entry) {
    const std::string_view kind = ledger::kind_of(entry.record);
    if (kind == "decision") return note_decision(entry);
    if (kind != "document" && kind != "situation") return {};
    AMBIT_TRY(const ledger::Record record, ledger::decode_record(entry.index, entry.record));
    if (kind == "document") {
      // One whose first part stands before is not told here.
      const Json* part = record.body.find("part");
      const bool begins = !part || (part->is_int() && part->as_int() == 1);
      if (begins) told_.insert(std::string(record.body.string_or("digest", "")));
      return {};
    }
    told_.insert(std::string(record.body.string_or("id", "")));
    return look_up_documents(record.body);
  }

  std::vector<std::uint64_t> take() {
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  Result<> note_decision(const ports::EntryView& entry) {
    const Named named = named_by(entry.record);
    if (!named.read.empty() && told_.insert(named.read).second) {
      AMBIT_CHECK_OK(find(Facet::kApproval, named.read).map([](const auto&) {}));
    }
    if (!named.requested.empty()) told_.insert(named.requested);
    if (!told_.insert(named.situation).second) return {};
    AMBIT_TRY(const auto entries, find(Facet::kSituation, named.situation));
    for (const std::uint64_t index : entries) {
      AMBIT_TRY(const ports::Entry read, log_.read(index));
      AMBIT_TRY(const ledger::Record record, ledger::decode_record(index, read.record));
      AMBIT_CHECK_OK(look_up_documents(record.body));
    }
    return {};
  }

  Result<> look_up_documents(const Json& situation) {
    for (std::string& digest : documents_of(situation)) {
      if (!told_.insert(digest).second) continue;
      AMBIT_CHECK_OK(find(Facet::kDocument, digest).map([](const auto&) {}));
    }
    return {};
  }

  Result<std::vector<std::uint64_t>> find(Facet facet, const std::string& value) {
    ports::IndexQuery query{.all = {{{facet, value}}}};
    query.before = from_;
    query.limit = kAtOnce;
    query.oldest_first = true;
    std::vector<std::uint64_t> out;
    for (bool more = true; more; query.from = out.empty() ? from_ : out.back() + 1) {
      AMBIT_TRY(const ports::IndexPage page, index_.look(query));
      out.insert(out.end(), page.entries.begin(), page.entries.end());
      more = page.more;
    }
    found_.insert(found_.end(), out.begin(), out.end());
    return out;
  }

  const ports::Log& log_;
  const ports::Index& index_;
  std::uint64_t from_;
  std::unordered_set<std::string> told_;  // or looked up: situations, documents and approvals
  std::vector<std::uint64_t> found_;
};

struct Sighting {
  std::uint64_t index = 0;
  Time at;
};

// The newest decisions, oldest first.
Result<std::deque<Sighting>> newest(const ports::Log& log, std::uint64_t end,
                                    const RecentOptions& options, Patience& patience) {
  std::deque<Sighting> out;
  std::uint64_t reach = kBlock;
  while (end > 0 && out.size() < options.max_decisions) {
    const std::uint64_t begin = end > reach ? end - reach : 0;
    std::deque<Sighting> block;
    Time oldest;
    const auto read =
        scan(log, begin, end, patience, [&](const ports::EntryView& entry) -> Result<> {
          const bool is_decision = History::is_decision(entry.record);
          if (entry.index != begin && !is_decision) return {};
          const Time at = time_of(entry.record);
          if (entry.index == begin) oldest = at;
          if (is_decision && at >= options.since) block.push_back({entry.index, at});
          return {};
        });
    if (!read && read.error().reason == "ledger.absent") {
      // What was moved elsewhere does not count, as what is too old does not. Up to there all does.
      if (reach == 1) break;
      reach /= 16;
      continue;
    }
    AMBIT_CHECK_OK(read);
    out.insert(out.begin(), block.begin(), block.end());
    if (oldest < options.since) break;
    end = begin;
  }
  while (out.size() > options.max_decisions) out.pop_front();
  return out;
}

}  // namespace

Result<Recent> find_recent(const ports::Log& log, const ports::Index* index,
                           const RecentOptions& options) {
  Patience patience(options.go_on);
  Recent out;
  out.to = log.size();
  AMBIT_TRY(const auto found, newest(log, out.to, options, patience));
  out.from = found.empty() ? out.to : found.front().index;
  out.decisions = found.size();
  if (found.empty()) return out;
  out.first = found.front().at;
  out.last = found.back().at;
  if (index) index->hurry();
  if (!index || index->indexed() < out.from) {
    out.whole = true;
    return out;
  }
  Lookup lookup(log, *index, out.from);
  AMBIT_CHECK_OK(scan(log, out.from, out.to, patience,
                      [&](const ports::EntryView& entry) { return lookup.note(entry); }));
  out.before = lookup.take();
  return out;
}

Source source_of(const ports::Log& log, const Recent& recent, std::function<Result<>()> go_on) {
  return [&log, &recent, go_on = std::move(go_on)](const ports::EntryVisitor& visit) -> Result<> {
    Patience patience(go_on);
    for (const std::uint64_t index : recent.before) {
      AMBIT_CHECK_OK(patience.ask());
      AMBIT_TRY(const ports::Entry entry, log.read(index));
      if (!visit({index, entry.record, entry.beside})) return {};
    }
    bool more = true;
    Result<> outcome;
    AMBIT_CHECK_OK(log.scan(recent.whole ? 0 : recent.from, [&](const ports::EntryView& entry) {
      if (entry.index >= recent.to) return false;
      outcome = patience.ask();
      more = outcome && visit(entry);
      return more;
    }));
    return outcome;
  };
}

}  // namespace ambit::replay
