#include <gtest/gtest.h>
#include <map>

#include "s3/bucket.h"
#include "s3/signature.h"

namespace ambit::s3 {
namespace {

std::string header(const std::vector<net::HttpHeader>& headers, const std::string& name) {
  for (const net::HttpHeader& one : headers) {
    if (one.name == name) return one.value;
  }
  return "";
}

Credentials example() {
  return {"AKIAIOSFODNN7EXAMPLE", crypto::SecretBytes("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
          ""};
}

// The worked examples of "Signature Calculations for the Authorization Header" in the S3 manual.
TEST(Signature, IsThatOfThePublishedExamples) {
  const Scope scope{.region = "us-east-1", .at = *parse_rfc3339("2013-05-24T00:00:00Z")};
  const auto get = sign({.method = "GET",
                         .host = "examplebucket.s3.amazonaws.com",
                         .path = "/test.txt",
                         .body = "",
                         .headers = {{"range", "bytes=0-9"}}},
                        example(), scope);
  EXPECT_EQ(header(get, "x-amz-date"), "20130524T000000Z");
  EXPECT_EQ(header(get, "authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  const auto put = sign({.method = "PUT",
                         .host = "examplebucket.s3.amazonaws.com",
                         .path = "/" + encode_key("test$file.text"),
                         .body = "Welcome to Amazon S3.",
                         .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}},
                        example(), scope);
  EXPECT_TRUE(header(put, "authorization")
                  .ends_with("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"))
      << header(put, "authorization");
}

TEST(Signature, CarriesASessionToken) {
  Credentials temporary = example();
  temporary.session_token = "token";
  const auto headers = sign({.method = "GET", .host = "h", .path = "/", .body = ""}, temporary,
                            {.region = "r", .at = Time{0}});
  EXPECT_EQ(header(headers, "x-amz-security-token"), "token");
  EXPECT_NE(header(headers, "authorization").find(";x-amz-security-token"), std::string::npos);
}

TEST(Bucket, ReadsBackWhatItPut) {
  std::map<std::string, std::string> objects;
  bool damaged = false;
  const auto send = [&](net::ClientRequest request) -> Result<net::HttpResponse> {
    net::HttpResponse answer;
    if (request.method == "PUT") {
      objects[request.url] = request.body + (damaged ? "!" : "");
    } else if (const auto found = objects.find(request.url); found != objects.end()) {
      answer.body = found->second;
    } else {
      answer.status = 404;
      answer.body = "<Error><Code>NoSuchKey</Code></Error>";
    }
    return answer;
  };
  BucketOptions options = *parse_location("s3://evidence/a b/");
  options.endpoint = "http://127.0.0.1:1/";
  const Bucket bucket(options, example(), send, [] { return Time{0}; });
  ASSERT_TRUE(bucket.put("1.seg", "bytes"));
  EXPECT_EQ(objects.begin()->first, "http://127.0.0.1:1/evidence/a%20b/1.seg");
  EXPECT_EQ(*bucket.get("1.seg"), "bytes");
  EXPECT_EQ(bucket.get("2.seg").error().reason, "s3.not_found");
  damaged = true;
  EXPECT_EQ(bucket.put("3.seg", "bytes").error().reason, "s3.mismatch");
  EXPECT_EQ(parse_location("https://evidence").error().reason, "s3.url");
}

}  // namespace
}  // namespace ambit::s3
