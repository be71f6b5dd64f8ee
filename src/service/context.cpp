#include "service/internal/context.h"

#include <utility>

namespace ambit::service {

Context::~Context() { flush(); }

void Context::post_to_loop(std::function<void()> work) {
  ports.loop->post([guard = std::weak_ptr<bool>(alive), work = std::move(work)] {
    if (guard.lock()) work();
  });
}

void Context::append(std::string record, bool reserved, ports::AppendDone done) {
  if (appends_.empty()) post_to_loop([this] { flush(); });
  appends_.push_back({std::move(record), reserved, std::move(done)});
}

void Context::flush() {
  for (Append& waiting : std::exchange(appends_, {})) {
    if (waiting.reserved) {
      (void)ports.log->append_reserved(std::move(waiting.record), std::move(waiting.done));
    } else {
      ports.log->append(std::move(waiting.record), std::move(waiting.done));
    }
  }
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
