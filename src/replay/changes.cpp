#include "replay/changes.h"

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <vector>

#include "text/merge_patch.h"

namespace ambit::replay {
namespace {

using text::Json;

using Patches = std::map<std::string, Json>;

// The patch for one of the ids, and which one it is.
const Patches::value_type* find(const Patches& patches, std::initializer_list<std::string> ids) {
  for (const auto& id : ids) {
    if (const auto found = patches.find(id); found != patches.end()) return &*found;
  }
  return nullptr;
}

std::string text_of(const Json& document, const char* key) {
  return std::string(document.string_or(key, ""));
}

// What of a document decides and can be tried. Whom an agent belongs to or acts for, and which
// targets a call has, was looked up when it was decided, and is recorded as it was then.
struct Group {
  const char* name;
  Patches Changes::* patches;
  std::vector<std::string_view> members;
};

const std::vector<Group>& groups() {
  static const std::vector<Group> all = {
      {"agents",
       &Changes::agents,
       {"purpose", "autonomy", "tools", "data_domains", "outcomes", "decides", "limits",
        "retires_at", "runtime_digest"}},
      {"tools", &Changes::tools, {"class", "outcome", "tier", "data_domain", "labels"}},
      {"tasks", &Changes::tasks, {"goal", "scope", "budget", "deadline"}}};
  return all;
}

std::string listed(const std::vector<std::string_view>& names) {
  std::string out;
  for (const std::string_view name : names) {
    out += (out.empty() ? "`" : ", `") + std::string(name) + "`";
  }
  return out;
}

Result<> read_patches(const Json& json, const Group& group, Patches& out) {
  const auto bad = [](const std::string& what) {
    return fail(Code::kInvalid, "whatif.changes", what);
  };
  const std::string name = group.name;
  if (!json.is_object()) return bad("`" + name + "` maps ids to what changes");
  for (const auto& [id, patch] : json.as_object()) {
    if (!patch.is_object()) return bad("`" + name + "." + id + "` must be an object");
    for (const auto& [member, value] : patch.as_object()) {
      if (std::find(group.members.begin(), group.members.end(), member) == group.members.end()) {
        return bad("`" + name + "." + id + "." + member + "` cannot be tried; there are " +
                   listed(group.members));
      }
    }
    out.emplace(id, patch);
  }
  return {};
}

}  // namespace

Json Changes::applied(std::string_view kind, const Json& document,
                      std::set<std::string>& met) const {
  const Patches::value_type* patch = nullptr;
  std::string group;
  if (kind == "identity") {
    group = "agents";
    patch = find(agents, {text_of(document, "id")});
  } else if (kind == "tool") {
    group = "tools";
    patch = find(tools, {text_of(document, "server") + "/" + text_of(document, "name")});
  } else if (kind == "task") {
    group = "tasks";
    patch = find(tasks, {text_of(document, "id"), text_of(document, "agent")});
  }
  if (!patch) return document;
  met.insert(group + "." + patch->first);
  if (kind == "task") return text::merge_patch(document, patch->second);
  const char* const member = kind == "tool" ? "binding" : "agent";
  return text::merge_patch(document, Json::object({{member, patch->second}}));
}

std::set<std::string> Changes::names() const {
  std::set<std::string> out;
  for (const auto& [id, patch] : agents) out.insert("agents." + id);
  for (const auto& [id, patch] : tools) out.insert("tools." + id);
  for (const auto& [id, patch] : tasks) out.insert("tasks." + id);
  return out;
}

Result<Changes> changes_from_json(const Json& json) {
  Changes out;
  if (!json.is_object()) {
    return fail(Code::kInvalid, "whatif.changes", "changes are an object");
  }
  for (const auto& [name, patches] : json.as_object()) {
    const auto group = std::find_if(groups().begin(), groups().end(),
                                    [&](const Group& each) { return name == each.name; });
    if (group == groups().end()) {
      return fail(Code::kInvalid, "whatif.changes",
                  "`" + name + "` is not known; there are `agents`, `tools` and `tasks`");
    }
    AMBIT_CHECK_OK(read_patches(patches, *group, out.*(group->patches)));
  }
  return out;
}

}  // namespace ambit::replay
