#include <algorithm>
#include <charconv>

#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

constexpr std::size_t kMostReadings = 32;

bool is_json_type(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return std::equal(type.begin(), type.end(), kJson.begin(), kJson.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

Result<> check_single(const net::HttpRequest& request, std::string_view name) {
  if (request.header_count(name) <= 1) return {};
  return fail(Code::kInvalid, "http.header_repeated",
              "the header `" + std::string(name) + "` must be sent once only");
}

}  // namespace

std::string Call::query(std::string_view name) const {
  return net::query_value(request().query, name).value_or("");
}

std::string addressed_uri(const net::HttpRequest& request) {
  const bool tls = request.tls != nullptr && request.tls->active;
  std::string uri = tls ? "https://" : "http://";
  return uri.append(request.host).append(request.path);
}

Result<service::Caller> authenticate(RestDoor::State& door, const net::HttpRequest& request) {
  AMBIT_CHECK_OK(check_single(request, "authorization"));
  AMBIT_CHECK_OK(check_single(request, "dpop"));
  const std::string uri = addressed_uri(request);
  auto caller = door.parts.service->authenticator().authenticate(
      {.authorization = request.header("authorization"),
       .dpop = request.header("dpop"),
       .method = request.method,
       .uri = uri,
       .loopback = request.peer != nullptr && request.peer->is_loopback});
  if (caller) return caller;
  door.unauthenticated.add();
  // One that has run out is 401 like any other: that is what makes a client get a new one.
  const Error& error = caller.error();
  const Code code = error.code == Code::kExpired ? Code::kUnauthenticated : error.code;
  return fail(code, error.reason, error.message);
}

Result<text::Json> read_body(const net::HttpRequest& request, bool required) {
  if (request.body.empty() && !required) return text::Json::object();
  if (!is_json_type(request.header("content-type"))) {
    return fail(Code::kInvalid, "http.content_type", "the body must be sent as `application/json`");
  }
  auto body = text::parse_json(request.body);
  // Whatever is wrong with it (too deep, too), it is the request that is wrong.
  if (!body) return fail(Code::kInvalid, body.error().reason, body.error().message);
  if (!body->is_object()) {
    return fail(Code::kInvalid, "field.type", "the body must be a JSON object");
  }
  return body;
}

Result<std::uint64_t> query_number(const Call& call, std::string_view name,
                                   std::uint64_t otherwise) {
  const std::string text = call.query(name);
  if (text.empty()) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Code::kInvalid, "field.invalid",
                "`" + std::string(name) + "` must be a whole number, not negative");
  }
  return value;
}

Result<std::size_t> query_limit(const Call& call) {
  const auto& known = call.route.query;
  const auto page = std::find_if(known.begin(), known.end(), [](const QueryParameter& one) {
    return one.type == QueryType::kLimit;
  });
  AMBIT_TRY(const std::uint64_t limit, query_number(call, page->name, page->usual));
  if (limit >= 1 && limit <= page->most) return static_cast<std::size_t>(limit);
  return fail(Code::kInvalid, "field.invalid",
              "`limit` is 1 to " + std::to_string(page->most) + ", not " + std::to_string(limit));
}

Result<std::uint64_t> entry_index(domain::Fields& fields, const char* key,
                                  std::uint64_t otherwise) {
  if (fields.value(key) == nullptr) return otherwise;
  const std::int64_t value = fields.integer(key);
  if (value >= 0) return static_cast<std::uint64_t>(value);
  return fail(Code::kInvalid, "field.invalid",
              "`" + std::string(key) + "` is the index of an entry, not below 0");
}

Result<std::optional<Time>> query_time(const Call& call, std::string_view name) {
  const std::string text = call.query(name);
  if (text.empty()) return std::nullopt;
  AMBIT_TRY(const Time time, parse_rfc3339(text));
  return time;
}

void answer(const Reply& reply, int status, std::string json) {
  net::HttpResponse response = net::HttpResponse::json(status, std::move(json));
  response.headers.push_back({"Cache-Control", "no-store"});
  reply.exchange->respond(std::move(response));
}

void answer(const Reply& reply, const Error& error) {
  if (error.code == Code::kInternal) {
    reply.door->internal_errors.add();
    reply.door->parts.logger->error("request.failed", error.message,
                                    {{"reason", error.reason},
                                     {"method", reply.exchange->request().method},
                                     {"path", reply.exchange->request().path}});
  }
  net::HttpResponse response = net::problem(error);
  if (error.reason == "http.content_type") {
    response = net::problem(415, error.reason, error.message);
  }
  response.headers.push_back({"Cache-Control", "no-store"});
  if (response.status == 401) {
    response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"ambit\""});
    response.headers.push_back({"WWW-Authenticate", "DPoP algs=\"EdDSA ES256\""});
  }
  reply.exchange->respond(std::move(response));
}

void answer(const Reply& reply, int status, const Result<text::Json>& result) {
  if (!result) return answer(reply, result.error());
  answer(reply, status, text::to_json(*result));
}

bool begin_reading(const Call& call) {
  if (call.door.readings >= kMostReadings) {
    answer(call.reply, Error{Code::kExhausted, "evidence.busy",
                             "too many readings of the evidence wait; try again in a moment"});
    return false;
  }
  ++call.door.readings;
  return true;
}

void answer_reading(const Call& call, Result<std::function<Result<text::Json>()>> reading) {
  if (!reading) return answer(call.reply, reading.error());
  answer_reading(call, [reading = *std::move(reading)]() -> Result<std::string> {
    AMBIT_TRY(const text::Json found, reading());
    return text::to_json(found);
  });
}

service::Answer answer_later(const Call& call, int status) {
  return [reply = call.reply, status](Result<text::Json> result) { answer(reply, status, result); };
}

}  // namespace ambit::doors::rest
