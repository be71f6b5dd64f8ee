// Texts as numbers: entity uids and the names of attributes, tags and types.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/value.h"
#include "cedar_engine/datum.h"
#include "cedar_engine/internal/arena.h"
#include "cedar_engine/internal/hash.h"

namespace ambit::cedar::engine {

inline constexpr std::uint32_t kNone = 0x7fff'ffff;
// Ids from here on are of one request and mean nothing outside it.
inline constexpr std::uint32_t kLocal = 0x8000'0000;

inline std::uint32_t raw(EntityId id) { return static_cast<std::uint32_t>(id); }
inline std::uint32_t raw(NameId id) { return static_cast<std::uint32_t>(id); }
inline bool is_local(EntityId id) { return raw(id) >= kLocal; }

// Positions 0, 1, 2… by hash, in open addressing. Knows nothing of what stands at a position. A few
// are looked at one by one.
class HashSlots {
 public:
  // The position for which `is_match` holds, or kNone.
  template <class IsMatch>
  std::uint32_t find(std::uint64_t hash, IsMatch is_match) const {
    if (hashes_.size() <= kLinear) {
      for (std::uint32_t i = 0; i < hashes_.size(); ++i) {
        if (hashes_[i] == hash && is_match(i)) return i;
      }
      return kNone;
    }
    const std::size_t mask = slots_.size() - 1;
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    const Slot* slots = slots_.data();
    for (std::size_t i = hash & mask; slots[i].used != 0; i = (i + 1) & mask) {
      if (slots[i].tag == tag && is_match(slots[i].used - 1)) return slots[i].used - 1;
    }
    return kNone;
  }

  // Returns the next position. Precondition: find() gives kNone.
  std::uint32_t insert(std::uint64_t hash);

  void clear() {
    hashes_.clear();
    if (slots_.size() > kKept) slots_ = {};
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t used = 0;  // the position plus one; 0 is free
  };
  static constexpr std::size_t kLinear = 8;
  static constexpr std::size_t kKept = 4096;

  void put(std::uint32_t position);

  std::vector<Slot> slots_;  // of no meaning while there are few
  std::vector<std::uint64_t> hashes_;
};

class NameTable {
 public:
  // `hash` is hash_text() of the text.
  std::uint32_t find(std::string_view text, std::uint64_t hash) const {
    return slots_.find(hash, [&](std::uint32_t i) { return same_text(names_.data()[i], text); });
  }
  // Precondition: not there yet. `text` must stay where it is.
  std::uint32_t add(std::string_view text, std::uint64_t hash) {
    names_.push_back(text);
    return slots_.insert(hash);
  }
  std::string_view text(std::uint32_t position) const { return names_[position]; }
  std::size_t size() const { return names_.size(); }
  void clear() {
    names_.clear();
    slots_.clear();
  }

 private:
  std::vector<std::string_view> names_;
  HashSlots slots_;
};

// Uids by the name of their type and their id.
class UidTable {
 public:
  // A short id stands in the entry itself: looking an entity up costs one cache line less.
  class Entry {
   public:
    static constexpr std::size_t kShort = 24;

    Entry(NameId type, std::string_view id);
    NameId type() const { return type_; }
    std::string_view id() const { return {size_ <= kShort ? short_ : long_, size_}; }

   private:
    NameId type_;
    std::uint32_t size_;
    union {
      char short_[kShort];
      const char* long_;
    };
  };
  static_assert(sizeof(Entry) == 32);

  static std::uint64_t hash_of(NameId type, std::string_view id, HashKey key) {
    return hash_pair(static_cast<std::uint64_t>(type), hash_text(id, key), key);
  }

  // `hash` is hash_of() the two.
  std::uint32_t find(NameId type, std::string_view id, std::uint64_t hash) const {
    return slots_.find(hash, [&](std::uint32_t i) {
      const Entry& entry = entries_.data()[i];
      return entry.type() == type && same_text(entry.id(), id);
    });
  }
  // Precondition: not there yet. A long id must stay where it is.
  std::uint32_t add(NameId type, std::string_view id, std::uint64_t hash) {
    entries_.emplace_back(type, id);
    return slots_.insert(hash);
  }
  const Entry& entry(std::uint32_t position) const { return entries_[position]; }
  std::size_t size() const { return entries_.size(); }
  void clear() {
    entries_.clear();
    slots_.clear();
  }

 private:
  std::vector<Entry> entries_;
  HashSlots slots_;
};

// Where the texts of all symbols of one writer stand.
struct SymbolTexts {
  std::deque<std::string> ids;
  std::deque<std::string> names;
};

// Some symbols of a writer, as they were at one time; immutable. A later one of the same writer has
// these and more, under the same numbers.
struct Symbols {
  HashKey key;
  NameTable names;
  UidTable uids;
  std::shared_ptr<const SymbolTexts> texts;
};

// Gives out numbers. Not thread-safe; the Symbols it gives are.
class SymbolWriter {
 public:
  explicit SymbolWriter(HashKey key);

  HashKey key() const { return current_.key; }
  NameId name(std::string_view text);
  EntityId entity(const EntityUid& uid);
  std::string_view text(std::string_view text, Arena& arena) { return arena.copy_text(text); }

  std::shared_ptr<const Symbols> snapshot();

 private:
  Symbols current_;
  std::shared_ptr<SymbolTexts> texts_;
  std::shared_ptr<const Symbols> last_;
};

// The symbols of one request: the shared ones, and its own for texts that they do not have.
class RequestSymbols {
 public:
  void reset(const std::shared_ptr<const Symbols>& shared) {
    if (shared_ != shared) share(shared);
    names_.clear();
    uids_.clear();
  }

  // Texts are borrowed until the next reset.
  NameId name(std::string_view text);
  EntityId entity(std::string_view type, std::string_view id);
  EntityId entity(const EntityUid& uid) { return entity(uid.type, uid.id); }
  std::string_view text(std::string_view text, Arena&) { return text; }

  // The same of texts that need not stay.
  NameId copied_name(std::string_view text, Arena& arena);
  EntityId copied_entity(std::string_view type, std::string_view id, Arena& arena);

  // kNone when nobody uses the name.
  NameId find_name(std::string_view text) const;
  std::uint32_t find_entity(std::string_view type, std::string_view id) const;

  std::string_view text_of(NameId id) const;
  NameId type_of(EntityId id) const { return entry_of(id).type(); }
  void copy_uid(EntityId id, EntityUid& out) const;
  EntityUid uid_of(EntityId id) const {
    EntityUid out;
    copy_uid(id, out);
    return out;
  }

 private:
  const UidTable::Entry& entry_of(EntityId id) const {
    return is_local(id) ? uids_.entry(raw(id) - kLocal) : shared_->uids.entry(raw(id));
  }
  std::uint32_t find_name(std::string_view text, std::uint64_t hash) const;
  std::uint32_t find_entity(NameId type, std::string_view id, std::uint64_t hash) const;
  // kNone when nobody uses it.
  NameId recent_type(std::string_view text);
  void share(const std::shared_ptr<const Symbols>& shared);

  // Entity types are few, and looked up for every entity: the shared ones last seen.
  struct RecentType {
    std::string_view text;
    NameId name{kNone};
  };
  static constexpr std::size_t kRecentTypes = 32;

  std::shared_ptr<const Symbols> shared_;
  RecentType recent_types_[kRecentTypes];
  NameTable names_;
  UidTable uids_;
};

}  // namespace ambit::cedar::engine
