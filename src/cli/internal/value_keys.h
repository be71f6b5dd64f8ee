// The keys of what a ledger's records seal, for verbs that read its files without a server.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/internal/verb.h"
#include "ports/keys.h"
#include "vault/key_ring.h"

namespace ambit::cli {

class ValueKeys {
 public:
  // Those in the data directory that `--keys` names, else in the one that the ledger stands in.
  // Where nobody named one and there is no key file, there are none, and what is sealed stays
  // locked. Errors: those of the key file and of the registry.
  static Result<ValueKeys> of(const Call& call, const std::string& ledger);
  // The parameter `--keys`.
  static Param param();

  // Null when there are none.
  const vault::KeyRing* ring() const { return ring_.get(); }

 private:
  std::unique_ptr<ports::KeyReader> reader_;
  std::unique_ptr<vault::StoredKeys> ring_;
};

}  // namespace ambit::cli
