// A schema with every name resolved: which entities there may be, what they are made of, and who
// may ask for what. Policies, requests and entities are checked against it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cedar/diagnostic.h"
#include "cedar/entities.h"
#include "cedar/policy.h"
#include "cedar/value.h"
#include "cedar_schema/schema_fragment.h"
#include "cedar_schema/schema_limits.h"
#include "text/json.h"

namespace ambit::cedar {

enum class ExtensionType { kDecimal, kIp, kDatetime, kDuration };

// `decimal`, `ipaddr`, `datetime`, `duration`
std::string_view name_of(ExtensionType type);

struct SchemaAttribute;

// The type of a value, resolved: full names, no common types. Immutable and cheap to copy; what two
// types have in common may be shared. Thread-safe.
class SchemaType {
 public:
  enum class Kind { kBool, kLong, kString, kSet, kRecord, kEntity, kExtension };

  static SchemaType boolean() { return SchemaType(Kind::kBool); }
  static SchemaType integer() { return SchemaType(Kind::kLong); }
  static SchemaType string() { return SchemaType(Kind::kString); }
  static SchemaType set(SchemaType element);
  static SchemaType record();  // the empty one
  // Precondition: each name once.
  static SchemaType record(std::vector<SchemaAttribute> attributes);
  // The full name of an entity type, `Ambit::Agent`; may be an action type, `Ambit::Action`.
  static SchemaType entity(std::string name);
  static SchemaType extension(ExtensionType type);

  Kind kind() const { return kind_; }

  // Precondition of each: the type is of that kind. References live as long as any copy of it.
  const SchemaType& element() const;                       // of a set
  const std::vector<SchemaAttribute>& attributes() const;  // of a record, sorted by name
  const std::string& entity_type() const;                  // of an entity
  ExtensionType extension_type() const { return extension_; }

  // The attribute of a record, or nullptr when it has none of that name. Precondition: a record.
  const SchemaAttribute* find(std::string_view name) const;

  // `{a?: Set<Ambit::Agent>, b: Long}`
  std::string to_text() const;

  // How many types this is made of, itself included; at most kMaxTypeParts in a schema. Its levels
  // are at most kMaxTypeDepth.
  std::size_t parts() const;

  friend bool operator==(const SchemaType& a, const SchemaType& b);

 private:
  struct Node;

  explicit SchemaType(Kind kind) : kind_(kind) {}

  Kind kind_;
  ExtensionType extension_ = ExtensionType::kDecimal;
  std::shared_ptr<const Node> node_;
};

struct SchemaAttribute {
  std::string name;
  SchemaType type;
  bool required = true;

  friend bool operator==(const SchemaAttribute&, const SchemaAttribute&) = default;
};

// One entity type. All names are full; all lists are sorted and without duplicates, but enum_ids,
// which are in the order written.
struct SchemaEntityType {
  std::string name;
  SchemaType attributes = SchemaType::record();  // a record
  std::optional<SchemaType> tags;                // none: its entities have no tags
  std::vector<std::string> enum_ids;             // not empty: only these ids exist
  std::vector<std::string> parents;              // `in [...]`
  std::vector<std::string> ancestors;    // parents, theirs, ...: itself too if there is a cycle
  std::vector<std::string> descendants;  // the types that have this one among their ancestors
  Annotations annotations;

  bool is_enum() const { return !enum_ids.empty(); }

  friend bool operator==(const SchemaEntityType&, const SchemaEntityType&) = default;
};

// One action. Lists are sorted and without duplicates.
struct SchemaAction {
  EntityUid uid;  // its type is `Action`, or `Namespace::Action`
  std::vector<EntityUid> parents;
  std::vector<EntityUid> ancestors;          // never itself: the hierarchy of actions has no cycles
  std::vector<EntityUid> descendants;        // the actions that have this one among their ancestors
  std::vector<std::string> principal_types;  // empty: it applies to nothing and is only a group
  std::vector<std::string> resource_types;
  SchemaType context = SchemaType::record();  // a record
  Annotations annotations;

  bool applies_to_principal(std::string_view type) const;
  bool applies_to_resource(std::string_view type) const;

  friend bool operator==(const SchemaAction&, const SchemaAction&) = default;
};

// Whether this is the type of actions: `Action` or `Any::Namespace::Action`.
bool is_action_type(std::string_view type);

// An immutable schema, cheap to copy. Thread-safe.
class Schema {
 public:
  Schema();  // declares nothing

  // Reads the human syntax. Errors have reason `cedar.schema` and say line, column, what was found
  // and what would be right.
  static Result<Schema> parse(std::string_view text);

  // Reads Cedar's JSON syntax. Error reasons `cedar.schema_json` (not of that form) and
  // `cedar.schema` (a rule of schemas is broken).
  static Result<Schema> from_json(const text::Json& json);

  // Makes one schema of what several texts declare; each may use the names of the others. Error
  // reason `cedar.schema`.
  static Result<Schema> resolve(const std::vector<SchemaFragment>& fragments);

  // Sorted by name, and by uid.
  const std::vector<SchemaEntityType>& entity_types() const { return data_->entity_types; }
  const std::vector<SchemaAction>& actions() const { return data_->actions; }

  // nullptr when there is none. Lives as long as any copy of this schema.
  const SchemaEntityType* find_entity_type(std::string_view full_name) const;
  const SchemaAction* find_action(const EntityUid& uid) const;

  // Whether some action has this type.
  bool has_action_type(std::string_view full_name) const;

  // Whether an entity of `type` can be below, or be, one of type `ancestor`; for entity types, and
  // for action types when some action of the one is below some action of the other.
  bool may_be_in(std::string_view type, std::string_view ancestor) const;

  // The actions as entities with their parents, which is how policies meet them.
  const Entities& action_entities() const { return data_->action_entities; }

  friend bool operator==(const Schema& a, const Schema& b) {
    return a.entity_types() == b.entity_types() && a.actions() == b.actions();
  }

 private:
  struct Data {
    std::vector<SchemaEntityType> entity_types;
    std::vector<SchemaAction> actions;
    std::vector<std::string> action_types;  // sorted
    Entities action_entities;
  };

  explicit Schema(Data data) : data_(std::make_shared<const Data>(std::move(data))) {}
  friend class SchemaResolver;

  std::shared_ptr<const Data> data_;
};

// Schema::parse for those who want the whole diagnostic (an editor, the command line).
tl::expected<Schema, Diagnostic> parse_schema(std::string_view text);

}  // namespace ambit::cedar
