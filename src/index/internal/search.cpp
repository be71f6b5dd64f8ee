#include <algorithm>
#include <cstring>
#include <iterator>
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
  AMBIT_CHECK_OK(out->database_->execute("PRAGMA query_only = ON; PRAGMA cache_size = -" +
                                         std::to_string(cache_kib)));
  AMBIT_TRY(out->get_,
            out->database_->prepare("SELECT entries FROM posting WHERE word = ?1 AND chunk = ?2"));
  AMBIT_TRY(out->chunks_, out->database_->prepare("SELECT chunk FROM posting WHERE word = ?1 AND "
                                                  "chunk BETWEEN ?2 AND ?3 ORDER BY chunk"));
  AMBIT_TRY(out->times_, out->database_->prepare("SELECT block, lowest, highest, at FROM times "
                                                 "WHERE block BETWEEN ?1 AND ?2"));
  AMBIT_TRY(out->next_, out->database_->prepare("SELECT next FROM progress"));
  return out;
}

Result<IndexPage> PostingsReader::find(const IndexQuery& query) {
  AMBIT_CHECK_OK(check(query));
  Reading reading(*database_);
  AMBIT_CHECK_OK(reading.begin());
  IndexPage page;
  {
    const ResetGuard guard(*next_);
    AMBIT_TRY(const bool row, next_->step());
    page.indexed = row ? next_->revision(0) : 0;
  }
  AMBIT_CHECK_OK(each_chunk(query, [&](std::uint64_t chunk, const EntrySet& found) {
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
  AMBIT_CHECK_OK(each_chunk(query, [&](std::uint64_t, const EntrySet& found) {
    out += found.count();
    return true;
  }));
  return out;
}

Result<> PostingsReader::each_chunk(const IndexQuery& query, const Visit& visit) {
  if (query.before <= query.from) return {};
  AMBIT_TRY(std::vector<std::uint64_t> chunks, chunks_of(query));
  if (!query.oldest_first) std::reverse(chunks.begin(), chunks.end());
  const bool timed = query.since || query.until;
  for (const std::uint64_t chunk : chunks) {
    EntrySet found;
    if (timed) {
      AMBIT_TRY(found, in_time(query, chunk));
      if (found.empty()) continue;
    }
    AMBIT_TRY(EntrySet matching, matches(query, chunk));
    if (timed) matching &= found;
    const std::uint64_t first = chunk * kChunk;
    matching.keep(query.from > first ? query.from - first : 0,
                  std::min(query.before - first, kChunk));
    if (!visit(chunk, matching)) return {};
  }
  return {};
}

// Upwards: where every group has a term.
Result<std::vector<std::uint64_t>> PostingsReader::chunks_of(const IndexQuery& query) {
  std::vector<std::uint64_t> out;
  for (std::size_t at = 0; at < query.all.size(); ++at) {
    std::vector<std::uint64_t> group;
    for (const Term& term : query.all[at]) {
      const std::string word = word_of(term);
      const ResetGuard guard(*chunks_);
      chunks_->bind_blob(1, word);
      chunks_->bind(2, query.from / kChunk);
      chunks_->bind(3, (query.before - 1) / kChunk);
      while (true) {
        AMBIT_TRY(const bool row, chunks_->step());
        if (!row) break;
        group.push_back(chunks_->revision(0));
      }
    }
    std::sort(group.begin(), group.end());
    group.erase(std::unique(group.begin(), group.end()), group.end());
    if (at == 0) {
      out = std::move(group);
      continue;
    }
    std::vector<std::uint64_t> both;
    std::set_intersection(out.begin(), out.end(), group.begin(), group.end(),
                          std::back_inserter(both));
    out = std::move(both);
  }
  return out;
}

Result<EntrySet> PostingsReader::matches(const IndexQuery& query, std::uint64_t chunk) {
  EntrySet out;
  for (std::size_t at = 0; at < query.all.size(); ++at) {
    EntrySet any;
    for (const Term& term : query.all[at]) {
      const std::string word = word_of(term);
      const ResetGuard guard(*get_);
      get_->bind_blob(1, word);
      get_->bind(2, chunk);
      AMBIT_TRY(const bool there, get_->step());
      if (!there) continue;
      AMBIT_TRY(const EntrySet one, EntrySet::parse(get_->text(0)));
      any |= one;
    }
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
  while (true) {
    AMBIT_TRY(const bool row, times_->step());
    if (!row) return out;
    const std::int64_t lowest = times_->integer(1), highest = times_->integer(2);
    if ((query.since && highest < query.since->ms) || (query.until && lowest >= query.until->ms)) {
      continue;
    }
    const std::string_view times = times_->text(3);
    const std::uint64_t first = times_->revision(0) % kBlocks * kTimesBlock;
    for (std::size_t i = 0; (i + 1) * sizeof(std::int64_t) <= times.size(); ++i) {
      std::int64_t at = 0;
      std::memcpy(&at, times.data() + i * sizeof at, sizeof at);
      if (is_in(at)) out.add(static_cast<std::uint16_t>(first + i));
    }
  }
}

}  // namespace ambit::index::internal
