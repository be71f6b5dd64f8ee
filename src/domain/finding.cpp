#include "domain/finding.h"

#include "domain/fields.h"

namespace ambit::domain {

text::Json to_json(const Finding& finding) {
  text::Json out = text::Json::object({{"id", finding.id},
                                       {"kind", finding.kind},
                                       {"state", finding.is_open() ? "open" : "closed"},
                                       {"agent", finding.agent},
                                       {"by", finding.by},
                                       {"assigned_to", finding.assigned_to},
                                       {"summary", finding.summary},
                                       {"detail", finding.detail},
                                       {"opened_at", to_rfc3339(finding.opened_at)},
                                       {"due_at", to_rfc3339(finding.due_at)}});
  if (finding.is_open()) return out;
  out.set("closed_at", to_rfc3339(*finding.closed_at));
  out.set("closed_by", finding.closed_by);
  out.set("note", finding.note);
  return out;
}

Result<Finding> finding_from_json(const text::Json& json) {
  Fields fields(json, "finding");
  Finding out;
  out.id = fields.text("id");
  out.kind = fields.text("kind");
  fields.text("state");  // follows from `closed_at`
  out.agent = fields.text("agent");
  out.by = fields.text("by");
  out.assigned_to = fields.text("assigned_to");
  out.summary = fields.text("summary");
  if (const auto* detail = fields.value("detail")) out.detail = *detail;
  out.opened_at = fields.time("opened_at");
  out.due_at = fields.time("due_at");
  out.closed_at = fields.optional_time("closed_at");
  out.closed_by = fields.text_or("closed_by", "");
  out.note = fields.text_or("note", "");
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

}  // namespace ambit::domain
