#include "index/internal/postings.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <set>
#include <unistd.h>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/breather.h"

namespace ambit::index::internal {
namespace {

using ports::Facet;
using ports::Term;
using sqlite::Database;
using sqlite::ResetGuard;
using sqlite::Statement;

// A file of any other version is made anew.
constexpr std::int64_t kVersion = 5;
constexpr std::size_t kIdRandom = 26;
// Written back beyond this many pages of 4 KiB.
constexpr int kCheckpointPages = 4096;
constexpr std::uint64_t kListBytes = kChunk / 8;
// Up to so many are joined to those that are there by the database itself.
constexpr std::size_t kFewEntries = 64;

// As SQLite keeps it, statement by statement: whoever can write the file can put a view or a
// trigger in the place of a table, and have a search run what it likes.
constexpr const char* kSchema =
    R"sql(CREATE TABLE posting(chunk INTEGER NOT NULL, word BLOB NOT NULL, entries BLOB NOT NULL,
  PRIMARY KEY (chunk, word)) STRICT, WITHOUT ROWID;
CREATE TABLE times(block INTEGER PRIMARY KEY, lowest INTEGER NOT NULL, highest INTEGER NOT NULL,
  at BLOB NOT NULL) STRICT;
CREATE TABLE target_of(owner BLOB NOT NULL, word BLOB NOT NULL,
  PRIMARY KEY (owner, word)) STRICT, WITHOUT ROWID;
CREATE TABLE progress(one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER NOT NULL,
  leaf BLOB NOT NULL, dropped BLOB NOT NULL) STRICT;
)sql";

bool is_identifier(Facet facet) {
  return facet == Facet::kTask || facet == Facet::kWithin || facet == Facet::kSession ||
         facet == Facet::kInstance || facet == Facet::kDecision || facet == Facet::kApproval;
}

Result<> make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file >= 0) {
    ::close(file);
    return {};
  }
  return fail(Code::kUnavailable, "index.unopenable",
              "search index `" + path + "` cannot be made: " + std::strerror(errno));
}

std::uint16_t within_chunk(std::uint64_t entry) {
  return static_cast<std::uint16_t>(entry % kChunk);
}

Term term_of(const std::string& raw) { return {static_cast<Facet>(raw.front()), raw.substr(1)}; }

std::string list_of(const std::vector<std::uint16_t>& entries) {
  std::string out;
  out.reserve(entries.size() * 2);
  for (const std::uint16_t entry : entries) {
    out += static_cast<char>(entry & 0xFF);
    out += static_cast<char>(entry >> 8);
  }
  return out;
}

// What some items of one chunk are found by, by facet and value: a digest is taken once for each.
struct Gathered {
  using Entries = std::vector<std::uint16_t>;
  using Shared = std::shared_ptr<const std::vector<Term>>;

  void add(const Item& item) {
    const std::uint16_t entry = within_chunk(item.entry);
    for (const Term& term : item.terms) {
      put(term, entry);
      if (term.facet != Facet::kTarget) continue;
      owned_key_.assign(1, static_cast<char>(item.owner.facet));
      owned_key_.append(item.owner.value).append(1, '\0').append(key_);
      owned.insert(owned_key_);
    }
    if (!item.shared) return;
    if (item.shared != last_) {
      last_ = item.shared;
      of_last_ = &shared_[last_];
    }
    of_last_->push_back(entry);
  }

  // Entries of shared terms, which are gathered apart, come to stand among the others in order.
  void spread_shared() {
    for (const auto& [terms, all] : shared_) {
      for (const Term& term : *terms) {
        Entries& there = entries[key_of(term)];
        const auto middle = static_cast<std::ptrdiff_t>(there.size());
        there.insert(there.end(), all.begin(), all.end());
        std::inplace_merge(there.begin(), there.begin() + middle, there.end());
        there.erase(std::unique(there.begin(), there.end()), there.end());
      }
    }
  }

  std::unordered_map<std::string, Entries> entries;
  std::unordered_set<std::string> owned;  // owner, a zero, the target's key

 private:
  const std::string& key_of(const Term& term) {
    return key_.assign(1, static_cast<char>(term.facet)).append(term.value);
  }
  void put(const Term& term, std::uint16_t entry) {
    Entries& there = entries[key_of(term)];
    if (there.empty() || there.back() != entry) there.push_back(entry);
  }

  std::unordered_map<Shared, Entries> shared_;
  Shared last_;
  Entries* of_last_ = nullptr;
  std::string key_, owned_key_;
};

void append_number(std::string& out, std::int64_t number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

Result<> check_schema(Database& database, const std::string& path) {
  AMBIT_TRY(const std::string schema,
            database.text("SELECT group_concat(sql || ';' || char(10), '') FROM "
                          "(SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid)"));
  if (schema == kSchema) return {};
  return fail(Code::kUnavailable, "index.corrupt",
              "search index `" + path + "` has other tables than it should");
}

}  // namespace

std::string word_of(const Term& term) {
  std::string out(1, static_cast<char>(term.facet));
  const std::size_t prefix = term.value.find('_');
  if (is_identifier(term.facet) && prefix != std::string::npos &&
      term.value.size() == prefix + 1 + kIdRandom) {
    return out.append(term.value, prefix + 1);
  }
  return out.append(crypto::sha256(term.value).view().substr(0, 8));
}

Result<std::unique_ptr<PostingsWriter>> PostingsWriter::open(const std::string& path) {
  AMBIT_CHECK_OK(sqlite::check_version());
  AMBIT_CHECK_OK(make_private_file(path));
  std::unique_ptr<PostingsWriter> out(new PostingsWriter);
  AMBIT_TRY(out->database_, Database::open(path, {"search index", "index"}));
  Database& database = *out->database_;
  database.limit_rows(kMaxRowBytes);
  AMBIT_CHECK_OK(database.execute("PRAGMA journal_mode = WAL"));
  // Never behind a crash of the machine by more than the log can make good.
  AMBIT_CHECK_OK(database.execute("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536"));
  AMBIT_TRY(const std::int64_t version, database.integer("PRAGMA user_version"));
  AMBIT_TRY(const std::int64_t tables, database.integer("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0 && version == 0) {
    AMBIT_CHECK_OK(database.execute("BEGIN IMMEDIATE; " + std::string(kSchema) +
                                    "INSERT INTO progress VALUES (1, 0, x'', x''); "
                                    "PRAGMA user_version = " +
                                    std::to_string(kVersion) + "; COMMIT"));
  } else if (version != kVersion) {
    return fail(Code::kUnavailable, "index.corrupt",
                "search index `" + path + "` has another version");
  }
  AMBIT_CHECK_OK(check_schema(database, path));
  const auto prepare = [&](std::optional<Statement>& into, const std::string& sql) -> Result<> {
    AMBIT_TRY(into, database.prepare(sql));
    return {};
  };
  AMBIT_CHECK_OK(prepare(out->get_, "SELECT entries FROM posting WHERE chunk = ?1 AND word = ?2"));
  AMBIT_CHECK_OK(prepare(out->put_, "INSERT OR REPLACE INTO posting VALUES (?1, ?2, ?3)"));
  AMBIT_CHECK_OK(prepare(out->join_,
                         "INSERT INTO posting VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET "
                         "entries = CAST(entries || excluded.entries AS BLOB) "
                         "WHERE length(entries) + length(excluded.entries) < " +
                             std::to_string(kListBytes)));
  AMBIT_CHECK_OK(prepare(out->joined_, "SELECT changes()"));
  AMBIT_CHECK_OK(prepare(out->drop_, "DELETE FROM posting WHERE chunk = ?1 AND word = ?2"));
  AMBIT_CHECK_OK(prepare(out->own_, "INSERT OR IGNORE INTO target_of VALUES (?1, ?2)"));
  AMBIT_CHECK_OK(prepare(out->owned_, "SELECT word FROM target_of WHERE owner = ?1"));
  AMBIT_CHECK_OK(prepare(out->disown_, "DELETE FROM target_of WHERE owner = ?1"));
  AMBIT_CHECK_OK(prepare(out->times_, "SELECT lowest, highest, at FROM times WHERE block = ?1"));
  AMBIT_CHECK_OK(prepare(out->put_times_, "INSERT OR REPLACE INTO times VALUES (?1, ?2, ?3, ?4)"));
  AMBIT_CHECK_OK(prepare(out->progress_, "SELECT next, leaf, dropped FROM progress"));
  AMBIT_CHECK_OK(
      prepare(out->put_progress_, "UPDATE progress SET next = ?1, leaf = ?2, dropped = ?3"));
  return out;
}

Result<Progress> PostingsWriter::progress() {
  const ResetGuard guard(*progress_);
  AMBIT_TRY(const bool row, progress_->step());
  if (!row) return fail(Code::kUnavailable, "index.corrupt", "the search index has no progress");
  return Progress{progress_->revision(0), std::string(progress_->text(1)),
                  std::string(progress_->text(2))};
}

Result<> PostingsWriter::add(const std::vector<Item>& items, const Progress& after) {
  AMBIT_CHECK_OK(database_->execute("BEGIN IMMEDIATE"));
  const auto write = [&]() -> Result<> {
    AMBIT_CHECK_OK(write_words(items));
    AMBIT_CHECK_OK(write_times(items));
    put_progress_->bind(1, after.next);
    put_progress_->bind_blob(2, after.leaf);
    put_progress_->bind_blob(3, after.dropped);
    AMBIT_CHECK_OK(put_progress_->run());
    return database_->execute("COMMIT");
  };
  if (auto written = write(); !written) {
    (void)database_->execute("ROLLBACK");
    return written;
  }
  return database_->wal_pages() > kCheckpointPages ? database_->checkpoint() : Result<>();
}

Result<> PostingsWriter::write_words(const std::vector<Item>& items) {
  for (std::size_t at = 0; at < items.size();) {
    const std::uint64_t chunk = items[at].entry / kChunk;
    const std::size_t first = at;
    while (at < items.size() && items[at].entry / kChunk == chunk) ++at;
    AMBIT_CHECK_OK(write_chunk(chunk, std::span(items).subspan(first, at - first)));
  }
  return {};
}

Result<> PostingsWriter::write_chunk(std::uint64_t chunk, std::span<const Item> items) {
  Gathered gathered;
  Breather breather;
  for (const Item& item : items) {
    breather.step();
    gathered.add(item);
  }
  gathered.spread_shared();
  // In the order of the file, so that neighbours are written together.
  std::vector<std::pair<std::string, const std::vector<std::uint16_t>*>> sorted;
  sorted.reserve(gathered.entries.size());
  for (const auto& [raw, entries] : gathered.entries) {
    sorted.emplace_back(word_of(term_of(raw)), &entries);
  }
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [word, entries] : sorted) {
    breather.step();
    AMBIT_CHECK_OK(add_entries(word, chunk, *entries));
  }
  std::set<std::pair<std::string, std::string>> pairs;
  for (const std::string& owned : gathered.owned) {
    const std::size_t end = owned.find('\0');
    pairs.insert({word_of(term_of(owned.substr(0, end))), word_of(term_of(owned.substr(end + 1)))});
  }
  for (const auto& [owner, word] : pairs) {
    own_->bind_blob(1, owner);
    own_->bind_blob(2, word);
    AMBIT_CHECK_OK(own_->run());
  }
  return {};
}

// Most words are of few entries, and most of these are new.
Result<> PostingsWriter::add_entries(const std::string& word, std::uint64_t chunk,
                                     const std::vector<std::uint16_t>& entries) {
  if (entries.size() > kFewEntries) return append_posting(word, chunk, entries);
  const std::string list = list_of(entries);
  join_->bind(1, chunk);
  join_->bind_blob(2, word);
  join_->bind_blob(3, list);
  AMBIT_CHECK_OK(join_->run());
  const ResetGuard guard(*joined_);
  AMBIT_TRY(const bool row, joined_->step());
  if (row && joined_->integer(0) == 1) return {};
  return append_posting(word, chunk, entries);
}

Result<> PostingsWriter::append_posting(const std::string& word, std::uint64_t chunk,
                                        const std::vector<std::uint16_t>& entries) {
  std::string before;
  {
    const ResetGuard guard(*get_);
    get_->bind(1, chunk);
    get_->bind_blob(2, word);
    AMBIT_TRY(const bool there, get_->step());
    if (there) before = get_->text(0);
  }
  if (before.size() + entries.size() * 2 < kListBytes) {
    // Later entries are higher: the list stays sorted.
    before += list_of(entries);
    put_->bind(1, chunk);
    put_->bind_blob(2, word);
    put_->bind_blob(3, before);
    return put_->run();
  }
  AMBIT_TRY(EntrySet all, EntrySet::parse(before));
  for (const std::uint16_t entry : entries) all.add(entry);
  return write_posting(word, chunk, all);
}

Result<> PostingsWriter::write_posting(const std::string& word, std::uint64_t chunk,
                                       const EntrySet& entries) {
  const std::string bytes = entries.bytes();
  Statement& statement = bytes.empty() ? *drop_ : *put_;
  statement.bind(1, chunk);
  statement.bind_blob(2, word);
  if (!bytes.empty()) statement.bind_blob(3, bytes);
  return statement.run();
}

Result<> PostingsWriter::write_times(const std::vector<Item>& items) {
  std::map<std::uint64_t, std::vector<const Item*>> blocks;
  for (const Item& item : items) blocks[item.entry / kTimesBlock].push_back(&item);
  for (const auto& [block, added] : blocks) {
    std::string times;
    std::int64_t low = added.front()->at.ms, high = low;
    {
      const ResetGuard guard(*times_);
      times_->bind(1, block);
      AMBIT_TRY(const bool there, times_->step());
      if (there) {
        low = std::min(low, times_->integer(0));
        high = std::max(high, times_->integer(1));
        times = times_->text(2);
      }
    }
    for (const Item* item : added) {
      low = std::min(low, item->at.ms);
      high = std::max(high, item->at.ms);
      // An entry that is not there has some time too, so that each stands at its place.
      const std::size_t end = (item->entry % kTimesBlock + 1) * sizeof(std::int64_t);
      while (times.size() < end) append_number(times, item->at.ms);
    }
    put_times_->bind(1, block);
    put_times_->bind(2, low);
    put_times_->bind(3, high);
    put_times_->bind_blob(4, times);
    AMBIT_CHECK_OK(put_times_->run());
  }
  return {};
}

// Of the entries that are indexed, and not of the rows that are there: that is what the log bears
// out. Nothing where there are none yet.
Result<std::uint64_t> PostingsWriter::chunks() {
  AMBIT_TRY(const Progress now, progress());
  return now.next / kChunk + (now.next % kChunk > 0 ? 1 : 0);
}

Result<EntrySet> PostingsWriter::read_posting(const std::string& word, std::uint64_t chunk) {
  const ResetGuard guard(*get_);
  get_->bind(1, chunk);
  get_->bind_blob(2, word);
  AMBIT_TRY(const bool there, get_->step());
  if (!there) return EntrySet();
  return EntrySet::parse(get_->text(0));
}

Result<std::optional<std::uint64_t>> PostingsWriter::newest(const Term& term) {
  const std::string word = word_of(term);
  AMBIT_TRY(std::uint64_t chunk, chunks());
  std::optional<std::uint64_t> out;
  while (chunk-- > 0 && !out) {
    AMBIT_TRY(const EntrySet entries, read_posting(word, chunk));
    entries.each(false, [&](std::uint16_t entry) {
      out = chunk * kChunk + entry;
      return false;
    });
  }
  return out;
}

Result<> PostingsWriter::forget_targets(const std::string& key) {
  AMBIT_CHECK_OK(database_->execute("PRAGMA secure_delete = ON; BEGIN IMMEDIATE"));
  auto removed = remove_words(word_of({Facet::kTask, key}));
  if (removed) removed = remove_words(word_of({Facet::kKey, key}));
  if (!removed) {
    (void)database_->execute("ROLLBACK");
    return removed;
  }
  AMBIT_CHECK_OK(database_->execute("COMMIT"));
  // Neither may the write-ahead log remember.
  return database_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<> PostingsWriter::remove_words(const std::string& owner_word) {
  std::vector<std::string> words;
  {
    const ResetGuard guard(*owned_);
    owned_->bind_blob(1, owner_word);
    while (true) {
      AMBIT_TRY(const bool row, owned_->step());
      if (!row) break;
      words.emplace_back(owned_->text(0));
    }
  }
  AMBIT_TRY(const std::uint64_t count, chunks());
  for (std::uint64_t chunk = 0; chunk < count; ++chunk) {
    AMBIT_TRY(const EntrySet own, read_posting(owner_word, chunk));
    if (own.empty()) continue;
    for (const std::string& word : words) {
      AMBIT_TRY(EntrySet entries, read_posting(word, chunk));
      entries -= own;
      AMBIT_CHECK_OK(write_posting(word, chunk, entries));
    }
  }
  disown_->bind_blob(1, owner_word);
  return disown_->run();
}

}  // namespace ambit::index::internal
