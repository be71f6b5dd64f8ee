// The REST door served on loopback, with a search index of its log.
#pragma once

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "doors/rest/rest_door.h"
#include "index/evidence_index.h"
#include "tests/fakes/served.h"

namespace ambit::doors::rest {

// A search index of a log, in a folder of its own.
class Searchable {
 public:
  Searchable(const ports::Log& log, const vault::KeyRing* keys) {
    std::string name = (std::filesystem::temp_directory_path() / "ambit-rest-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    search_index = *index::EvidenceIndex::open({folder_ + "/index.sqlite", &log, keys});
  }
  ~Searchable() {
    search_index.reset();
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<index::EvidenceIndex> search_index;

 private:
  std::string folder_;
};

class Rest : public fakes::Served {
 public:
  Rest()
      : door({.loop = &loop,
              .service = service.get(),
              .log = &log,
              .index = searchable.search_index.get(),
              .keys = vault.get(),
              .clock = &clock,
              .background = &background,
              .logger = &logger,
              .metrics = &metrics},
             {url, "0.1.0"}) {
    door.add_routes(router);
    set_up();
  }

  net::HttpResponse as_admin(const std::string& method, const std::string& path,
                             std::string body = {}) {
    return send_json(admin_token, method, path, std::move(body));
  }

  // A decision that was allowed, as the service gave it.
  service::Released decide(const service::Caller& caller, const std::string& channel,
                           std::string_view tool = "read",
                           std::string_view arguments = R"({"path": "/docs/a"})") {
    service::Attempt attempt;
    attempt.caller = caller;
    attempt.agent = "helper";
    attempt.task = task_id;
    attempt.instance = instance_id;
    attempt.channel = channel;
    attempt.server = "files";
    attempt.tool = tool;
    attempt.arguments = fakes::json(arguments);
    std::optional<service::Released> out;
    service->decisions().attempt(std::move(attempt),
                                 [&](service::Released released) { out = std::move(released); });
    until([&] { return out.has_value(); });
    return out.value_or(service::Released{});
  }

  service::Caller caller_of(const std::string& token) {
    const std::string header = "Bearer " + token;
    auto caller = service->authenticator().authenticate(
        {.authorization = header, .dpop = {}, .method = {}, .uri = {}, .loopback = true});
    if (!caller) ADD_FAILURE() << caller.error().message;
    return caller.value_or(service::Caller{});
  }

  // What is read in the background, held up when a test wants it.
  struct Background final : ports::Executor {
    explicit Background(ports::Executor& to) : executor(to) {}
    void post(std::function<void()> work) override {
      if (!holds) return executor.post(std::move(work));
      held.push_back(std::move(work));
    }
    ports::Executor& executor;
    bool holds = false;
    std::deque<std::function<void()>> held;
  };
  Background background{executor};
  std::string logged;
  telemetry::Logger logger{{.sink = [this](std::string_view line) { logged += line; }}};
  Searchable searchable{log, vault.get()};
  RestDoor door;
};

inline std::string text_of(const net::HttpResponse& response, std::string_view key) {
  return std::string(fakes::json(response.body).string_or(key, ""));
}

}  // namespace ambit::doors::rest
