#include "app/http_witness.h"

#include <utility>

namespace ambit::app {
namespace {

constexpr std::size_t kMaxAnswer = 64u << 10;

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

HttpWitness::HttpWitness(net::EventLoop& loop, net::HttpClient& client, std::string url)
    : loop_(loop), client_(client), url_(without_slash(std::move(url)) + "/add-checkpoint") {}

void HttpWitness::submit(std::string body, ports::WitnessDone done) {
  loop_.post([this, body = std::move(body), done = std::move(done)]() mutable {
    net::ClientRequest request{
        .method = "POST", .url = url_, .body = std::move(body), .timeout = seconds(20)};
    request.max_response_bytes = kMaxAnswer;
    client_.request(std::move(request), [done = std::move(done)](Result<net::HttpResponse> answer) {
      if (!answer) return done(fail(answer.error()));
      done(ports::WitnessAnswer{static_cast<unsigned>(answer->status), std::move(answer->body)});
    });
  });
}

}  // namespace ambit::app
