#include "doors/mcp/internal/call_request.h"

#include <algorithm>

namespace ambit::doors::mcp {
namespace {

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxWordsBytes = 1024;
constexpr std::size_t kMaxTraceStateBytes = 512;

tl::unexpected<Error> bad(std::string message) {
  return fail(Code::kInvalid, "mcp.params", std::move(message));
}

Result<std::string> words(const text::Json& meta, std::string_view key) {
  const text::Json* value = meta.find(key);
  if (value == nullptr) return std::string();
  if (!value->is_string() || value->as_string().size() > kMaxWordsBytes) {
    return bad("`_meta[\"" + std::string(key) + "\"]` must be a string of at most 1024 bytes");
  }
  return value->as_string();
}

// W3C Trace Context section 3.2.2: version 00 is `00-` 32 hex `-` 16 hex `-` 2 hex.
bool is_traceparent(std::string_view text) {
  if (text.size() != 55 || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

bool is_tracestate(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTraceStateBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string trace_of(const text::Json& meta) {
  const std::string_view parent = meta.string_or("traceparent", "");
  if (!is_traceparent(parent)) return {};
  std::string out = R"("traceparent":)";
  text::append_json_string(out, parent);
  const std::string_view state = meta.string_or("tracestate", "");
  if (is_tracestate(state)) {
    out += R"(,"tracestate":)";
    text::append_json_string(out, state);
  }
  return out;
}

Result<> read_meta(const text::Json& meta, CallRequest& request) {
  if (!meta.is_object()) return bad("`_meta` must be an object");
  AMBIT_TRY(request.intent, words(meta, "ambit/intent"));
  AMBIT_TRY(request.justification, words(meta, "ambit/justification"));
  request.trace = trace_of(meta);
  if (const text::Json* token = meta.find("progressToken")) {
    AMBIT_TRY(request.progress_token, ambit::mcp::parse_id(text::to_json(*token)));
  }
  return {};
}

}  // namespace

Result<CallRequest> read_call_request(std::string_view params) {
  if (params.empty()) return bad("`params` with the `name` of a tool is missing");
  AMBIT_TRY(text::Json json, text::parse_json(params));
  CallRequest request;
  request.tool = json.string_or("name", "");
  if (request.tool.empty() || request.tool.size() > kMaxNameBytes) {
    return bad("`name` must be the name of a tool");
  }
  request.arguments = text::Json::object();
  if (text::Json* arguments = json.find("arguments")) {
    if (!arguments->is_object()) return bad("`arguments` must be an object");
    request.arguments = std::move(*arguments);
  }
  if (const text::Json* meta = json.find("_meta")) {
    AMBIT_CHECK_OK(read_meta(*meta, request));
  }
  return request;
}

}  // namespace ambit::doors::mcp
