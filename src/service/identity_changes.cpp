#include "service/internal/identity_changes.h"

#include <algorithm>
#include <utility>

#include "service/internal/endings.h"
#include "service/internal/evidence.h"
#include "service/internal/situation.h"
#include "text/base64url.h"

namespace ambit::service {
namespace {

using domain::Identity;
using text::Json;

bool being_reduced(const Context& context, const std::string& id) {
  return std::any_of(context.reductions.begin(), context.reductions.end(),
                     [&](const auto& reduction) { return reduction->identity == id; });
}

void reduce(const Context& context, Identity& identity) {
  for (const auto& reduction : context.reductions) {
    if (reduction->identity == identity.id) reduction->take(identity);
  }
  domain::seal(identity);
}

struct IdentityCommit {
  Identity identity;
  std::string actor;
  std::string kind;
  Json evidence;
  std::shared_ptr<const Reduction> reduction;  // null: it takes nothing away
};

void commit_identity(Context& context, IdentityCommit order, Answer done) {
  domain::seal(order.identity);
  const Identity& identity = order.identity;
  Commit change;
  change.actor = std::move(order.actor);
  change.kind = std::move(order.kind);
  change.reduces_authority = order.reduction != nullptr;
  change.writes.push_back(write_of(identity));
  change.evidence = std::move(order.evidence);
  change.evidence.set("identity", identity.id);
  change.evidence.set("class", domain::name_of(identity.identity_class));
  change.evidence.set("state", domain::name_of(identity.state));
  change.evidence.set("digest", crypto::to_string(identity.digest));
  auto shared = std::make_shared<Identity>(std::move(order.identity));
  commit(
      context, std::move(change),
      [&context, shared, reduction = order.reduction](std::uint64_t revision) {
        shared->revision = revision;
        if (reduction) context.reductions.erase(reduction);
        reduce(context, *shared);
        context.world.put(*shared);
        record_document(context, "identity", shared->digest,
                        [&] { return domain::to_json(*shared); });
      },
      [shared, done = std::move(done)](Result<std::uint64_t> revision) {
        if (!done) return;
        if (!revision) return done(fail(revision.error()));
        done(published(*shared));
      });
}

// The identity as it is now, without what the reductions take away.
Identity put_reduced(Context& context, const std::string& id) {
  Identity after = *context.world.identity(id);
  after.updated_at = context.now();
  reduce(context, after);
  context.world.put(after);
  return after;
}

}  // namespace

Json published(const Identity& identity) {
  Json out = domain::to_json(identity);
  out.set("revision", static_cast<std::int64_t>(identity.revision));
  if (identity.agent) {
    text::JsonArray missing;
    for (const auto& path : domain::missing_for_activation(identity)) missing.emplace_back(path);
    out.set("missing", Json(std::move(missing)));
  }
  text::JsonArray tokens;
  for (const auto& token : identity.tokens) {
    Json item = Json::object({{"id", token.id}, {"expires_at", to_rfc3339(token.expires_at)}});
    if (!token.issued_with.empty()) item.set("issued_with", token.issued_with);
    tokens.push_back(std::move(item));
  }
  if (!tokens.empty()) out.set("tokens", Json(std::move(tokens)));
  return out;
}

void store_identity(Context& context, Identity identity, std::string actor, std::string kind,
                    Json evidence, Answer done) {
  if (being_reduced(context, identity.id)) {
    return done(fail(Code::kConflict, "store.conflict",
                     "identity `" + identity.id +
                         "` is being changed at this moment; read it again and repeat the change"));
  }
  commit_identity(
      context,
      {std::move(identity), std::move(actor), std::move(kind), std::move(evidence), nullptr},
      std::move(done));
}

std::shared_ptr<const Reduction> begin_reduction(Context& context, const std::string& id,
                                                 std::function<void(Identity&)> take) {
  auto reduction = std::make_shared<const Reduction>(Reduction{id, std::move(take)});
  context.reductions.insert(reduction);
  put_reduced(context, id);
  return reduction;
}

void store_reduction(Context& context, std::shared_ptr<const Reduction> reduction,
                     std::string actor, std::string kind, Json evidence, Answer done) {
  Identity identity = put_reduced(context, reduction->identity);
  // A change that was asked for before came first; what it wrote is known by now.
  auto again = [&context, reduction, actor, kind, evidence,
                done = std::move(done)](Result<Json> stored) {
    if (!stored && stored.error().reason == "store.conflict") {
      return store_reduction(context, reduction, actor, kind, evidence, done);
    }
    context.reductions.erase(reduction);
    if (done) done(std::move(stored));
  };
  commit_identity(context,
                  {std::move(identity), std::move(actor), std::move(kind), std::move(evidence),
                   std::move(reduction)},
                  std::move(again));
}

std::vector<std::string> suspend_now(Context& context, const std::string& id,
                                     const std::string& reason) {
  ++context.world.epoch;
  std::vector<std::string> tasks;
  for (const auto& [task, entry] : context.world.tasks) {
    if (entry.task->agent == id && entry.task->state == domain::TaskState::kOpen) {
      tasks.push_back(task);
    }
  }
  for (const auto& task : tasks) end_task(context, task, reason, "ambit", {});
  return tasks;
}

}  // namespace ambit::service
