// What policies read as `context`: written once, for every kind of value that it is made of.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decision/internal/policy_names.h"
#include "decision/snapshot.h"
#include "domain/action.h"
#include "text/json.h"

namespace ambit::decision {

// The approval that the context carries: a real one, or a hypothetical one for the counterfactual.
struct ApprovalView {
  std::vector<std::string> granted_by;  // human ids
  std::vector<std::string> classes;     // approver classes that are satisfied
  Time at;
};

enum class ContextField : std::uint8_t {
  kInput,
  kOutcome,
  kTier,
  kDataDomain,
  kTargets,
  kSession,
  kTask,
  kKeyBound,
  kSystem,
  kIntent,
  kJustification,
  kOnBehalfOf,
  kPresent,
  kApproval
};
inline constexpr std::size_t kContextFields = 14;
inline constexpr std::array<std::string_view, kContextFields> kContextNames{
    "input",     "outcome", "tier",   "data_domain",   "targets",      "session", "task",
    "key_bound", "system",  "intent", "justification", "on_behalf_of", "present", "approval"};

// `Make` makes values of type `Make::Out`: boolean(), integer(), datetime(), string(), entity(type,
// id), set(list, function from an element to a value), and record(names and values); and input() of
// the arguments.

// All that a context is made of; borrowed.
struct ContextParts {
  const Snapshot& snapshot;
  const domain::Action& action;
  const ApprovalView* approval = nullptr;
};

template <class Make>
typename Make::Out strings(Make& make, const auto& list) {
  return make.set(list, [&](const std::string& item) { return make.string(item); });
}

template <class Make>
typename Make::Out session_record(Make& make, const domain::SessionState* known) {
  static const domain::SessionState kNone;
  const domain::SessionState& session = known ? *known : kNone;
  return make.record({{"calls", make.integer(session.released)},
                      {"denied", make.integer(session.denied)},
                      {"held", make.integer(session.held)},
                      {"labels", strings(make, session.labels)},
                      {"systems", strings(make, session.systems)}});
}

template <class Make>
typename Make::Out task_record(Make& make, const domain::Task& task) {
  return make.record({{"id", make.string(task.id)},
                      {"goal", make.string(task.goal)},
                      {"trigger", make.string(task.trigger.kind)},
                      {"started_by", make.entity("Ambit::User", task.started_by)},
                      {"depth", make.integer(task.depth)},
                      {"outcomes", strings(make, task.scope.outcomes)}});
}

template <class Make>
typename Make::Out approval_record(Make& make, const ApprovalView& approval) {
  return make.record({{"granted_by", make.set(approval.granted_by,
                                              [&](const std::string& id) {
                                                return make.entity("Ambit::User", id);
                                              })},
                      {"classes", strings(make, approval.classes)},
                      {"at", make.datetime(approval.at.ms)}});
}

// The targets of one kind, without a list of their own.
struct TargetsOfKind {
  struct Iterator {
    const domain::Target* at;
    const domain::Target* last;
    domain::TargetKind kind;

    const domain::Target& operator*() const { return *at; }
    Iterator& operator++() {
      ++at;
      return skip();
    }
    Iterator& skip() {
      while (at != last && at->kind != kind) ++at;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at != other.at; }
  };

  const std::vector<domain::Target>& targets;
  domain::TargetKind kind;

  Iterator begin() const {
    Iterator out{targets.data(), targets.data() + targets.size(), kind};
    return out.skip();
  }
  Iterator end() const {
    const domain::Target* last = targets.data() + targets.size();
    return {last, last, kind};
  }
};

// By kind, as a set of Cedar holds entities of one type.
template <class Make>
typename Make::Out targets_record(Make& make, const domain::Action& action) {
  const auto of_kind = [&](domain::TargetKind kind) {
    return make.set(TargetsOfKind{action.targets, kind}, [&](const domain::Target& target) {
      return make.entity(type_of(kind), target.value);
    });
  };
  return make.record({{"path", of_kind(domain::TargetKind::kPath)},
                      {"host", of_kind(domain::TargetKind::kHost)},
                      {"url", of_kind(domain::TargetKind::kUrl)},
                      {"account", of_kind(domain::TargetKind::kAccount)},
                      {"recipient", of_kind(domain::TargetKind::kRecipient)},
                      {"resource", of_kind(domain::TargetKind::kResource)}});
}

// A field of the context; nothing when it has none of that name.
template <class Make>
std::optional<typename Make::Out> context_field(Make& make, const ContextParts& parts,
                                                ContextField field) {
  const Snapshot& snapshot = parts.snapshot;
  const domain::Action& action = parts.action;
  switch (field) {
    case ContextField::kInput: return make.input(action.arguments);
    case ContextField::kOutcome: return make.string(action.effect.outcome);
    case ContextField::kTier: return make.string(domain::name_of(action.tier));
    case ContextField::kDataDomain: return make.string(snapshot.tool->binding->data_domain);
    case ContextField::kTargets: return targets_record(make, action);
    case ContextField::kSession: return session_record(make, snapshot.session);
    case ContextField::kTask: return task_record(make, *snapshot.chain.front());
    case ContextField::kKeyBound: return make.boolean(action.key_bound);
    case ContextField::kSystem: return make.record({{"now", make.datetime(snapshot.now.ms)}});
    case ContextField::kIntent:
      if (action.intent.empty()) return std::nullopt;
      return make.string(action.intent);
    case ContextField::kJustification:
      if (action.justification.empty()) return std::nullopt;
      return make.string(action.justification);
    case ContextField::kOnBehalfOf:
      if (!snapshot.on_behalf_of) return std::nullopt;
      return make.entity("Ambit::User", snapshot.on_behalf_of->id);
    case ContextField::kPresent:
      if (!action.probe) return std::nullopt;
      return make.boolean(action.probe->present);
    case ContextField::kApproval:
      if (parts.approval == nullptr) return std::nullopt;
      return approval_record(make, *parts.approval);
  }
  return std::nullopt;
}

}  // namespace ambit::decision
