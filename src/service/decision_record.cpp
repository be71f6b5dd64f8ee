#include "service/internal/decision_record.h"

#include "service/internal/situation.h"
#include "text/base64url.h"
#include "text/canonical_object.h"
#include "vault/open_record.h"
#include "vault/vault.h"

namespace ambit::service {
namespace {

using text::CanonicalObject;
using text::Json;

void write_omitted(std::string& out, std::string_view arguments) {
  CanonicalObject object(out);
  object.number("bytes", static_cast<std::int64_t>(arguments.size()));
  object.text("digest", crypto::to_string(crypto::sha256(arguments)));
  object.end();
}

template <class List, class Write>
void write_list(std::string& out, const List& list, const Write& write) {
  out += '[';
  bool first = true;
  for (const auto& item : list) {
    if (!first) out += ',';
    first = false;
    write(item);
  }
  out += ']';
}

template <class List>
void write_texts(std::string& out, const List& list) {
  write_list(out, list, [&](const std::string& text) { text::append_json_string(out, text); });
}

void write_words(std::string& out, const decision::Reason& reason) {
  CanonicalObject object(out);
  object.text("message", reason.message);
  if (!reason.remedy.empty()) object.text("remedy", reason.remedy);
  object.end();
}

// An object with the one member `key`.
void write_single(std::string& out, std::string_view key, std::string_view value) {
  CanonicalObject object(out);
  object.text(key, value);
  object.end();
}

// What is empty is left out; words that may quote the action are among the sealed values.
void write_decision(std::string& out, const decision::Decision& decision) {
  CanonicalObject object(out);
  if (!decision.approval.empty()) object.text("approval", decision.approval);
  if (!decision.determining.empty()) {
    write_texts(object.begin("determining"), decision.determining);
  }
  if (!decision.faults.empty()) {
    write_list(object.begin("faults"), decision.faults, [&](const decision::PolicyFault& fault) {
      write_single(out, "policy", fault.policy);
    });
  }
  if (decision.gate != decision::Gate::kNone) object.text("gate", name_of(decision.gate));
  if (!decision.needs.empty()) object.json("needs", domain::to_json(decision.needs));
  if (!decision.obligations.empty()) {
    write_texts(object.begin("obligations"), decision.obligations);
  }
  if (!decision.observed.empty()) write_texts(object.begin("observed"), decision.observed);
  if (!decision.reasons.empty()) {
    write_list(object.begin("reasons"), decision.reasons,
               [&](const decision::Reason& reason) { write_single(out, "code", reason.code); });
  }
  object.text("verdict", domain::name_of(decision.verdict));
  if (decision.would) object.text("would", domain::name_of(*decision.would));
  object.end();
}

// The words of a decision, in lists as long as those in the leaf.
void write_decision_words(std::string& out, const decision::Decision& decision) {
  CanonicalObject object(out);
  if (!decision.faults.empty()) {
    write_list(object.begin("faults"), decision.faults, [&](const decision::PolicyFault& fault) {
      write_single(out, "message", fault.message);
    });
  }
  if (!decision.reasons.empty()) {
    write_list(object.begin("reasons"), decision.reasons,
               [&](const decision::Reason& reason) { write_words(out, reason); });
  }
  object.end();
}

void write_session(std::string& out, const domain::SessionState& session, std::int64_t in_flight) {
  CanonicalObject object(out);
  object.number("denied", session.denied);
  object.number("events", static_cast<std::int64_t>(session.events));
  object.number("held", session.held);
  object.bytes("history", session.history.view());
  object.number("in_flight", in_flight);
  if (!session.labels.empty()) write_texts(object.begin("labels"), session.labels);
  object.number("released", session.released);
  if (!session.systems.empty()) write_texts(object.begin("systems"), session.systems);
  object.end();
}

void write_probe(std::string& out, const domain::ProbeResult& probe) {
  CanonicalObject object(out);
  object.flag("present", probe.present);
  if (probe.unknown) object.flag("unknown", true);
  object.end();
}

// What was there, and the tool's words about it.
void write_probe_words(std::string& out, const domain::ProbeResult& probe) {
  CanonicalObject object(out);
  if (!probe.problem.empty()) object.text("problem", probe.problem);
  if (probe.present) object.text("state", crypto::to_string(probe.state));
  object.end();
}

// An approval as it was asked for: what it is of, and what its approver is shown, are sealed.
Json without_view(const domain::Approval& approval) {
  Json out = domain::to_json(approval);
  out.erase("action_digest");
  out.erase("view");
  return out;
}

void write_view(std::string& out, const domain::Approval& approval) {
  CanonicalObject object(out);
  object.text("action_digest", approval.action_digest);
  object.json("view", approval.view ? *approval.view : Json());
  object.end();
}

void write_reservation(std::string& out, const decision::Reservation& refused) {
  CanonicalObject object(out);
  object.number("allowed", refused.allowed);
  object.text("limit", refused.limit);
  object.number("used", refused.used);
  object.end();
}

void write_target(std::string& out, const domain::Target& target) {
  CanonicalObject object(out);
  object.text("kind", domain::name_of(target.kind));
  object.text("value", target.value);
  object.end();
}

// The stored form leaves out what is empty and shortens digests; callers are shown all of it.
void complete(Json& body) {
  const std::pair<const char*, const char*> digests[] = {{"action", "action_digest"},
                                                         {"snapshot", "snapshot"}};
  Json decision = body.find("decision") ? *body.find("decision") : Json::object();
  if (!decision.is_object()) return;
  for (const auto* key : {"reasons", "determining"}) {
    if (!decision.find(key)) decision.set(key, Json::array());
  }
  if (!decision.find("gate")) decision.set("gate", "none");
  for (const auto& [from, to] : digests) {
    const auto bytes = text::from_base64url(body.string_or(from, ""));
    body.erase(from);
    if (bytes) decision.set(to, "sha256:" + text::to_hex(*bytes));
  }
  body.set("decision", std::move(decision));
  for (const auto* key : {"intent", "justification"}) {
    if (!body.find(key)) body.set(key, "");
  }
  if (!body.find("targets")) body.set("targets", Json::array());
}

}  // namespace

namespace {

// Everything that tells something of the data that the action is about, digests of it included:
// what is guessed could be confirmed by them.
std::string sealed_values(const DecisionRecord& record) {
  const domain::Action& action = record.action;
  std::string out;
  out.reserve(512 + std::min(action.canonical_arguments.size(), kMaxRecordedArguments));
  CanonicalObject values(out);
  values.bytes("action", record.decision.action.view());
  if (record.requested) write_view(values.begin("approval_requested"), *record.requested);
  if (action.canonical_arguments.size() <= kMaxRecordedArguments) {
    values.begin("arguments") += action.canonical_arguments;
  } else {
    write_omitted(values.begin("arguments_omitted"), action.canonical_arguments);
  }
  if (!record.decision.faults.empty() || !record.decision.reasons.empty()) {
    write_decision_words(values.begin("decision"), record.decision);
  }
  if (!action.intent.empty()) values.text("intent", action.intent);
  if (!action.justification.empty()) values.text("justification", action.justification);
  if (action.probe && action.probe->present) {
    write_probe_words(values.begin("probe"), *action.probe);
  }
  if (!action.problem_code.empty()) {
    write_single(values.begin("problem"), "message", action.problem);
  }
  values.bytes("snapshot", record.decision.snapshot.view());
  if (!action.targets.empty()) {
    write_list(values.begin("targets"), action.targets,
               [&](const domain::Target& target) { write_target(out, target); });
  }
  values.end();
  return out;
}

}  // namespace

SealedBody encode(const DecisionRecord& record, const vault::SealingKey& key) {
  const domain::Action& action = record.action;
  vault::Sealed sealed = key.seal(vault::context_of("decision", action.id), sealed_values(record));
  std::string out;
  out.reserve(640);
  CanonicalObject body(out);
  if (!record.approval.empty()) body.text("approval", record.approval);
  const domain::Approval* read = record.snapshot.approval;
  if (read && read->id != record.decision.approval) body.text("approval_read", read->id);
  if (record.requested) body.json("approval_requested", without_view(*record.requested));
  body.text("class", domain::name_of(action.effect.action_class));
  write_decision(body.begin("decision"), record.decision);
  body.number("epoch", static_cast<std::int64_t>(record.snapshot.epoch));
  body.text("id", action.id);
  body.text("outcome", action.effect.outcome);
  if (action.probe) write_probe(body.begin("probe"), *action.probe);
  if (!action.problem_code.empty()) {
    write_single(body.begin("problem"), "code", action.problem_code);
  }
  if (!record.snapshot.reservation.granted) {
    write_reservation(body.begin("reservation"), record.snapshot.reservation);
  }
  vault::append_sealed(body.begin("sealed"), key.id(), sealed.commitment);
  if (record.snapshot.session) {
    write_session(body.begin("session_before"), *record.snapshot.session, record.in_flight);
  }
  body.text("situation", record.situation);
  body.text("tier", domain::name_of(action.tier));
  body.end();
  return {std::move(out), std::move(sealed.beside)};
}

namespace {

Result<Json> parse_record(const ports::Entry& entry) {
  AMBIT_TRY(Json record, text::parse_json(entry.record, {1u << 20, 64}));
  if (!record.find("body") || !record.find("body")->is_object()) {
    return fail(Code::kInternal, "ledger.record_form", "a record has no body");
  }
  return record;
}

}  // namespace

Result<Json> shown_record(std::uint64_t index, const ports::Entry& entry,
                          const vault::KeyRing* keys, const FindSituation& situation) {
  AMBIT_TRY(Json record, parse_record(entry));
  Json& body = *record.find("body");
  const std::string kind(record.string_or("kind", ""));
  const auto values = vault::open_values(kind, body, entry.beside, keys);
  // One record that somebody altered must not hide the others of a list.
  const bool tampered = !values && values.error().reason == "vault.tampered";
  if (!values && !tampered) return fail(values.error());
  if (tampered || *values != vault::Values::kNone) {
    body.erase("sealed");
    body.set("values", tampered ? "tampered" : vault::name_of(*values));
  }
  if (kind == "decision") {
    AMBIT_TRY(const Json facts, situation(std::string(body.string_or("situation", ""))));
    complete(body);
    for (const auto& [key, value] : facts.as_object()) {
      if (!body.find(key)) body.set(key, value);
    }
  }
  if (const Json* at = record.find("at"); at && at->is_int()) {
    body.set("at", to_rfc3339(Time{at->as_int()}));
  }
  body.set("ledger_index", static_cast<std::int64_t>(index));
  return std::move(body);
}

Result<Json> read_record(const Context& context, std::uint64_t index) {
  AMBIT_TRY(const ports::Entry entry, context.ports.log->read(index));
  return shown_record(index, entry, context.ports.vault,
                      [&](const std::string& id) { return read_situation(context, id); });
}

Result<DecisionHead> read_head(const Context& context, std::uint64_t index) {
  AMBIT_TRY(const ports::Entry entry, context.ports.log->read(index));
  AMBIT_TRY(const Json record, parse_record(entry));
  const Json& body = *record.find("body");
  const Json* decision = body.find("decision");
  if (!decision) {
    return fail(Code::kInternal, "ledger.record_form",
                "entry " + std::to_string(index) + " is not that of a decision");
  }
  return DecisionHead{std::string(body.string_or("situation", "")),
                      std::string(decision->string_or("verdict", ""))};
}

}  // namespace ambit::service
