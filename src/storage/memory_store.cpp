#include "storage/memory_store.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "storage/internal/rules.h"

namespace ambit::storage {
namespace {

using ports::Change;
using ports::Document;
using ports::Kind;
using ports::Owed;
using ports::Write;

class MemoryStore final : public ports::Store {
 public:
  Result<std::uint64_t> commit(const std::vector<Write>& writes, std::string_view actor, Time at,
                               std::string_view evidence) override {
    AMBIT_CHECK_OK(internal::check_commit(writes, actor, evidence));
    const std::lock_guard lock(mutex_);
    for (const Write& write : writes) {
      AMBIT_CHECK_OK(internal::check_expected(write, revision_of(write)));
    }
    ++revision_;
    for (const Write& write : writes) {
      changes_.push_back({revision_, at, std::string(actor), write.kind, write.key, write.json});
      if (write.json.empty()) {
        documents_.erase({write.kind, write.key});
      } else {
        documents_[{write.kind, write.key}] = {write.kind, write.key, revision_, write.json};
      }
    }
    if (!evidence.empty()) owed_.emplace(revision_, evidence);
    return revision_;
  }

  Result<std::uint64_t> revision() const override {
    const std::lock_guard lock(mutex_);
    return revision_;
  }

  Result<std::optional<Document>> get(Kind kind, std::string_view key) const override {
    const std::lock_guard lock(mutex_);
    const auto found = documents_.find({kind, std::string(key)});
    if (found == documents_.end()) return std::optional<Document>();
    return std::optional<Document>(found->second);
  }

  Result<std::vector<Document>> list(Kind kind) const override {
    const std::lock_guard lock(mutex_);
    std::vector<Document> documents;
    for (auto at = documents_.lower_bound({kind, ""});
         at != documents_.end() && at->first.first == kind; ++at) {
      documents.push_back(at->second);
    }
    return documents;
  }

  Result<std::vector<Change>> changes_since(std::uint64_t revision,
                                            std::size_t limit) const override {
    const std::lock_guard lock(mutex_);
    const auto first =
        std::upper_bound(changes_.begin(), changes_.end(), revision,
                         [](std::uint64_t r, const Change& c) { return r < c.revision; });
    std::vector<Change> changes(first, changes_.end());
    changes.resize(internal::whole_commits(changes, limit));
    return changes;
  }

  Result<std::vector<Change>> history(Kind kind, std::string_view key, std::uint64_t revision,
                                      std::size_t limit) const override {
    const std::lock_guard lock(mutex_);
    std::vector<Change> changes;
    for (const Change& change : changes_) {
      if (changes.size() == limit) break;
      if (change.kind != kind || change.key != key || change.revision <= revision) continue;
      changes.push_back(change);
    }
    return changes;
  }

  Result<std::vector<Change>> history_before(Kind kind, std::string_view key,
                                             std::uint64_t revision,
                                             std::size_t limit) const override {
    const std::lock_guard lock(mutex_);
    std::vector<Change> changes;
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      if (changes.size() == limit) break;
      if (change->kind != kind || change->key != key || change->revision >= revision) continue;
      changes.push_back(*change);
    }
    return changes;
  }

  Result<std::vector<Owed>> owed() const override {
    const std::lock_guard lock(mutex_);
    std::vector<Owed> owed;
    for (const auto& [revision, record] : owed_) owed.push_back({revision, record});
    return owed;
  }

  Result<> settle(std::uint64_t revision) override {
    const std::lock_guard lock(mutex_);
    owed_.erase(revision);
    return {};
  }

  Result<std::optional<ports::StoredKey>> key(std::string_view id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(std::string(id));
    if (found == keys_.end()) return std::optional<ports::StoredKey>();
    return std::optional<ports::StoredKey>({found->first, found->second});
  }

  Result<std::vector<ports::StoredKey>> keys() const override {
    const std::lock_guard lock(mutex_);
    std::vector<ports::StoredKey> keys;
    for (const auto& [id, wrapped] : keys_) keys.push_back({id, wrapped});
    return keys;
  }

  Result<> put_key(const ports::StoredKey& key) override {
    AMBIT_CHECK_OK(internal::check_key(key));
    const std::lock_guard lock(mutex_);
    if (!keys_.emplace(key.id, key.wrapped).second) return internal::existing_key(key.id);
    return {};
  }

  Result<> destroy_keys(const std::vector<std::string>& ids) override {
    const std::lock_guard lock(mutex_);
    for (const std::string& id : ids) {
      if (!keys_.contains(id)) return internal::unknown_key(id);
    }
    for (const std::string& id : ids) keys_[id].clear();
    return {};
  }

  Result<> rewrap_keys(const std::vector<ports::StoredKey>& keys) override {
    const std::lock_guard lock(mutex_);
    for (const ports::StoredKey& key : keys) {
      AMBIT_CHECK_OK(internal::check_key(key));
      const auto found = keys_.find(key.id);
      if (found == keys_.end() || found->second.empty()) return internal::unknown_key(key.id);
    }
    for (const ports::StoredKey& key : keys) keys_[key.id] = key.wrapped;
    return {};
  }

 private:
  using Name = std::pair<Kind, std::string>;

  std::uint64_t revision_of(const Write& write) const {
    const auto found = documents_.find({write.kind, write.key});
    return found == documents_.end() ? 0 : found->second.revision;
  }

  mutable std::mutex mutex_;
  std::uint64_t revision_ = 0;
  std::map<Name, Document> documents_;
  std::vector<Change> changes_;  // INVARIANT: sorted by revision
  std::map<std::uint64_t, std::string> owed_;
  std::map<std::string, std::string> keys_;  // wrapped by id; empty: destroyed
};

}  // namespace

std::unique_ptr<ports::Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace ambit::storage
