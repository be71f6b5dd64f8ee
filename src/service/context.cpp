#include "service/internal/context.h"

namespace ambit::service {

void Context::post_to_loop(std::function<void()> work) {
  ports.loop->post([guard = std::weak_ptr<bool>(alive), work = std::move(work)] {
    if (guard.lock()) work();
  });
}

std::function<void(Result<ports::Position>)> Context::on_loop(
    std::function<void(Result<ports::Position>)> done) {
  return [loop = ports.loop, guard = std::weak_ptr<bool>(alive),
          done = std::move(done)](Result<ports::Position> position) {
    if (!done) return;
    loop->post([guard, done, position = std::move(position)] {
      if (guard.lock()) done(position);
    });
  };
}

void Context::tell_subscribers(const std::string& task, bool ended) {
  const auto everybody = subscribers;  // a callback may unsubscribe
  for (const auto& [handle, callback] : everybody) callback(task, ended);
}

}  // namespace ambit::service
