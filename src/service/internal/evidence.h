// Evidence records: made, appended, awaited.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "ports/log.h"
#include "ports/store.h"
#include "service/internal/context.h"
#include "text/json.h"

namespace ambit::service {

// Appends one record and calls `done` on the loop once it is durable, or with the error.
void append_evidence(Context& context, std::string_view kind, const text::Json& body,
                     std::function<void(Result<ports::Position>)> done);

// The same for a body that is canonical JSON already, of something that happened at `at`, and for
// the values that it seals.
struct SealedBody {
  std::string canonical;
  std::string beside;
  bool awaits_checkpoint = false;  // ports::Entry::sealed
};
void append_evidence(Context& context, std::string_view kind, Time at, SealedBody body,
                     std::function<void(Result<ports::Position>)> done);

// The same, with members of the body sealed under the key of the task.
struct SealedMembers {
  std::string_view task;
  std::initializer_list<std::string_view> members;
};
void append_evidence(Context& context, std::string_view kind, text::Json body,
                     const SealedMembers& sealed, Context::Append how,
                     std::function<void(Result<ports::Position>)> done);

// The same for an event that nobody waits for and that gives no authority.
void append_unawaited_evidence(Context& context, std::string_view kind, const text::Json& body,
                               std::function<void(Result<ports::Position>)> done);

// The same for an act that only reduces authority: it has already taken effect.
void append_reserved_evidence(Context& context, std::string_view kind, const text::Json& body,
                              std::function<void(Result<ports::Position>)> done);

// One change of the registry: what is written, on whose word, and the evidence of it.
struct Commit {
  std::vector<ports::Write> writes;
  std::string actor;
  std::string kind;                // of the evidence record, such as `identity.registered`
  text::Json evidence;             // body; the revision is added
  std::string key_of = {};         // a new task, whose key is made before anything is written
  bool reduces_authority = false;  // then an unwritable ledger does not stop it
};

// Commits off the loop, then appends the evidence, and calls `done` on the loop with the revision
// once both are durable. `applied`, when given, runs on the loop right after the commit, before the
// evidence is durable: in it the in-memory world takes the change over. From there on a ledger that
// cannot be written only delays the evidence, and with it `done`. A crash between the two
// leaves the evidence owed by the store, and the next start pays it. What only reduces authority
// has taken effect already: while the disk refuses it, it is tried again, and `done` waits.
// Evidence of it that no record can hold goes without its largest members, which `left_out` names.
void commit(Context& context, Commit change, std::function<void(std::uint64_t)> applied,
            std::function<void(Result<std::uint64_t>)> done);

// A write of one domain value under its stored form.
ports::Write write_of(const domain::Identity& identity);
ports::Write write_of(const domain::Server& server);
ports::Write write_of(const domain::Tool& tool);
ports::Write write_of(const domain::Task& task);

}  // namespace ambit::service
