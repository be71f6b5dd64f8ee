#include "ports/store.h"

#include <algorithm>
#include <array>

#include "text/json.h"

namespace ambit::ports {
namespace {

constexpr std::array<std::string_view, 6> kKinds{"identity", "server", "tool",
                                                 "task",     "policy", "setting"};

bool matches(const Document& document, const TaskFilter& filter) {
  const auto json = text::parse_json(document.json, {16u << 20, 64});
  const auto is = [&](std::string_view member, const std::string& wanted) {
    return wanted.empty() || json->string_or(member, "") == wanted;
  };
  return json && is("state", filter.state) && is("root", filter.root) && is("agent", filter.agent);
}

}  // namespace

std::string_view name_of(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

Result<Kind> kind_of(std::string_view name) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == name) return static_cast<Kind>(i);
  }
  return fail(Code::kInvalid, "store.kind",
              "`" + std::string(name.substr(0, 40)) + "` is not a kind of document");
}

Result<std::optional<StoredKey>> KeyReader::any_key() const {
  AMBIT_TRY(auto all, keys());
  const auto held =
      std::find_if(all.begin(), all.end(), [](const StoredKey& key) { return !key.destroyed(); });
  if (held == all.end()) return std::optional<StoredKey>();
  return std::optional<StoredKey>(std::move(*held));
}

Result<std::vector<Document>> Store::tasks(const TaskFilter& filter, std::size_t limit) const {
  AMBIT_TRY(std::vector<Document> all, list(Kind::kTask));
  std::reverse(all.begin(), all.end());
  std::erase_if(all, [&](const Document& document) { return !matches(document, filter); });
  if (all.size() > limit) all.resize(limit);
  return all;
}

}  // namespace ambit::ports
