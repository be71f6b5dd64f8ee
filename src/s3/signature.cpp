#include "s3/signature.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "text/base64url.h"

namespace ambit::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string hex(const crypto::Digest& digest) { return text::to_hex(digest.view()); }

// `20260131T235959Z`
std::string basic_time(Time at) {
  std::string out;
  for (const char c : to_rfc3339(Time{at.ms / 1000 * 1000})) {
    if (c == '.') break;
    if (c != '-' && c != ':' && c != 'Z') out += c;
  }
  return out + "Z";
}

std::string canonical_request(const Unsigned& request, const std::vector<net::HttpHeader>& headers,
                              const std::string& names, const std::string& body_hash) {
  std::string out(request.method);
  out.append("\n").append(request.path).append("\n\n");  // there is no query
  for (const net::HttpHeader& header : headers) out += header.name + ":" + header.value + "\n";
  return out + "\n" + names + "\n" + body_hash;
}

std::string signature_of(const std::string& text, const Credentials& credentials,
                         const Scope& scope, const std::string& date) {
  std::string secret = "AWS4" + std::string(credentials.secret_key.expose());
  crypto::Digest key = crypto::hmac_sha256(secret, date);
  crypto::wipe(secret);
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service),
        std::string_view("aws4_request")}) {
    key = crypto::hmac_sha256(key.view(), part);
  }
  return hex(crypto::hmac_sha256(key.view(), text));
}

}  // namespace

std::string encode_key(std::string_view key) {
  std::string out;
  while (true) {
    const std::size_t slash = key.find('/');
    out += net::percent_encode(key.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    out += '/';
    key.remove_prefix(slash + 1);
  }
}

std::vector<net::HttpHeader> sign(const Unsigned& request, const Credentials& credentials,
                                  const Scope& scope) {
  const std::string at = basic_time(scope.at);
  const std::string date = at.substr(0, 8);
  const std::string body_hash = hex(crypto::sha256(request.body));
  std::vector<net::HttpHeader> added = {{"x-amz-content-sha256", body_hash}, {"x-amz-date", at}};
  if (!credentials.session_token.empty()) {
    added.push_back({"x-amz-security-token", credentials.session_token});
  }
  std::vector<net::HttpHeader> headers = request.headers;
  headers.insert(headers.end(), added.begin(), added.end());
  headers.push_back({"host", std::string(request.host)});
  std::sort(headers.begin(), headers.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::string names;
  for (const net::HttpHeader& header : headers) names += (names.empty() ? "" : ";") + header.name;
  const std::string where = date + "/" + scope.region + "/" + scope.service + "/aws4_request";
  const std::string text =
      std::string(kAlgorithm) + "\n" + at + "\n" + where + "\n" +
      hex(crypto::sha256(canonical_request(request, headers, names, body_hash)));
  added.push_back(
      {"authorization", std::string(kAlgorithm) + " Credential=" + credentials.access_key + "/" +
                            where + ", SignedHeaders=" + names +
                            ", Signature=" + signature_of(text, credentials, scope, date)});
  return added;
}

}  // namespace ambit::s3
