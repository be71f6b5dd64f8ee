#include <algorithm>
#include <string>
#include <vector>

#include "cedar/format.h"
#include "cedar/json.h"
#include "cedar/policy_json.h"
#include "oracle_questions.h"

namespace oracle {

using ambit::cedar::Entities;
using ambit::cedar::EntityUid;
using ambit::cedar::Policy;
using ambit::cedar::PolicySet;
using ambit::cedar::Request;
using ambit::cedar::Template;
using ambit::cedar::TemplateLink;

namespace {

Result<Policy> read_policy(const Json& json, const std::string& id) {
  if (!json.is_string()) return ambit::cedar::policy_from_json(json, id);
  AMBIT_TRY(const PolicySet set, PolicySet::parse(json.as_string()));
  if (set.policies().size() != 1 || !set.templates().empty()) return bad("not one policy");
  Policy out = set.policies().front();
  out.id = id;
  return out;
}

Result<Template> read_template(const Json& json, const std::string& id) {
  if (!json.is_string()) return ambit::cedar::template_from_json(json, id);
  AMBIT_TRY(const PolicySet set, PolicySet::parse(json.as_string()));
  if (set.templates().size() != 1 || !set.policies().empty()) return bad("not one template");
  Template out = set.templates().front();
  out.body.id = id;
  return out;
}

Result<std::vector<Policy>> read_fixed(const Json& json) {
  if (json.is_string()) {
    AMBIT_TRY(const PolicySet set, PolicySet::parse(json.as_string()));
    if (!set.templates().empty()) return bad("a template among the policies");
    return set.policies();
  }
  std::vector<Policy> out;
  for (const auto& [id, each] : json.as_object()) {
    AMBIT_TRY(Policy policy, read_policy(each, id));
    out.push_back(std::move(policy));
  }
  return out;
}

Result<TemplateLink> read_link(const Json& json) {
  const Json* values = json.find("values");
  TemplateLink out{std::string(json.string_or("templateId", "")),
                   std::string(json.string_or("newId", "")),
                   {},
                   {}};
  if (values == nullptr || !values->is_object()) return bad("a link without `values`");
  for (const auto& [slot, entity] : values->as_object()) {
    if (slot != "?principal" && slot != "?resource") return bad("no such slot");
    AMBIT_TRY(EntityUid uid, ambit::cedar::uid_from_json(entity));
    (slot == "?principal" ? out.principal : out.resource) = std::move(uid);
  }
  return out;
}

Result<PolicySet> read_set(const Json& json) {
  std::vector<Policy> policies;
  std::vector<Template> templates;
  if (const Json* fixed = json.find("staticPolicies")) {
    AMBIT_TRY(policies, read_fixed(*fixed));
  }
  if (const Json* member = json.find("templates")) {
    for (const auto& [id, each] : member->as_object()) {
      AMBIT_TRY(Template read, read_template(each, id));
      templates.push_back(std::move(read));
    }
  }
  std::vector<TemplateLink> links;
  if (const Json* member = json.find("templateLinks")) {
    for (const Json& each : member->as_array()) {
      AMBIT_TRY(TemplateLink link, read_link(each));
      links.push_back(std::move(link));
    }
  }
  return PolicySet::make(std::move(policies), std::move(templates), std::move(links));
}

}  // namespace

tl::unexpected<ambit::Error> bad(std::string message) {
  return ambit::fail(ambit::Code::kInvalid, "oracle", std::move(message));
}

Result<Request> read_request(const Json& json) {
  Request out;
  for (const auto& [name, uid] :
       {std::pair("principal", &out.principal), std::pair("action", &out.action),
        std::pair("resource", &out.resource)}) {
    const Json* member = json.find(name);
    if (member == nullptr) return bad(std::string("no `") + name + "`");
    AMBIT_TRY(*uid, ambit::cedar::uid_from_json(*member));
  }
  if (const Json* context = json.find("context")) {
    AMBIT_TRY(out.context, ambit::cedar::context_from_json(*context));
  }
  return out;
}

Json sorted(std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  Json out = Json::array();
  for (std::string& id : ids) out.push_back(std::move(id));
  return out;
}

Result<PolicySet> read_policies(const Json& question) {
  const Json* policies = question.find("policies");
  if (policies == nullptr) return bad("no `policies`");
  return read_set(*policies);
}

Json answer_to(const Request& request, const PolicySet& policies, const Entities& entities) {
  const auto answer = is_authorized(request, policies, entities);
  std::vector<std::string> errors;
  for (const auto& error : answer.errors) errors.push_back(error.policy->id);
  return Json::object({{"decision", answer.allow ? "allow" : "deny"},
                       {"reasons", sorted(answer.determining)},
                       {"errors", sorted(std::move(errors))}});
}

Result<Json> decision(const Json& question) {
  const Json* entities = question.find("entities");
  const Json* asked = question.find("request");
  if (entities == nullptr || asked == nullptr) return bad("no `entities`, or no `request`");
  AMBIT_TRY(const PolicySet set, read_policies(question));
  AMBIT_TRY(const Entities store, Entities::from_json(*entities));
  AMBIT_TRY(const Request request, read_request(*asked));
  return answer_to(request, set, store);
}

Result<Json> est(const Json& question) {
  const Json* policies = question.find("policies");
  if (policies == nullptr) return bad("`est` needs `policies`");
  const Json* fixed = policies->find("staticPolicies");
  // One text may hold templates too, and is the one case where they get ids of their own.
  if (fixed != nullptr && fixed->is_string() && policies->as_object().size() == 1) {
    AMBIT_TRY(const PolicySet set, PolicySet::parse(fixed->as_string()));
    return ambit::cedar::policy_set_to_json(set);
  }
  AMBIT_TRY(const PolicySet set, read_set(*policies));
  AMBIT_TRY(const Json json, ambit::cedar::policy_set_to_json(set));
  AMBIT_TRY(const PolicySet again, ambit::cedar::policy_set_from_json(json));
  return ambit::cedar::policy_set_to_json(again);
}

Result<Json> format(const Json& question) {
  const Json* policies = question.find("policies");
  const Json* text = policies == nullptr ? nullptr : policies->find("staticPolicies");
  if (text == nullptr || !text->is_string()) return bad("`format` needs `staticPolicies`, a text");
  ambit::cedar::FormatOptions options;
  if (const Json* width = question.find("lineWidth"); width != nullptr && width->is_int()) {
    options.line_width = static_cast<std::size_t>(width->as_int());
  }
  if (const Json* indent = question.find("indentWidth"); indent != nullptr && indent->is_int()) {
    options.indent_width = static_cast<std::size_t>(indent->as_int());
  }
  AMBIT_TRY(std::string out, ambit::cedar::format_policies(text->as_string(), options));
  return Json(std::move(out));
}

}  // namespace oracle
