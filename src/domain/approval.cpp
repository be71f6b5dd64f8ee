#include "domain/approval.h"

#include <algorithm>
#include <set>

#include "domain/fields.h"

namespace ambit::domain {
namespace {

Result<Need> need_from_json(const text::Json& json) {
  Fields fields(json, "need");
  Need out{fields.text("approvers"), fields.integer("quorum")};
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

Result<Grant> grant_from_json(const text::Json& json) {
  Fields fields(json, "grant");
  Grant out{fields.text("by"), fields.texts("classes"), fields.time("at")};
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

}  // namespace

bool satisfied(const std::vector<Need>& needs, const std::vector<Grant>& grants) {
  return std::all_of(needs.begin(), needs.end(), [&](const Need& need) {
    std::set<std::string> humans;
    for (const auto& grant : grants) {
      if (std::find(grant.classes.begin(), grant.classes.end(), need.approvers) !=
          grant.classes.end()) {
        humans.insert(grant.by);
      }
    }
    return static_cast<std::int64_t>(humans.size()) >= need.quorum;
  });
}

std::vector<Need> merge(std::vector<Need> a, const std::vector<Need>& b) {
  for (const auto& need : b) {
    const auto same = std::find_if(
        a.begin(), a.end(), [&](const Need& other) { return other.approvers == need.approvers; });
    if (same == a.end()) {
      a.push_back(need);
    } else {
      same->quorum = std::max(same->quorum, need.quorum);
    }
  }
  return a;
}

text::Json to_json(const std::vector<Need>& needs) {
  text::JsonArray out;
  for (const auto& need : needs) {
    out.push_back(text::Json::object({{"approvers", need.approvers}, {"quorum", need.quorum}}));
  }
  return text::Json(std::move(out));
}

text::Json to_json(const Approval& approval) {
  text::JsonArray grants;
  for (const auto& grant : approval.grants) {
    grants.push_back(text::Json::object(
        {{"by", grant.by}, {"classes", to_json(grant.classes)}, {"at", to_rfc3339(grant.at)}}));
  }
  return text::Json::object({{"id", approval.id},
                             {"action_digest", approval.action_digest},
                             {"task", approval.task},
                             {"agent", approval.agent},
                             {"decision", approval.decision},
                             {"needs", to_json(approval.needs)},
                             {"grants", text::Json(std::move(grants))},
                             {"state", name_of(approval.state)},
                             {"requested_at", to_rfc3339(approval.requested_at)},
                             {"expires_at", to_rfc3339(approval.expires_at)},
                             {"closed_by", approval.closed_by},
                             {"note", approval.note},
                             {"used_by", approval.used_by},
                             {"view", approval.view ? *approval.view : text::Json()}});
}

Result<Approval> approval_from_json(const text::Json& json) {
  Fields fields(json, "approval");
  Approval out;
  out.id = fields.text("id");
  out.action_digest = fields.text("action_digest");
  out.task = fields.text("task");
  out.agent = fields.text("agent");
  out.decision = fields.text("decision");
  for (const auto& item : fields.items("needs")) {
    out.needs.push_back(fields.nested(need_from_json(item)));
  }
  for (const auto& item : fields.items("grants")) {
    out.grants.push_back(fields.nested(grant_from_json(item)));
  }
  out.state = fields.name<ApprovalState>("state");
  out.requested_at = fields.time("requested_at");
  out.expires_at = fields.time("expires_at");
  out.closed_by = fields.text_or("closed_by", "");
  out.note = fields.text_or("note", "");
  out.used_by = fields.text_or("used_by", "");
  if (const auto* v = fields.value("view")) out.view = std::make_shared<const text::Json>(*v);
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

}  // namespace ambit::domain
