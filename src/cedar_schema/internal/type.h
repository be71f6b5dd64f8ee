// The types that checking a policy gives its expressions: those of the schema, and what only an
// expression can be: always true, one of several entity types, a record that may have more.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "cedar_schema/schema.h"
#include "cedar_schema/validator.h"

namespace ambit::cedar {

struct TypeAttribute;

// Immutable and cheap to copy.
class Type {
 public:
  enum class Kind : std::uint8_t {
    kNever,  // no value at all; the elements of `[]`
    kTrue,
    kFalse,
    kBool,
    kLong,
    kString,
    kEntity,  // of one of some types
    kSet,
    kRecord,
    kExtension
  };

  static Type never() { return Type(Kind::kNever); }
  static Type boolean() { return Type(Kind::kBool); }
  static Type boolean(bool value) { return Type(value ? Kind::kTrue : Kind::kFalse); }
  static Type integer() { return Type(Kind::kLong); }
  static Type string() { return Type(Kind::kString); }
  static Type extension(ExtensionType type);
  // Precondition: at least one name; sorted, each once.
  static Type entities(std::vector<std::string> names);
  static Type entity(std::string name);
  static Type set(Type element);
  // Precondition: sorted by name, each once. `open`: values may have attributes that are not
  // listed.
  static Type record(std::vector<TypeAttribute> attributes, bool open = false);
  static Type of(const SchemaType& type);

  Kind kind() const { return kind_; }
  bool is_boolean() const {
    return kind_ == Kind::kTrue || kind_ == Kind::kFalse || kind_ == Kind::kBool;
  }

  // Precondition of each: the type is of that kind.
  ExtensionType extension_type() const { return extension_; }
  const std::vector<std::string>& entity_types() const;
  const Type& element() const;
  const std::vector<TypeAttribute>& attributes() const;
  bool is_open() const;
  const TypeAttribute* find(std::string_view name) const;

  // As in a schema; `true` and `false` for what is always that, `A | B` for one of several types,
  // `{a: Long, ..}` for a record that may have more.
  std::string to_text() const;

  // Whether both were copied from one, so that they need not be compared.
  bool is_copy_of(const Type& other) const {
    return node_ != nullptr && node_ == other.node_ && kind_ == other.kind_;
  }

  friend bool operator==(const Type& a, const Type& b);

 private:
  struct Node;

  explicit Type(Kind kind) : kind_(kind) {}
  Type(Kind kind, Node node);

  Kind kind_;
  ExtensionType extension_ = ExtensionType::kDecimal;
  std::shared_ptr<const Node> node_;
};

struct TypeAttribute {
  std::string name;
  Type type;
  bool required = true;

  friend bool operator==(const TypeAttribute&, const TypeAttribute&) = default;
};

// Why two types have nothing in common.
enum class Incompatibility {
  kDifferent,         // Long and String
  kOptionality,       // an attribute required in one and optional in the other
  kOtherAttributes,   // records of different attributes
  kOtherEntityTypes,  // entities of different types
  kEntityAndRecord
};

// Whether every value of `a` is one of `b`. Strictly, records must have the same attributes and
// entities the same types.
bool is_subtype(const Type& a, const Type& b, ValidationMode mode);

// The least type of which both are subtypes.
tl::expected<Type, Incompatibility> common_type(const Type& a, const Type& b, ValidationMode mode);

// Whether no value can be of both; false where that is not certain.
bool are_disjoint(const Type& a, const Type& b);

}  // namespace ambit::cedar
