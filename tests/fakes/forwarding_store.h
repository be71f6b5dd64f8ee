// A registry that hands everything on to another one; a test overrides what is to go wrong.
#pragma once

#include "ports/store.h"

namespace ambit::fakes {

class ForwardingStore : public ports::Store {
 public:
  // `store` outlives this.
  explicit ForwardingStore(ports::Store& store) : store_(store) {}

  Result<std::uint64_t> commit(const std::vector<ports::Write>& writes, std::string_view actor,
                               Time at, std::string_view evidence) override {
    return store_.commit(writes, actor, at, evidence);
  }
  Result<std::uint64_t> revision() const override { return store_.revision(); }
  Result<std::optional<ports::Document>> get(ports::Kind kind,
                                             std::string_view key) const override {
    return store_.get(kind, key);
  }
  Result<std::vector<ports::Document>> list(ports::Kind kind) const override {
    return store_.list(kind);
  }
  Result<std::vector<ports::Change>> changes_since(std::uint64_t revision,
                                                   std::size_t limit) const override {
    return store_.changes_since(revision, limit);
  }
  Result<std::vector<ports::Change>> history(ports::Kind kind, std::string_view key,
                                             std::uint64_t revision,
                                             std::size_t limit) const override {
    return store_.history(kind, key, revision, limit);
  }
  Result<std::vector<ports::Change>> history_before(ports::Kind kind, std::string_view key,
                                                    std::uint64_t revision,
                                                    std::size_t limit) const override {
    return store_.history_before(kind, key, revision, limit);
  }
  Result<std::vector<ports::Owed>> owed() const override { return store_.owed(); }
  Result<> settle(std::uint64_t revision) override { return store_.settle(revision); }
  Result<std::optional<ports::StoredKey>> key(std::string_view id) const override {
    return store_.key(id);
  }
  Result<std::vector<ports::StoredKey>> keys() const override { return store_.keys(); }
  Result<> put_key(const ports::StoredKey& key) override { return store_.put_key(key); }
  Result<> destroy_keys(const std::vector<std::string>& ids) override {
    return store_.destroy_keys(ids);
  }
  Result<> rewrap_keys(const std::vector<ports::StoredKey>& keys) override {
    return store_.rewrap_keys(keys);
  }

 private:
  ports::Store& store_;
};

}  // namespace ambit::fakes
