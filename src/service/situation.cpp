#include "service/internal/situation.h"

#include <algorithm>
#include <cstring>

#include "domain/fields.h"
#include "service/internal/evidence.h"
#include "service/internal/policy_documents.h"
#include "service/internal/recall.h"
#include "text/base64url.h"

namespace ambit::service {
namespace {

using text::Json;

// Situations that are found without being written out again.
constexpr std::size_t kMaxKnown = 16'384;
// A record holds 64 KiB; a part is text inside JSON, where a byte may take six.
constexpr std::size_t kPartBytes = 10 * 1024;
constexpr std::size_t kWholeBytes = 48 * 1024;

void part(std::string& out, std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  char length[sizeof size];
  std::memcpy(length, &size, sizeof size);
  out.append(length, sizeof length).append(bytes);
}

template <class T>
void digest_part(std::string& out, const std::shared_ptr<const T>& document) {
  part(out, document ? document->digest.view() : std::string_view());
}

// Equal keys mean equal situations; cheaper than writing one out.
std::string key_of(const decision::Snapshot& snapshot, const domain::Action& action) {
  std::string out;
  out.reserve(1024);
  digest_part(out, snapshot.agent);
  digest_part(out, snapshot.on_behalf_of);
  for (const auto& human : snapshot.accountable) digest_part(out, human);
  part(out, "chain");
  for (const auto& task : snapshot.chain) digest_part(out, task);
  digest_part(out, snapshot.server);
  part(out, snapshot.tool ? snapshot.tool->record_digest.view() : std::string_view());
  digest_part(out, snapshot.policies);
  if (snapshot.policies) part(out, std::to_string(snapshot.policies->version));
  for (const std::string* text :
       {&action.agent, &action.task, &action.instance, &action.session, &action.credential,
        &action.channel, &action.requested_by, &action.server, &action.tool}) {
    part(out, *text);
  }
  out += static_cast<char>('0' + (action.key_bound ? 1 : 0) + (action.loopback ? 2 : 0) +
                           (snapshot.node_fresh ? 4 : 0) + (snapshot.node_isolated ? 8 : 0));
  return out;
}

std::string short_form(const crypto::Digest& digest) { return text::to_base64url(digest.view()); }

// Writes one situation, and the documents that it names and the ledger does not have.
class SituationWriter {
 public:
  SituationWriter(Context& context, const decision::Snapshot& snapshot,
                  const domain::Action& action)
      : context_(context), snapshot_(snapshot), action_(action) {}

  Json write();
  // Digests of everything it names.
  std::vector<std::string> take_documents() { return std::move(documents_); }

 private:
  void add_people();
  void add_tasks();
  void add_tool();
  void add_policies();

  Json named(std::string_view kind, const crypto::Digest& digest,
             const std::function<Json()>& document);
  template <class T>
  Json named(std::string_view kind, const T& document) {
    return named(kind, document.digest, [&] { return domain::to_json(document); });
  }

  Context& context_;
  const decision::Snapshot& snapshot_;
  const domain::Action& action_;
  Json out_;
  std::vector<std::string> documents_;
};

void append_part(Context& context, const std::string& digest, const Json& body) {
  append_evidence(context, "document", body, [&context, digest](Result<ports::Position> at) {
    if (!context.world.documents.find(digest)) return;  // one of its parts failed before
    if (at) {
      context.world.documents.put(digest, true);
    } else {
      context.world.documents.erase(digest);
    }
  });
}

void append_document(Context& context, std::string_view kind, const std::string& digest,
                     Json document) {
  const std::string whole = text::to_canonical_json(document);
  if (whole.size() <= kWholeBytes) {
    return append_part(
        context, digest,
        Json::object({{"kind", kind}, {"digest", digest}, {"value", std::move(document)}}));
  }
  const std::size_t parts = (whole.size() + kPartBytes - 1) / kPartBytes;
  for (std::size_t i = 0; i < parts; ++i) {
    // Base64, as the cut may fall inside a character.
    append_part(
        context, digest,
        Json::object({{"kind", kind},
                      {"digest", digest},
                      {"part", static_cast<std::int64_t>(i + 1)},
                      {"parts", static_cast<std::int64_t>(parts)},
                      {"bytes", text::to_base64(whole.substr(i * kPartBytes, kPartBytes))}}));
  }
}

// Names a document by its digest and makes sure that the ledger has it.
Json SituationWriter::named(std::string_view kind, const crypto::Digest& digest,
                            const std::function<Json()>& document) {
  record_document(context_, kind, digest, document);
  std::string name = short_form(digest);
  documents_.push_back(name);
  return Json(std::move(name));
}

void SituationWriter::add_people() {
  out_.set("accountable", owners_json(snapshot_.agent.get()));
  if (snapshot_.agent) out_.set("agent_document", named("identity", *snapshot_.agent));
  text::JsonArray owners;
  for (const auto& human : snapshot_.accountable) {
    owners.push_back(human ? named("identity", *human) : Json(nullptr));
  }
  out_.set("accountable_documents", Json(std::move(owners)));
  if (snapshot_.on_behalf_of) {
    out_.set("on_behalf_of_document", named("identity", *snapshot_.on_behalf_of));
  }
}

void SituationWriter::add_tasks() {
  text::JsonArray chain, documents;
  for (const auto& task : snapshot_.chain) {
    chain.push_back(task ? Json(task->id) : Json(nullptr));
    documents.push_back(task ? named("task", *task) : Json(nullptr));
  }
  out_.set("chain", Json(std::move(chain)));
  out_.set("chain_documents", Json(std::move(documents)));
  if (snapshot_.instance) {
    const Json instance = domain::to_json(*snapshot_.instance);
    out_.set("instance_document",
             named("instance", crypto::sha256(text::to_canonical_json(instance)),
                   [&] { return instance; }));
  }
  if (snapshot_.chain.empty() || !snapshot_.chain.front()) return;
  const domain::Task& task = *snapshot_.chain.front();
  out_.set("goal", task.goal);
  out_.set("trigger",
           Json::object({{"kind", task.trigger.kind}, {"reference", task.trigger.reference}}));
  out_.set("on_behalf_of", task.on_behalf_of);
  out_.set("authorised_by", task.started_by);
}

void SituationWriter::add_tool() {
  if (snapshot_.server) {
    out_.set("system", snapshot_.server->system);
    out_.set("server_document", named("server", *snapshot_.server));
  }
  if (!snapshot_.tool) return;
  const domain::Tool& tool = *snapshot_.tool;
  out_.set("tool_digest", tool.digest);
  out_.set("tool_document",
           named("tool", tool.record_digest, [&] { return domain::to_json(tool); }));
  if (!tool.binding) return;
  out_.set("data_domain", tool.binding->data_domain);
  if (!tool.binding->labels.empty()) out_.set("labels", domain::to_json(tool.binding->labels));
}

void SituationWriter::add_policies() {
  Json policy = Json::object();
  if (snapshot_.policies) {
    const decision::PolicyState& state = *snapshot_.policies;
    policy.set("name", state.name);
    policy.set("version", static_cast<std::int64_t>(state.version));
    policy.set("digest", crypto::to_string(state.digest));
    policy.set("document", named("policies", state.digest, [&] { return policy_document(state); }));
  }
  out_.set("policy", std::move(policy));
}

Json SituationWriter::write() {
  out_ = Json::object({{"agent", action_.agent},
                       {"task", action_.task},
                       {"instance", action_.instance},
                       {"session", action_.session},
                       {"credential", action_.credential},
                       {"key_bound", action_.key_bound},
                       {"loopback", action_.loopback},
                       {"channel", action_.channel},
                       {"server", action_.server},
                       {"tool", action_.tool},
                       {"node_fresh", snapshot_.node_fresh},
                       {"node_isolated", snapshot_.node_isolated}});
  if (!action_.requested_by.empty()) out_.set("requested_by", action_.requested_by);
  add_people();
  add_tasks();
  add_tool();
  add_policies();
  return std::move(out_);
}

std::string text_of(const Json& body, std::string_view key) {
  return std::string(body.string_or(key, ""));
}

bool all_durable(World& world, const std::vector<std::string>& documents) {
  return std::all_of(documents.begin(), documents.end(), [&](const std::string& digest) {
    const bool* known = world.documents.find(digest);
    return known && *known;
  });
}

void remember_situation(Context& context, const std::string& id, SituationFacts facts) {
  World& world = context.world;
  if (TaskEntry* task = world.task(facts.task)) {
    task->situations.push_back(id);
  } else {
    world.stray_situations.emplace_back(context.now(), id);
  }
  world.situations[id] = std::move(facts);
}

std::string write_situation(Context& context, const decision::Snapshot& snapshot,
                            const domain::Action& action) {
  SituationWriter writer(context, snapshot, action);
  Json body = writer.write();
  std::string id = short_form(crypto::sha256(text::to_canonical_json(body)));
  if (context.world.situations.contains(id)) return id;
  SituationFacts facts;
  facts.agent = action.agent;
  facts.task = action.task;
  facts.instance = action.instance;
  facts.channel = action.channel;
  facts.requested_by = action.requested_by;
  facts.system = text_of(body, "system");
  if (snapshot.tool && snapshot.tool->binding) facts.labels = snapshot.tool->binding->labels;
  remember_situation(context, id, std::move(facts));
  const auto written = [&context, id,
                        documents = writer.take_documents()](Result<ports::Position> at) {
    World& world = context.world;
    const auto known = world.situations.find(id);
    if (known == world.situations.end()) return;
    // Without its documents a situation says nothing: those who were decided in it are refused.
    if (at && all_durable(world, documents)) {
      known->second.index = at->index;
    } else {
      world.situations.erase(known);
      world.situation_keys.clear();
    }
  };
  append_evidence(context, "situation", Json::object({{"id", id}, {"facts", std::move(body)}}),
                  written);
  return id;
}

}  // namespace

void record_document(Context& context, std::string_view kind, const crypto::Digest& digest,
                     const std::function<Json()>& document) {
  const std::string name = short_form(digest);
  if (context.world.documents.find(name)) return;
  context.world.documents.put(name, false);
  append_document(context, kind, name, document());
}

Json owners_json(const domain::Identity* agent) {
  if (!agent || !agent->agent) return Json::object();
  const domain::Owners& owners = agent->agent->owners;
  return Json::object({{"business", owners.business},
                       {"control", owners.control},
                       {"scope_approver", owners.scope_approver},
                       {"lifecycle", owners.lifecycle}});
}

const std::string& situation_of(Context& context, const decision::Snapshot& snapshot,
                                const domain::Action& action) {
  World& world = context.world;
  std::string key = key_of(snapshot, action);
  if (const auto known = world.situation_keys.find(key); known != world.situation_keys.end()) {
    return known->second;
  }
  if (world.situation_keys.size() >= kMaxKnown) world.situation_keys.clear();
  std::string id = write_situation(context, snapshot, action);
  return world.situation_keys[std::move(key)] = std::move(id);
}

bool situation_is_durable(const Context& context, const std::string& id) {
  const auto known = context.world.situations.find(id);
  return known != context.world.situations.end() && known->second.index;
}

SituationFacts facts_of(std::uint64_t index, const Json& facts) {
  SituationFacts out;
  out.agent = text_of(facts, "agent");
  out.task = text_of(facts, "task");
  out.instance = text_of(facts, "instance");
  out.channel = text_of(facts, "channel");
  out.requested_by = text_of(facts, "requested_by");
  out.system = text_of(facts, "system");
  out.index = index;
  if (const Json* labels = facts.find("labels"); labels && labels->is_array()) {
    for (const auto& label : labels->as_array()) {
      if (label.is_string()) out.labels.push_back(label.as_string());
    }
  }
  return out;
}

void fold_situation(History& history, std::uint64_t index, const Json& body) {
  const Json* json = body.find("facts");
  if (!json) return;
  SituationFacts facts = facts_of(index, *json);
  const std::string id = text_of(body, "id");
  const bool known = history.situations.contains(id);
  if (TaskEntry* task = known ? nullptr : history.task(facts.task)) task->situations.push_back(id);
  history.situations[id] = std::move(facts);
}

void fold_document(History& history, const Json& body) {
  const Json* part = body.find("part");
  const Json* parts = body.find("parts");
  // Only the last part makes a whole.
  if (part && parts && !(*part == *parts)) return;
  history.documents.put(text_of(body, "digest"), true);
}

Result<Json> read_situation(const Context& context, const std::string& id) {
  AMBIT_TRY(const SituationFacts known, recall_situation(context, id));
  if (!known.index) {
    return fail(Code::kUnavailable, "ledger.not_durable", "the situation is still being written");
  }
  AMBIT_TRY(const ports::Entry entry, context.ports.log->read(*known.index));
  AMBIT_TRY(Json record, text::parse_json(entry.record, {1u << 20, 64}));
  Json* body = record.find("body");
  Json* facts = body ? body->find("facts") : nullptr;
  if (!facts) return fail(Code::kInternal, "ledger.record_form", "a situation has no facts");
  return std::move(*facts);
}

}  // namespace ambit::service
