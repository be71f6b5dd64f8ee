#include "identity/token_cache.h"

#include <utility>

namespace ambit::identity {

Result<std::shared_ptr<const VerifiedToken>> TokenCache::verify(const TokenVerifier& verifier,
                                                                std::string_view token, Time now) {
  const crypto::Digest digest = crypto::sha256(token.substr(0, kMaxTokenBytes + 1));
  if (auto known = find(digest, now)) return known;
  AMBIT_TRY(VerifiedToken fresh, verifier.verify(token, now));
  auto kept = std::make_shared<const VerifiedToken>(std::move(fresh));
  insert(digest, kept);
  return kept;
}

void TokenCache::flush() {
  by_digest_.clear();
  entries_.clear();
}

std::shared_ptr<const VerifiedToken> TokenCache::find(const crypto::Digest& digest, Time now) {
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return nullptr;
  const Entries::iterator entry = found->second;
  if (entry->token->expired(now)) {
    by_digest_.erase(found);
    entries_.erase(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->token;
}

void TokenCache::insert(const crypto::Digest& digest, std::shared_ptr<const VerifiedToken> token) {
  if (entries_.size() >= capacity_) {
    by_digest_.erase(entries_.back().digest);
    entries_.pop_back();
  }
  entries_.push_front(Entry{digest, std::move(token)});
  by_digest_.emplace(digest, entries_.begin());
}

}  // namespace ambit::identity
