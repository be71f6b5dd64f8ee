// Types: common types are replaced by what they stand for.
#include <algorithm>
#include <utility>

#include "cedar_schema/internal/schema_resolver.h"
#include "cedar_schema/schema_limits.h"

namespace ambit::cedar {
namespace {

using Kind = TypeExpression::Kind;

tl::unexpected<SchemaProblem> too_deep(SourceSpan span) {
  return problem(span, "this type is nested more than " + std::to_string(kMaxTypeDepth) +
                           " levels deep, common types included");
}

tl::unexpected<SchemaProblem> too_large(SourceSpan span) {
  return problem(span, "this type is made of more than " + std::to_string(kMaxTypeParts) +
                           " types, common types included");
}

NameUse use_of(Kind kind) {
  if (kind == Kind::kEntity) return NameUse::kEntity;
  return kind == Kind::kCommon ? NameUse::kCommon : NameUse::kEither;
}

}  // namespace

tl::expected<SchemaResolver::Resolved, SchemaProblem> SchemaResolver::type(
    const TypeExpression& written, std::string_view space, std::size_t level) {
  if (level > kMaxTypeDepth) return too_deep(written.span);
  switch (written.kind) {
    case Kind::kBool: return Resolved{SchemaType::boolean()};
    case Kind::kLong: return Resolved{SchemaType::integer()};
    case Kind::kString: return Resolved{SchemaType::string()};
    case Kind::kRecord: return record(written, space, level);
    case Kind::kSet: {
      auto element = type(written.element.front(), space, level + 1);
      if (!element) return element;
      Resolved out{SchemaType::set(std::move(element->type)), element->levels + 1};
      if (out.type.parts() > kMaxTypeParts) return too_large(written.span);
      return out;
    }
    case Kind::kExtension: {
      auto builtin = builtin_type(written.name);
      if (builtin && builtin->kind() == SchemaType::Kind::kExtension) return Resolved{*builtin};
      return problem(written.span, "`" + written.name + "` is not an extension type",
                     "these are: `decimal`, `ipaddr`, `datetime`, `duration`");
    }
    case Kind::kEntity:
    case Kind::kCommon:
    case Kind::kEntityOrCommon: break;
  }
  return named(written, space, level);
}

tl::expected<SchemaResolver::Resolved, SchemaProblem> SchemaResolver::record(
    const TypeExpression& written, std::string_view space, std::size_t level) {
  std::vector<SchemaAttribute> attributes;
  attributes.reserve(written.attributes.size());
  std::size_t levels = 0;
  for (const AttributeDeclaration& attribute : written.attributes) {
    auto resolved = type(attribute.type, space, level + 1);
    if (!resolved) return resolved;
    levels = std::max(levels, resolved->levels);
    attributes.push_back({attribute.name, std::move(resolved->type), attribute.required});
  }
  Resolved out{SchemaType::record(std::move(attributes)), levels + 1};
  if (out.type.parts() > kMaxTypeParts) return too_large(written.span);
  return out;
}

tl::expected<SchemaResolver::Resolved, SchemaProblem> SchemaResolver::named(
    const TypeExpression& written, std::string_view space, std::size_t level) {
  const NameUse use = use_of(written.kind);
  auto meaning = names_.meaning(space, written.name, use);
  if (!meaning) {
    return tl::unexpected<SchemaProblem>(
        names_.undeclared(space, {written.name, written.span}, use));
  }
  switch (meaning->kind) {
    case Meaning::Kind::kBuiltin: return Resolved{*builtin_type(meaning->name)};
    case Meaning::Kind::kEntity: return Resolved{SchemaType::entity(std::move(meaning->name))};
    case Meaning::Kind::kCommon: break;
  }
  auto out = common_type(meaning->name, written.span, level);
  if (out) ++out->levels;
  return out;
}

tl::expected<SchemaResolver::Resolved, SchemaProblem> SchemaResolver::common_type(
    const std::string& name, SourceSpan span, std::size_t level) {
  if (const auto known = common_types_.find(name); known != common_types_.end()) {
    if (level + known->second.levels > kMaxTypeDepth) return too_deep(span);
    return known->second;
  }
  const auto begin = std::find(in_progress_.begin(), in_progress_.end(), name);
  if (begin != in_progress_.end()) {
    std::string cycle;
    for (auto at = begin; at != in_progress_.end(); ++at) cycle += "`" + *at + "` uses ";
    return problem(span, "the common type `" + name + "` is made of itself",
                   cycle + "`" + name + "`");
  }
  const auto& declared = names_.common_types().at(name);
  in_progress_.push_back(name);
  auto out = type(declared.declaration->type, declared.space, level + 1);
  in_progress_.pop_back();
  if (!out) {
    if (out.error().where.empty()) out.error().where = "common type `" + name + "`";
    return out;
  }
  common_types_.emplace(name, *out);
  return out;
}

}  // namespace ambit::cedar
