#include "replay/internal/history.h"

#include "domain/fields.h"
#include "ledger/record.h"
#include "text/base64url.h"

namespace ambit::replay {
namespace {

using text::Json;

constexpr std::string_view kUsedApproval = R"("decision":{"approval":")";

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

tl::unexpected<Error> bad(const std::string& what) {
  return fail(Code::kInvalid, "replay.record", what);
}

Result<crypto::Digest> digest_from(const std::string& bytes) {
  crypto::Digest out;
  if (bytes.size() != out.bytes.size()) return bad("a digest has not 32 bytes");
  std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
  return out;
}

Result<crypto::Digest> digest_from_hex(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (!text.starts_with(kPrefix)) return bad("a digest does not begin with `sha256:`");
  AMBIT_TRY(const std::string bytes, text::from_hex(text.substr(kPrefix.size())));
  return digest_from(bytes);
}

Result<decision::PolicyState> policies_from(const Json& document) {
  decision::PolicyState out;
  std::vector<cedar::PolicyText> texts;
  const Json* list = document.find("texts");
  if (!list || !list->is_array()) return bad("a policy document has no `texts`");
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

Result<domain::SessionState> session_from(const Json& json) {
  domain::SessionState out;
  out.released = number_of(json, "released");
  out.in_flight = number_of(json, "in_flight");
  out.denied = number_of(json, "denied");
  out.held = number_of(json, "held");
  out.events = static_cast<std::uint64_t>(number_of(json, "events"));
  for (auto& label : texts_of(json, "labels")) out.labels.insert(std::move(label));
  for (auto& system : texts_of(json, "systems")) out.systems.insert(std::move(system));
  AMBIT_TRY(const std::string history, text::from_base64url(json.string_or("history", "")));
  AMBIT_TRY(out.history, digest_from(history));
  return out;
}

Result<domain::ProbeResult> probe_from(const Json& json) {
  domain::ProbeResult out;
  out.present = flag_of(json, "present");
  out.unknown = flag_of(json, "unknown");
  out.problem = text_of(json, "problem");
  if (const std::string_view state = json.string_or("state", ""); !state.empty()) {
    AMBIT_TRY(out.state, digest_from_hex(state));
  }
  return out;
}

// The parts of the action that are recorded with the decision itself.
Result<> read_action(const Json& body, domain::Action& out) {
  out.id = text_of(body, "id");
  out.intent = text_of(body, "intent");
  out.justification = text_of(body, "justification");
  out.effect.outcome = text_of(body, "outcome");
  AMBIT_TRY(out.effect.action_class, domain::value_of<domain::ActionClass>(text_of(body, "class")));
  AMBIT_TRY(out.tier, domain::value_of<domain::Tier>(text_of(body, "tier")));
  if (const Json* arguments = body.find("arguments")) out.arguments = *arguments;
  out.canonical_arguments = text::to_canonical_json(out.arguments);
  if (const Json* targets = body.find("targets"); targets && targets->is_array()) {
    for (const auto& item : targets->as_array()) {
      AMBIT_TRY(auto target, domain::target_from_json(item, "targets"));
      out.targets.push_back(std::move(target));
    }
  }
  if (const Json* probe = body.find("probe")) {
    AMBIT_TRY(out.probe, probe_from(*probe));
  }
  if (const Json* problem = body.find("problem")) {
    out.problem_code = text_of(*problem, "code");
    out.problem = text_of(*problem, "message");
  }
  return {};
}

template <class T>
std::shared_ptr<const T> named(const std::unordered_map<std::string, std::shared_ptr<const T>>& all,
                               const Json* name) {
  if (!name || !name->is_string()) return nullptr;
  const auto found = all.find(name->as_string());
  return found == all.end() ? nullptr : found->second;
}

}  // namespace

// What decisions have in common, ready to be decided with.
struct History::Situation {
  domain::Action action;
  decision::Snapshot snapshot;
};

std::vector<std::string> History::unmatched() const {
  std::vector<std::string> out;
  if (!changes_) return out;
  for (const auto& name : changes_->names()) {
    if (!met_.contains(name)) out.push_back(name);
  }
  return out;
}

bool History::is_decision(std::string_view record) { return ledger::has_kind(record, "decision"); }

decision::Decision RecordedDecision::decide() const {
  decision::Snapshot whole = snapshot;
  whole.session = session ? &*session : nullptr;
  whole.approval = approval ? &*approval : nullptr;
  return decision::decide(whole, action);
}

History::History(const vault::KeyRing* keys, const Changes* changes)
    : keys_(keys), changes_(changes), compiler_(decision::new_compiler()) {}

Result<> History::add(const ports::EntryView& entry) {
  AMBIT_TRY(const ledger::Record record, ledger::decode_record(entry.index, entry.record));
  if (record.kind == "document") return add_document(record.body);
  if (record.kind == "situation") return add_situation(record.body);
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
  if (text::to_base64url(crypto::sha256(text::to_canonical_json(recorded)).view()) != digest) {
    return bad("a document of kind `" + kind + "` is not what its digest says");
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
  return bad("a document of the unknown kind `" + kind + "`");
}

Result<> History::add_situation(const Json& body) {
  const Json* facts = body.find("facts");
  if (!facts) return bad("a situation has no `facts`");
  auto out = std::make_shared<Situation>();
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
  situations_[text_of(body, "id")] = std::move(out);
  return {};
}

void History::add_approval_event(std::string_view kind, const Json& body) {
  const auto found = approvals_.find(text_of(body, "approval"));
  if (found == approvals_.end()) return;
  if (kind == "approval.refused" || kind == "approval.expired") {
    approvals_.erase(found);
    return;
  }
  if (kind != "approval.granted") return;
  domain::Approval& approval = found->second;
  domain::Grant grant;
  grant.by = text_of(body, "by");
  if (auto at = parse_rfc3339(body.string_or("granted_at", ""))) grant.at = *at;
  grant.classes = texts_of(body, "classes");
  approval.grants.push_back(std::move(grant));
  if (domain::satisfied(approval.needs, approval.grants)) {
    approval.state = domain::ApprovalState::kGranted;
  }
}

std::optional<domain::Approval> History::approval_of(std::string_view record) const {
  const std::size_t at = record.find(kUsedApproval);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = record.substr(at + kUsedApproval.size());
  const auto found = approvals_.find(std::string(rest.substr(0, rest.find('"'))));
  if (found == approvals_.end()) return std::nullopt;
  return found->second;
}

Result<> History::note_request(const ports::EntryView& entry) {
  if (entry.record.find(R"("approval_requested":{)") == std::string_view::npos) return {};
  AMBIT_TRY(Json json, text::parse_json(entry.record, {ledger::kMaxRecordBytes, 64}));
  Json* body = json.find("body");
  const Json* requested = body ? body->find("approval_requested") : nullptr;
  if (!requested) return {};  // the words stood in an argument
  const auto values = vault::open_values("decision", *body, entry.beside, keys_);
  // Who uses it cannot be decided again either; what was altered is told where it is decided.
  const bool readable =
      values && (*values == vault::Values::kNone || *values == vault::Values::kOpen);
  if (!readable) return {};
  requested = body->find("approval_requested");
  AMBIT_TRY(auto approval, domain::approval_from_json(*requested));
  approvals_[approval.id] = std::move(approval);
  return {};
}

Result<RecordedDecision> History::read(const ports::EntryView& entry,
                                       std::optional<domain::Approval> approval) const {
  const std::uint64_t index = entry.index;
  AMBIT_TRY(Json record, text::parse_json(entry.record, {ledger::kMaxRecordBytes, 64}));
  Json* const body = record.find("body");
  if (!body || !body->find("decision")) {
    return bad("entry " + std::to_string(index) + " has no decision");
  }
  RecordedDecision out;
  AMBIT_TRY(out.values, vault::open_values("decision", *body, entry.beside, keys_));
  const Json* const decision = body->find("decision");
  const auto situation = situations_.find(text_of(*body, "situation"));
  if (situation == situations_.end()) {
    return bad("entry " + std::to_string(index) +
               " names a situation that does not stand before it");
  }
  out.index = index;
  out.action = situation->second->action;
  out.snapshot = situation->second->snapshot;
  AMBIT_CHECK_OK(read_action(*body, out.action));
  if (out.snapshot.known &&
      out.snapshot.tool->binding->effect.action_class != out.action.effect.action_class) {
    out.snapshot.known = nullptr;  // made for the class that the tool is bound to
  }
  out.snapshot.now = Time{number_of(record, "at")};
  out.snapshot.epoch = static_cast<std::uint64_t>(number_of(*body, "epoch"));
  if (const Json* reservation = body->find("reservation")) {
    out.snapshot.reservation = {false, text_of(*reservation, "limit"),
                                number_of(*reservation, "allowed"),
                                number_of(*reservation, "used")};
  }
  if (const Json* session = body->find("session_before")) {
    AMBIT_TRY(out.session, session_from(*session));
  }
  out.approval = std::move(approval);
  out.decision = *decision;
  out.action_digest = text_of(*body, "action");
  out.snapshot_digest = text_of(*body, "snapshot");
  out.complete = body->find("arguments_omitted") == nullptr;
  return out;
}

}  // namespace ambit::replay
