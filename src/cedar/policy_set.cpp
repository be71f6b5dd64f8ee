#include <algorithm>
#include <set>

#include "cedar/internal/policy_parser.h"
#include "cedar/policy.h"

namespace ambit::cedar {
namespace {

// The ids of a set, each of which may be taken once.
class Ids {
 public:
  Result<> take(std::string_view id) {
    if (ids_.insert(id).second) return {};
    return fail(Code::kConflict, "cedar.duplicate_id",
                "there already is a policy or template called `" + std::string(id) + "`");
  }

 private:
  std::set<std::string_view> ids_;
};

template <class List, class IdOf>
auto find_by_id(const List& list, std::string_view id, IdOf id_of) -> decltype(list.data()) {
  const auto at =
      std::find_if(list.begin(), list.end(), [&](const auto& item) { return id_of(item) == id; });
  return at == list.end() ? nullptr : &*at;
}

std::string_view id_of(const Policy& policy) { return policy.id; }
std::string_view id_of_body(const Template& item) { return item.body.id; }

}  // namespace

// Sorts what was parsed into policies and templates, and names it.
void PolicySet::add(Data& data, std::vector<Template> parsed, const std::string& prefix,
                    const std::string& source) {
  for (std::size_t i = 0; i < parsed.size(); ++i) {
    Template& item = parsed[i];
    item.body.id = prefix + std::to_string(i);
    item.body.source = source;
    if (item.has_principal_slot || item.has_resource_slot) {
      data.templates.push_back(std::move(item));
    } else {
      data.policies.push_back(std::move(item.body));
    }
  }
}

tl::expected<PolicySet, Diagnostic> parse_policies(std::string_view text) {
  auto parsed = parse_policy_text(text);
  if (!parsed) return tl::unexpected<Diagnostic>(std::move(parsed).error());
  PolicySet::Data data;
  data.texts.push_back({"", std::string(text)});
  PolicySet::add(data, *std::move(parsed), "policy", "");
  return PolicySet(std::move(data));
}

Result<PolicySet> PolicySet::parse(std::string_view text) {
  auto set = parse_policies(text);
  if (!set) return fail(to_error(set.error()));
  return *std::move(set);
}

Result<PolicySet> PolicySet::parse_named(std::vector<PolicyText> texts) {
  Data data;
  std::set<std::string_view> names;
  for (const PolicyText& text : texts) {
    if (!names.insert(text.name).second) {
      return fail(Code::kConflict, "cedar.duplicate_name",
                  "two policy texts are called `" + text.name + "`");
    }
    auto parsed = parse_policy_text(text.text);
    if (!parsed) {
      Diagnostic diagnostic = std::move(parsed).error();
      diagnostic.source = text.name;
      return fail(to_error(diagnostic));
    }
    add(data, *std::move(parsed), text.name + "#", text.name);
  }
  data.texts = std::move(texts);
  return PolicySet(std::move(data));
}

Result<PolicySet> PolicySet::make(std::vector<Policy> policies, std::vector<Template> templates,
                                  std::vector<TemplateLink> links) {
  return with_links({{}, std::move(policies), std::move(templates), {}}, std::move(links));
}

Result<PolicySet> PolicySet::with_links(Data data, std::vector<TemplateLink> links) {
  std::vector<Policy> made;
  for (const TemplateLink& each : links) {
    const Template* source = find_by_id(data.templates, each.template_id, id_of_body);
    if (source == nullptr) {
      return fail(Code::kNotFound, "cedar.link_template",
                  "there is no template called `" + each.template_id + "` to link");
    }
    AMBIT_TRY(Policy policy, link(*source, each));
    made.push_back(std::move(policy));
  }
  Ids ids;
  for (const Policy& policy : data.policies) AMBIT_CHECK_OK(ids.take(policy.id));
  for (const Template& item : data.templates) AMBIT_CHECK_OK(ids.take(item.body.id));
  for (const Policy& policy : made) AMBIT_CHECK_OK(ids.take(policy.id));
  std::move(made.begin(), made.end(), std::back_inserter(data.policies));
  std::move(links.begin(), links.end(), std::back_inserter(data.links));
  return PolicySet(std::move(data));
}

Result<PolicySet> PolicySet::linked(std::vector<TemplateLink> links) const {
  return with_links(*data_, std::move(links));
}

Result<PolicySet> PolicySet::unlinked(std::string_view id) const {
  const auto is_it = [&](const TemplateLink& each) { return each.id == id; };
  const auto at = std::find_if(links().begin(), links().end(), is_it);
  if (at == links().end()) {
    return fail(Code::kNotFound, "cedar.link_unknown",
                "there is no link called `" + std::string(id) + "`");
  }
  Data data = *data_;
  std::erase_if(data.links, is_it);
  std::erase_if(data.policies, [&](const Policy& policy) { return policy.id == id; });
  return PolicySet(std::move(data));
}

const Policy* PolicySet::find(std::string_view id) const {
  return find_by_id(policies(), id, id_of);
}

const Template* PolicySet::find_template(std::string_view id) const {
  return find_by_id(templates(), id, id_of_body);
}

}  // namespace ambit::cedar
