// The search index of the evidence log: an SQLite file that is made from the log and follows it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ports/index.h"
#include "ports/log.h"
#include "vault/key_ring.h"

namespace ambit::index {

struct EvidenceIndexOptions {
  std::string path;                 // of the file; its folder exists
  const ports::Log* log = nullptr;  // outlives the index
  // Opens what records seal, such as targets; outlives the index. Null: that cannot be found.
  const vault::KeyRing* keys = nullptr;
  // Told why the index does not go on, whenever that changes, and nothing when it does again; on
  // the index's own thread, or that of whoever searches.
  std::function<void(const std::string& problem)> on_problem = {};
};

// A thread of its own, of the lowest priority, reads what the log has more than the index and adds
// it in batches; nothing on the way of a decision knows of it. Whoever searches adds what is still
// missing, for two seconds at most. A file that is missing, damaged, of
// another version or of another log is made anew from the first entry on. With the record that the
// values of a task were erased its targets are forgotten.
class EvidenceIndex final : public ports::Index {
 public:
  // Returns at once; the index catches up meanwhile. Errors: `index.unopenable`, `index.unwritable`
  // where no file can be made.
  static Result<std::unique_ptr<EvidenceIndex>> open(EvidenceIndexOptions options);
  ~EvidenceIndex() override;
  EvidenceIndex(const EvidenceIndex&) = delete;
  EvidenceIndex& operator=(const EvidenceIndex&) = delete;

  Result<ports::IndexPage> find(const ports::IndexQuery& query) const override;
  Result<std::uint64_t> count(const ports::IndexQuery& query) const override;
  Result<ports::IndexPage> look(const ports::IndexQuery& query) const override;
  std::uint64_t indexed() const override;
  void hurry() const override;

 private:
  class Impl;
  explicit EvidenceIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ambit::index
