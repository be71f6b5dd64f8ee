#include "s3/bucket.h"

#include <utility>

namespace ambit::s3 {
namespace {

// A segment has 1 GiB at most.
constexpr std::size_t kMaxObject = (std::size_t{1} << 30) + (1u << 20);
constexpr std::string_view kScheme = "s3://";

Error refused(const net::HttpResponse& response, const std::string& name) {
  // `<Code>NoSuchBucket</Code>` of the error's XML.
  std::string said;
  const std::size_t begin = response.body.find("<Code>");
  const std::size_t end = response.body.find("</Code>");
  if (begin != std::string::npos && end != std::string::npos && end > begin) {
    said =
        ", `" + response.body.substr(begin + 6, std::min<std::size_t>(end - begin - 6, 64)) + "`";
  }
  const bool missing = response.status == 404;
  return {missing ? Code::kNotFound : Code::kUnavailable, missing ? "s3.not_found" : "s3.refused",
          "the store answered " + std::to_string(response.status) + said + " for `" + name + "`"};
}

}  // namespace

Result<BucketOptions> parse_location(const std::string& url) {
  BucketOptions out;
  if (url.starts_with(kScheme)) {
    const std::string rest = url.substr(kScheme.size());
    const std::size_t slash = rest.find('/');
    out.bucket = rest.substr(0, slash);
    if (slash != std::string::npos) out.prefix = rest.substr(slash + 1);
    while (out.prefix.ends_with('/')) out.prefix.pop_back();
  }
  if (!out.bucket.empty()) return out;
  return fail(Code::kInvalid, "s3.url", "`" + url + "` is not `s3://BUCKET/PREFIX`");
}

Result<net::HttpResponse> Bucket::send(const char* method, const std::string& name,
                                       std::string body) const {
  std::string endpoint = options_.endpoint;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const std::string key = (options_.prefix.empty() ? "" : options_.prefix + "/") + name;
  const std::string path = "/" + encode_key(options_.bucket + "/" + key);
  const std::size_t scheme = endpoint.find("://");
  const std::string host = scheme == std::string::npos ? endpoint : endpoint.substr(scheme + 3);
  net::ClientRequest request;
  request.method = method;
  request.url = endpoint + path;
  request.headers = sign({.method = method, .host = host, .path = path, .body = body}, credentials_,
                         {.region = options_.region, .at = now_()});
  request.body = std::move(body);
  request.timeout = minutes(10);
  request.max_response_bytes = kMaxObject;
  return send_(std::move(request));
}

Result<> Bucket::put(const std::string& name, const std::string& bytes) const {
  AMBIT_TRY(const net::HttpResponse answer, send("PUT", name, bytes));
  if (answer.status != 200) return fail(refused(answer, name));
  AMBIT_TRY(const std::string there, get(name));
  if (there == bytes) return {};
  return fail(Code::kInternal, "s3.mismatch",
              "the store has other bytes than were put there as `" + name + "`");
}

Result<std::string> Bucket::get(const std::string& name) const {
  AMBIT_TRY(net::HttpResponse answer, send("GET", name, ""));
  if (answer.status != 200) return fail(refused(answer, name));
  return std::move(answer.body);
}

}  // namespace ambit::s3
