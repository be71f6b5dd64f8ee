#include "service/holds.h"

#include <limits>
#include <utility>

#include "service/internal/evidence.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

using domain::Role;
using text::Json;

constexpr std::size_t kMaxReason = 1000;

Json to_json(const ports::Hold& hold) {
  Json out = Json::object({{"name", hold.name}, {"from", static_cast<std::int64_t>(hold.begin)}});
  if (hold.end != std::numeric_limits<std::uint64_t>::max()) {
    out.set("to", static_cast<std::int64_t>(hold.end));
  }
  return out;
}

Result<> check_change(const Caller& caller, std::initializer_list<Role> roles,
                      const std::string& reason) {
  AMBIT_CHECK_OK(require_role(caller, roles));
  if (caller.kind != CallerKind::kHuman) {
    return fail(Code::kDenied, "caller.role", "only a human can place or release a hold");
  }
  if (reason.empty() || reason.size() > kMaxReason || !text::is_utf8(reason)) {
    return fail(Code::kInvalid, "hold.reason",
                "a hold is placed and released for a reason of 1 to " + std::to_string(kMaxReason) +
                    " bytes");
  }
  return {};
}

void say(Json& body, const Caller& caller, const std::string& reason) {
  body.set("by", caller.identity);
  body.set("credential", caller.credential);
  body.set("reason", reason);
}

// Off the loop; `done` gets what `work` gives, on it.
template <class Work>
void in_background(Context& context, Work work, Answer done) {
  if (context.ports.holds == nullptr) {
    return done(fail(Code::kUnsupported, "hold.none", "this ledger knows no holds"));
  }
  context.ports.background->post([&context, alive = std::weak_ptr<bool>(context.alive),
                                  work = std::move(work), done = std::move(done)]() mutable {
    Result<Json> made = work(*context.ports.holds);
    context.ports.loop->post([alive, made = std::move(made), done = std::move(done)]() mutable {
      if (alive.lock()) done(std::move(made));
    });
  });
}

// What is answered once `body` is durable as a record of the kind.
ports::AppendDone answered(Json body, std::function<void(Json)> then, Answer failed) {
  return [body = std::move(body), then = std::move(then),
          failed = std::move(failed)](Result<ports::Position> position) mutable {
    if (!position) return failed(fail(position.error()));
    body.set("ledger_index", static_cast<std::int64_t>(position->index));
    then(std::move(body));
  };
}

}  // namespace

void Holds::list(const Caller& caller, Answer done) const {
  if (const auto allowed = require_role(caller, {Role::kAuditor, Role::kSecurity}); !allowed) {
    return done(fail(allowed.error()));
  }
  in_background(
      context_,
      [](const ports::Holds& holds) -> Result<Json> {
        AMBIT_TRY(const auto all, holds.all());
        Json items = Json::array();
        for (const ports::Hold& hold : all) items.push_back(to_json(hold));
        return Json::object({{"items", std::move(items)}});
      },
      std::move(done));
}

// It only ever keeps more, so that it takes effect first and is recorded then.
void Holds::place(const Caller& caller, const ports::Hold& hold, const std::string& reason,
                  Answer done) {
  const auto allowed = check_change(caller, {Role::kAuditor, Role::kSecurity}, reason);
  if (!allowed) return done(fail(allowed.error()));
  Json body = to_json(hold);
  say(body, caller, reason);
  in_background(
      context_,
      [hold, body = std::move(body)](ports::Holds& holds) -> Result<Json> {
        AMBIT_CHECK_OK(holds.place(hold));
        return body;
      },
      [&context = context_, done = std::move(done)](Result<Json> placed) {
        if (!placed) return done(std::move(placed));
        ++context.holds_placed;
        append_reserved_evidence(context, "ledger.held", *placed, answered(*placed, done, done));
      });
}

// The other way round: nothing is let go of which the ledger does not say so.
void Holds::release(const Caller& caller, const std::string& name, const std::string& reason,
                    Answer done) {
  const auto allowed = check_change(caller, {Role::kSecurity}, reason);
  if (!allowed) return done(fail(allowed.error()));
  Json about = Json::object();
  say(about, caller, reason);
  const auto look = [name, about = std::move(about)](const ports::Holds& holds) -> Result<Json> {
    AMBIT_TRY(const auto all, holds.all());
    for (const ports::Hold& hold : all) {
      if (hold.name != name) continue;
      Json body = to_json(hold);
      for (const auto& [member, value] : about.as_object()) body.set(member, value);
      return body;
    }
    return fail(Code::kNotFound, "hold.unknown", "there is no hold `" + name.substr(0, 64) + "`");
  };
  in_background(context_, look, [&context = context_, name, done](Result<Json> found) {
    if (!found) return done(std::move(found));
    const auto let_go = [&context, name, done](Json body) {
      in_background(
          context,
          [name, body = std::move(body)](ports::Holds& holds) -> Result<Json> {
            AMBIT_CHECK_OK(holds.release(name));
            return body;
          },
          done);
    };
    append_evidence(context, "ledger.released", *found, answered(*found, let_go, done));
  });
}

}  // namespace ambit::service
