#include "insight/completeness.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "insight/internal/measures.h"
#include "replay/replay.h"
#include "vault/open_record.h"

namespace ambit::insight {
namespace {

using text::Json;

constexpr Duration kFreshAnchor = minutes(60);
constexpr double kContextWanted = 0.999;
constexpr double kDataWanted = 0.99;

Json number(std::uint64_t value) { return Json(static_cast<std::int64_t>(value)); }

Result<Metric> replay_fidelity(const Source& source, const CompletenessOptions& options,
                               internal::Range range, std::uint64_t decisions) {
  Metric out{.id = "m10",
             .name = "replay fidelity",
             .score = {},
             .wanted = 1.0,
             .gaps = {},
             .by_kind = {},
             .problem = {}};
  if (range.first >= range.last) return out;
  replay::ReplayOptions again;
  again.from = range.first;
  again.to = range.last;
  again.threads = options.threads;
  again.keys = options.keys;
  again.max_differences = options.max_gaps;
  const auto replayed = replay::replay(source, again);
  if (!replayed) {
    if (replayed.error().reason != "replay.record") return fail(replayed.error());
    // A record that cannot be understood: nothing after it can be made again.
    out.problem = replayed.error().message;
    out.score = {0, decisions};
    return out;
  }
  const replay::ReplayReport& report = *replayed;
  // Nobody can make again what was erased; that it was is on record.
  out.score = {report.identical, report.decisions - report.erased};
  if (report.locked > 0) out.by_kind["the key of its values is not at hand"] = report.locked;
  if (report.different > 0) out.by_kind["another decision"] = report.different;
  if (report.incomplete > 0) out.by_kind["arguments are not recorded"] = report.incomplete;
  for (const auto& difference : report.differences) {
    out.gaps.push_back({difference.index, difference.decision, difference.what});
  }
  return out;
}

Metric integrity_of(const CompletenessOptions& options) {
  Metric out{.id = "m11",
             .name = "audit integrity",
             .score = {},
             .wanted = 1.0,
             .gaps = {},
             .by_kind = {},
             .problem = {}};
  if (!options.integrity) return out;
  const Integrity& found = *options.integrity;
  out.score = {found.verified, found.entries};
  out.problem = found.problem;
  if (!out.problem.empty()) return out;
  if (!found.anchored_at) {
    out.problem = "no checkpoint is anchored outside: name witnesses, or keep one elsewhere";
  } else if (options.now - *found.anchored_at > kFreshAnchor) {
    out.problem = "the last checkpoint that is anchored outside is older than an hour";
  }
  return out;
}

Json to_json(const Metric& metric) {
  Json gaps = Json::array();
  for (const Gap& gap : metric.gaps) {
    gaps.push_back(Json::object(
        {{"entry", number(gap.entry)}, {"decision", gap.decision}, {"what", gap.what}}));
  }
  Json kinds = Json::object();
  for (const auto& [kind, count] : metric.by_kind) kinds.set(kind, number(count));
  Json out = Json::object({{"id", metric.id},
                           {"name", metric.name},
                           {"status", metric.status()},
                           {"numerator", number(metric.score.good)},
                           {"denominator", number(metric.score.all)},
                           {"wanted", metric.wanted},
                           {"gaps_by_kind", std::move(kinds)},
                           {"gaps", std::move(gaps)}});
  if (const auto value = metric.score.value()) out.set("score", *value);
  if (!metric.problem.empty()) out.set("problem", metric.problem);
  return out;
}

}  // namespace

std::string Metric::status() const {
  const auto value = score.value();
  if (!value) return "no_data";
  return *value >= wanted && problem.empty() ? "met" : "not_met";
}

bool Completeness::met() const {
  return std::none_of(metrics.begin(), metrics.end(),
                      [](const Metric& metric) { return metric.status() == "not_met"; });
}

Result<Completeness> completeness(const Source& source, const CompletenessOptions& options) {
  internal::Measures measures(options);
  Result<> outcome;
  AMBIT_CHECK_OK(source([&](const ports::EntryView& entry) {
    auto opened = vault::open_record(entry.index, entry.record, entry.beside, options.keys);
    if (!opened) {
      outcome = fail(opened.error());
      return false;
    }
    measures.add(opened->record);
    return true;
  }));
  AMBIT_CHECK_OK(outcome);
  Completeness out;
  out.entries = measures.entries();
  out.decisions = measures.decisions();
  auto measured = measures.finish();
  measured.context.wanted = kContextWanted;
  measured.data.wanted = kDataWanted;
  AMBIT_TRY(Metric fidelity, replay_fidelity(source, options, measures.range(), out.decisions));
  out.metrics = {std::move(measured.context),   std::move(fidelity),
                 integrity_of(options),         std::move(measured.attribution),
                 std::move(measured.traceback), std::move(measured.data)};
  return out;
}

Json to_json(const Completeness& completeness) {
  Json metrics = Json::array();
  for (const Metric& metric : completeness.metrics) metrics.push_back(to_json(metric));
  return Json::object({{"met", completeness.met()},
                       {"entries", number(completeness.entries)},
                       {"decisions", number(completeness.decisions)},
                       {"metrics", std::move(metrics)}});
}

}  // namespace ambit::insight
