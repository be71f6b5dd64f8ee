#include "service/findings.h"

#include <algorithm>
#include <set>

#include "crypto/random.h"
#include "service/internal/evidence.h"
#include "service/internal/guardrails.h"

namespace ambit::service {
namespace {

using domain::Finding;
using domain::Role;
using text::Json;

constexpr Duration kTimeToLook{72LL * 3'600'000};
constexpr std::size_t kMaxNote = 1000;

bool sees_all(const Caller& caller) {
  return require_role(caller, {Role::kSecurity, Role::kAuditor}).has_value();
}

Result<const Finding*> find(const Context& context, const Caller& caller, const std::string& id) {
  const auto it = context.world.findings.find(id);
  const bool visible = it != context.world.findings.end() &&
                       (sees_all(caller) || it->second.assigned_to == caller.identity);
  if (!visible) {
    return fail(Code::kNotFound, "finding.unknown",
                "there is no finding `" + id.substr(0, 60) + "`");
  }
  return &it->second;
}

// The agents that a caller is, or answers for in any way.
std::vector<std::shared_ptr<const domain::Identity>> agents_of(const Context& context,
                                                               const Caller& caller) {
  std::vector<std::shared_ptr<const domain::Identity>> out;
  for (const auto& [id, identity] : context.world.identities) {
    if (!identity->agent) continue;
    const domain::Owners& owners = identity->agent->owners;
    const std::set<std::string> parties{id, owners.business, owners.control, owners.scope_approver,
                                        owners.lifecycle};
    if (parties.contains(caller.identity)) out.push_back(identity);
  }
  return out;
}

bool is_open_already(const Context& context, const Finding& like) {
  const auto& all = context.world.findings;
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
    const Finding& other = entry.second;
    return other.is_open() && other.kind == like.kind && other.agent == like.agent &&
           other.by == like.by;
  });
}

void open_finding(Context& context, Finding finding) {
  if (is_open_already(context, finding)) return;
  context.world.findings[finding.id] = finding;
  append_reserved_evidence(context, "finding.opened", domain::to_json(finding), {});
}

void open_for_owners(Context& context, const Caller& caller, std::string_view what,
                     const Json& detail) {
  for (const auto& agent : agents_of(context, caller)) {
    Finding finding;
    finding.id = crypto::random_id("fnd_", context.now());
    finding.kind = "guardrail.override";
    finding.agent = agent->id;
    finding.by = caller.identity;
    finding.assigned_to = agent->agent->owners.business;
    finding.summary = "`" + caller.identity + "` tried to change " + std::string(what) +
                      ", which only security may";
    finding.detail = detail;
    finding.opened_at = context.now();
    finding.due_at = context.now() + kTimeToLook;
    open_finding(context, std::move(finding));
  }
}

}  // namespace

void refuse_override(Context& context, const Caller& caller, std::string_view what,
                     const std::function<Json()>& detail_of, Error refused,
                     std::function<void(Result<Json>)> done) {
  World& world = context.world;
  const std::int64_t rate = context.settings.default_denials_per_minute;
  if (!world.denial_buckets[caller.identity].take(context.now(), rate, rate)) {
    ++world.unrecorded_overrides[caller.identity];
    return done(fail(std::move(refused)));
  }
  Json detail = detail_of();
  open_for_owners(context, caller, what, detail);
  Json body = Json::object({{"by", caller.identity},
                            {"credential", caller.credential},
                            {"what", what},
                            {"reason", refused.reason},
                            {"detail", std::move(detail)}});
  if (const auto missed = world.unrecorded_overrides.extract(caller.identity)) {
    body.set("unrecorded_before", missed.mapped());
  }
  append_evidence(
      context, "guardrail.refused", body,
      [refused = std::move(refused), done](Result<ports::Position>) { done(fail(refused)); });
}

void fold_finding(History& history, std::string_view kind, const Json& body) {
  auto& findings = history.findings;
  if (kind == "finding.opened") {
    if (auto finding = domain::finding_from_json(body)) {
      std::string id = finding->id;
      findings.try_emplace(std::move(id), *std::move(finding));
    }
    return;
  }
  const auto it = findings.find(std::string(body.string_or("finding", "")));
  if (it == findings.end() || !it->second.is_open()) return;
  it->second.closed_by = body.string_or("by", "");
  it->second.note = body.string_or("note", "");
  it->second.closed_at = parse_rfc3339(body.string_or("closed_at", "")).value_or(Time{});
}

Result<Json> Findings::list(const Caller& caller, const std::string& state) const {
  const bool all = sees_all(caller);
  Json items = Json::array();
  const auto& findings = context_.world.findings;
  for (auto it = findings.rbegin(); it != findings.rend(); ++it) {
    const Finding& finding = it->second;
    if (!all && finding.assigned_to != caller.identity) continue;
    if (!state.empty() && (state == "open") != finding.is_open()) continue;
    items.push_back(domain::to_json(finding));
  }
  return Json::object({{"items", std::move(items)}});
}

Result<Json> Findings::show(const Caller& caller, const std::string& id) const {
  AMBIT_TRY(const Finding* finding, find(context_, caller, id));
  return domain::to_json(*finding);
}

void Findings::close(const Caller& caller, const std::string& id, const std::string& note,
                     std::function<void(Result<Json>)> done) {
  const auto found = find(context_, caller, id);
  if (!found) return done(fail(found.error()));
  const Finding& finding = **found;
  if (!finding.is_open()) {
    return done(fail(Code::kConflict, "finding.closed", "finding `" + id + "` is closed already"));
  }
  if (finding.by == caller.identity) {
    return done(fail(Code::kDenied, "finding.own",
                     "`" + caller.identity + "` caused it; somebody else closes it"));
  }
  if (finding.assigned_to != caller.identity) {
    if (auto allowed = require_role(caller, {Role::kSecurity}); !allowed) {
      return done(fail(allowed.error()));
    }
  }
  if (note.empty() || note.size() > kMaxNote) {
    return done(
        fail(Code::kInvalid, "finding.note",
             "say in `note` what was done, in at most " + std::to_string(kMaxNote) + " bytes"));
  }
  const Json body = Json::object({{"finding", id},
                                  {"by", caller.identity},
                                  {"note", note},
                                  {"closed_at", to_rfc3339(context_.now())}});
  append_evidence(context_, "finding.closed", body,
                  [&context = context_, body, id, done](Result<ports::Position> position) {
                    if (!position) return done(fail(position.error()));
                    fold_finding(context.world, "finding.closed", body);
                    done(domain::to_json(context.world.findings.at(id)));
                  });
}

}  // namespace ambit::service
