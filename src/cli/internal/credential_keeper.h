// A task's credential, bound to a key in memory and renewed before it runs out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "crypto/secret.h"
#include "net/http_client.h"

namespace ambit::cli {

// Loop thread only. The loop, the client and the callbacks outlive it.
class CredentialKeeper {
 public:
  struct Events {
    // Once, when the first credential is there.
    std::function<void()> ready;
    // Once, when there is none and will be none: the claim was refused, the task has ended, or it
    // could not be renewed in time. No callback comes after.
    std::function<void(const Error&)> lost;
  };

  // `url` is the server's, without a final `/`. The key never leaves this object.
  CredentialKeeper(net::EventLoop& loop, net::HttpClient& client, crypto::SigningKey key,
                   std::string url, std::function<Time()> now, Events events);
  ~CredentialKeeper();
  CredentialKeeper(const CredentialKeeper&) = delete;
  CredentialKeeper& operator=(const CredentialKeeper&) = delete;

  // Exchanges the claim for the first credential.
  void redeem(const crypto::SecretBytes& claim);

  // Gets a new credential at once and says whether it could; joins a renewal under way.
  void renew(std::function<void(Result<>)> done);

  // `Authorization` and `DPoP` of one request. Precondition: `ready` was called.
  Result<std::vector<net::HttpHeader>> headers(std::string_view method, std::string_view uri) const;

 private:
  void ask(std::string body, bool with_token);
  void take(Result<net::HttpResponse> response, bool with_token);
  Result<> read(const net::HttpResponse& response);
  void schedule(Duration wait);
  void try_again_or_lose(const Error& error);
  void lose(const Error& error);
  void answer_waiting(const Result<>& result);

  net::EventLoop& loop_;
  net::HttpClient& client_;
  crypto::SigningKey key_;
  std::string url_;
  std::function<Time()> now_;
  Events events_;
  crypto::SecretBytes token_;
  Time expires_at_;
  std::vector<std::function<void(Result<>)>> waiting_;
  net::ClientCall call_;
  net::TimerId timer_ = 0;
  bool is_asking_ = false;
  bool is_lost_ = false;
};

}  // namespace ambit::cli
