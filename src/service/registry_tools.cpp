#include <algorithm>
#include <set>

#include "domain/fields.h"
#include "service/internal/context.h"
#include "service/internal/evidence.h"
#include "service/internal/situation.h"
#include "service/registry.h"
#include "text/base64url.h"

namespace ambit::service {
namespace {

using domain::Role;
using domain::Server;
using domain::Tool;
using domain::ToolState;
using text::Json;

constexpr std::size_t kMaxTools = 1000;
constexpr std::size_t kMaxEntryBytes = 256 * 1024;

Result<> may_read(const Caller& caller) {
  return require_role(caller, {Role::kOperator, Role::kAuditor, Role::kSecurity, Role::kApprover});
}

std::string manifest_digest(const ports::Upstream::Listing& listing) {
  return crypto::to_string(crypto::sha256(text::to_canonical_json(Json::object(
      {{"instructions", listing.instructions}, {"executable", listing.executable_digest}}))));
}

// The tools of a listing by name; refuses what could not be told apart or stored.
Result<std::map<std::string, Json>> by_name(const ports::Upstream::Listing& listing) {
  std::map<std::string, Json> out;
  if (listing.tools.size() > kMaxTools) {
    return fail(Code::kExhausted, "server.too_many_tools",
                "the server lists more than " + std::to_string(kMaxTools) + " tools");
  }
  for (const auto& entry : listing.tools) {
    const std::string name(entry.string_or("name", ""));
    AMBIT_CHECK_OK(domain::check_name(name, "tool name"));
    if (text::to_json(entry).size() > kMaxEntryBytes) {
      return fail(Code::kExhausted, "tool.too_large",
                  "the entry of tool `" + name + "` is too large");
    }
    if (!out.emplace(name, entry).second) {
      return fail(Code::kInvalid, "tool.duplicate", "the server lists tool `" + name + "` twice");
    }
  }
  return out;
}

Json published(const World& world, const Tool& tool) {
  Json out = domain::to_json(tool);
  out.set("full_name", tool.full_name());
  out.set("revision", static_cast<std::int64_t>(tool.revision));
  text::JsonArray lacks;
  if (!tool.binding) lacks.emplace_back("binding");
  if (tool.state != ToolState::kApproved) lacks.emplace_back("approval");
  if (const ToolEntry* entry = world.tool(tool.full_name()); entry && !entry->schema) {
    lacks.emplace_back("schema: " + entry->schema_problem);
  }
  out.set("lacks", Json(std::move(lacks)));
  if (tool.binding) {
    out.set("class", domain::name_of(tool.binding->effect.action_class));
    out.set("tier", domain::name_of(domain::tier_of(tool, tool.binding->effect)));
  }
  return out;
}

// What a listing makes of a tool that is known or new; nothing when nothing changes.
struct Changed {
  Tool tool;
  std::string what;  // `imported`, `changed`, `vanished`, `restored`
};

std::optional<Changed> compare(const Tool* known, const std::string& server,
                               const std::string& name, const Json* entry,
                               const std::string& manifest, Time now) {
  const std::string digest = entry ? domain::tool_digest(*entry, manifest) : std::string();
  if (!known) {
    if (!entry) return std::nullopt;
    Tool tool;
    tool.server = server;
    tool.name = name;
    tool.entry = *entry;
    tool.digest = tool.listed_digest = digest;
    tool.updated_at = now;
    return Changed{std::move(tool), "imported"};
  }
  if (known->listed_digest == digest) return std::nullopt;
  Tool tool = *known;
  tool.listed_digest = digest;
  tool.updated_at = now;
  if (!entry) {
    tool.state = ToolState::kGone;
    return Changed{std::move(tool), "vanished"};
  }
  if (digest == known->digest && known->approved_at) {
    tool.state = ToolState::kApproved;
    return Changed{std::move(tool), "restored"};
  }
  if (known->approved_at) {
    tool.state = ToolState::kFrozen;  // keeps what was approved, to show the difference
    return Changed{std::move(tool), "changed"};
  }
  tool.state = ToolState::kQuarantined;
  tool.entry = *entry;
  tool.digest = digest;
  return Changed{std::move(tool), "changed"};
}

std::vector<Changed> differences(const World& world, const std::string& server,
                                 const std::map<std::string, Json>& listed,
                                 const std::string& manifest, Time now) {
  std::vector<Changed> out;
  std::set<std::string> names;
  for (const auto& [name, entry] : listed) names.insert(name);
  for (const auto& [full_name, entry] : world.tools) {
    if (entry.tool->server == server) names.insert(entry.tool->name);
  }
  for (const auto& name : names) {
    const ToolEntry* known = world.tool(server + "/" + name);
    const auto entry = listed.find(name);
    auto changed = compare(known ? known->tool.get() : nullptr, server, name,
                           entry == listed.end() ? nullptr : &entry->second, manifest, now);
    if (changed) out.push_back(*std::move(changed));
  }
  return out;
}

Json summary(const std::vector<Changed>& changes) {
  text::JsonArray out;
  for (const auto& change : changes) {
    out.push_back(
        Json::object({{"tool", change.tool.full_name()},
                      {"what", change.what},
                      {"state", domain::name_of(change.tool.state)},
                      {"listed_digest", change.tool.listed_digest},
                      {"document", text::to_base64url(change.tool.record_digest.view())}}));
  }
  return Json(std::move(out));
}

Result<> set_bindings(std::vector<Changed>& changes, const World& world, const std::string& server,
                      const std::map<std::string, Json>& listed, const Json& bindings, Time now) {
  if (bindings.is_null()) return {};
  if (!bindings.is_object()) {
    return fail(Code::kInvalid, "tool.binding", "`bindings` must be an object by tool name");
  }
  for (const auto& [name, json] : bindings.as_object()) {
    if (!listed.contains(name)) {
      return fail(Code::kInvalid, "tool.unknown",
                  "`bindings." + name + "` is for a tool that the server does not list");
    }
    AMBIT_TRY(domain::Binding binding, domain::binding_from_json(json, "bindings." + name));
    auto change = std::find_if(changes.begin(), changes.end(),
                               [&](const Changed& item) { return item.tool.name == name; });
    if (change == changes.end()) {
      const ToolEntry* known = world.tool(server + "/" + name);
      if (known->tool->binding &&
          domain::to_json(*known->tool->binding) == domain::to_json(binding)) {
        continue;
      }
      changes.push_back({*known->tool, "rebound"});
      change = std::prev(changes.end());
      change->tool.updated_at = now;
      // A new binding is a new reading of the tool: it must be approved again.
      change->tool.state = ToolState::kQuarantined;
      change->tool.approved_at.reset();
    }
    change->tool.binding = std::move(binding);
  }
  return {};
}

void commit_tools(Context& context, Commit change, std::vector<Changed> changes,
                  std::shared_ptr<Server> server, Answer done) {
  for (auto& item : changes) {
    domain::seal(item.tool);
    change.writes.push_back(write_of(item.tool));
  }
  change.evidence.set("tools", summary(changes));
  auto shared = std::make_shared<std::vector<Changed>>(std::move(changes));
  commit(
      context, std::move(change),
      [&context, shared, server](std::uint64_t revision) {
        if (server) {
          server->revision = revision;
          context.world.put(*server);
          record_document(context, "server", server->digest,
                          [&] { return domain::to_json(*server); });
        }
        for (auto& item : *shared) {
          item.tool.revision = revision;
          context.world.put(item.tool);
          record_document(context, "tool", item.tool.record_digest,
                          [&] { return domain::to_json(item.tool); });
        }
        ++context.world.epoch;
        context.tell_subscribers({}, false);
      },
      [&context, shared, done = std::move(done)](Result<std::uint64_t> revision) {
        if (!done) return;
        if (!revision) return done(fail(revision.error()));
        text::JsonArray items;
        for (const auto& item : *shared) items.push_back(published(context.world, item.tool));
        done(Json::object({{"items", Json(std::move(items))}}));
      });
}

void take_listing(Context& context, const Caller& caller, Server server, const Json& bindings,
                  const ports::Upstream::Listing& listing, Answer done) {
  auto listed = by_name(listing);
  if (!listed) return done(fail(listed.error()));
  const std::string manifest = manifest_digest(listing);
  auto changes = differences(context.world, server.id, *listed, manifest, context.now());
  if (auto bound =
          set_bindings(changes, context.world, server.id, *listed, bindings, context.now());
      !bound) {
    return done(fail(bound.error()));
  }
  const auto known = context.world.server(server.id);
  server.revision = known ? known->revision : 0;
  server.created_at = known ? known->created_at : context.now();
  server.updated_at = context.now();
  server.manifest_digest = manifest;
  server.instructions = listing.instructions;
  domain::seal(server);
  Commit change;
  change.actor = caller.identity;
  change.kind = "server.imported";
  change.writes.push_back(write_of(server));
  change.evidence = Json::object({{"server", server.id},
                                  {"digest", crypto::to_string(server.digest)},
                                  {"manifest_digest", manifest}});
  auto shared = std::make_shared<Server>(std::move(server));
  commit_tools(context, std::move(change), std::move(changes), shared,
               [&context, shared, done](Result<Json> stored) {
                 if (!stored) return done(fail(stored.error()));
                 text::JsonArray tools;
                 for (const auto& [name, entry] : context.world.tools) {
                   if (entry.tool->server == shared->id) {
                     tools.push_back(published(context.world, *entry.tool));
                   }
                 }
                 done(Json::object(
                     {{"server", domain::to_json(*shared)}, {"tools", Json(std::move(tools))}}));
               });
}

}  // namespace

void Registry::import_server(const Caller& caller, const Json& server_spec, const Json& bindings,
                             Answer done) {
  if (auto allowed = require_role(caller, {Role::kSecurity}); !allowed) {
    return done(fail(allowed.error()));
  }
  auto server = domain::server_from_spec(server_spec, "server");
  if (!server) return done(fail(server.error()));
  auto spec = std::make_shared<Server>(*std::move(server));
  context_.ports.upstream->list_tools(*spec, [&context = context_, caller, spec, bindings,
                                              done](Result<ports::Upstream::Listing> listing) {
    if (!listing) return done(fail(listing.error()));
    take_listing(context, caller, *spec, bindings, *listing, done);
  });
}

void Registry::approve_tools(const Caller& caller, const std::string& server,
                             const std::vector<std::string>& tools, const Json& digests,
                             Answer done) {
  if (auto allowed = require_role(caller, {Role::kSecurity}); !allowed) {
    return done(fail(allowed.error()));
  }
  const auto known = context_.world.server(server);
  if (!known) {
    return done(fail(Code::kNotFound, "server.unknown",
                     "there is no server `" + server.substr(0, 60) + "`"));
  }
  // What is approved is what the server lists at this moment, not what it listed at some import.
  context_.ports.upstream->list_tools(*known, [&context = context_, caller, known, tools, digests,
                                               done](Result<ports::Upstream::Listing> listing) {
    if (!listing) return done(fail(listing.error()));
    auto listed = by_name(*listing);
    if (!listed) return done(fail(listed.error()));
    const std::string manifest = manifest_digest(*listing);
    std::vector<Changed> changes;
    Commit change;
    change.actor = caller.identity;
    change.kind = "tools.approved";
    for (const auto& [name, entry] : *listed) {
      const bool asked = std::find(tools.begin(), tools.end(), name) != tools.end();
      const ToolEntry* tool = context.world.tool(known->id + "/" + name);
      if (!tool || (tools.empty() ? !tool->tool->binding : !asked)) continue;
      if (!tool->tool->binding) {
        return done(fail(Code::kInvalid, "tool.binding",
                         "tool `" + name +
                             "` has no binding: say on import what its arguments "
                             "point at"));
      }
      const std::string digest = domain::tool_digest(entry, manifest);
      const auto expected = digests.string_or(name, digest);
      if (expected != digest) {
        return done(fail(Code::kConflict, "tool.changed",
                         "tool `" + name +
                             "` is not what was reviewed: the server lists it "
                             "differently now"));
      }
      Tool approved = *tool->tool;
      approved.entry = entry;
      approved.digest = approved.listed_digest = digest;
      approved.state = ToolState::kApproved;
      approved.approved_by = caller.identity;
      approved.approved_at = approved.updated_at = context.now();
      changes.push_back({std::move(approved), "approved"});
    }
    for (const auto& name : tools) {
      if (!listed->contains(name)) {
        return done(fail(Code::kNotFound, "tool.unknown",
                         "server `" + known->id + "` does not list a tool `" + name + "`"));
      }
    }
    if (changes.empty()) {
      return done(fail(Code::kInvalid, "tool.binding",
                       "no tool of server `" + known->id + "` has a binding to approve"));
    }
    auto server_now = std::make_shared<Server>(*known);
    server_now->manifest_digest = manifest;
    server_now->instructions = listing->instructions;
    server_now->updated_at = context.now();
    domain::seal(*server_now);
    change.writes.push_back(write_of(*server_now));
    change.evidence = Json::object({{"server", known->id}});
    commit_tools(context, std::move(change), std::move(changes), server_now, done);
  });
}

void Registry::observe_listing(const std::string& server, const ports::Upstream::Listing& listing) {
  auto listed = by_name(listing);
  // A listing that cannot be read is a listing of nothing: every tool of the server freezes.
  const std::map<std::string, Json> entries = listed ? *listed : std::map<std::string, Json>();
  auto changes =
      differences(context_.world, server, entries, manifest_digest(listing), context_.now());
  // New tools wait for an import by security; only what was known can change here.
  std::erase_if(changes, [](const Changed& change) { return change.what == "imported"; });
  if (changes.empty()) return;
  for (auto& change : changes) {
    domain::seal(change.tool);
    context_.world.put(change.tool);  // at once, before anything is written
  }
  ++context_.world.epoch;
  context_.tell_subscribers({}, false);
  Commit change;
  change.actor = "ambit";
  change.kind = "tools.changed";
  change.reduces_authority = true;
  change.evidence = Json::object({{"server", server}});
  commit_tools(context_, std::move(change), std::move(changes), nullptr,
               [this, server, listing](const Result<Json>& stored) {
                 // An approval of what was listed before came first: compared with that again.
                 if (!stored && stored.error().reason == "store.conflict") {
                   observe_listing(server, listing);
                 }
               });
}

Result<Json> Registry::list_servers(const Caller& caller) const {
  AMBIT_CHECK_OK(may_read(caller));
  text::JsonArray items;
  for (const auto& [id, server] : context_.world.servers) items.push_back(domain::to_json(*server));
  return Json::object({{"items", Json(std::move(items))}});
}

Result<Json> Registry::list_tools(const Caller& caller, const std::string& server) const {
  AMBIT_CHECK_OK(may_read(caller));
  if (!server.empty() && !context_.world.server(server)) {
    return fail(Code::kNotFound, "server.unknown",
                "there is no server `" + server.substr(0, 60) + "`");
  }
  text::JsonArray items;
  for (const auto& [name, entry] : context_.world.tools) {
    if (server.empty() || entry.tool->server == server) {
      items.push_back(published(context_.world, *entry.tool));
    }
  }
  return Json::object({{"items", Json(std::move(items))}});
}

Result<Json> Registry::show_tool(const Caller& caller, const std::string& server,
                                 const std::string& tool) const {
  AMBIT_CHECK_OK(may_read(caller));
  const ToolEntry* entry = context_.world.tool(server + "/" + tool);
  if (!entry) {
    return fail(Code::kNotFound, "tool.unknown",
                "there is no tool `" + server.substr(0, 60) + "/" + tool.substr(0, 60) + "`");
  }
  return published(context_.world, *entry->tool);
}

}  // namespace ambit::service
