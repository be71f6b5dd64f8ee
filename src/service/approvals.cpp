#include "service/approvals.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "service/internal/context.h"
#include "service/internal/endings.h"
#include "service/internal/evidence.h"
#include "service/internal/rebuild.h"
#include "service/internal/recall.h"
#include "text/utf8.h"

namespace ambit::service {
namespace {

using domain::Approval;
using domain::ApprovalState;

text::Json published(const Approval& approval) {
  text::Json out = domain::to_json(approval);
  out.set("digest", approval.action_digest);
  return out;
}

// As it is in memory, or as the ledger tells once it is over.
Result<text::Json> shown(const Context& context, const std::string& id) {
  const auto it = context.world.approvals.find(id);
  if (it != context.world.approvals.end()) return published(it->second);
  AMBIT_TRY(const Approval recalled, recall_approval(context, id));
  return published(recalled);
}

Result<> may_read(const Caller& caller) {
  return require_role(caller, {domain::Role::kApprover, domain::Role::kAuditor,
                               domain::Role::kSecurity, domain::Role::kOperator});
}

// Where an approval stands in the list, from the end of it upwards.
struct Place {
  bool pending = false;
  Time requested_at;
  std::string_view id;

  friend auto operator<=>(const Place&, const Place&) = default;
};

Place place_of(const Approval& approval) {
  return {approval.state == ApprovalState::kPending, approval.requested_at, approval.id};
}

std::string cursor_of(const Approval& approval) {
  return std::string(approval.state == ApprovalState::kPending ? "pending" : "closed") + "." +
         std::to_string(approval.requested_at.ms) + "." + approval.id;
}

// The place that `cursor_of` wrote; it lives as long as `cursor` does.
Result<Place> read_place(std::string_view cursor) {
  Place out;
  out.pending = cursor.starts_with("pending.");
  const std::size_t at = cursor.find('.') + 1;
  const std::size_t dot = cursor.find('.', at);
  if ((out.pending || cursor.starts_with("closed.")) && dot != std::string_view::npos) {
    const auto [end, error] =
        std::from_chars(cursor.data() + at, cursor.data() + dot, out.requested_at.ms);
    out.id = cursor.substr(dot + 1);
    if (error == std::errc() && end == cursor.data() + dot && !out.id.empty()) return out;
  }
  return fail(Code::kInvalid, "field.invalid", "`before` must be `next_before` of the page before");
}

Result<text::Json> write_page(const std::vector<Approval>& page, bool more) {
  constexpr std::size_t kMostBytes = std::size_t{4} << 20;
  text::JsonArray items;
  std::size_t bytes = 0;
  const Approval* last = nullptr;
  for (const Approval& approval : page) {
    if (bytes > kMostBytes) break;
    items.push_back(published(approval));
    bytes += text::to_json(items.back()).size();
    last = &approval;
  }
  more = more || items.size() < page.size();
  text::Json out = text::Json::object({{"items", text::Json(std::move(items))}});
  if (more && last) out.set("next_before", cursor_of(*last));
  return out;
}

// The approver classes that a human stands for: role names, own id, and for an admin every role.
std::vector<std::string> classes_of(const Caller& caller) {
  std::vector<std::string> out{caller.identity};
  for (const auto role : caller.roles) out.emplace_back(domain::name_of(role));
  if (has_role(caller, domain::Role::kAdmin)) {
    for (const auto role :
         {domain::Role::kApprover, domain::Role::kSecurity, domain::Role::kOperator}) {
      out.emplace_back(domain::name_of(role));
    }
  }
  return out;
}

Result<> check_eligible(const Context& context, const Caller& caller, const Approval& approval) {
  if (caller.kind != CallerKind::kHuman) {
    return fail(Code::kDenied, "approval.not_eligible", "only a human can answer an approval");
  }
  const auto classes = classes_of(caller);
  const bool fits =
      std::any_of(approval.needs.begin(), approval.needs.end(), [&](const auto& need) {
        return std::find(classes.begin(), classes.end(), need.approvers) != classes.end();
      });
  if (!fits) {
    return fail(Code::kDenied, "approval.not_eligible",
                "`" + caller.identity + "` is none of the approvers that this needs");
  }
  // What a child task asks, whoever started the tasks above it asks.
  for (const auto& task : context.world.chain(approval.task)) {
    if (task && (task->started_by == caller.identity || task->on_behalf_of == caller.identity)) {
      return fail(Code::kDenied, "approval.own_request",
                  "`" + caller.identity + "` started task `" + task->id +
                      "` or it acts for them; somebody else must approve");
    }
  }
  return {};
}

Result<Approval*> find_pending(Context& context, const std::string& id) {
  const auto it = context.world.approvals.find(id);
  if (it == context.world.approvals.end()) {
    // What has left memory is over.
    AMBIT_TRY(const Approval over, recall_approval(context, id));
    return fail(Code::kConflict, "approval.not_pending",
                "approval `" + id + "` is `" + std::string(domain::name_of(over.state)) +
                    "` and can no longer be answered");
  }
  if (it->second.state != ApprovalState::kPending || it->second.expires_at <= context.now()) {
    return fail(Code::kConflict, "approval.not_pending",
                "approval `" + id + "` is `" + std::string(domain::name_of(it->second.state)) +
                    "` and can no longer be answered");
  }
  return &it->second;
}

}  // namespace

Result<std::function<Result<text::Json>()>> Approvals::list(const Caller& caller,
                                                            const ListQuery& query) const {
  AMBIT_CHECK_OK(may_read(caller));
  Place after{true, Time{std::numeric_limits<std::int64_t>::max()}, ""};
  if (!query.before.empty()) {
    AMBIT_TRY(after, read_place(query.before));
  }
  std::vector<std::pair<Place, const Approval*>> found;
  for (const auto& [id, approval] : context_.world.approvals) {
    if (query.state && approval.state != *query.state) continue;
    if (Place place = place_of(approval); place < after) found.emplace_back(place, &approval);
  }
  const std::size_t shown = std::min(found.size(), query.limit);
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(shown), found.end(),
                    std::greater<>());
  std::vector<Approval> page;
  page.reserve(shown);
  for (std::size_t i = 0; i < shown; ++i) page.push_back(*found[i].second);
  return [page = std::move(page), more = found.size() > shown] { return write_page(page, more); };
}

Result<text::Json> Approvals::show(const Caller& caller, const std::string& approval) const {
  AMBIT_CHECK_OK(may_read(caller));
  return shown(context_, approval);
}

void Approvals::grant(const Caller& caller, const std::string& id, const std::string& digest,
                      std::function<void(Result<text::Json>)> done) {
  auto pending = find_pending(context_, id);
  if (!pending) return done(fail(pending.error()));
  const Approval& approval = **pending;
  if (auto eligible = check_eligible(context_, caller, approval); !eligible) {
    return done(fail(eligible.error()));
  }
  if (digest != approval.action_digest) {
    return done(fail(Code::kConflict, "approval.digest",
                     "the digest is not that of the action that waits; look at it again and grant "
                     "what you see"));
  }
  const bool already = std::any_of(approval.grants.begin(), approval.grants.end(),
                                   [&](const auto& grant) { return grant.by == caller.identity; });
  if (already) {
    return done(fail(Code::kConflict, "approval.already_granted",
                     "`" + caller.identity + "` has granted it already; another human is needed"));
  }
  text::JsonArray classes;
  for (const auto& name : classes_of(caller)) classes.emplace_back(name);
  const text::Json body = text::Json::object({{"approval", id},
                                              {"task", approval.task},
                                              {"agent", approval.agent},
                                              {"action_digest", digest},
                                              {"by", caller.identity},
                                              {"credential", caller.credential},
                                              {"classes", text::Json(std::move(classes))},
                                              {"granted_at", to_rfc3339(context_.now())}});
  append_evidence(context_, "approval.granted", body, {approval.task, {"action_digest"}},
                  Context::Append::kAwaited,
                  [&context = context_, body, id, done](Result<ports::Position> position) {
                    if (!position) return done(fail(position.error()));
                    // It may have been refused, or its task ended, while this was written.
                    if (auto still = find_pending(context, id); !still) {
                      return done(fail(still.error()));
                    }
                    fold_record(context, position->index, "approval.granted", body);
                    const auto now = context.world.approvals.find(id);
                    const bool granted = now != context.world.approvals.end() &&
                                         now->second.state == ApprovalState::kGranted;
                    if (granted) tell_waiters(context, id);
                    done(shown(context, id));
                  });
}

void Approvals::refuse(const Caller& caller, const std::string& id, const std::string& note,
                       std::function<void(Result<text::Json>)> done) {
  auto pending = find_pending(context_, id);
  if (!pending) return done(fail(pending.error()));
  if (auto eligible = check_eligible(context_, caller, **pending);
      !eligible && eligible.error().reason != "approval.own_request") {
    return done(fail(eligible.error()));
  }
  close_approval(context_, id, ApprovalState::kRefused, caller.identity,
                 std::string(text::truncate_utf8(note, 1024)),
                 [&context = context_, id, done](Result<ports::Position> position) {
                   if (!position) return done(fail(position.error()));
                   done(shown(context, id));
                 });
}

std::uint64_t Approvals::wait(const std::string& approval,
                              std::function<void(const ApprovalAnswer&)> answered) {
  ApprovalAnswer answer = answer_of(context_.world, approval);
  const std::uint64_t handle = context_.next_handle++;
  if (answer.state != ApprovalState::kPending) {
    context_.post_to_loop(
        [answered = std::move(answered), answer = std::move(answer)] { answered(answer); });
    return handle;
  }
  context_.waiters[handle] = Waiter{approval, std::move(answered)};
  return handle;
}

void Approvals::cancel_wait(std::uint64_t handle) { context_.waiters.erase(handle); }

}  // namespace ambit::service
