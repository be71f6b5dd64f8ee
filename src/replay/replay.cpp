#include "replay/replay.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "replay/internal/history.h"
#include "text/base64url.h"

namespace ambit::replay {
namespace {

using text::Json;

constexpr std::size_t kChunk = 16'384;

struct Item {
  std::uint64_t index = 0;
  std::string record;
  std::string beside;
  std::optional<domain::Approval> approval;
};

struct Verdicts {
  std::uint64_t identical = 0;
  std::uint64_t incomplete = 0;
  std::uint64_t erased = 0;
  std::uint64_t locked = 0;
  std::vector<Difference> differences;
};

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

std::vector<std::string> texts_of(const Json& object, std::string_view key) {
  std::vector<std::string> out;
  const Json* list = object.find(key);
  if (!list || !list->is_array()) return out;
  for (const auto& item : list->as_array()) {
    out.emplace_back(item.is_string() ? item.as_string() : item.string_or("code", ""));
  }
  return out;
}

// The reasons as recorded: code, message and remedy.
Json reasons_of(const decision::Decision& decision) {
  Json out = Json::array();
  for (const auto& reason : decision.reasons) {
    Json item = Json::object({{"code", reason.code}, {"message", reason.message}});
    if (!reason.remedy.empty()) item.set("remedy", reason.remedy);
    out.push_back(std::move(item));
  }
  return out;
}

// A hold is refused when too many wait: that is the service's own doing, after the decision.
bool refused_as_too_many(const Json& recorded) {
  const auto codes = texts_of(recorded, "reasons");
  return codes.size() == 1 && codes.front() == "approval.too_many_pending";
}

std::string compare(const RecordedDecision& recorded, const decision::Decision& again) {
  const std::string_view verdict = recorded.decision.string_or("verdict", "");
  const bool too_many = refused_as_too_many(recorded.decision);
  const std::string_view now = domain::name_of(again.verdict);
  if (text::to_base64url(again.snapshot.view()) != recorded.snapshot_digest) {
    return "what was read has another digest than recorded";
  }
  if (text::to_base64url(again.action.view()) != recorded.action_digest) {
    return "the action has another digest than recorded";
  }
  if (too_many) {
    return again.verdict == domain::Verdict::kHold
               ? ""
               : "verdict is " + quoted(now) + ", recorded `hold` (too many wait)";
  }
  if (now != verdict) return "verdict is " + quoted(now) + ", recorded " + quoted(verdict);
  const Json* reasons = recorded.decision.find("reasons");
  if (!(reasons_of(again) == (reasons ? *reasons : Json::array()))) {
    return "the reasons differ from those recorded";
  }
  if (again.determining != texts_of(recorded.decision, "determining")) {
    return "other policies determined it than recorded";
  }
  if (again.observed != texts_of(recorded.decision, "observed") ||
      (again.would ? domain::name_of(*again.would) : "") !=
          recorded.decision.string_or("would", "")) {
    return "policies in observe mode would have made something else of it than recorded";
  }
  return {};
}

Result<> check(const History& history, const Item& item, Verdicts& out) {
  const auto read = history.read({item.index, item.record, item.beside}, item.approval);
  if (!read && read.error().reason == "vault.tampered") {
    out.differences.push_back({item.index, {}, read.error().message});
    return {};
  }
  if (!read) return fail(read.error());
  const RecordedDecision& recorded = *read;
  if (!recorded.can_decide()) {
    const bool locked = recorded.values == vault::Values::kLocked;
    ++(recorded.values == vault::Values::kErased ? out.erased
       : locked                                  ? out.locked
                                                 : out.incomplete);
    return {};
  }
  std::string what = compare(recorded, recorded.decide());
  if (what.empty()) {
    ++out.identical;
  } else {
    out.differences.push_back({item.index, recorded.action.id, std::move(what)});
  }
  return {};
}

// Checks the items on several threads; the history does not grow meanwhile.
Result<> check_all(const History& history, const std::vector<Item>& items, unsigned threads,
                   ReplayReport& report) {
  std::vector<Verdicts> verdicts(threads);
  std::vector<Result<>> outcomes(threads);
  std::atomic<std::size_t> next = 0;
  const auto work = [&](unsigned me) {
    constexpr std::size_t kStep = 64;
    for (;;) {
      const std::size_t begin = next.fetch_add(kStep);
      if (begin >= items.size()) return;
      for (std::size_t i = begin; i < std::min(begin + kStep, items.size()); ++i) {
        if (outcomes[me]) outcomes[me] = check(history, items[i], verdicts[me]);
      }
    }
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(work, i);
  work(0);
  for (auto& thread : others) thread.join();
  for (unsigned i = 0; i < threads; ++i) {
    if (!outcomes[i]) return fail(outcomes[i].error());
    report.identical += verdicts[i].identical;
    report.incomplete += verdicts[i].incomplete;
    report.erased += verdicts[i].erased;
    report.locked += verdicts[i].locked;
    report.different += verdicts[i].differences.size();
    for (auto& difference : verdicts[i].differences) {
      report.differences.push_back(std::move(difference));
    }
  }
  return {};
}

}  // namespace

Result<ReplayReport> replay(const Source& source, const ReplayOptions& options) {
  const unsigned threads =
      options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  ReplayReport report;
  History history(options.keys);
  std::vector<Item> items;
  Result<> outcome;
  const auto flush = [&]() -> Result<> {
    AMBIT_CHECK_OK(check_all(history, items, threads, report));
    items.clear();
    std::sort(report.differences.begin(), report.differences.end(),
              [](const Difference& a, const Difference& b) { return a.index < b.index; });
    if (report.differences.size() > options.max_differences) {
      report.differences.resize(options.max_differences);
    }
    if (options.progress) options.progress(report.decisions);
    return {};
  };
  const auto visit = [&](const ports::EntryView& entry) {
    if (entry.index >= options.to) return false;
    ++report.entries;
    if (!History::is_decision(entry.record)) {
      outcome = history.add(entry);
      return outcome.has_value();
    }
    if (entry.index >= options.from) {
      ++report.decisions;
      items.push_back({entry.index, std::string(entry.record), std::string(entry.beside),
                       history.approval_of(entry.record)});
    }
    outcome = history.note_request(entry);
    if (outcome && items.size() >= kChunk) outcome = flush();
    return outcome.has_value();
  };
  AMBIT_CHECK_OK(source(visit));
  AMBIT_CHECK_OK(outcome);
  AMBIT_CHECK_OK(flush());
  return report;
}

}  // namespace ambit::replay
