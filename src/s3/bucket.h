// Whole objects in one bucket of an S3-compatible store.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"
#include "s3/signature.h"

namespace ambit::s3 {

struct BucketOptions {
  std::string endpoint;  // URL of the store, without a path; buckets are addressed by path
  std::string region = "us-east-1";
  std::string bucket;
  std::string prefix;  // of every key; may be empty
};

// `s3://BUCKET[/PREFIX]`. Fails with `s3.url`.
Result<BucketOptions> parse_location(const std::string& url);

class Bucket {
 public:
  using Send = std::function<Result<net::HttpResponse>(net::ClientRequest)>;

  Bucket(BucketOptions options, Credentials credentials, Send send, std::function<Time()> now)
      : options_(std::move(options)),
        credentials_(std::move(credentials)),
        send_(std::move(send)),
        now_(std::move(now)) {}

  // Puts the object, and gets it again to see that the store has these bytes. Errors: those of the
  // transport, `s3.refused` with what the store said, `s3.mismatch`.
  Result<> put(const std::string& name, const std::string& bytes) const;
  // `s3.not_found` when there is none.
  Result<std::string> get(const std::string& name) const;

 private:
  Result<net::HttpResponse> send(const char* method, const std::string& name,
                                 std::string body) const;

  BucketOptions options_;
  Credentials credentials_;
  Send send_;
  std::function<Time()> now_;
};

}  // namespace ambit::s3
