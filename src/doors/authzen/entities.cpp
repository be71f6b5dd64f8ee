#include "doors/authzen/internal/entities.h"

#include <utility>

#include "doors/authzen/internal/fields.h"

namespace ambit::doors::authzen {
namespace {

Result<> take_context(text::Json& context, Circumstances& out) {
  AMBIT_CHECK_OK(take_optional(context, "task", "context.task", out.task));
  AMBIT_CHECK_OK(take_optional(context, "instance", "context.instance", out.instance));
  AMBIT_CHECK_OK(take_optional(context, "intent", "context.intent", out.intent));
  return take_optional(context, "justification", "context.justification", out.justification);
}

}  // namespace

Result<Circumstances> take_circumstances(text::Json& request, text::Json& resource) {
  Circumstances out;
  AMBIT_TRY(text::Json * properties,
            read_optional_object(resource, "properties", "resource.properties"));
  AMBIT_TRY(text::Json * context, read_optional_object(request, "context", "context"));
  if (context != nullptr) AMBIT_CHECK_OK(take_context(*context, out));
  text::Json* in_context = context != nullptr ? context->find("arguments") : nullptr;
  text::Json* in_resource = properties != nullptr ? properties->find("arguments") : nullptr;
  if (in_context != nullptr && in_resource != nullptr) {
    return wrong("resource.properties.arguments",
                 "must not stand beside `context.arguments`; send the arguments once");
  }
  text::Json* found = in_context != nullptr ? in_context : in_resource;
  if (found == nullptr) return out;
  if (!found->is_object()) {
    return wrong(in_context != nullptr ? "context.arguments" : "resource.properties.arguments",
                 "must be an object");
  }
  out.arguments = std::move(*found);
  return out;
}

}  // namespace ambit::doors::authzen
