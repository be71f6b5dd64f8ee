#include "service/internal/decision_record.h"

#include "service/internal/situation.h"
#include "text/base64url.h"
#include "text/canonical_object.h"

namespace ambit::service {
namespace {

using text::CanonicalObject;
using text::Json;

std::string short_form(const crypto::Digest& digest) { return text::to_base64url(digest.view()); }

void write_arguments(CanonicalObject& body, std::string& out, const domain::Action& action) {
  const std::string& bytes = action.canonical_arguments;
  if (bytes.size() <= kMaxRecordedArguments) {
    body.begin("arguments") += bytes;
    return;
  }
  body.begin("arguments_omitted");
  CanonicalObject object(out);
  object.number("bytes", static_cast<std::int64_t>(bytes.size()));
  object.text("digest", crypto::to_string(crypto::sha256(bytes)));
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

void write_reason(std::string& out, const decision::Reason& reason) {
  CanonicalObject object(out);
  object.text("code", reason.code);
  object.text("message", reason.message);
  if (!reason.remedy.empty()) object.text("remedy", reason.remedy);
  object.end();
}

// What is empty is left out.
void write_decision(std::string& out, const decision::Decision& decision) {
  CanonicalObject object(out);
  if (!decision.approval.empty()) object.text("approval", decision.approval);
  if (!decision.determining.empty()) {
    write_texts(object.begin("determining"), decision.determining);
  }
  if (!decision.faults.empty()) {
    write_list(object.begin("faults"), decision.faults, [&](const decision::PolicyFault& fault) {
      CanonicalObject item(out);
      item.text("message", fault.message);
      item.text("policy", fault.policy);
      item.end();
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
               [&](const decision::Reason& reason) { write_reason(out, reason); });
  }
  object.text("verdict", domain::name_of(decision.verdict));
  if (decision.would) object.text("would", domain::name_of(*decision.would));
  object.end();
}

void write_session(std::string& out, const domain::SessionState& session, std::int64_t in_flight) {
  CanonicalObject object(out);
  object.number("denied", session.denied);
  object.number("events", static_cast<std::int64_t>(session.events));
  object.number("held", session.held);
  object.text("history", short_form(session.history));
  object.number("in_flight", in_flight);
  if (!session.labels.empty()) write_texts(object.begin("labels"), session.labels);
  object.number("released", session.released);
  if (!session.systems.empty()) write_texts(object.begin("systems"), session.systems);
  object.end();
}

void write_probe(std::string& out, const domain::ProbeResult& probe) {
  CanonicalObject object(out);
  object.flag("present", probe.present);
  if (!probe.problem.empty()) object.text("problem", probe.problem);
  if (probe.present) object.text("state", crypto::to_string(probe.state));
  if (probe.unknown) object.flag("unknown", true);
  object.end();
}

void write_problem(std::string& out, const domain::Action& action) {
  CanonicalObject object(out);
  object.text("code", action.problem_code);
  object.text("message", action.problem);
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

std::string encode(const DecisionRecord& record) {
  const domain::Action& action = record.action;
  std::string out;
  out.reserve(768 + std::min(action.canonical_arguments.size(), kMaxRecordedArguments));
  CanonicalObject body(out);
  body.text("action", short_form(record.decision.action));
  if (!record.approval.empty()) body.text("approval", record.approval);
  if (record.requested) body.json("approval_requested", domain::to_json(*record.requested));
  write_arguments(body, out, action);
  body.text("class", domain::name_of(action.effect.action_class));
  write_decision(body.begin("decision"), record.decision);
  body.number("epoch", static_cast<std::int64_t>(record.snapshot.epoch));
  body.text("id", action.id);
  if (!action.intent.empty()) body.text("intent", action.intent);
  if (!action.justification.empty()) body.text("justification", action.justification);
  body.text("outcome", action.effect.outcome);
  if (action.probe) write_probe(body.begin("probe"), *action.probe);
  if (!action.problem_code.empty()) write_problem(body.begin("problem"), action);
  if (!record.snapshot.reservation.granted) {
    write_reservation(body.begin("reservation"), record.snapshot.reservation);
  }
  if (record.snapshot.session) {
    write_session(body.begin("session_before"), *record.snapshot.session, record.in_flight);
  }
  body.text("situation", record.situation);
  body.text("snapshot", short_form(record.decision.snapshot));
  if (!action.targets.empty()) {
    write_list(body.begin("targets"), action.targets,
               [&](const domain::Target& target) { write_target(out, target); });
  }
  body.text("tier", domain::name_of(action.tier));
  body.end();
  return out;
}

namespace {

Result<Json> parse_record(const Context& context, std::uint64_t index) {
  AMBIT_TRY(const ports::Entry entry, context.ports.log->read(index));
  AMBIT_TRY(Json record, text::parse_json(entry.record, {1u << 20, 64}));
  if (!record.find("body") || !record.find("body")->is_object()) {
    return fail(Code::kInternal, "ledger.record_form", "a record has no body");
  }
  return record;
}

Result<Json> shown(const Context& context, std::uint64_t index, Json record) {
  Json& body = *record.find("body");
  if (record.string_or("kind", "") == "decision") {
    AMBIT_TRY(const Json facts,
              read_situation(context, std::string(body.string_or("situation", ""))));
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

}  // namespace

Result<Json> read_record(const Context& context, std::uint64_t index) {
  AMBIT_TRY(Json record, parse_record(context, index));
  return shown(context, index, std::move(record));
}

Result<DecisionHead> read_head(const Context& context, std::uint64_t index) {
  AMBIT_TRY(const Json record, parse_record(context, index));
  const Json& body = *record.find("body");
  const Json* decision = body.find("decision");
  const auto facts = context.world.situations.find(std::string(body.string_or("situation", "")));
  if (!decision || facts == context.world.situations.end()) {
    return fail(Code::kInternal, "ledger.no_situation",
                "entry " + std::to_string(index) + " names a situation that the ledger lacks");
  }
  return DecisionHead{facts->second, std::string(decision->string_or("verdict", ""))};
}

}  // namespace ambit::service
