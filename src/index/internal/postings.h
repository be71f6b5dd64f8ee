// The index as it stands in its file: for each term the entries that have it, in chunks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "index/internal/entry_set.h"
#include "ports/index.h"
#include "sqlite/sqlite.h"

namespace ambit::index::internal {

// One entry of the log as it is indexed.
struct Item {
  std::uint64_t entry = 0;
  Time at;
  std::vector<ports::Term> terms;
  // By what all entries are found whose targets are forgotten with this one's.
  ports::Term owner = {};
  // More terms, that many items have in common: what is the same object is looked at once.
  std::shared_ptr<const std::vector<ports::Term>> shared = nullptr;
};

// Up to where the index goes: entries below `next`, the last of them with this leaf hash.
struct Progress {
  std::uint64_t next = 0;
  std::string leaf;
  std::string dropped = {};  // digest of what the log says of entries that are gone; may be empty
};

// No row of the file is larger; the largest is that of a block's times.
inline constexpr int kMaxRowBytes = 1 << 20;

// How a term is called in the file: its facet, then the random part of an identifier as it is
// (these grow with time, so that neighbours are written together) or eight bytes of SHA-256.
std::string word_of(const ports::Term& term);

class PostingsWriter {
 public:
  // Makes the file where there is none. `index.corrupt` for one that cannot be used: delete it.
  static Result<std::unique_ptr<PostingsWriter>> open(const std::string& path);

  Result<Progress> progress();
  // All or nothing. Items are in the log's order, from `progress().next` on.
  Result<> add(const std::vector<Item>& items, const Progress& after);
  // The highest entry with the term.
  Result<std::optional<std::uint64_t>> newest(const ports::Term& term);
  // Takes the targets away from the entries whose values a key sealed, and from the file's free
  // space. The key of a task's values is called as the task.
  Result<> forget_targets(const std::string& key);

 private:
  PostingsWriter() = default;
  Result<> write_posting(const std::string& word, std::uint64_t chunk, const EntrySet& entries);
  Result<> add_entries(const std::string& word, std::uint64_t chunk,
                       const std::vector<std::uint16_t>& entries);
  Result<> append_posting(const std::string& word, std::uint64_t chunk,
                          const std::vector<std::uint16_t>& entries);
  Result<> write_words(const std::vector<Item>& items);
  Result<> write_chunk(std::uint64_t chunk, std::span<const Item> items);
  Result<> write_times(const std::vector<Item>& items);
  Result<> remove_words(const std::string& owner_word);
  Result<std::uint64_t> chunks();
  Result<EntrySet> read_posting(const std::string& word, std::uint64_t chunk);

  std::unique_ptr<sqlite::Database> database_;
  std::optional<sqlite::Statement> get_, put_, join_, joined_, drop_, own_, owned_, disown_, times_,
      put_times_, progress_, put_progress_;
};

class PostingsReader {
 public:
  // With a cache of so many KiB.
  static Result<std::unique_ptr<PostingsReader>> open(const std::string& path,
                                                      int cache_kib = 32'768);

  Result<ports::IndexPage> find(const ports::IndexQuery& query);
  Result<std::uint64_t> count(const ports::IndexQuery& query);

 private:
  PostingsReader() = default;
  using Visit = std::function<bool(std::uint64_t chunk, const EntrySet& found)>;
  Result<std::uint64_t> indexed();
  Result<> each_chunk(const ports::IndexQuery& query, std::uint64_t indexed, const Visit& visit);
  Result<EntrySet> matches(const ports::IndexQuery& query, std::uint64_t chunk);
  Result<EntrySet> in_time(const ports::IndexQuery& query, std::uint64_t chunk);

  std::unique_ptr<sqlite::Database> database_;
  std::optional<sqlite::Statement> get_, times_, next_;
};

}  // namespace ambit::index::internal
