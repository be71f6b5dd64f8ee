#include "cedar/entities.h"

#include "cedar/internal/entity_layer.h"
#include "cedar/json.h"

namespace ambit::cedar {
namespace {

tl::unexpected<Error> bad(std::string message) {
  return fail(Code::kInvalid, "cedar.entity_json", std::move(message));
}

// Says which entity an error is about.
tl::unexpected<Error> about(const EntityUid& uid, std::string_view part, Error error) {
  error.message = std::string(part) + " of entity `" + to_cedar_text(uid) + "`: " + error.message;
  return fail(std::move(error));
}

Result<Value> record_member(const EntityUid& uid, const text::Json& json, std::string_view name) {
  if (!json.is_object()) {
    return bad("`" + std::string(name) + "` of entity `" + to_cedar_text(uid) +
               "` is not an object");
  }
  auto record = record_from_json(json);
  if (!record) return about(uid, name, std::move(record).error());
  return record;
}

Result<Entity> entity_from_json(const text::Json& json) {
  if (!json.is_object()) return bad("an entity is not an object with `uid`, `attrs` and `parents`");
  const text::Json* uid = json.find("uid");
  const text::Json* attributes = json.find("attrs");
  const text::Json* parents = json.find("parents");
  const text::Json* tags = json.find("tags");
  if (uid == nullptr) return bad("an entity lacks `uid`");
  for (const auto& [name, member] : json.as_object()) {
    if (name != "uid" && name != "attrs" && name != "parents" && name != "tags") {
      return bad("an entity has `uid`, `attrs`, `parents` and `tags`, not `" + name + "`");
    }
  }
  Entity out;
  AMBIT_TRY(out.uid, uid_from_json(*uid));
  if (attributes == nullptr || parents == nullptr || !parents->is_array()) {
    return bad("entity `" + to_cedar_text(out.uid) +
               "` needs `attrs`, an object, and `parents`, an array");
  }
  AMBIT_TRY(out.attributes, record_member(out.uid, *attributes, "attrs"));
  for (const text::Json& parent : parents->as_array()) {
    auto parent_uid = uid_from_json(parent);
    if (!parent_uid) return about(out.uid, "parents", std::move(parent_uid).error());
    out.parents.push_back(*std::move(parent_uid));
  }
  if (tags != nullptr) {
    AMBIT_TRY(out.tags, record_member(out.uid, *tags, "tags"));
  }
  return out;
}

Result<text::Json> entity_to_json(const Entity& entity) {
  text::JsonArray parents;
  for (const EntityUid& parent : entity.parents) parents.push_back(uid_to_json(parent));
  AMBIT_TRY(text::Json attributes, record_to_json(entity.attributes));
  AMBIT_TRY(text::Json tags, record_to_json(entity.tags));
  text::Json out = text::Json::object({{"uid", uid_to_json(entity.uid)},
                                       {"attrs", std::move(attributes)},
                                       {"parents", std::move(parents)}});
  if (!entity.tags.as_record().empty()) out.set("tags", std::move(tags));
  return out;
}

}  // namespace

Entities::Entities() : top_(std::make_shared<const EntityLayer>()) {}

Result<Entities> Entities::make(std::vector<Entity> entities) {
  AMBIT_TRY(auto layer, EntityLayer::make(nullptr, std::move(entities)));
  return Entities(std::move(layer));
}

Result<Entities> Entities::overlay(const Entities& base, std::vector<Entity> entities) {
  AMBIT_TRY(auto layer, EntityLayer::make(base.top_, std::move(entities)));
  return Entities(std::move(layer));
}

Result<Entities> Entities::from_json(const text::Json& array) {
  if (!array.is_array()) return bad("the entities are not an array");
  std::vector<Entity> entities;
  entities.reserve(array.as_array().size());
  for (const text::Json& json : array.as_array()) {
    AMBIT_TRY(Entity entity, entity_from_json(json));
    entities.push_back(std::move(entity));
  }
  return make(std::move(entities));
}

Result<text::Json> Entities::to_json() const {
  text::JsonArray out;
  for (const EntityLayer* layer = top_.get(); layer != nullptr; layer = layer->base()) {
    for (const StoredEntity& stored : layer->own()) {
      AMBIT_TRY(text::Json json, entity_to_json(stored.entity()));
      out.push_back(std::move(json));
    }
  }
  return text::Json(std::move(out));
}

const StoredEntity* Entities::find(const EntityUid& uid) const { return top_->find(uid); }

std::size_t Entities::size() const {
  std::size_t size = 0;
  for (const EntityLayer* layer = top_.get(); layer != nullptr; layer = layer->base()) {
    size += layer->own().size();
  }
  return size;
}

}  // namespace ambit::cedar
