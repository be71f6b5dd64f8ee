#include "service/internal/state_file.h"

#include <algorithm>
#include <vector>

#include "service/internal/state_bytes.h"

namespace ambit::service {
namespace {

using text::Json;

constexpr std::string_view kMagic = "ambit state snapshot\n";
constexpr std::uint64_t kVersion = 1;
// Binds the bytes to their purpose.
constexpr std::string_view kPurpose = "ambit/snapshot/1\n";
constexpr std::size_t kMacBytes = 32;
constexpr text::JsonLimits kJsonLimits{1u << 20, 64};

template <class Map>
std::vector<std::string> sorted_keys(const Map& map) {
  std::vector<std::string> keys;
  keys.reserve(map.size());
  for (const auto& [key, value] : map) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

// --- writing

void write_session(StateWriter& out, const domain::SessionState& session) {
  out.signed_number(session.released);
  out.signed_number(session.denied);
  out.signed_number(session.held);
  out.number(session.events);
  out.bytes(session.history.view());
  out.texts(session.labels);
  out.texts(session.systems);
}

void write_task(StateWriter& out, const std::string& id, const TaskEntry& entry) {
  out.text(id);
  out.text(entry.task->parent);
  out.text(entry.task->root);
  out.flag(entry.task->state == domain::TaskState::kOpen);
  write_session(out, entry.session);
  out.number(entry.instances.size());
  for (const auto& instance : entry.instances) {
    out.text(text::to_canonical_json(domain::to_json(*instance)));
  }
  out.texts(entry.credentials);
  out.texts(entry.situations);
}

void write_tasks(StateWriter& out, const History& history) {
  out.number(history.trees.size());
  for (const std::string& root : sorted_keys(history.trees)) {
    out.text(root);
    const std::vector<std::string>& ids = history.trees.at(root);
    out.number(ids.size());
    // In the order in which they came in, so that a parent stands before its children.
    for (const std::string& id : ids) write_task(out, id, history.tasks.at(id));
  }
}

void write_approvals(StateWriter& out, const History& history) {
  out.number(history.approvals.size());
  for (const auto& [id, approval] : history.approvals) {
    Json json = domain::to_json(approval);
    json.erase("view");
    out.text(text::to_canonical_json(json));
    const auto records = history.approval_records.find(id);
    const bool known = records != history.approval_records.end();
    out.number(known ? records->second.requested : 0);
    const auto refused = known ? records->second.refused : std::nullopt;
    out.flag(refused.has_value());
    out.number(refused.value_or(0));
  }
  out.texts(history.closed_approvals);
}

void write_situations(StateWriter& out, const History& history) {
  out.number(history.situations.size());
  for (const std::string& id : sorted_keys(history.situations)) {
    const SituationFacts& facts = history.situations.at(id);
    out.text(id);
    for (const std::string* part : {&facts.agent, &facts.task, &facts.instance, &facts.channel,
                                    &facts.requested_by, &facts.system}) {
      out.text(*part);
    }
    out.texts(facts.labels);
    out.number(facts.index.value_or(0));
  }
}

void write_rest(StateWriter& out, const History& history) {
  const std::vector<std::uint64_t> marks = history.instance_keys.sorted();
  out.number(marks.size());
  for (const std::uint64_t mark : marks) out.number(mark);
  for (const Coverage& coverage : history.coverage) {
    out.signed_number(coverage.decisions);
    out.signed_number(coverage.enforced);
  }
  out.number(history.findings.size());
  for (const auto& [id, finding] : history.findings) {
    out.text(text::to_canonical_json(domain::to_json(finding)));
  }
  out.number(history.claims.size());
  for (const auto& [digest, claim] : history.claims) {
    out.text(digest);
    out.text(claim.task);
    out.signed_number(claim.expires_at.ms);
  }
  out.texts(sorted_keys(history.documents.young()));
  out.texts(sorted_keys(history.documents.old()));
  out.texts(history.erased_keys);
  out.number(history.awaited.size());
  for (const auto& [decision, situation] : history.awaited) {
    out.text(decision);
    out.text(situation);
  }
}

void write_queue(StateWriter& out, const std::deque<std::pair<std::uint64_t, std::string>>& queue) {
  out.number(queue.size());
  for (const auto& [index, id] : queue) {
    out.number(index);
    out.text(id);
  }
}

// --- reading

domain::SessionState read_session(StateReader& in) {
  domain::SessionState session;
  session.released = in.signed_number();
  session.denied = in.signed_number();
  session.held = in.signed_number();
  session.events = in.number();
  session.history = in.digest();
  session.labels = in.texts<std::set<std::string>>();
  session.systems = in.texts<std::set<std::string>>();
  return session;
}

template <class T>
std::optional<T> read_json(StateReader& in, Result<T> (*read)(const Json&)) {
  if (const auto json = text::parse_json(in.text(), kJsonLimits)) {
    if (auto value = read(*json)) return *std::move(value);
  }
  in.refuse();
  return std::nullopt;
}

void read_instances(StateReader& in, History& history, TaskEntry& entry) {
  for (std::uint64_t i = in.count(); i > 0 && in.ok(); --i) {
    auto instance = read_json(in, &domain::instance_from_json);
    if (!instance) return;
    auto shared = std::make_shared<const domain::Instance>(*std::move(instance));
    entry.instances.push_back(shared);
    const std::string id = shared->id;
    history.instances[id] = std::move(shared);
  }
}

void read_task(StateReader& in, const std::string& root, History& history) {
  domain::Task task;
  task.id = in.text();
  task.parent = in.text();
  task.root = in.text();
  task.state = in.flag() ? domain::TaskState::kOpen : domain::TaskState::kEnded;
  const std::string id = task.id;
  if (!in.ok() || history.task(id) || (task.root.empty() ? id : task.root) != root) {
    return in.refuse();
  }
  history.put(std::move(task));
  TaskEntry& entry = *history.task(id);
  entry.session = read_session(in);
  read_instances(in, history, entry);
  entry.credentials = in.texts<std::set<std::string>>();
  entry.situations = in.texts<std::vector<std::string>>();
}

void read_tasks(StateReader& in, History& history) {
  for (std::uint64_t trees = in.count(); trees > 0 && in.ok(); --trees) {
    const std::string root = in.text();
    for (std::uint64_t i = in.count(); i > 0 && in.ok(); --i) read_task(in, root, history);
  }
}

void read_approvals(StateReader& in, History& history) {
  for (std::uint64_t i = in.count(); i > 0 && in.ok(); --i) {
    auto approval = read_json(in, &domain::approval_from_json);
    ApprovalRecords records{in.number(), {}};
    const bool refused = in.flag();
    const std::uint64_t refused_at = in.number();
    if (refused) records.refused = refused_at;
    if (!approval || !in.ok()) return in.refuse();
    const std::string id = approval->id;
    if (TaskEntry* task = history.task(approval->task)) {
      task->approvals.insert(id);
      if (approval->state == domain::ApprovalState::kPending) task->pending_approvals.insert(id);
    }
    history.approval_records[id] = records;
    history.approvals[id] = *std::move(approval);
  }
  history.closed_approvals = in.texts<std::deque<std::string>>();
}

void read_situations(StateReader& in, History& history) {
  for (std::uint64_t i = in.count(); i > 0 && in.ok(); --i) {
    const std::string id = in.text();
    SituationFacts facts;
    for (std::string* part : {&facts.agent, &facts.task, &facts.instance, &facts.channel,
                              &facts.requested_by, &facts.system}) {
      *part = in.text();
    }
    facts.labels = in.texts<std::vector<std::string>>();
    facts.index = in.number();
    history.situations[id] = std::move(facts);
  }
}

Generations<bool>::Map read_documents(StateReader& in) {
  Generations<bool>::Map out;
  for (std::string& digest : in.texts<std::vector<std::string>>()) {
    out.emplace(std::move(digest), true);
  }
  return out;
}

void read_rest(StateReader& in, History& history) {
  std::vector<std::uint64_t> marks(in.count());
  for (std::uint64_t& mark : marks) mark = in.number();
  if (!std::is_sorted(marks.begin(), marks.end())) return in.refuse();
  history.instance_keys = KeyMarks::from_sorted(std::move(marks));
  for (Coverage& coverage : history.coverage) {
    coverage.decisions = in.signed_number();
    coverage.enforced = in.signed_number();
  }
  for (std::uint64_t i = in.count(); i > 0 && in.ok(); --i) {
    auto finding = read_json(in, &domain::finding_from_json);
    if (!finding) return;
    const std::string id = finding->id;
    history.findings[id] = *std::move(finding);
  }
  for (std::uint64_t i = in.count(); i > 0 && in.ok(); --i) {
    const std::string digest = in.text();
    std::string task = in.text();
    history.claims[digest] = {std::move(task), Time{in.signed_number()}};
  }
  Generations<bool>::Map young = read_documents(in);
  history.documents = {History::kDocuments, std::move(young), read_documents(in)};
  history.erased_keys = in.texts<std::set<std::string>>();
  for (const std::string& key : history.erased_keys) {
    if (TaskEntry* task = history.task(key)) task->erased = true;
  }
  for (std::uint64_t i = in.count(); i > 0 && in.ok(); --i) {
    const std::string decision = in.text();
    const std::string situation = in.text();
    if (!history.situations.contains(situation)) return in.refuse();
    history.awaited[decision] = situation;
  }
}

std::deque<std::pair<std::uint64_t, std::string>> read_queue(StateReader& in) {
  std::deque<std::pair<std::uint64_t, std::string>> queue;
  for (std::uint64_t i = in.count(); i > 0 && in.ok(); --i) {
    const std::uint64_t index = in.number();
    queue.emplace_back(index, in.text());
  }
  return queue;
}

Result<ledger::Frontier> read_tree(StateReader& in) {
  const std::uint64_t size = in.number();
  std::vector<ledger::Hash> nodes;
  for (std::uint64_t i = in.count(32); i > 0 && in.ok(); --i) nodes.push_back(in.digest());
  return ledger::Frontier::from_nodes(size, std::move(nodes));
}

tl::unexpected<Error> bad_form(std::string what) {
  return fail(Code::kInvalid, "snapshot.form", std::move(what));
}

}  // namespace

Result<> check_version(std::uint64_t version) {
  if (version == kVersion) return {};
  return fail(Code::kUnsupported, "snapshot.version",
              "it has version " + std::to_string(version) + "; this program reads " +
                  std::to_string(kVersion));
}

std::string write_state_body(const LedgerState& state) {
  std::string body;
  StateWriter out(body);
  out.number(state.tree.size());
  out.number(state.tree.nodes().size());
  for (const ledger::Hash& node : state.tree.nodes()) out.bytes(node.view());
  out.number(state.changes);
  out.number(state.recent_changes.size());
  for (const RecordMark& mark : state.recent_changes) {
    out.bytes({reinterpret_cast<const char*>(mark.data()), mark.size()});
  }
  write_tasks(out, state.history);
  write_approvals(out, state.history);
  write_situations(out, state.history);
  write_rest(out, state.history);
  write_queue(out, state.ended_roots);
  write_queue(out, state.strays);
  return body;
}

Result<LedgerState> read_state_body(std::string_view body) {
  StateReader in(body);
  LedgerState state;
  AMBIT_TRY(state.tree, read_tree(in));
  state.changes = in.number();
  for (std::uint64_t i = in.count(16); i > 0 && in.ok(); --i) {
    const std::string_view raw = in.bytes(16);
    RecordMark mark{};
    std::copy(raw.begin(), raw.end(), mark.begin());
    state.recent_changes.push_back(mark);
  }
  read_tasks(in, state.history);
  read_approvals(in, state.history);
  read_situations(in, state.history);
  read_rest(in, state.history);
  state.ended_roots = read_queue(in);
  state.strays = read_queue(in);
  if (!in.ok() || !in.at_end()) return bad_form("its parts do not fit together");
  return state;
}

std::string write_state(const LedgerState& state, const crypto::HmacKey& key) {
  const std::string body = write_state_body(state);
  std::string file(kMagic);
  StateWriter out(file);
  out.number(kVersion);
  out.number(body.size());
  file += body;
  file += key.mac({kPurpose, file}).view();
  return file;
}

std::string write_dropped_state(const LedgerState& state) {
  std::string out;
  StateWriter(out).number(kVersion);
  return out + write_state_body(state);
}

Result<LedgerState> read_dropped_state(std::string_view bytes) {
  StateReader in(bytes.substr(0, 8));
  AMBIT_CHECK_OK(check_version(in.number()));
  return read_state_body(bytes.substr(std::min<std::size_t>(8, bytes.size())));
}

Result<LedgerState> read_state(std::string_view file, const crypto::HmacKey& key) {
  const std::size_t head = kMagic.size() + 16;
  if (!file.starts_with(kMagic) || file.size() < head + kMacBytes) {
    return bad_form("it is no snapshot, or only the beginning of one");
  }
  StateReader in(file.substr(kMagic.size(), 16));
  AMBIT_CHECK_OK(check_version(in.number()));
  const std::uint64_t size = in.number();
  if (size != file.size() - head - kMacBytes) return bad_form("it was cut off, or added to");
  const std::string_view covered = file.substr(0, head + size);
  if (!crypto::equal_constant_time(key.mac({kPurpose, covered}).view(), file.substr(head + size))) {
    return fail(Code::kDenied, "snapshot.forged",
                "it was not written by this installation, or was changed since");
  }
  return read_state_body(file.substr(head, size));
}

}  // namespace ambit::service
