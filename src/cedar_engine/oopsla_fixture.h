// For benchmarks: the three applications of the OOPSLA 2024 paper on Cedar (arXiv 2403.04651),
// their policies, and hierarchies and requests by chance as the paper describes them: `size`
// entities of each kind, any two that may be connected are so with probability 0.05.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "cedar/authorizer.h"

namespace ambit::cedar {

struct Application {
  const char* name;
  const char* policies;
};

// Documents and folders; views that users and groups were given; owners.
inline constexpr Application kGdrive{"gdrive", R"(
permit(principal, action == Action::"read", resource)
  when { resource in principal.documentsAndFoldersWithViewAccess };
permit(principal, action == Action::"read", resource) when { resource.isPublic };
permit(principal, action in [Action::"read", Action::"write", Action::"share"], resource)
  when { resource in principal.ownedDocuments || resource in principal.ownedFolders };
permit(principal, action == Action::"changeOwner", resource)
  when { principal.ownedDocuments.contains(resource) };
permit(principal, action == Action::"createDocument", resource)
  when { principal.ownedFolders.contains(resource) };
)"};

// Repositories with five permissions, organisations with three, teams within teams.
inline constexpr Application kGithub{"github", R"(
permit(principal, action == Action::"read", resource) when { principal in resource.readers };
permit(principal, action in Action::"triage", resource) when { principal in resource.triagers };
permit(principal, action in Action::"write", resource) when { principal in resource.writers };
permit(principal, action in Action::"maintain", resource) when { principal in resource.maintainers };
permit(principal, action in Action::"admin", resource) when { principal in resource.admins };
permit(principal, action == Action::"read", resource) when { principal in resource.owner.readers };
permit(principal, action in Action::"write", resource) when { principal in resource.owner.writers };
permit(principal, action in Action::"admin", resource) when { principal in resource.owner.admins };
)"};

// Lists with owners, and teams that may read or edit them.
inline constexpr Application kTinytodo{"tinytodo", R"(
permit(principal, action in [Action::"CreateList", Action::"GetLists"],
       resource == Application::"TinyTodo");
permit(principal, action, resource) when { resource is List && resource.owner == principal };
permit(principal, action == Action::"GetList", resource)
  when { principal in resource.readers || principal in resource.editors };
permit(principal,
       action in [Action::"UpdateList", Action::"CreateTask", Action::"UpdateTask",
                  Action::"DeleteTask"],
       resource) when { principal in resource.editors };
)"};

class OopslaWorld {
 public:
  OopslaWorld(std::uint64_t seed, std::size_t size) : random_(seed), size_(size) {}

  std::vector<Entity> entities(const Application& application) {
    if (application.name == kGdrive.name) return gdrive();
    if (application.name == kGithub.name) return github();
    return tinytodo();
  }

  Request request(const Application& application) {
    Request out;
    out.principal = numbered("User", "user_", any());
    if (application.name == kGdrive.name) {
      static constexpr const char* kActions[] = {"read", "write", "share", "changeOwner",
                                                 "createDocument"};
      const std::size_t action = any(5);
      out.action = {"Action", kActions[action]};
      out.resource =
          action == 4 ? numbered("Folder", "folder_", any()) : numbered("Document", "doc_", any());
    } else if (application.name == kGithub.name) {
      static constexpr const char* kActions[] = {"read", "triage", "write", "maintain", "admin"};
      out.action = {"Action", kActions[any(5)]};
      out.resource = numbered("Repository", "repo_", any());
    } else {
      static constexpr const char* kActions[] = {"CreateList", "GetLists",   "GetList",
                                                 "UpdateList", "DeleteList", "CreateTask",
                                                 "UpdateTask", "DeleteTask", "EditShares"};
      const std::size_t action = any(9);
      out.action = {"Action", kActions[action]};
      out.resource =
          action < 2 ? EntityUid{"Application", "TinyTodo"} : numbered("List", "list_", any());
    }
    return out;
  }

 private:
  std::size_t any(std::size_t n) { return random_() % n; }
  std::size_t any() { return any(size_); }
  bool connected() { return any(20) == 0; }

  static EntityUid numbered(const char* type, const std::string& name, std::size_t i) {
    return {type, name + std::to_string(i)};
  }

  // Of `count` numbered uids, those that are connected.
  void connect(const char* type, const std::string& name, std::size_t count,
               std::vector<EntityUid>& out) {
    for (std::size_t i = 0; i < count; ++i) {
      if (connected()) out.push_back(numbered(type, name, i));
    }
  }

  static Value entity_set(const std::vector<EntityUid>& uids) {
    std::vector<Value> out;
    for (const EntityUid& uid : uids) out.push_back(Value::entity(uid));
    return Value::set(std::move(out));
  }

  void views(std::vector<EntityUid>& parents) {
    connect("View", "User user_", size_, parents);
    connect("View", "Group group_", size_, parents);
  }

  std::vector<Entity> gdrive() {
    std::vector<Entity> out;
    std::vector<std::vector<EntityUid>> members(size_);
    for (std::size_t i = 0; i < size_; ++i) {
      Entity user{numbered("User", "user_", i)};
      const EntityUid view = numbered("View", "User user_", i);
      for (std::size_t group = 0; group < size_; ++group) {
        if (!connected()) continue;
        user.parents.push_back(numbered("Group", "group_", group));
        members[group].push_back(view);
      }
      std::vector<EntityUid> documents;
      std::vector<EntityUid> folders;
      connect("Document", "doc_", size_, documents);
      connect("Folder", "folder_", size_, folders);
      user.attributes = Value::record({{"documentsAndFoldersWithViewAccess", Value::entity(view)},
                                       {"ownedDocuments", entity_set(documents)},
                                       {"ownedFolders", entity_set(folders)}});
      out.push_back(std::move(user));
      out.push_back({view});
    }
    for (std::size_t i = 0; i < size_; ++i) {
      out.push_back({numbered("Group", "group_", i)});
      // What a group may see, each of its members may.
      out.push_back({numbered("View", "Group group_", i), Value::record(), members[i]});
    }
    for (std::size_t i = 0; i < size_; ++i) {
      Entity document{numbered("Document", "doc_", i)};
      document.attributes = Value::record({{"isPublic", Value::boolean(any(2) == 0)}});
      connect("Folder", "folder_", size_, document.parents);
      views(document.parents);
      out.push_back(std::move(document));
      Entity folder{numbered("Folder", "folder_", i)};
      connect("Folder", "folder_", i, folder.parents);  // only earlier ones: no cycles
      views(folder.parents);
      out.push_back(std::move(folder));
    }
    for (const char* action : {"read", "write", "share", "changeOwner", "createDocument"}) {
      out.push_back({{"Action", action}});
    }
    return out;
  }

  // An entity with one attribute for each of its permissions, and those.
  void with_permissions(const EntityUid& uid, const char* type, std::vector<Value::Field> fields,
                        std::initializer_list<const char*> names, std::vector<EntityUid> parents,
                        std::vector<Entity>& out) {
    for (const char* name : names) {
      const EntityUid permission{type, uid.id + "_" + name};
      fields.emplace_back(name, Value::entity(permission));
      out.push_back({permission});
    }
    out.push_back({uid, Value::record(std::move(fields)), std::move(parents)});
  }

  void repositories(std::vector<EntityUid>& parents) {
    static constexpr const char* kRoles[] = {"_readers", "_triagers", "_writers", "_maintainers",
                                             "_admins"};
    for (std::size_t i = 0; i < size_; ++i) {
      if (connected()) {
        parents.push_back({"RepoPermission", "repo_" + std::to_string(i) + kRoles[any(5)]});
      }
    }
  }

  void organisations(std::vector<EntityUid>& parents) {
    static constexpr const char* kRoles[] = {"_readers", "_writers", "_admins"};
    for (std::size_t i = 0; i < size_; ++i) {
      if (connected()) {
        parents.push_back({"OrgPermission", "org_" + std::to_string(i) + kRoles[any(3)]});
      }
    }
  }

  std::vector<Entity> github() {
    std::vector<Entity> out;
    for (std::size_t i = 0; i < size_; ++i) {
      std::vector<EntityUid> parents;
      organisations(parents);
      with_permissions(numbered("Organization", "org_", i), "OrgPermission", {},
                       {"readers", "writers", "admins"}, std::move(parents), out);
      with_permissions(numbered("Repository", "repo_", i), "RepoPermission",
                       {{"owner", Value::entity(numbered("Organization", "org_", any()))}},
                       {"readers", "triagers", "writers", "maintainers", "admins"}, {}, out);
      Entity team{numbered("Team", "team_", i)};
      connect("Team", "team_", i, team.parents);
      repositories(team.parents);
      out.push_back(std::move(team));
      Entity user{numbered("User", "user_", i)};
      repositories(user.parents);
      connect("Team", "team_", size_, user.parents);
      connect("Organization", "org_", size_, user.parents);
      organisations(user.parents);
      out.push_back(std::move(user));
    }
    const char* wider = nullptr;
    for (const char* action : {"admin", "maintain", "write", "triage", "read"}) {
      Entity entity{{"Action", action}};
      if (wider != nullptr) entity.parents.push_back({"Action", wider});
      out.push_back(std::move(entity));
      wider = action;
    }
    return out;
  }

  Value tasks() {
    std::vector<Value> out;
    for (std::size_t i = any(51); i > 0; --i) {
      out.push_back(
          Value::record({{"name", Value::string("task_" + std::to_string(any(1'000'000)))},
                         {"id", Value::integer(static_cast<std::int64_t>(any(1'000'000)))},
                         {"state", Value::string(any(2) == 0 ? "Checked" : "Unchecked")}}));
    }
    return Value::set(std::move(out));
  }

  std::vector<Entity> tinytodo() {
    const EntityUid application{"Application", "TinyTodo"};
    std::vector<Entity> out{{application}};
    for (std::size_t i = 0; i < size_; ++i) {
      Entity user{numbered("User", "user_", i), Value::record(), {application}};
      connect("Team", "team_", size_, user.parents);
      out.push_back(std::move(user));
      Entity team{numbered("Team", "team_", i), Value::record(), {application}};
      connect("Team", "team_", i, team.parents);
      out.push_back(std::move(team));
      const EntityUid list = numbered("List", "list_", i);
      out.push_back({list,
                     Value::record({{"name", Value::string(list.id)},
                                    {"owner", Value::entity(numbered("User", "user_", any()))},
                                    {"readers", Value::entity(numbered("Team", "team_", any()))},
                                    {"editors", Value::entity(numbered("Team", "team_", any()))},
                                    {"tasks", tasks()}}),
                     {application}});
    }
    for (const char* action : {"CreateList", "GetLists", "GetList", "UpdateList", "DeleteList",
                               "CreateTask", "UpdateTask", "DeleteTask", "EditShares"}) {
      out.push_back({{"Action", action}});
    }
    return out;
  }

  std::mt19937_64 random_;
  std::size_t size_;
};

}  // namespace ambit::cedar
