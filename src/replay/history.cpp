#include "replay/internal/history.h"

#include <mutex>

#include "decision/decide.h"
#include "domain/fields.h"
#include "ledger/record.h"
#include "text/base64url.h"
#include "text/canonical_reader.h"
#include "vault/open_record.h"

namespace ambit::replay {
namespace {

using text::Json;

std::string text_of(const Json& object, std::string_view key) {
  return std::string(object.string_or(key, ""));
}

bool flag_of(const Json& object, std::string_view key, bool otherwise = false) {
  const Json* value = object.find(key);
  return value && value->is_bool() ? value->as_bool() : otherwise;
}

std::int64_t number_of(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value && value->is_int() ? value->as_int() : 0;
}

std::vector<std::string> texts_of(const Json& object, std::string_view key) {
  std::vector<std::string> out;
  const Json* value = object.find(key);
  if (!value || !value->is_array()) return out;
  for (const auto& item : value->as_array()) {
    if (item.is_string()) out.push_back(item.as_string());
  }
  return out;
}

std::string digest_text(const Json& value) {
  return text::to_base64url(crypto::sha256(text::to_canonical_json(value)).view());
}

Result<decision::PolicyState> policies_from(const Json& document) {
  decision::PolicyState out;
  std::vector<cedar::PolicyText> texts;
  const Json* list = document.find("texts");
  if (!list || !list->is_array()) return bad_record("a policy document has no `texts`");
  for (const auto& item : list->as_array()) {
    texts.push_back({text_of(item, "name"), text_of(item, "text")});
  }
  AMBIT_TRY(out.set, cedar::PolicySet::parse_named(std::move(texts)));
  domain::Fields fields(document, "policies");
  fields.value("texts");
  out.tiers = domain::take_tier_table(fields);
  AMBIT_CHECK_OK(fields.finish());
  out.digest = crypto::sha256(text::to_canonical_json(document));
  decision::note_modes(out);
  return out;
}

template <class T>
std::shared_ptr<const T> named(const std::unordered_map<std::string, std::shared_ptr<const T>>& all,
                               const Json* name) {
  if (!name || !name->is_string()) return nullptr;
  const auto found = all.find(name->as_string());
  return found == all.end() ? nullptr : found->second;
}

}  // namespace

tl::unexpected<Error> bad_record(const std::string& what) {
  return fail(Code::kInvalid, "replay.record", what);
}

std::vector<std::string> History::unmatched() const {
  std::vector<std::string> out;
  if (!changes_) return out;
  for (const auto& name : changes_->names()) {
    if (!met_.contains(name)) out.push_back(name);
  }
  return out;
}

bool History::is_decision(std::string_view record) { return ledger::has_kind(record, "decision"); }

History::History(const vault::KeyRing* keys, const Changes* changes)
    : keys_(keys), changes_(changes), compiler_(decision::new_compiler()) {}

Result<> History::add(const ports::EntryView& entry) {
  const std::string_view kind = ledger::kind_of(entry.record);
  const bool read =
      kind.empty() || kind == "document" || kind == "situation" || kind.starts_with("approval.");
  if (!read) return {};
  AMBIT_TRY(const ledger::Record record, ledger::decode_record(entry.index, entry.record));
  if (record.kind == "document") return add_document(record.body);
  if (record.kind == "situation") return add_situation(entry.index, record.body);
  add_approval_event(record.kind, record.body);
  return {};
}

Result<> History::add_document(const Json& body) {
  const std::string kind = text_of(body, "kind");
  const std::string digest = text_of(body, "digest");
  if (const Json* value = body.find("value")) return add_whole(kind, digest, *value);
  AMBIT_TRY(const std::string bytes, text::from_base64(body.string_or("bytes", "")));
  std::string& whole = parts_[digest];
  if (number_of(body, "part") == 1) whole.clear();
  whole += bytes;
  if (number_of(body, "part") != number_of(body, "parts")) return {};
  AMBIT_TRY(const Json value, text::parse_json(whole, {16u << 20, 64}));
  parts_.erase(digest);
  return add_whole(kind, digest, value);
}

Result<> History::add_whole(const std::string& kind, const std::string& digest,
                            const Json& recorded) {
  if (digest_text(recorded) != digest) {
    return bad_record("a document of kind `" + kind + "` is not what its digest says");
  }
  const Json value = changes_ ? changes_->applied(kind, recorded, met_) : recorded;
  const auto keep = [&](auto& all, auto read) -> Result<> {
    if (!read) return fail(read.error());
    using T = std::decay_t<decltype(*read)>;
    all[digest] = std::make_shared<const T>(*std::move(read));
    return {};
  };
  if (kind == "identity") return keep(identities_, domain::identity_from_json(value));
  if (kind == "task") return keep(tasks_, domain::task_from_json(value));
  if (kind == "instance") return keep(instances_, domain::instance_from_json(value));
  if (kind == "server") return keep(servers_, domain::server_from_json(value));
  if (kind == "tool") return keep(tools_, domain::tool_from_json(value));
  if (kind == "policies") {
    auto policies = policies_from(value);
    if (policies) decision::compile(*policies, compiler_);
    return keep(policies_, std::move(policies));
  }
  return bad_record("a document of the unknown kind `" + kind + "`");
}

Result<> History::add_situation(std::uint64_t index, const Json& body) {
  const Json* facts = body.find("facts");
  if (!facts) return bad_record("a situation has no `facts`");
  auto out = std::make_shared<Situation>();
  out->index = index;
  out->id = text_of(body, "id");
  if (digest_text(*facts) != out->id) {
    return bad_record("a situation is not what its digest says");
  }
  domain::Action& action = out->action;
  action.agent = text_of(*facts, "agent");
  action.task = text_of(*facts, "task");
  action.instance = text_of(*facts, "instance");
  action.session = text_of(*facts, "session");
  action.credential = text_of(*facts, "credential");
  action.key_bound = flag_of(*facts, "key_bound");
  action.loopback = flag_of(*facts, "loopback");
  action.channel = text_of(*facts, "channel");
  action.requested_by = text_of(*facts, "requested_by");
  action.server = text_of(*facts, "server");
  action.tool = text_of(*facts, "tool");
  decision::Snapshot& snapshot = out->snapshot;
  snapshot.node_fresh = flag_of(*facts, "node_fresh", true);
  snapshot.node_isolated = flag_of(*facts, "node_isolated", true);
  snapshot.agent = named(identities_, facts->find("agent_document"));
  snapshot.on_behalf_of = named(identities_, facts->find("on_behalf_of_document"));
  if (const Json* owners = facts->find("accountable_documents"); owners && owners->is_array()) {
    for (const auto& name : owners->as_array()) {
      snapshot.accountable.push_back(named(identities_, &name));
    }
  }
  if (const Json* chain = facts->find("chain_documents"); chain && chain->is_array()) {
    for (const auto& name : chain->as_array()) snapshot.chain.push_back(named(tasks_, &name));
  }
  snapshot.instance = named(instances_, facts->find("instance_document"));
  snapshot.server = named(servers_, facts->find("server_document"));
  snapshot.tool = named(tools_, facts->find("tool_document"));
  if (const Json* policy = facts->find("policy")) {
    snapshot.policies = named(policies_, policy->find("document"));
  }
  if (snapshot.agent && snapshot.agent->agent && snapshot.server && snapshot.tool &&
      snapshot.tool->binding && domain::missing_for_activation(*snapshot.agent).empty()) {
    if (auto known = decision::known_entities(*snapshot.agent, *snapshot.server, *snapshot.tool,
                                              snapshot.tool->binding->effect.action_class)) {
      snapshot.known = *std::move(known);
    }
  }
  const std::unique_lock lock(situations_mutex_);
  situations_.try_emplace(out->id, out);  // told again it says the same
  return {};
}

std::shared_ptr<const Situation> History::situation(std::string_view id,
                                                    std::uint64_t index) const {
  const std::shared_lock lock(situations_mutex_);
  const auto found = situations_.find(std::string(id));
  if (found == situations_.end() || found->second->index >= index) return nullptr;
  return found->second;
}

void History::add_approval_event(std::string_view kind, const Json& body) {
  const auto found = approvals_.find(text_of(body, "approval"));
  if (found == approvals_.end()) return;
  if (kind == "approval.refused" || kind == "approval.expired") {
    approvals_.erase(found);
    return;
  }
  if (kind != "approval.granted") return;
  domain::Approval approval = *found->second;
  domain::Grant grant;
  grant.by = text_of(body, "by");
  if (auto at = parse_rfc3339(body.string_or("granted_at", ""))) grant.at = *at;
  grant.classes = texts_of(body, "classes");
  approval.grants.push_back(std::move(grant));
  if (domain::satisfied(approval.needs, approval.grants)) {
    approval.state = domain::ApprovalState::kGranted;
  }
  found->second = std::make_shared<const domain::Approval>(std::move(approval));
}

namespace {

struct ApprovalsOf {
  bool requested = false;
  std::string_view read;  // used up or not
};

// Looks only as far as is needed: what follows is read where the decision is.
ApprovalsOf approvals_of(std::string_view record) {
  ApprovalsOf out;
  text::CanonicalReader in(record);
  for (auto member = in.object(); member.next();) {
    if (member.key() != "body") {
      in.skip();
      continue;
    }
    for (auto part = in.object(); part.next();) {
      if (part.key() == "approval_requested") out.requested = true;
      if (part.key() == "approval_read") {
        out.read = in.plain_text();
        continue;
      }
      if (part.key() != "decision") {
        in.skip();
        continue;
      }
      auto first = in.object();
      if (first.next() && first.key() == "approval") out.read = in.plain_text();
      return out;
    }
  }
  return out;
}

}  // namespace

Result<ApprovalPtr> History::note_decision(const ports::EntryView& decision) {
  const ApprovalsOf approvals = approvals_of(decision.record);
  ApprovalPtr read;
  if (!approvals.read.empty()) {
    const auto found = approvals_.find(std::string(approvals.read));
    if (found != approvals_.end()) read = found->second;
  }
  if (approvals.requested) AMBIT_CHECK_OK(note_request(decision));
  return read;
}

Result<> History::note_request(const ports::EntryView& entry) {
  AMBIT_TRY(Json json, text::parse_json(entry.record, {ledger::kMaxRecordBytes, 64}));
  Json* body = json.find("body");
  if (!body) return {};
  const auto values = vault::open_values("decision", *body, entry.beside, keys_);
  // Who uses it cannot be decided again either; what was altered is told where it is decided.
  const bool readable =
      values && (*values == vault::Values::kNone || *values == vault::Values::kOpen);
  const Json* requested = body->find("approval_requested");
  if (!readable || !requested) return {};
  AMBIT_TRY(auto approval, domain::approval_from_json(*requested));
  const std::string id = approval.id;
  approvals_[id] = std::make_shared<const domain::Approval>(std::move(approval));
  return {};
}

}  // namespace ambit::replay
