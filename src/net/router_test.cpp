#include "net/router.h"

#include <gtest/gtest.h>
#include <optional>

namespace ambit::net {
namespace {

class FakeExchange : public Exchange {
 public:
  FakeExchange(std::string_view method, std::string_view path) {
    request_.method = method;
    request_.path = path;
  }
  const HttpRequest& request() const override { return request_; }
  EventLoop& loop() override { return loop_; }
  void respond(HttpResponse response) override { response_ = std::move(response); }
  std::shared_ptr<SseStream> start_sse(int, std::vector<HttpHeader>) override { return nullptr; }
  void on_disconnect(std::function<void()>) override {}
  bool answered() const override { return response_.has_value(); }
  bool disconnected() const override { return false; }

  std::optional<HttpResponse> response_;

 private:
  EventLoop loop_;
  HttpRequest request_;
};

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    const auto answer = [](std::string name) {
      return [name](const std::shared_ptr<Exchange>& exchange, const PathParams& params) {
        exchange->respond(
            HttpResponse::text(200, name + ":" + params.get("id") + ":" + params.get("task")));
      };
    };
    router.add("GET", "/v1/agents", answer("list"));
    router.add("POST", "/v1/agents", answer("create"));
    router.add("GET", "/v1/agents/{id}", answer("show"));
    router.add("DELETE", "/v1/agents/{id}", answer("delete"));
    router.add("GET", "/v1/agents/self", answer("self"));
    router.add("GET", "/v1/agents/{id}/tasks/{task}", answer("task"));
    router.add_prefix("/console/", [](const std::shared_ptr<Exchange>& exchange) {
      exchange->respond(HttpResponse::text(200, "page"));
    });
  }

  HttpResponse ask(std::string_view method, std::string_view path) {
    auto exchange = std::make_shared<FakeExchange>(method, path);
    router.handle(exchange);
    return exchange->response_.value_or(HttpResponse{0, {}, {}, {}});
  }

  Router router;
};

TEST_F(RouterTest, NamesEveryRoute) {
  Router small;
  const auto nothing = [](const std::shared_ptr<Exchange>&, const PathParams&) {};
  small.add("POST", "/b/{id}/c", nothing);
  small.add("GET", "/b/{id}/c", nothing);
  small.add("GET", "/a", nothing);
  EXPECT_EQ(small.routes(), (std::vector<std::pair<std::string, std::string>>{
                                {"GET", "/a"}, {"GET", "/b/{id}/c"}, {"POST", "/b/{id}/c"}}));
}

TEST_F(RouterTest, FindsTheHandlerAndDecodesParameters) {
  EXPECT_EQ(ask("GET", "/v1/agents").body, "list::");
  EXPECT_EQ(ask("POST", "/v1/agents").body, "create::");
  EXPECT_EQ(ask("GET", "/v1/agents/a%2Fb").body, "show:a/b:");
  EXPECT_EQ(ask("GET", "/v1/agents/self").body, "self::");
  EXPECT_EQ(ask("GET", "/v1/agents/a/tasks/t").body, "task:a:t");
  EXPECT_EQ(ask("HEAD", "/v1/agents/a").body, "show:a:");
  EXPECT_EQ(ask("PUT", "/console/x/y").body, "page");
}

TEST_F(RouterTest, RefusesWhatItDoesNotKnow) {
  for (const char* path : {"/", "/v1", "/v1/agents/", "/v1/agents/a/", "/v1/agents//tasks/t", "*",
                           "/v1/agents/a/tasks", "/V1/agents", "/v1/agents/../agents"}) {
    EXPECT_EQ(ask("GET", path).status, 404) << path;
  }
  const HttpResponse wrong = ask("PUT", "/v1/agents/a");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "DELETE, GET, HEAD");
  EXPECT_EQ(ask("get", "/v1/agents").status, 405);
  EXPECT_EQ(ask("GET", "/v1/agents/%zz").status, 400);
}

}  // namespace
}  // namespace ambit::net
