#include "replay/internal/decision_reader.h"

#include <algorithm>
#include <set>

#include "text/base64url.h"
#include "text/canonical_reader.h"

namespace ambit::replay {
namespace {

using text::CanonicalReader;

// Digests in a record: what it commits to and the situation it names.
struct References {
  std::string_view situation;
  std::optional<vault::SealedMember> sealed;
};

struct Names {
  std::string_view action_class;
  std::string_view tier;
};

bool read_digest(CanonicalReader& in, crypto::Digest& out) {
  return text::read_base64url(in.plain_text(), out.bytes);
}

// `sha256:` and hex digits.
bool read_hex_digest(CanonicalReader& in, crypto::Digest& out) {
  constexpr std::string_view kPrefix = "sha256:";
  const std::string_view digest = in.plain_text();
  if (!digest.starts_with(kPrefix)) return false;
  const auto bytes = text::from_hex(digest.substr(kPrefix.size()));
  if (!bytes || bytes->size() != out.bytes.size()) return false;
  std::copy(bytes->begin(), bytes->end(), out.bytes.begin());
  return true;
}

void read_texts(CanonicalReader& in, std::vector<std::string>& out) {
  out.clear();
  for (auto item = in.array(); item.next();) in.text(out.emplace_back());
}

void read_texts(CanonicalReader& in, std::set<std::string>& out) {
  for (auto item = in.array(); item.next();) {
    std::string text;
    in.text(text);
    out.insert(std::move(text));
  }
}

// Reads the body of one record, and then the values that were sealed out of it: members of the
// same names, which come to stand where they were taken from.
class BodyReader {
 public:
  BodyReader(RecordedDecision& out, References& references, Names& names)
      : out_(out), references_(references), names_(names) {}

  Result<> read(CanonicalReader& in) {
    for (auto member = in.object(); member.next();) AMBIT_CHECK_OK(read_member(in, member.key()));
    return {};
  }

 private:
  Result<> read_member(CanonicalReader& in, std::string_view key);
  Result<> read_action_member(CanonicalReader& in, std::string_view key);
  Result<> read_arguments(CanonicalReader& in);
  Result<> read_targets(CanonicalReader& in);
  Result<> read_probe(CanonicalReader& in);
  void read_problem(CanonicalReader& in);
  void read_reservation(CanonicalReader& in);
  Result<> read_session(CanonicalReader& in);
  Result<> read_sealed(CanonicalReader& in);
  Result<> read_decision(CanonicalReader& in);
  Result<> read_reasons(CanonicalReader& in);

  RecordedDecision& out_;
  References& references_;
  Names& names_;
};

Result<> BodyReader::read_member(CanonicalReader& in, std::string_view key) {
  if (key == "decision") return read_decision(in);
  if (key == "session_before") return read_session(in);
  if (key == "sealed") return read_sealed(in);
  if (key == "action" || key == "snapshot") {
    crypto::Digest digest;
    if (!read_digest(in, digest)) return bad_record("a digest has not 32 bytes");
    (key == "action" ? out_.action_digest : out_.snapshot_digest) = digest;
  } else if (key == "situation") {
    references_.situation = in.plain_text();
  } else if (key == "epoch") {
    out_.snapshot.epoch = static_cast<std::uint64_t>(in.integer());
  } else if (key == "reservation") {
    read_reservation(in);
  } else {
    return read_action_member(in, key);
  }
  return {};
}

// The parts of the action that are recorded with the decision itself.
Result<> BodyReader::read_action_member(CanonicalReader& in, std::string_view key) {
  domain::Action& action = out_.action;
  if (key == "arguments") return read_arguments(in);
  if (key == "targets") return read_targets(in);
  if (key == "probe") return read_probe(in);
  if (key == "id") {
    in.text(action.id);
  } else if (key == "intent") {
    in.text(action.intent);
  } else if (key == "justification") {
    in.text(action.justification);
  } else if (key == "outcome") {
    in.text(action.effect.outcome);
  } else if (key == "class") {
    names_.action_class = in.plain_text();
  } else if (key == "tier") {
    names_.tier = in.plain_text();
  } else if (key == "problem") {
    read_problem(in);
  } else {
    if (key == "arguments_omitted") out_.complete = false;
    in.skip();
  }
  return {};
}

Result<> BodyReader::read_arguments(CanonicalReader& in) {
  const std::string_view bytes = in.raw();
  if (in.failed()) return {};
  out_.action.canonical_arguments = bytes;
  AMBIT_TRY(out_.action.arguments, text::parse_json(bytes, {bytes.size(), 64}));
  return {};
}

Result<> BodyReader::read_targets(CanonicalReader& in) {
  out_.action.targets.clear();
  for (auto item = in.array(); item.next();) {
    domain::Target target;
    for (auto member = in.object(); member.next();) {
      if (member.key() == "kind") {
        AMBIT_TRY(target.kind, domain::value_of<domain::TargetKind>(in.plain_text()));
      } else if (member.key() == "value") {
        in.text(target.value);
      } else {
        return bad_record("a target has the unknown member `" + std::string(member.key()) + "`");
      }
    }
    out_.action.targets.push_back(std::move(target));
  }
  return {};
}

Result<> BodyReader::read_probe(CanonicalReader& in) {
  if (!out_.action.probe) out_.action.probe.emplace();
  domain::ProbeResult& probe = *out_.action.probe;
  for (auto member = in.object(); member.next();) {
    if (member.key() == "present") {
      probe.present = in.flag();
    } else if (member.key() == "unknown") {
      probe.unknown = in.flag();
    } else if (member.key() == "problem") {
      in.text(probe.problem);
    } else if (member.key() == "state") {
      if (!read_hex_digest(in, probe.state)) return bad_record("a digest has not 32 bytes");
    } else {
      in.skip();
    }
  }
  return {};
}

void BodyReader::read_problem(CanonicalReader& in) {
  for (auto member = in.object(); member.next();) {
    if (member.key() == "code") {
      in.text(out_.action.problem_code);
    } else if (member.key() == "message") {
      in.text(out_.action.problem);
    } else {
      in.skip();
    }
  }
}

void BodyReader::read_reservation(CanonicalReader& in) {
  decision::Reservation& reservation = out_.snapshot.reservation;
  reservation.granted = false;
  for (auto member = in.object(); member.next();) {
    if (member.key() == "limit") {
      in.text(reservation.limit);
    } else if (member.key() == "allowed") {
      reservation.allowed = in.integer();
    } else if (member.key() == "used") {
      reservation.used = in.integer();
    } else {
      in.skip();
    }
  }
}

Result<> BodyReader::read_session(CanonicalReader& in) {
  domain::SessionState& session = out_.session.emplace();
  for (auto member = in.object(); member.next();) {
    const std::string_view key = member.key();
    if (key == "history") {
      if (!read_digest(in, session.history)) return bad_record("a history has not 32 bytes");
    } else if (key == "labels") {
      read_texts(in, session.labels);
    } else if (key == "systems") {
      read_texts(in, session.systems);
    } else if (key == "released") {
      session.released = in.integer();
    } else if (key == "in_flight") {
      session.in_flight = in.integer();
    } else if (key == "denied") {
      session.denied = in.integer();
    } else if (key == "held") {
      session.held = in.integer();
    } else if (key == "events") {
      session.events = static_cast<std::uint64_t>(in.integer());
    } else {
      in.skip();
    }
  }
  return {};
}

Result<> BodyReader::read_sealed(CanonicalReader& in) {
  vault::SealedMember sealed;
  bool whole = false;
  for (auto member = in.object(); member.next();) {
    if (member.key() == "commitment") {
      whole = read_digest(in, sealed.commitment);
    } else if (member.key() == "key") {
      sealed.key = in.plain_text();
    } else {
      in.skip();
    }
  }
  if (!whole || sealed.key.empty()) {
    return bad_record("the member `sealed` has not a `key` and a `commitment` of 32 bytes");
  }
  references_.sealed = sealed;
  return {};
}

Result<> BodyReader::read_decision(CanonicalReader& in) {
  RecordedVerdict& recorded = out_.recorded;
  for (auto member = in.object(); member.next();) {
    const std::string_view key = member.key();
    if (key == "verdict") {
      in.text(recorded.verdict);
    } else if (key == "determining") {
      read_texts(in, recorded.determining);
    } else if (key == "observed") {
      read_texts(in, recorded.observed);
    } else if (key == "reasons") {
      AMBIT_CHECK_OK(read_reasons(in));
    } else if (key == "would") {
      in.text(recorded.would);
    } else {
      in.skip();
    }
  }
  return {};
}

// In the leaf the codes; in the values, as many, the words.
Result<> BodyReader::read_reasons(CanonicalReader& in) {
  std::vector<decision::Reason>& reasons = out_.recorded.reasons;
  const bool first = reasons.empty();
  std::size_t count = 0;
  for (auto item = in.array(); item.next(); ++count) {
    if (first) reasons.emplace_back();
    if (count >= reasons.size()) return bad_record("a decision has words for no reason");
    for (auto member = in.object(); member.next();) {
      if (member.key() == "code") {
        in.text(reasons[count].code);
      } else if (member.key() == "message") {
        in.text(reasons[count].message);
      } else if (member.key() == "remedy") {
        in.text(reasons[count].remedy);
      } else {
        return bad_record("a reason has the unknown member `" + std::string(member.key()) + "`");
      }
    }
  }
  if (count != reasons.size()) return bad_record("a decision has reasons without words");
  return {};
}

// What belongs to one decision alone.
void clear(RecordedDecision& out) {
  domain::Action& action = out.action;
  action.id.clear();
  action.intent.clear();
  action.justification.clear();
  action.effect.outcome.clear();
  action.arguments = text::Json();
  action.canonical_arguments = "null";
  action.targets.clear();
  action.probe.reset();
  action.problem_code.clear();
  action.problem.clear();
  out.snapshot.epoch = 0;
  out.snapshot.reservation = decision::Reservation();
  out.session.reset();
  out.recorded.verdict.clear();
  out.recorded.reasons.clear();
  out.recorded.determining.clear();
  out.recorded.observed.clear();
  out.recorded.would.clear();
  out.action_digest.reset();
  out.snapshot_digest.reset();
  out.complete = true;
}

tl::unexpected<Error> at_entry(std::uint64_t index, const Error& error) {
  const bool form = error.reason == "replay.record" || error.reason.starts_with("json.");
  if (!form) return fail(error);
  return bad_record("entry " + std::to_string(index) + ": " + error.message);
}

// The members of the record around its body: the time, and those inside.
Result<> read_record(CanonicalReader& in, BodyReader& body, RecordedDecision& out) {
  bool has_body = false;
  for (auto member = in.object(); member.next();) {
    if (member.key() == "at") {
      out.snapshot.now = Time{in.integer()};
    } else if (member.key() == "body") {
      has_body = true;
      AMBIT_CHECK_OK(body.read(in));
    } else {
      in.skip();
    }
  }
  AMBIT_CHECK_OK(in.end());
  if (!has_body || out.recorded.verdict.empty()) return bad_record("it has no decision");
  return {};
}

// The action and the snapshot of the situation, around what belongs to this decision.
void enter(std::shared_ptr<const Situation> situation, RecordedDecision& out) {
  domain::Action& action = out.action;
  const domain::Action& from = situation->action;
  action.agent = from.agent;
  action.task = from.task;
  action.instance = from.instance;
  action.session = from.session;
  action.credential = from.credential;
  action.key_bound = from.key_bound;
  action.loopback = from.loopback;
  action.channel = from.channel;
  action.requested_by = from.requested_by;
  action.server = from.server;
  action.tool = from.tool;
  decision::Snapshot snapshot = situation->snapshot;
  snapshot.now = out.snapshot.now;
  snapshot.epoch = out.snapshot.epoch;
  snapshot.reservation = std::move(out.snapshot.reservation);
  out.snapshot = std::move(snapshot);
  out.situation = std::move(situation);
}

}  // namespace

decision::Decision RecordedDecision::decide() {
  snapshot.session = session ? &*session : nullptr;
  snapshot.approval = approval.get();
  return decision::decide(snapshot, action);
}

Result<> DecisionReader::read(const ports::EntryView& entry, ApprovalPtr approval,
                              RecordedDecision& out) {
  const auto fill = [&]() -> Result<> {
    clear(out);
    References references;
    Names names;
    BodyReader body(out, references, names);
    CanonicalReader in(entry.record);
    AMBIT_CHECK_OK(read_record(in, body, out));
    out.values = vault::Values::kNone;
    if (references.sealed) {
      const vault::SealedMember sealed = *references.sealed;
      AMBIT_TRY(out.values, opener_.open("decision", out.action.id, sealed, entry.beside, values_));
    }
    if (out.values == vault::Values::kOpen) {
      CanonicalReader sealed(values_);
      AMBIT_CHECK_OK(body.read(sealed));
      AMBIT_CHECK_OK(sealed.end());
    }
    if (!out.situation || out.situation->id != references.situation ||
        out.situation->index >= entry.index) {
      auto situation = history_.situation(references.situation, entry.index);
      if (!situation) return bad_record("it names a situation that does not stand before it");
      enter(std::move(situation), out);
    }
    AMBIT_TRY(out.action.effect.action_class,
              domain::value_of<domain::ActionClass>(names.action_class));
    AMBIT_TRY(out.action.tier, domain::value_of<domain::Tier>(names.tier));
    return {};
  };
  if (const auto filled = fill(); !filled) return at_entry(entry.index, filled.error());
  // Made for the class that the tool is bound to.
  const auto& known = out.situation->snapshot.known;
  const bool as_bound =
      known && out.snapshot.tool->binding->effect.action_class == out.action.effect.action_class;
  out.snapshot.known = as_bound ? known : nullptr;
  out.index = entry.index;
  out.approval = std::move(approval);
  return {};
}

}  // namespace ambit::replay
