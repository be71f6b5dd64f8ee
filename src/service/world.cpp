#include "service/internal/world.h"

namespace ambit::service {

std::shared_ptr<const domain::Identity> World::identity(const std::string& id) const {
  const auto it = identities.find(id);
  return it == identities.end() ? nullptr : it->second;
}

std::shared_ptr<const domain::Server> World::server(const std::string& id) const {
  const auto it = servers.find(id);
  return it == servers.end() ? nullptr : it->second;
}

const ToolEntry* World::tool(const std::string& full_name) const {
  const auto it = tools.find(full_name);
  return it == tools.end() ? nullptr : &it->second;
}

void World::put(domain::Identity value) {
  if (const auto old = identity(value.id)) {
    for (const auto& token : old->tokens) token_owner.erase(token.sha256);
  }
  for (const auto& token : value.tokens) token_owner[token.sha256] = value.id;
  const std::string id = value.id;
  identities[id] = std::make_shared<const domain::Identity>(std::move(value));
}

void World::put(domain::Server value) {
  const std::string id = value.id;
  servers[id] = std::make_shared<const domain::Server>(std::move(value));
}

void World::put(domain::Tool value) {
  ToolEntry entry;
  if (const text::Json* schema = domain::input_schema(value)) {
    if (auto compiled = text::JsonSchema::compile(*schema, text::JsonSchema::Root::kClosed)) {
      entry.schema = std::make_shared<const text::JsonSchema>(*std::move(compiled));
    } else {
      entry.schema_problem = compiled.error().message;
    }
  } else {
    entry.schema_problem = "the tool lists no `inputSchema`";
  }
  const std::string name = value.full_name();
  entry.tool = std::make_shared<const domain::Tool>(std::move(value));
  tools[name] = std::move(entry);
}

}  // namespace ambit::service
