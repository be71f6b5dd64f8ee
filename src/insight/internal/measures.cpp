#include "insight/internal/measures.h"

#include <algorithm>
#include <utility>

#include "domain/vocabulary.h"
#include "insight/internal/json_reading.h"

namespace ambit::insight::internal {
namespace {

using domain::ActionClass;
using text::Json;

Metric metric(std::string id, std::string name) {
  Metric out;
  out.id = std::move(id);
  out.name = std::move(name);
  return out;
}

void need(std::vector<std::string>& lacks, bool there, std::string_view what) {
  if (!there) lacks.emplace_back(what);
}

void need_text(std::vector<std::string>& lacks, const Json& object, std::string_view key) {
  need(lacks, !object.string_or(key, "").empty(), key);
}

void add_all(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// Whether an action of this class reads or changes data.
bool touches_data(const std::string& name) {
  const auto known = domain::value_of<ActionClass>(name);
  if (!known) return false;
  switch (*known) {
    case ActionClass::kBrowse:
    case ActionClass::kQuery:
    case ActionClass::kRead:
    case ActionClass::kWrite:
    case ActionClass::kDelete:
    case ActionClass::kMoveData:
    case ActionClass::kSend: return true;
    default: return false;
  }
}

// The gates before it were passed.
bool passed_scope(const std::string& gate) { return gate != "liveness" && gate != "scope"; }

}  // namespace

Measures::Measures(const CompletenessOptions& options)
    : options_(options),
      result_{metric("m09", "decision-context completeness"), metric("m12", "attribution"),
              metric("m13", "traceback"), metric("m14", "data-access tracking")} {}

void Measures::add(const ledger::Record& record) {
  ++entries_;
  last_ = std::max(last_, record.at);
  const std::string& kind = record.kind;
  const Json& body = record.body;
  if (kind == "decision") return add_decision(record);
  if (kind == "document") return add_document(body);
  if (kind == "situation") return add_situation(body);
  if (kind == "outcome") return end(text_of(body, "decision"), true);
  if (kind == "withdrawn") return end(text_of(body, "decision"), false);
  if (kind == "denials") return add_denials(record);
  if (kind == "approval.granted") {
    granted_.insert(text_of(body, "approval"));
  } else if (kind == "task.started") {
    const Json& spec = member(body, "spec");
    const Json& trigger = member(spec, "trigger");
    if (!text_of(trigger, "kind").empty() && !text_of(trigger, "reference").empty() &&
        !text_of(spec, "started_by").empty()) {
      tasks_.insert(text_of(body, "task"));
    }
  } else if (kind == "instance.admitted") {
    const std::string id = text_of(member(body, "instance"), "id");
    instances_.insert(id);
    credentials_[text_of(body, "credential")] = id;
  } else if (kind == "credential.issued") {
    credentials_[text_of(body, "credential")] = text_of(body, "instance_id");
  }
}

void Measures::add_document(const Json& body) {
  const std::string digest = text_of(body, "digest");
  if (number_of(body, "part") != number_of(body, "parts")) return;  // not the last part
  documents_.insert(digest);
  const Json& value = member(body, "value");
  if (text_of(value, "class") == "human" && text_of(value, "state") == "active") {
    humans_.insert(digest);
  }
  if (text_of(body, "kind") == "tool") {
    const Json& none = member(member(value, "binding"), "no_targets");
    tools_without_targets_[digest] = none.is_bool() && none.as_bool();
  }
}

void Measures::add_situation(const Json& body) {
  const Json& facts = member(body, "facts");
  auto out = std::make_shared<Situation>();
  for (const char* key : {"agent", "task", "instance", "session", "credential", "channel", "tool",
                          "goal", "authorised_by"}) {
    need_text(out->lacks_always, facts, key);
  }
  const Json& trigger = member(facts, "trigger");
  need(out->lacks_always,
       !text_of(trigger, "kind").empty() && !text_of(trigger, "reference").empty(), "trigger");
  need(out->lacks_always, !texts_of(facts, "chain").empty(), "delegation chain");
  const std::string policies = text_of(member(facts, "policy"), "document");
  need(out->lacks_always, documents_.contains(policies), "policy state");
  need_text(out->lacks_in_scope, facts, "system");
  need_text(out->lacks_in_scope, facts, "data_domain");
  need(out->lacks_in_scope, documents_.contains(text_of(facts, "tool_document")), "tool manifest");

  need(out->lacks_attribution, instances_.contains(text_of(facts, "instance")),
       "no single instance");
  const auto owners = texts_of(facts, "accountable_documents");
  need(out->lacks_attribution,
       std::any_of(owners.begin(), owners.end(),
                   [&](const std::string& owner) { return humans_.contains(owner); }),
       "no accountable human");

  out->lacks_path = out->lacks_attribution;
  const auto chain = texts_of(facts, "chain");
  need(
      out->lacks_path,
      !chain.empty() && std::all_of(chain.begin(), chain.end(),
                                    [&](const std::string& task) { return tasks_.contains(task); }),
      "no trigger of a task above it");

  need_text(out->lacks_data, facts, "data_domain");
  need(out->lacks_data, !items_of(facts, "labels").empty(), "classification");
  const auto tool = tools_without_targets_.find(text_of(facts, "tool_document"));
  out->has_targets = tool == tools_without_targets_.end() || !tool->second;
  situations_[text_of(body, "id")] = std::move(out);
}

std::vector<std::string> Measures::context_gaps(const ledger::Record& record,
                                                const Situation& situation) const {
  const Json& body = record.body;
  const Json& decision = member(body, "decision");
  std::vector<std::string> lacks = situation.lacks_always;
  need_text(lacks, body, "id");
  need_text(lacks, body, "action");
  need_text(lacks, body, "snapshot");
  need_text(lacks, decision, "verdict");
  need(lacks, record.at.ms > 0, "time");
  const std::string verdict = text_of(decision, "verdict");
  need(lacks, !items_of(decision, verdict == "allow" ? "determining" : "reasons").empty(),
       "reasons");
  if (passed_scope(text_of(decision, "gate"))) {
    add_all(lacks, situation.lacks_in_scope);
    need_text(lacks, body, "class");
    need_text(lacks, body, "outcome");
    need(lacks, !situation.has_targets || !items_of(body, "targets").empty(), "targets");
    need(lacks, member(body, "session_before").is_object(), "session state");
  }
  const std::string approval = text_of(decision, "approval");
  need(lacks, approval.empty() || granted_.contains(approval), "grant of the approval");
  return lacks;
}

void Measures::add_decision(const ledger::Record& record) {
  if (record.at < options_.since || record.at >= options_.until) return;
  if (decisions_++ == 0) range_.first = record.index;
  range_.last = record.index + 1;
  const Json& body = record.body;
  const Json& decision = member(body, "decision");
  const std::string id = text_of(body, "id");
  static const Situation kUnknown{{"situation"},    {},  {"no situation"}, {"no situation"},
                                  {"no situation"}, true};
  const auto found = situations_.find(text_of(body, "situation"));
  const Situation& situation = found == situations_.end() ? kUnknown : *found->second;

  count(result_.attribution, record.index, id, situation.lacks_attribution);
  auto lacks = context_gaps(record, situation);
  if (text_of(decision, "verdict") != "allow") {
    return count(result_.context, record.index, id, lacks);
  }
  if (touches_data(text_of(body, "class"))) {
    auto data = situation.lacks_data;
    need(data, !situation.has_targets || !items_of(body, "targets").empty(), "targets");
    count(result_.data, record.index, id, data);
  }
  Open open{record.index, record.at, text_of(body, "tier") == "high", std::move(lacks),
            situation.lacks_path};
  const std::string approval = text_of(decision, "approval");
  need(open.lacks_path, approval.empty() || granted_.contains(approval), "no grant");
  open_[id] = std::move(open);
}

// An enforcement point's credential speaks for many instances; the record names the one.
void Measures::add_denials(const ledger::Record& record) {
  if (record.at < options_.since || record.at >= options_.until) return;
  const auto count_of =
      static_cast<std::uint64_t>(std::max<std::int64_t>(number_of(record.body, "count"), 1));
  const auto credential = credentials_.find(text_of(record.body, "credential"));
  const bool known = instances_.contains(text_of(record.body, "instance")) ||
                     (credential != credentials_.end() && instances_.contains(credential->second));
  result_.attribution.score.all += count_of;
  if (known) {
    result_.attribution.score.good += count_of;
  } else {
    result_.attribution.by_kind["no single instance"] += count_of;
  }
}

void Measures::end(const std::string& decision, bool released) {
  const auto found = open_.find(decision);
  if (found == open_.end()) return;
  const Open& open = found->second;
  count(result_.context, open.entry, decision, open.lacks_context);
  if (open.high && released) count(result_.traceback, open.entry, decision, open.lacks_path);
  open_.erase(found);
}

void Measures::count(Metric& metric, std::uint64_t entry, const std::string& decision,
                     const std::vector<std::string>& lacks) {
  ++metric.score.all;
  if (lacks.empty()) {
    ++metric.score.good;
    return;
  }
  for (const std::string& what : lacks) ++metric.by_kind[what];
  if (metric.gaps.size() < options_.max_gaps) {
    metric.gaps.push_back({entry, decision, joined(lacks)});
  }
}

Measures::Result Measures::finish() {
  // What was let go just now may still be under way; what was let go before has no outcome.
  const Time now = options_.now.ms > 0 ? options_.now : last_;
  for (auto& [id, open] : open_) {
    if (now - open.at < options_.settles) continue;
    open.lacks_context.emplace_back("outcome");
    open.lacks_path.emplace_back("no outcome");
    count(result_.context, open.entry, id, open.lacks_context);
    if (open.high) count(result_.traceback, open.entry, id, open.lacks_path);
  }
  open_.clear();
  return result_;
}

}  // namespace ambit::insight::internal
