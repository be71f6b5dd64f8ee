// What stays in memory until the index has it, and what leaves when it is over for long.
#include <algorithm>

#include "ledger/record.h"
#include "ports/index.h"
#include "service/internal/recall.h"

namespace ambit::service {
namespace {

// Read while the service starts; the rest in the background, as much at once.
constexpr std::uint64_t kAtOnce = 20'000;
// Entries that are remembered at most while the index does not come after; beyond half of them it
// is told to hurry.
constexpr std::size_t kMostTold = 400'000;
// Let go of at once, by a sweep and for each entry that is added: more of them would be felt by who
// waits for a decision.
constexpr std::size_t kMostLetGo = 500;
constexpr std::size_t kLetGoForOne = 2;
// How long an ended task stays, so that its credentials have run out.
constexpr Duration kStay = minutes(11);
constexpr std::size_t kFewBuckets = 4096;

// One entry that tells of a decision.
struct Note {
  std::uint64_t index = 0;
  std::string kind;
  std::string decision;
};

// The member of a canonical record, found without reading it whole: identifiers of decisions have
// no character that JSON would escape.
std::string id_behind(std::string_view record, std::string_view member) {
  const std::size_t found = record.find(member);
  if (found == std::string_view::npos) return {};
  const std::size_t begin = found + member.size() - std::string_view("dec_").size();
  const std::size_t end = record.find('"', begin);
  return std::string(record.substr(begin, end - begin));
}

Result<std::vector<Note>> notes_of(const ports::Log& log, std::uint64_t from, std::uint64_t end) {
  std::vector<Note> out;
  if (from >= end) return out;
  AMBIT_CHECK_OK(log.scan(from, [&](const ports::EntryView& entry) {
    if (entry.index >= end) return false;
    for (const char* kind : {"decision", "outcome", "withdrawn"}) {
      if (!ledger::has_kind(entry.record, kind)) continue;
      const bool itself = kind == std::string_view("decision");
      std::string id = id_behind(entry.record, itself ? R"("id":"dec_)" : R"("decision":"dec_)");
      if (!id.empty()) out.push_back({entry.index, kind, std::move(id)});
    }
    return true;
  }));
  return out;
}

void take(World& world, const std::vector<Note>& notes) {
  for (const Note& note : notes) {
    if (note.kind != "decision") {
      note_ending(world, note.index, note.kind, note.decision);
    } else if (const auto key = decision_key(note.decision);
               key && world.newest_decisions.add(*key, note.index)) {
      world.told.push_back({note.index, *key});
    }
  }
}

// Newest first, so that what is remembered has no gap.
void remember_before(Context& context, std::uint64_t end, std::uint64_t least) {
  if (end <= least) {
    context.world.remembering = false;
    std::stable_sort(context.world.told.begin(), context.world.told.end(),
                     [](const Told& a, const Told& b) { return a.index < b.index; });
    return;
  }
  const std::uint64_t from = end - std::min(end - least, kAtOnce);
  context.ports.background->post([&context, alive = std::weak_ptr<bool>(context.alive), from, end,
                                  least, log = context.ports.log] {
    auto notes = notes_of(*log, from, end);
    context.ports.loop->post([&context, alive, from, least, notes = std::move(notes)] {
      if (!alive.lock()) return;
      if (!notes) {  // the index alone answers for these, when it has them
        context.world.remembering = false;
        return;
      }
      take(context.world, *notes);
      context.world.remembered_from = from;
      remember_before(context, from, least);
    });
  });
}

void let_go_of_told(World& world, std::size_t most) {
  if (!world.indexed) return;
  for (; most > 0 && !world.told.empty(); --most) {
    const Told& oldest = world.told.front();
    if (oldest.index >= *world.indexed && world.told.size() <= kMostTold) return;
    world.newest_decisions.remove(oldest.decision, oldest.index);
    if (const auto known = world.endings.find(oldest.decision);
        known != world.endings.end() && known->second.index == oldest.index) {
      world.endings.erase(known);
    }
    world.remembered_from = std::max(world.remembered_from, oldest.index + 1);
    world.told.pop_front();
    if (!world.told.empty()) world.newest_decisions.expect(world.told.front().decision);
  }
}

void see_what_is_indexed(Context& context) {
  World& world = context.world;
  world.indexed.reset();
  if (!context.ports.index || world.remembering) return;
  world.indexed = context.ports.index->indexed();
  if (world.told.size() > kMostTold / 2) context.ports.index->hurry();
}

void let_go_of_tasks(Context& context) {
  World& world = context.world;
  const auto is_due = [&](const auto& queue) {
    return !queue.empty() && context.now() - queue.front().first >= kStay;
  };
  bool any = false;
  while (is_due(world.ended_roots)) {
    any = true;
    for (std::string& left : let_go_of_tree(world, world.ended_roots.front().second)) {
      world.stray_situations.emplace_back(context.now(), std::move(left));
    }
    world.ended_roots.pop_front();
  }
  while (is_due(world.stray_situations)) {
    any = true;
    std::string id = std::move(world.stray_situations.front().second);
    world.stray_situations.pop_front();
    if (!let_go_of_situation(world, id)) {
      world.stray_situations.emplace_back(context.now(), std::move(id));
    }
  }
  // What a situation is found by must not outlive it.
  if (any) world.situation_keys.clear();
}

// A credential that has been still for two minutes may be denied at its whole rate again: nothing
// is lost.
void let_go_of_denial_buckets(Context& context) {
  auto& buckets = context.world.denial_buckets;
  if (buckets.size() <= kFewBuckets) return;
  std::erase_if(buckets, [now = context.now()](const auto& bucket) {
    return now - bucket.second.at > minutes(2);
  });
}

}  // namespace

Result<> remember_newest(Context& context) {
  World& world = context.world;
  const std::uint64_t size = context.ports.log->size();
  const std::uint64_t indexed = context.ports.index ? context.ports.index->indexed() : 0;
  const std::uint64_t most = context.ports.index ? std::min<std::uint64_t>(size, kMostTold) : size;
  const std::uint64_t least = std::min(size, std::max(indexed, size - most));
  const std::uint64_t at_once = context.ports.index ? std::min(size - least, kAtOnce) : size;
  AMBIT_TRY(const auto notes, notes_of(*context.ports.log, size - at_once, size));
  take(world, notes);
  world.remembered_from = size - at_once;
  world.remembering = world.remembered_from > least;
  if (world.remembering) remember_before(context, world.remembered_from, least);
  return {};
}

void note_told(World& world, std::uint64_t index, const DecisionKey& decision) {
  world.told.push_back({index, decision});
  let_go_of_told(world, kLetGoForOne);
}

void let_go(Context& context) {
  see_what_is_indexed(context);
  let_go_of_told(context.world, kMostLetGo);
  let_go_of_tasks(context);
  let_go_of_denial_buckets(context);
}

}  // namespace ambit::service
