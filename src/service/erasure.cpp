// The right to be forgotten: keys destroyed, records kept.
#include <algorithm>
#include <map>

#include "ledger/record.h"
#include "service/internal/context.h"
#include "service/internal/evidence.h"
#include "service/internal/recall.h"
#include "service/internal/sealing.h"
#include "service/tasks.h"
#include "text/utf8.h"
#include "vault/vault.h"

namespace ambit::service {
namespace {

using text::Json;
using Done = std::function<void(Result<Json>)>;

constexpr std::size_t kMaxReason = 1000;

// The task and those below it that still have a key.
Result<std::vector<std::string>> with_descendants(const Context& context,
                                                  const domain::Task& task) {
  constexpr std::size_t kAll = 1u << 30;
  AMBIT_TRY(const auto documents, context.ports.store->tasks({.root = task.root}, kAll));
  std::multimap<std::string, std::string> children;  // by parent
  for (const auto& document : documents) {
    AMBIT_TRY(const Json json, text::parse_json(document.json, {16u << 20, 64}));
    children.emplace(json.string_or("parent", ""), document.key);
  }
  std::vector<std::string> out{task.id};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto [first, last] = children.equal_range(out[i]);
    for (auto child = first; child != last; ++child) out.push_back(child->second);
  }
  std::sort(out.begin() + 1, out.end());
  const auto erased = [&](const std::string& id) { return context.world.erased_keys.contains(id); };
  out.erase(std::remove_if(out.begin() + 1, out.end(), erased), out.end());
  return out;
}

// The task and its descendants that still have a key; or a past day.
Result<std::vector<std::string>> keys_to_destroy(const Context& context, const std::string& id) {
  if (context.world.erased_keys.contains(id)) {
    return fail(Code::kConflict, "task.erased", "the values of `" + id + "` were erased already");
  }
  if (id.starts_with("day_")) {
    if (id >= day_key_id(context.now()) || id == context.day_key->id()) {
      return fail(Code::kConflict, "task.open",
                  "the day of `" + id + "` is not over; its key is still used");
    }
    return std::vector<std::string>{id};
  }
  AMBIT_TRY(const auto task, recall_task(context, id));
  if (!task) {
    return fail(Code::kNotFound, "task.unknown", "there is no task `" + id.substr(0, 60) + "`");
  }
  if (task->state == domain::TaskState::kOpen) {
    return fail(Code::kConflict, "task.open",
                "task `" + id + "` is open; end it, and then erase its values");
  }
  return with_descendants(context, *task);
}

Result<> check_request(const Caller& caller, const std::string& reason) {
  AMBIT_CHECK_OK(require_role(caller, {domain::Role::kSecurity}));
  if (caller.kind != CallerKind::kHuman) {
    return fail(Code::kDenied, "caller.role", "only a human can erase what a task left");
  }
  if (reason.empty() || reason.size() > kMaxReason || !text::is_utf8(reason)) {
    return fail(Code::kInvalid, "erase.reason",
                "an erasure needs a reason of 1 to " + std::to_string(kMaxReason) + " bytes");
  }
  return {};
}

// The name of the hold that covers entry `index`; empty: none does.
std::string hold_over(const std::vector<ports::Hold>& holds, std::uint64_t index) {
  for (const ports::Hold& hold : holds) {
    if (hold.begin <= index && index < hold.end) return hold.name;
  }
  return {};
}

// Looks for the records that the keys seal; a bounded part of the ledger at a time, as commits wait
// for the background too.
class Count {
 public:
  Count(const Ports& ports, const std::vector<std::string>& keys) : ports_(ports) {
    for (const auto& key : keys) marks_.push_back("\",\"key\":\"" + key + "\"}");
  }

  // True when all was seen; `erase.held` where a hold covers one of the records.
  Result<bool> step() {
    if (next_ == 0 && ports_.holds) {
      AMBIT_TRY(holds_, ports_.holds->all());
    }
    const std::uint64_t end = next_ + kMostAtOnce;
    Result<> held;
    AMBIT_CHECK_OK(ports_.log->scan(next_, [&](const ports::EntryView& entry) {
      next_ = entry.index + 1;
      held = look_at(entry);
      return held.has_value() && next_ < end;
    }));
    AMBIT_CHECK_OK(held);
    return next_ < end;
  }
  std::int64_t records() const { return records_; }

 private:
  static constexpr std::uint64_t kMostAtOnce = 20'000;

  Result<> look_at(const ports::EntryView& entry) {
    const bool sealed = std::any_of(marks_.begin(), marks_.end(), [&](const std::string& mark) {
      return entry.record.find(mark) != std::string_view::npos;
    });
    if (!sealed) return {};
    ++records_;
    const std::string hold = hold_over(holds_, entry.index);
    if (hold.empty()) return {};
    return fail(Code::kConflict, "erase.held",
                "the retention hold `" + hold + "` covers entry " + std::to_string(entry.index) +
                    ", whose values would be erased; release it first");
  }

  const Ports& ports_;
  std::vector<std::string> marks_;
  std::vector<ports::Hold> holds_;
  std::uint64_t next_ = 0;
  std::int64_t records_ = 0;
};

// Off the loop; `done` comes on it.
void count_records(Context& context, std::shared_ptr<Count> count,
                   std::function<void(Result<std::int64_t>)> done) {
  context.ports.background->post([&context, alive = std::weak_ptr<bool>(context.alive),
                                  count = std::move(count), done = std::move(done)]() mutable {
    const auto whole = count->step();
    context.ports.loop->post(
        [&context, alive, whole, count = std::move(count), done = std::move(done)]() mutable {
          if (!alive.lock()) return;
          if (!whole) return done(fail(whole.error()));
          if (*whole) return done(count->records());
          count_records(context, std::move(count), std::move(done));
        });
  });
}

// The keys go off the loop; `answer` is given once they are gone.
void destroy(Context& context, std::vector<std::string> keys, Json answer, Done done) {
  context.ports.background->post([&context, alive = std::weak_ptr<bool>(context.alive),
                                  keys = std::move(keys), answer = std::move(answer),
                                  done = std::move(done)]() mutable {
    auto destroyed = destroy_those_held(*context.ports.vault, keys);
    context.ports.loop->post([&context, alive, keys = std::move(keys),
                              destroyed = std::move(destroyed), answer = std::move(answer),
                              done = std::move(done)]() mutable {
      if (!alive.lock()) return;
      if (destroyed) return done(std::move(answer));
      context.keys_left.insert(keys.begin(), keys.end());
      done(fail(destroyed.error()));
    });
  });
}

// Nothing may be sealed with a key once it is said to be destroyed, so it is put away first and
// taken up again if the record cannot be written.
void record_and_destroy(Context& context, std::vector<std::string> keys, Json body, Done done) {
  std::vector<std::string> put_away;
  for (const auto& key : keys) {
    if (!context.put_away.insert(key).second) continue;
    put_away.push_back(key);
    if (TaskEntry* entry = context.world.task(key)) entry->erased = true;
  }
  append_evidence(context, "task.erased", body,
                  [&context, keys = std::move(keys), put_away = std::move(put_away), body,
                   done = std::move(done)](Result<ports::Position> position) {
                    for (const auto& key : put_away) context.put_away.erase(key);
                    if (!position) {
                      for (const auto& key : put_away) {
                        if (TaskEntry* entry = context.world.task(key)) entry->erased = false;
                      }
                      return done(fail(position.error()));
                    }
                    for (const auto& key : keys) mark_erased(context.world, key);
                    Json answer = body;
                    answer.set("ledger_index", static_cast<std::int64_t>(position->index));
                    destroy(context, keys, std::move(answer), done);
                  });
}

}  // namespace

void Tasks::erase(const Caller& caller, const std::string& task, const std::string& reason,
                  Done done) {
  if (auto allowed = check_request(caller, reason); !allowed) return done(fail(allowed.error()));
  auto keys = keys_to_destroy(context_, task);
  if (!keys) return done(fail(keys.error()));
  Json names = Json::array();
  for (const auto& key : *keys) names.push_back(key);
  Json body = Json::object({{"task", task},
                            {"keys", std::move(names)},
                            {"by", caller.identity},
                            {"credential", caller.credential},
                            {"reason", reason}});
  auto count = std::make_shared<Count>(context_.ports, *keys);
  count_records(context_, std::move(count),
                [&context = context_, caller, task, reason, body = std::move(body),
                 placed = context_.holds_placed,
                 done = std::move(done)](Result<std::int64_t> records) mutable {
                  if (!records) return done(fail(records.error()));
                  // What was counted before a hold was placed says nothing of it.
                  if (context.holds_placed != placed) {
                    return Tasks(context).erase(caller, task, reason, std::move(done));
                  }
                  // Somebody else may have been faster.
                  auto still = keys_to_destroy(context, task);
                  if (!still) return done(fail(still.error()));
                  body.set("records", *records);
                  record_and_destroy(context, *std::move(still), std::move(body), std::move(done));
                });
}

}  // namespace ambit::service
