#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "index/internal/postings.h"

namespace ambit::index::internal {
namespace {

using ports::IndexPage;
using ports::IndexQuery;
using ports::Term;
using sqlite::Database;
using sqlite::ResetGuard;

Result<> check(const IndexQuery& query) {
  const bool empty_group = std::any_of(query.all.begin(), query.all.end(),
                                       [](const auto& group) { return group.empty(); });
  if (!query.all.empty() && !empty_group) return {};
  return fail(Code::kInvalid, "index.query", "a search names at least one thing to look for");
}

// A read transaction, so that one search sees one state.
class Reading {
 public:
  explicit Reading(Database& database) : database_(database) {}
  ~Reading() { (void)database_.execute("COMMIT"); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  Result<> begin() { return database_.execute("BEGIN"); }

 private:
  Database& database_;
};

}  // namespace

Result<std::unique_ptr<PostingsReader>> PostingsReader::open(const std::string& path,
                                                             int cache_kib) {
  std::unique_ptr<PostingsReader> out(new PostingsReader);
  AMBIT_TRY(out->database_, Database::open(path, {"search index", "index"}));
  out->database_->never_checkpoint();
  out->database_->limit_rows(kMaxRowBytes);
  AMBIT_CHECK_OK(out->database_->execute("PRAGMA query_only = ON; PRAGMA cache_size = -" +
                                         std::to_string(cache_kib)));
  AMBIT_TRY(out->get_,
            out->database_->prepare("SELECT entries FROM posting WHERE chunk = ?1 AND word = ?2"));
  // The times of a block are read only where some of them may be meant.
  AMBIT_TRY(out->times_,
            out->database_->prepare("SELECT block, at FROM times WHERE block BETWEEN ?1 AND ?2 "
                                    "AND highest >= ?3 AND lowest < ?4"));
  AMBIT_TRY(out->next_, out->database_->prepare("SELECT next FROM progress"));
  return out;
}

Result<IndexPage> PostingsReader::find(const IndexQuery& query) {
  AMBIT_CHECK_OK(check(query));
  Reading reading(*database_);
  AMBIT_CHECK_OK(reading.begin());
  IndexPage page;
  AMBIT_TRY(page.indexed, indexed());
  AMBIT_CHECK_OK(each_chunk(query, page.indexed, [&](std::uint64_t chunk, const EntrySet& found) {
    return found.each(query.oldest_first, [&](std::uint16_t entry) {
      page.more = page.entries.size() == query.limit;
      if (!page.more) page.entries.push_back(chunk * kChunk + entry);
      return !page.more;
    });
  }));
  return page;
}

Result<std::uint64_t> PostingsReader::count(const IndexQuery& query) {
  AMBIT_CHECK_OK(check(query));
  Reading reading(*database_);
  AMBIT_CHECK_OK(reading.begin());
  std::uint64_t out = 0;
  AMBIT_TRY(const std::uint64_t all, indexed());
  AMBIT_CHECK_OK(each_chunk(query, all, [&](std::uint64_t, const EntrySet& found) {
    out += found.count();
    return true;
  }));
  return out;
}

Result<std::uint64_t> PostingsReader::indexed() {
  const ResetGuard guard(*next_);
  AMBIT_TRY(const bool row, next_->step());
  return row ? next_->revision(0) : 0;
}

Result<> PostingsReader::each_chunk(const IndexQuery& query, std::uint64_t indexed,
                                    const Visit& visit) {
  const std::uint64_t before = std::min(query.before, indexed);
  if (before <= query.from) return {};
  const std::uint64_t lowest = query.from / kChunk;
  const std::uint64_t count = (before - 1) / kChunk - lowest + 1;
  const bool timed = query.since || query.until;
  for (std::uint64_t step = 0; step < count; ++step) {
    const std::uint64_t chunk = lowest + (query.oldest_first ? step : count - 1 - step);
    EntrySet found;
    if (timed) {
      AMBIT_TRY(found, in_time(query, chunk));
      if (found.empty()) continue;
    }
    AMBIT_TRY(EntrySet matching, matches(query, chunk));
    if (timed) matching &= found;
    if (matching.empty()) continue;
    const std::uint64_t first = chunk * kChunk;
    matching.keep(query.from > first ? query.from - first : 0, std::min(before - first, kChunk));
    if (!visit(chunk, matching)) return {};
  }
  return {};
}

Result<EntrySet> PostingsReader::matches(const IndexQuery& query, std::uint64_t chunk) {
  EntrySet out;
  for (std::size_t at = 0; at < query.all.size(); ++at) {
    EntrySet any;
    bool some = false;
    for (const Term& term : query.all[at]) {
      const std::string word = word_of(term);
      const ResetGuard guard(*get_);
      get_->bind(1, chunk);
      get_->bind_blob(2, word);
      AMBIT_TRY(const bool there, get_->step());
      if (!there) continue;
      AMBIT_TRY(const EntrySet one, EntrySet::parse(get_->text(0)));
      any |= one;
      some = true;
    }
    if (!some) return EntrySet();  // as in most chunks, where something rare is looked for
    if (at == 0) {
      out = any;
    } else {
      out &= any;
    }
  }
  return out;
}

Result<EntrySet> PostingsReader::in_time(const IndexQuery& query, std::uint64_t chunk) {
  constexpr std::uint64_t kBlocks = kChunk / kTimesBlock;
  const auto is_in = [&](std::int64_t at) {
    return (!query.since || at >= query.since->ms) && (!query.until || at < query.until->ms);
  };
  EntrySet out;
  const ResetGuard guard(*times_);
  times_->bind(1, chunk * kBlocks);
  times_->bind(2, chunk * kBlocks + kBlocks - 1);
  times_->bind(3, query.since ? query.since->ms : std::numeric_limits<std::int64_t>::min());
  times_->bind(4, query.until ? query.until->ms : std::numeric_limits<std::int64_t>::max());
  while (true) {
    AMBIT_TRY(const bool row, times_->step());
    if (!row) return out;
    const std::string_view times = times_->text(1);
    const std::uint64_t first = times_->revision(0) % kBlocks * kTimesBlock;
    for (std::size_t i = 0; (i + 1) * sizeof(std::int64_t) <= times.size(); ++i) {
      std::int64_t at = 0;
      std::memcpy(&at, times.data() + i * sizeof at, sizeof at);
      if (is_in(at)) out.add(static_cast<std::uint16_t>(first + i));
    }
  }
}

}  // namespace ambit::index::internal
