#include "service/internal/context.h"

#include <utility>

namespace ambit::service {
namespace {

constexpr Duration kMostUnawaited{5};

}  // namespace

Context::~Context() { flush(); }

void Context::post_to_loop(std::function<void()> work) {
  ports.loop->post([guard = std::weak_ptr<bool>(alive), work = std::move(work)] {
    if (guard.lock()) work();
  });
}

void Context::append(ports::Entry entry, Append how, ports::AppendDone done) {
  waiting_.push_back({std::move(entry), std::move(done), how == Append::kReserved});
  if (flush_is_due_) return;
  if (how == Append::kUnawaited && ports.timers) {
    if (flush_timer_ != 0) return;
    flush_timer_ = ports.timers->after(kMostUnawaited, [this] {
      flush_timer_ = 0;
      flush();
    });
    return;
  }
  flush_is_due_ = true;
  post_to_loop([this] { flush(); });
}

void Context::flush() {
  flush_is_due_ = false;
  if (flush_timer_ != 0) ports.timers->cancel(std::exchange(flush_timer_, 0));
  ports.log->append_all(std::exchange(waiting_, {}), ports::Written::kHereIfQuick);
}

ports::AppendDone Context::on_loop(ports::AppendDone done) {
  return [loop = ports.loop, guard = std::weak_ptr<bool>(alive),
          done = std::move(done)](Result<ports::Position> position) mutable {
    if (!done) return;
    // Called once, so that what it holds can be handed on.
    loop->post([guard = std::move(guard), done = std::move(done), position = std::move(position)] {
      if (guard.lock()) done(position);
    });
  };
}

void Context::tell_subscribers(const std::string& task, bool ended) {
  const auto everybody = subscribers;  // a callback may unsubscribe
  for (const auto& [handle, callback] : everybody) callback(task, ended);
}

}  // namespace ambit::service
