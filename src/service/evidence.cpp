#include "service/internal/evidence.h"

#include <algorithm>
#include <memory>

#include "ledger/record.h"
#include "service/internal/sealing.h"
#include "vault/open_record.h"
#include "vault/vault.h"

namespace ambit::service {
namespace {

using Done = ports::AppendDone;

Result<std::string> encode(const Context& context, std::string_view kind, const text::Json& body) {
  return ledger::encode_record(context.now(), std::string(kind), body);
}

void append(Context& context, Result<std::string> record, Context::Append how, Done done,
            std::string beside = {}) {
  if (record) {
    context.append({*std::move(record), std::move(beside)}, how, context.on_loop(std::move(done)));
  } else if (done) {
    done(fail(record.error()));
  }
}

ports::Write write(ports::Kind kind, std::string key, std::uint64_t revision,
                   const text::Json& json) {
  return {kind, std::move(key), revision, text::to_canonical_json(json)};
}

// What takes authority away has taken effect and must be kept, however much there is to tell of it:
// the largest members are left out, and named.
Result<std::string> encode_to_fit(const Context& context, std::string_view kind, text::Json body) {
  auto record = encode(context, kind, body);
  text::Json left_out = text::Json::array();
  while (!record && record.error().reason == "ledger.record_too_large") {
    const auto bytes = [](const auto& member) { return text::to_json(member.second).size(); };
    const auto& members = body.as_object();
    const std::string name =
        std::max_element(members.begin(), members.end(), [&](const auto& a, const auto& b) {
          return bytes(a) < bytes(b);
        })->first;
    if (name == "left_out") break;
    left_out.push_back(name);
    body.erase(name);
    body.set("left_out", left_out);
    record = encode(context, kind, body);
  }
  return record;
}

// Nothing for a commit that needs no key; the number means nothing.
Result<std::uint64_t> make_key(vault::Vault& vault, const std::string& task) {
  if (task.empty()) return 0;
  AMBIT_TRY(const auto key, vault.make(task));
  (void)key;
  return 0;
}

// Appends what a commit owes, tells the caller, and settles the debt.
void pay(Context& context, std::uint64_t revision, std::string record,
         std::function<void(Result<std::uint64_t>)> done) {
  auto paid = context.on_loop(
      [&context, revision, done = std::move(done)](Result<ports::Position> position) {
        if (!position) {
          if (done) done(fail(position.error()));
          return;
        }
        context.ports.background->post(
            [store = context.ports.store, revision] { (void)store->settle(revision); });
        if (done) done(revision);
      });
  // The registry has changed, so that nothing may refuse the evidence of it any more.
  context.append(std::move(record), Context::Append::kReserved, std::move(paid));
}

constexpr Duration kRetry{500};

// A change on its way into the registry.
struct OpenCommit {
  Commit change;
  std::string record;
  Time at;
  std::function<void(std::uint64_t)> applied;
  std::function<void(Result<std::uint64_t>)> done;
};

void put_through(Context& context, std::shared_ptr<OpenCommit> pending);

void written(Context& context, std::shared_ptr<OpenCommit> pending,
             Result<std::uint64_t> revision) {
  const bool again = !revision && pending->change.reduces_authority && context.ports.timers &&
                     revision.error().reason == "store.unwritable";
  if (again) {
    // It has taken effect; it must still have when this process is gone.
    context.ports.timers->after(kRetry, [&context, alive = std::weak_ptr<bool>(context.alive),
                                         pending = std::move(pending)]() mutable {
      if (alive.lock()) put_through(context, std::move(pending));
    });
    return;
  }
  if (!revision) return pending->done(fail(revision.error()));
  context.world.registry_revision = std::max(context.world.registry_revision, *revision);
  if (pending->applied) pending->applied(*revision);
  pay(context, *revision, std::move(pending->record), std::move(pending->done));
}

void put_through(Context& context, std::shared_ptr<OpenCommit> pending) {
  context.ports.background->post([&context, alive = std::weak_ptr<bool>(context.alive),
                                  store = context.ports.store, vault = context.ports.vault,
                                  loop = context.ports.loop,
                                  pending = std::move(pending)]() mutable {
    const Commit& change = pending->change;
    auto revision = make_key(*vault, change.key_of);
    if (revision && change.reduces_authority) {
      revision = store->commit_reserved(change.writes, change.actor, pending->at, pending->record);
    } else if (revision) {
      revision = store->commit(change.writes, change.actor, pending->at, pending->record);
    }
    loop->post([&context, alive = std::move(alive), pending = std::move(pending),
                revision = std::move(revision)]() mutable {
      if (alive.lock()) written(context, std::move(pending), std::move(revision));
    });
  });
}

}  // namespace

void append_evidence(Context& context, std::string_view kind, const text::Json& body, Done done) {
  append(context, encode(context, kind, body), Context::Append::kAwaited, std::move(done));
}

void append_evidence(Context& context, std::string_view kind, Time at, SealedBody body, Done done) {
  auto record = ledger::wrap_record(at, kind, body.canonical, !body.beside.empty());
  if (!record) return append(context, std::move(record), {}, std::move(done));
  ports::Entry entry(*std::move(record), std::move(body.beside));
  entry.sealed = body.awaits_checkpoint;
  context.append(std::move(entry), Context::Append::kAwaited, context.on_loop(std::move(done)));
}

void append_evidence(Context& context, std::string_view kind, text::Json body,
                     const SealedMembers& sealed, Context::Append how, Done done) {
  std::string beside =
      vault::seal_members(kind, body, sealed.members, key_for(context, std::string(sealed.task)));
  append(context, encode(context, kind, body), how, std::move(done), std::move(beside));
}

void append_unawaited_evidence(Context& context, std::string_view kind, const text::Json& body,
                               Done done) {
  append(context, encode(context, kind, body), Context::Append::kUnawaited, std::move(done));
}

void append_reserved_evidence(Context& context, std::string_view kind, const text::Json& body,
                              Done done) {
  append(context, encode(context, kind, body), Context::Append::kReserved, std::move(done));
}

void commit(Context& context, Commit change, std::function<void(std::uint64_t)> applied,
            std::function<void(Result<std::uint64_t>)> done) {
  if (!change.reduces_authority && !context.ports.log->writable()) {
    done(fail(Code::kUnavailable, "ledger.unwritable",
              "the ledger cannot be written, so nothing can change: " +
                  context.ports.log->why_not_writable()));
    return;
  }
  change.evidence.set("actor", change.actor);
  auto record = change.reduces_authority ? encode_to_fit(context, change.kind, change.evidence)
                                         : encode(context, change.kind, change.evidence);
  if (!record) {
    done(fail(record.error()));
    return;
  }
  put_through(context,
              std::make_shared<OpenCommit>(std::move(change), *std::move(record), context.now(),
                                           std::move(applied), std::move(done)));
}

ports::Write write_of(const domain::Identity& identity) {
  return write(ports::Kind::kIdentity, identity.id, identity.revision,
               domain::to_json(identity, true));
}
ports::Write write_of(const domain::Server& server) {
  return write(ports::Kind::kServer, server.id, server.revision, domain::to_json(server));
}
ports::Write write_of(const domain::Tool& tool) {
  return write(ports::Kind::kTool, tool.full_name(), tool.revision, domain::to_json(tool));
}
ports::Write write_of(const domain::Task& task) {
  return write(ports::Kind::kTask, task.id, task.revision, domain::to_json(task));
}

}  // namespace ambit::service
