#include "cli/internal/credential_keeper.h"

#include <algorithm>
#include <utility>

#include "cli/internal/api.h"
#include "identity/dpop.h"
#include "text/json.h"

namespace ambit::cli {
namespace {

constexpr Duration kRetryWait{2000};
constexpr std::string_view kPath = "/v1/credentials";

// Worth another try: nothing was decided about the credential.
bool is_passing(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kExhausted;
}

}  // namespace

CredentialKeeper::CredentialKeeper(net::EventLoop& loop, net::HttpClient& client,
                                   crypto::SigningKey key, std::string url,
                                   std::function<Time()> now, Events events)
    : loop_(loop),
      client_(client),
      key_(std::move(key)),
      url_(std::move(url)),
      now_(std::move(now)),
      events_(std::move(events)) {}

CredentialKeeper::~CredentialKeeper() {
  loop_.cancel(timer_);
  call_.cancel();
}

void CredentialKeeper::redeem(const crypto::SecretBytes& claim) {
  ask(text::to_json(text::Json::object({{"claim", claim.expose()}})), false);
}

void CredentialKeeper::renew(std::function<void(Result<>)> done) {
  if (is_lost_) {
    return done(fail(Code::kUnauthenticated, "token.expired", "there is no credential any more"));
  }
  waiting_.push_back(std::move(done));
  if (!is_asking_) ask("{}", true);
}

Result<std::vector<net::HttpHeader>> CredentialKeeper::headers(std::string_view method,
                                                               std::string_view uri) const {
  AMBIT_TRY(std::string proof,
            identity::make_dpop_proof(
                key_, {.method = method, .uri = uri, .access_token = token_.expose()}, now_()));
  return std::vector<net::HttpHeader>{{"Authorization", "DPoP " + std::string(token_.expose())},
                                      {"DPoP", std::move(proof)}};
}

void CredentialKeeper::ask(std::string body, bool with_token) {
  const std::string uri = url_ + std::string(kPath);
  std::vector<net::HttpHeader> headers;
  if (with_token) {
    auto made = this->headers("POST", uri);
    if (!made) return lose(made.error());
    headers = *std::move(made);
  } else {
    auto proof = identity::make_dpop_proof(key_, {.method = "POST", .uri = uri}, now_());
    if (!proof) return lose(proof.error());
    headers.push_back({"DPoP", *std::move(proof)});
  }
  headers.push_back({"Content-Type", "application/json"});
  is_asking_ = true;
  loop_.cancel(timer_);
  net::ClientRequest request;
  request.method = "POST";
  request.url = uri;
  request.headers = std::move(headers);
  request.body = std::move(body);
  call_ =
      client_.request(std::move(request), [this, with_token](Result<net::HttpResponse> response) {
        take(std::move(response), with_token);
      });
}

void CredentialKeeper::take(Result<net::HttpResponse> response, bool with_token) {
  is_asking_ = false;
  if (!response) {
    const Error error = unreachable(response.error(), url_);
    return with_token ? try_again_or_lose(error) : lose(error);
  }
  if (response->status < 200 || response->status > 299) {
    const Error error = error_of(*response, url_);
    return with_token && is_passing(error) ? try_again_or_lose(error) : lose(error);
  }
  if (const auto taken = read(*response); !taken) return lose(taken.error());
  if (!with_token) return events_.ready();
  answer_waiting({});
}

Result<> CredentialKeeper::read(const net::HttpResponse& response) {
  AMBIT_TRY(const text::Json answer, text::parse_json(response.body));
  const std::string_view token = answer.string_or("access_token", "");
  const text::Json* lifetime = answer.find("expires_in");
  if (token.empty() || answer.string_or("token_type", "") != "DPoP" || lifetime == nullptr ||
      !lifetime->is_int() || lifetime->as_int() <= 0) {
    return fail(Code::kUnavailable, "http.response",
                "`" + url_ + "` did not answer with a credential that is bound to our key");
  }
  constexpr std::int64_t kLongest = 24 * 3600;
  const Duration lives = seconds(std::min(lifetime->as_int(), kLongest));
  token_ = crypto::SecretBytes(std::string(token));
  expires_at_ = now_() + lives;
  schedule({lives.ms * 3 / 4});
  return {};
}

void CredentialKeeper::schedule(Duration wait) {
  loop_.cancel(timer_);
  timer_ = loop_.after(wait, [this] {
    if (!is_asking_) ask("{}", true);
  });
}

void CredentialKeeper::try_again_or_lose(const Error& error) {
  if (now_() + kRetryWait >= expires_at_) return lose(error);
  schedule(kRetryWait);
  answer_waiting(fail(error));
}

void CredentialKeeper::lose(const Error& error) {
  if (std::exchange(is_lost_, true)) return;
  loop_.cancel(timer_);
  token_ = crypto::SecretBytes();
  answer_waiting(fail(error));
  events_.lost(error);
}

void CredentialKeeper::answer_waiting(const Result<>& result) {
  for (auto& done : std::exchange(waiting_, {})) done(result);
}

}  // namespace ambit::cli
