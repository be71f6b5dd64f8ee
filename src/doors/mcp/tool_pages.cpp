#include "doors/mcp/internal/tool_pages.h"

#include <algorithm>

#include "text/base64url.h"
#include "text/json.h"

namespace ambit::doors::mcp {
namespace {

constexpr std::string_view kCursorPrefix = "after:";

Result<std::string> read_cursor(std::string_view params) {
  const auto bad = [] {
    return fail(Code::kInvalid, "mcp.cursor", "`cursor` must be one that a listing gave");
  };
  if (params.empty()) return std::string();
  AMBIT_TRY(const text::Json json, text::parse_json(params));
  const text::Json* cursor = json.find("cursor");
  if (cursor == nullptr) return std::string();
  if (!cursor->is_string()) return bad();
  const auto name = text::from_base64url(cursor->as_string());
  if (!name || !name->starts_with(kCursorPrefix)) return bad();
  return name->substr(kCursorPrefix.size());
}

}  // namespace

Result<std::string> tools_page(const std::vector<service::VisibleTool>& tools,
                               std::string_view params, std::size_t page_size) {
  AMBIT_TRY(const std::string after, read_cursor(params));
  std::vector<const service::VisibleTool*> ordered;
  for (const service::VisibleTool& tool : tools) {
    if (after.empty() || tool.name > after) ordered.push_back(&tool);
  }
  std::sort(ordered.begin(), ordered.end(),
            [](const auto* a, const auto* b) { return a->name < b->name; });
  const std::size_t count = std::min(page_size, ordered.size());
  std::string out = R"({"tools":[)";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    text::append_json(out, ordered[i]->entry);
  }
  out += ']';
  if (count < ordered.size()) {
    out += R"(,"nextCursor":)";
    const std::string place = std::string(kCursorPrefix) + ordered[count - 1]->name;
    text::append_json_string(out, text::to_base64url(place));
  }
  return out + "}";
}

crypto::Digest tools_digest(const std::vector<service::VisibleTool>& tools) {
  std::string all;
  for (const service::VisibleTool& tool : tools) {
    text::append_json(all, tool.entry);
    all += '\n';
  }
  return crypto::sha256(all);
}

}  // namespace ambit::doors::mcp
