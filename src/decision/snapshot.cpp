#include "decision/snapshot.h"

#include <charconv>

namespace ambit::decision {
namespace {

// Parts are joined with their lengths, so that no two different snapshots share a text.
void part(std::string& out, std::string_view bytes) {
  char length[24];
  char* const end = std::to_chars(length, length + sizeof length - 1, bytes.size()).ptr;
  *end = ':';
  out.append(length, end + 1).append(bytes);
}

void part(std::string& out, std::int64_t number) {
  char digits[24];
  const char* const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  part(out, std::string_view(digits, end));
}

void session_part(std::string& out, const domain::SessionState& session) {
  part(out, session.history.view());
  part(out, session.in_flight);
}

// What the digest of the action, which stands before this, does not cover.
void action_part(std::string& out, const domain::Action& action) {
  part(out, action.agent);
  part(out, action.key_bound ? 1 : 0);
  part(out, action.loopback ? 1 : 0);
  part(out, domain::name_of(action.effect.action_class));
  part(out, domain::name_of(action.tier));
  part(out, action.intent);
  part(out, action.justification);
  part(out, action.problem_code);
}

}  // namespace

crypto::Digest snapshot_digest(const Snapshot& snapshot, const domain::Action& action,
                               const crypto::Digest& action_digest) {
  std::string all;
  all.reserve(1024);
  part(all, snapshot.now.ms);
  part(all, static_cast<std::int64_t>(snapshot.epoch));
  part(all, snapshot.node_fresh ? 1 : 0);
  part(all, snapshot.node_isolated ? 1 : 0);
  if (snapshot.agent) part(all, snapshot.agent->digest.view());
  if (snapshot.on_behalf_of) part(all, snapshot.on_behalf_of->digest.view());
  for (const auto& human : snapshot.accountable) {
    if (human) part(all, human->digest.view());
  }
  for (const auto& task : snapshot.chain) {
    if (task) part(all, task->digest.view());
  }
  if (snapshot.instance) {
    part(all, snapshot.instance->agent);
    part(all, snapshot.instance->task);
  }
  if (snapshot.server) part(all, snapshot.server->digest.view());
  if (snapshot.tool) part(all, snapshot.tool->record_digest.view());
  if (snapshot.policies) part(all, snapshot.policies->digest.view());
  if (snapshot.session) session_part(all, *snapshot.session);
  part(all, snapshot.reservation.granted ? "granted" : snapshot.reservation.limit);
  if (snapshot.approval) part(all, text::to_canonical_json(domain::to_json(*snapshot.approval)));
  part(all, action_digest.view());
  action_part(all, action);
  return crypto::sha256(all);
}

}  // namespace ambit::decision
