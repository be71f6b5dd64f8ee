#include <algorithm>

#include "cedar/syntax.h"
#include "cedar_schema/schema.h"

namespace ambit::cedar {

// INVARIANT: what its kind needs is there; attributes are sorted by name, each once.
struct SchemaType::Node {
  std::string entity_type;
  std::vector<SchemaAttribute> attributes;
  std::vector<SchemaType> element;  // one, of a set
  std::size_t parts = 1;            // stays at the limit once it is past it
};

namespace {

void add_parts(std::size_t& total, const SchemaType& part) {
  total = std::min(total + part.parts(), kMaxTypeParts + 1);
}

void append_text(std::string& out, const SchemaType& type);

void append_record(std::string& out, const SchemaType& type) {
  out += "{";
  for (const SchemaAttribute& attribute : type.attributes()) {
    if (out.back() != '{') out += ", ";
    if (is_identifier(attribute.name)) {
      out += attribute.name;
    } else {
      append_quoted(out, attribute.name);
    }
    out += attribute.required ? ": " : "?: ";
    append_text(out, attribute.type);
  }
  out += "}";
}

void append_text(std::string& out, const SchemaType& type) {
  switch (type.kind()) {
    case SchemaType::Kind::kBool: out += "Bool"; return;
    case SchemaType::Kind::kLong: out += "Long"; return;
    case SchemaType::Kind::kString: out += "String"; return;
    case SchemaType::Kind::kEntity: out += type.entity_type(); return;
    case SchemaType::Kind::kExtension: out += name_of(type.extension_type()); return;
    case SchemaType::Kind::kRecord: append_record(out, type); return;
    case SchemaType::Kind::kSet:
      out += "Set<";
      append_text(out, type.element());
      out += ">";
  }
}

}  // namespace

std::string_view name_of(ExtensionType type) {
  switch (type) {
    case ExtensionType::kDecimal: return "decimal";
    case ExtensionType::kIp: return "ipaddr";
    case ExtensionType::kDatetime: return "datetime";
    case ExtensionType::kDuration: return "duration";
  }
  return "";
}

SchemaType SchemaType::set(SchemaType element) {
  SchemaType out(Kind::kSet);
  Node node;
  add_parts(node.parts, element);
  node.element.push_back(std::move(element));
  out.node_ = std::make_shared<const Node>(std::move(node));
  return out;
}

SchemaType SchemaType::record() { return record(std::vector<SchemaAttribute>()); }

SchemaType SchemaType::record(std::vector<SchemaAttribute> attributes) {
  SchemaType out(Kind::kRecord);
  Node node;
  for (const SchemaAttribute& attribute : attributes) add_parts(node.parts, attribute.type);
  std::sort(attributes.begin(), attributes.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  node.attributes = std::move(attributes);
  out.node_ = std::make_shared<const Node>(std::move(node));
  return out;
}

SchemaType SchemaType::entity(std::string name) {
  SchemaType out(Kind::kEntity);
  Node node;
  node.entity_type = std::move(name);
  out.node_ = std::make_shared<const Node>(std::move(node));
  return out;
}

SchemaType SchemaType::extension(ExtensionType type) {
  SchemaType out(Kind::kExtension);
  out.extension_ = type;
  return out;
}

const SchemaType& SchemaType::element() const { return node_->element.front(); }

const std::vector<SchemaAttribute>& SchemaType::attributes() const { return node_->attributes; }

const std::string& SchemaType::entity_type() const { return node_->entity_type; }

const SchemaAttribute* SchemaType::find(std::string_view name) const {
  const auto& list = node_->attributes;
  const auto at =
      std::lower_bound(list.begin(), list.end(), name,
                       [](const SchemaAttribute& a, std::string_view n) { return a.name < n; });
  return at != list.end() && at->name == name ? &*at : nullptr;
}

std::string SchemaType::to_text() const {
  std::string out;
  append_text(out, *this);
  return out;
}

std::size_t SchemaType::parts() const { return node_ == nullptr ? 1 : node_->parts; }

bool operator==(const SchemaType& a, const SchemaType& b) {
  if (a.kind_ != b.kind_ || a.extension_ != b.extension_) return false;
  if (a.node_ == b.node_) return true;
  return a.node_->entity_type == b.node_->entity_type && a.node_->element == b.node_->element &&
         a.node_->attributes == b.node_->attributes;
}

}  // namespace ambit::cedar
