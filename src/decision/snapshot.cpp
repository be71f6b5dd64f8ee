#include "decision/snapshot.h"

#include <charconv>
#include <cstring>
#include <memory>

namespace ambit::decision {
namespace {

// Parts joined with their lengths, so that no two different snapshots share a text.
class Parts {
 public:
  void add(std::string_view bytes) {
    char* at = room(kLengthBytes + bytes.size());
    at = std::to_chars(at, at + kLengthBytes, bytes.size()).ptr;
    *at++ = ':';
    std::memcpy(at, bytes.data(), bytes.size());
    used_ = static_cast<std::size_t>(at - text_.data()) + bytes.size();
  }
  void add(std::int64_t number) {
    char digits[24];
    const char* const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    add(std::string_view(digits, end));
  }
  template <class Document>
  void add(const std::shared_ptr<const Document>& document) {
    if (document) add(document->digest.view());
  }
  std::string_view text() const { return std::string_view(text_).substr(0, used_); }

 private:
  static constexpr std::size_t kLengthBytes = 24;

  // The end of what there is, with so many bytes behind it.
  char* room(std::size_t bytes) {
    if (text_.size() - used_ < bytes) text_.resize(2 * text_.size() + bytes);
    return text_.data() + used_;
  }

  std::string text_ = std::string(1024, '\0');
  std::size_t used_ = 0;
};

void add_session(Parts& all, const domain::SessionState& session) {
  all.add(session.history.view());
  all.add(session.in_flight);
}

// What the digest of the action, which stands before this, does not cover.
void add_action(Parts& all, const domain::Action& action) {
  all.add(action.agent);
  all.add(action.key_bound ? 1 : 0);
  all.add(action.loopback ? 1 : 0);
  all.add(domain::name_of(action.effect.action_class));
  all.add(domain::name_of(action.tier));
  all.add(action.intent);
  all.add(action.justification);
  all.add(action.problem_code);
}

}  // namespace

crypto::Digest snapshot_digest(const Snapshot& snapshot, const domain::Action& action,
                               const crypto::Digest& action_digest) {
  Parts all;
  all.add(snapshot.now.ms);
  all.add(static_cast<std::int64_t>(snapshot.epoch));
  all.add(snapshot.node_fresh ? 1 : 0);
  all.add(snapshot.node_isolated ? 1 : 0);
  all.add(snapshot.agent);
  all.add(snapshot.on_behalf_of);
  for (const auto& human : snapshot.accountable) all.add(human);
  for (const auto& task : snapshot.chain) all.add(task);
  if (snapshot.instance) {
    all.add(snapshot.instance->agent);
    all.add(snapshot.instance->task);
  }
  all.add(snapshot.server);
  if (snapshot.tool) all.add(snapshot.tool->record_digest.view());
  all.add(snapshot.policies);
  if (snapshot.session) add_session(all, *snapshot.session);
  all.add(snapshot.reservation.granted ? "granted" : snapshot.reservation.limit);
  if (snapshot.approval) all.add(text::to_canonical_json(domain::to_json(*snapshot.approval)));
  all.add(action_digest.view());
  add_action(all, action);
  return crypto::sha256(all.text());
}

}  // namespace ambit::decision
