#include "cedar_engine/internal/symbols.h"

namespace ambit::cedar::engine {

std::uint32_t HashSlots::insert(std::uint64_t hash) {
  const auto position = static_cast<std::uint32_t>(hashes_.size());
  hashes_.push_back(hash);
  if (hashes_.size() <= kLinear) return position;
  const bool are_filled = hashes_.size() > kLinear + 1;
  if (are_filled && hashes_.size() * 2 <= slots_.size()) {
    put(position);
    return position;
  }
  slots_.assign(are_filled ? slots_.size() * 2 : kLinear * 8, {});
  for (std::uint32_t i = 0; i <= position; ++i) put(i);
  return position;
}

void HashSlots::put(std::uint32_t position) {
  const std::uint64_t hash = hashes_[position];
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  while (slots_[i].used != 0) i = (i + 1) & mask;
  slots_[i] = {static_cast<std::uint32_t>(hash >> 32), position + 1};
}

UidTable::Entry::Entry(NameId type, std::string_view id)
    : type_(type), size_(static_cast<std::uint32_t>(id.size())), short_{} {
  if (id.size() <= kShort) {
    if (!id.empty()) std::memcpy(short_, id.data(), id.size());
  } else {
    long_ = id.data();
  }
}

SymbolWriter::SymbolWriter(HashKey key) : texts_(std::make_shared<SymbolTexts>()) {
  current_.key = key;
  current_.texts = texts_;
}

NameId SymbolWriter::name(std::string_view text) {
  const std::uint64_t hash = hash_text(text, key());
  const std::uint32_t known = current_.names.find(text, hash);
  if (known != kNone) return NameId{known};
  return NameId{current_.names.add(texts_->names.emplace_back(text), hash)};
}

EntityId SymbolWriter::entity(const EntityUid& uid) {
  const NameId type = name(uid.type);
  const std::uint64_t hash = UidTable::hash_of(type, uid.id, key());
  const std::uint32_t known = current_.uids.find(type, uid.id, hash);
  if (known != kNone) return EntityId{known};
  std::string_view id = uid.id;
  if (id.size() > UidTable::Entry::kShort) id = texts_->ids.emplace_back(id);
  return EntityId{current_.uids.add(type, id, hash)};
}

std::shared_ptr<const Symbols> SymbolWriter::snapshot() {
  if (!last_ || last_->uids.size() != current_.uids.size() ||
      last_->names.size() != current_.names.size()) {
    last_ = std::make_shared<const Symbols>(current_);
  }
  return last_;
}

void RequestSymbols::share(const std::shared_ptr<const Symbols>& shared) {
  shared_ = shared;
  for (RecentType& type : recent_types_) type = {};
}

std::uint32_t RequestSymbols::find_name(std::string_view text, std::uint64_t hash) const {
  const std::uint32_t known = shared_->names.find(text, hash);
  if (known != kNone || names_.size() == 0) return known;
  const std::uint32_t own = names_.find(text, hash);
  return own == kNone ? kNone : own + kLocal;
}

NameId RequestSymbols::find_name(std::string_view text) const {
  return NameId{find_name(text, hash_text(text, shared_->key))};
}

NameId RequestSymbols::name(std::string_view text) {
  const std::uint64_t hash = hash_text(text, shared_->key);
  const std::uint32_t known = find_name(text, hash);
  return NameId{known != kNone ? known : names_.add(text, hash) + kLocal};
}

NameId RequestSymbols::copied_name(std::string_view text, Arena& arena) {
  const std::uint64_t hash = hash_text(text, shared_->key);
  const std::uint32_t known = find_name(text, hash);
  return NameId{known != kNone ? known : names_.add(arena.copy_text(text), hash) + kLocal};
}

// A request names at least three entities: what follows is worth its place in each caller.
[[gnu::always_inline]] inline NameId RequestSymbols::recent_type(std::string_view text) {
  if (text.empty()) return find_name(text);
  const auto first = static_cast<unsigned char>(text.front());
  const auto last = static_cast<unsigned char>(text.back());
  RecentType& recent = recent_types_[(first * 7u + last + text.size()) % kRecentTypes];
  if (same_text(recent.text, text)) return recent.name;
  const NameId out = find_name(text);
  if (raw(out) < kNone) recent = {shared_->names.text(raw(out)), out};
  return out;
}

[[gnu::always_inline]] inline std::uint32_t RequestSymbols::find_entity(NameId type,
                                                                        std::string_view id,
                                                                        std::uint64_t hash) const {
  // An entity whose type only this request knows is known only to this request.
  const bool is_own = raw(type) >= kLocal;
  const std::uint32_t known = is_own ? kNone : shared_->uids.find(type, id, hash);
  if (known != kNone || uids_.size() == 0) return known;
  const std::uint32_t own = uids_.find(type, id, hash);
  return own == kNone ? kNone : own + kLocal;
}

EntityId RequestSymbols::copied_entity(std::string_view type_text, std::string_view id,
                                       Arena& arena) {
  NameId type_name = recent_type(type_text);
  if (raw(type_name) == kNone) type_name = copied_name(type_text, arena);
  const std::uint64_t hash = UidTable::hash_of(type_name, id, shared_->key);
  const std::uint32_t known = find_entity(type_name, id, hash);
  if (known != kNone) return EntityId{known};
  return EntityId{uids_.add(type_name, arena.copy_text(id), hash) + kLocal};
}

std::uint32_t RequestSymbols::find_entity(std::string_view type, std::string_view id) const {
  const NameId name = find_name(type);
  if (raw(name) == kNone) return kNone;
  return find_entity(name, id, UidTable::hash_of(name, id, shared_->key));
}

EntityId RequestSymbols::entity(std::string_view type_text, std::string_view id) {
  NameId type_name = recent_type(type_text);
  if (raw(type_name) == kNone) type_name = name(type_text);
  const std::uint64_t hash = UidTable::hash_of(type_name, id, shared_->key);
  const std::uint32_t known = find_entity(type_name, id, hash);
  return EntityId{known != kNone ? known : uids_.add(type_name, id, hash) + kLocal};
}

std::string_view RequestSymbols::text_of(NameId id) const {
  return raw(id) >= kLocal ? names_.text(raw(id) - kLocal) : shared_->names.text(raw(id));
}

void RequestSymbols::copy_uid(EntityId id, EntityUid& out) const {
  out.type.assign(text_of(type_of(id)));
  out.id.assign(entry_of(id).id());
}

}  // namespace ambit::cedar::engine
