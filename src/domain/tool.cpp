#include "domain/tool.h"

#include <algorithm>

#include "domain/fields.h"

namespace ambit::domain {
namespace {

using domain::to_json;  // of texts, beside those below

text::Json to_json(const Effect& effect) {
  return text::Json::object({{"class", name_of(effect.action_class)}, {"outcome", effect.outcome}});
}

Result<Effect> effect_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  Effect out;
  out.action_class = fields.name<ActionClass>("class");
  out.outcome = fields.text_or("outcome", std::string(name_of(out.action_class)));
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

text::Json to_json(const Probe& probe) {
  text::Json out = text::Json::object(
      {{"tool", probe.tool}, {"arguments", probe.arguments}, {"present", to_json(probe.present)}});
  if (!probe.absent.empty()) out.set("absent", to_json(probe.absent));
  if (!probe.show_tool.empty()) {
    out.set("show", text::Json::object({{"tool", probe.show_tool},
                                        {"arguments", probe.show_arguments},
                                        {"new", probe.show_new}}));
  }
  return out;
}

Result<Probe> probe_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  Probe out;
  out.tool = fields.text("tool");
  if (const auto* v = fields.value("arguments")) out.arguments = *v;
  if (const auto* v = fields.value("present")) {
    out.present = fields.nested(effect_from_json(*v, path + ".present"));
  } else {
    fields.problem("present", "is missing");
  }
  out.absent = fields.texts("absent");
  if (std::find(out.absent.begin(), out.absent.end(), "") != out.absent.end()) {
    fields.problem("absent", "must not hold an empty text, with which everything begins");
  }
  if (const auto* show = fields.value("show")) {
    Fields inner(*show, path + ".show");
    out.show_tool = inner.text("tool");
    if (const auto* v = inner.value("arguments")) out.show_arguments = *v;
    out.show_new = inner.text_or("new", "");
    if (auto done = inner.finish(); !done) return fail(done.error());
  }
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

Result<TargetBinding> target_binding_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  TargetBinding out{fields.text("argument"), fields.name<TargetKind>("kind")};
  AMBIT_CHECK_OK(fields.finish());
  if (!out.argument.starts_with('/')) {
    return fail(Code::kInvalid, "tool.binding",
                "`" + path + ".argument` must be a JSON pointer such as `/path` or `/paths/*`");
  }
  return out;
}

void read_confinement(Fields& fields, Server& out, const std::string& path) {
  const auto* json = fields.value("confinement");
  if (!json) return;
  Fields inner(*json, path + ".confinement");
  out.confinement.read_paths = inner.texts("read_paths");
  out.confinement.write_paths = inner.texts("write_paths");
  out.confinement.network = inner.flag_or("network", false);
  fields.nested(inner.finish());
}

void read_written(Fields& fields, Server& out, const std::string& path) {
  out.id = fields.text("id");
  out.transport = fields.text("transport");
  out.command = fields.texts("command");
  out.working_directory = fields.text_or("working_directory", "/");
  if (const auto* env = fields.value("env")) {
    if (!env->is_object()) {
      fields.problem("env", "must be an object of strings");
    } else {
      for (const auto& [key, value] : env->as_object()) {
        if (value.is_string())
          out.env[key] = value.as_string();
        else
          fields.problem("env", "must be an object of strings");
      }
    }
  }
  read_confinement(fields, out, path);
  out.url = fields.text_or("url", "");
  out.system = fields.text_or("system", out.id);
}

}  // namespace

std::string tool_digest(const text::Json& entry, std::string_view manifest_digest) {
  return crypto::to_string(
      crypto::sha256({text::to_canonical_json(entry), std::string_view("\n"), manifest_digest}));
}

Tier tier_of(const Tool& tool, const Effect& effect) {
  Tier tier = default_tier(effect.action_class);
  if (tool.binding) tier = std::max(tier, tool.binding->tier);
  const text::Json* hints = tool.entry.find("annotations");
  const text::Json* destructive = hints ? hints->find("destructiveHint") : nullptr;
  if (destructive && destructive->is_bool() && destructive->as_bool()) {
    tier = std::max(tier, Tier::kElevated);
  }
  return tier;
}

Tier highest_tier(const Tool& tool) {
  if (!tool.binding) return Tier::kHigh;
  const Tier own = tier_of(tool, tool.binding->effect);
  const auto& probe = tool.binding->probe;
  return probe ? std::max(own, tier_of(tool, probe->present)) : own;
}

bool says_absent(const Probe& probe, std::string_view words) {
  if (!probe.absent.empty()) {
    return std::any_of(probe.absent.begin(), probe.absent.end(),
                       [&](const std::string& start) { return words.starts_with(start); });
  }
  constexpr std::string_view kError = "Error: ";
  constexpr std::string_view kCode = "ENOENT";
  if (words.starts_with(kError)) words.remove_prefix(kError.size());
  if (!words.starts_with(kCode)) return false;
  words.remove_prefix(kCode.size());
  return words.empty() || words.front() == ':' || words.front() == ' ' || words.front() == '\n';
}

const Effect& effect_on_unknown(const Tool& tool, const Effect& own, const Effect& present) {
  return tier_of(tool, own) > tier_of(tool, present) ? own : present;
}

const text::Json* input_schema(const Tool& tool) { return tool.entry.find("inputSchema"); }

text::Json to_json(const Server& server) {
  using text::Json;
  Json env = Json::object();
  for (const auto& [key, value] : server.env) env.set(key, value);
  return Json::object(
      {{"id", server.id},
       {"transport", server.transport},
       {"command", to_json(server.command)},
       {"working_directory", server.working_directory},
       {"env", std::move(env)},
       {"confinement", Json::object({{"read_paths", to_json(server.confinement.read_paths)},
                                     {"write_paths", to_json(server.confinement.write_paths)},
                                     {"network", server.confinement.network}})},
       {"url", server.url},
       {"system", server.system},
       {"manifest_digest", server.manifest_digest},
       {"instructions", server.instructions},
       {"created_at", to_rfc3339(server.created_at)},
       {"updated_at", to_rfc3339(server.updated_at)}});
}

Result<Server> server_from_spec(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  Server out;
  read_written(fields, out, path);
  AMBIT_CHECK_OK(fields.finish());
  AMBIT_CHECK_OK(check_name(out.id, "server id"));
  if (out.transport == "stdio" ? out.command.empty() : out.transport != "http" || out.url.empty()) {
    return fail(
        Code::kInvalid, "server.transport",
        "`" + path + "` needs `transport` `stdio` with a `command`, or `http` with a `url`");
  }
  return out;
}

Result<Server> server_from_json(const text::Json& json) {
  Fields fields(json, "server");
  Server out;
  read_written(fields, out, "server");
  out.manifest_digest = fields.text("manifest_digest");
  out.instructions = fields.text_or("instructions", "");
  out.created_at = fields.time("created_at");
  out.updated_at = fields.time("updated_at");
  AMBIT_CHECK_OK(fields.finish());
  seal(out);
  return out;
}

void seal(Server& server) {
  server.digest = crypto::sha256(text::to_canonical_json(to_json(server)));
}

text::Json to_json(const Binding& binding) {
  text::JsonArray targets;
  for (const auto& target : binding.targets) {
    targets.push_back(
        text::Json::object({{"argument", target.argument}, {"kind", name_of(target.kind)}}));
  }
  text::Json out = text::Json::object({{"class", name_of(binding.effect.action_class)},
                                       {"outcome", binding.effect.outcome},
                                       {"tier", name_of(binding.tier)},
                                       {"data_domain", binding.data_domain},
                                       {"labels", to_json(binding.labels)},
                                       {"targets", text::Json(std::move(targets))},
                                       {"no_targets", binding.no_targets}});
  if (binding.probe) out.set("probe", to_json(*binding.probe));
  return out;
}

Result<Binding> binding_from_json(const text::Json& json, const std::string& path) {
  Fields fields(json, path);
  Binding out;
  out.effect.action_class = fields.name<ActionClass>("class");
  out.effect.outcome = fields.text_or("outcome", std::string(name_of(out.effect.action_class)));
  out.tier = fields.name_or<Tier>("tier", Tier::kLow);
  out.data_domain = fields.text("data_domain");
  out.labels = fields.texts("labels");
  std::size_t i = 0;
  for (const auto& item : fields.items("targets")) {
    out.targets.push_back(fields.nested(
        target_binding_from_json(item, path + ".targets[" + std::to_string(i++) + "]")));
  }
  out.no_targets = fields.flag_or("no_targets", false);
  if (const auto* v = fields.value("probe")) {
    out.probe = fields.nested(probe_from_json(*v, path + ".probe"));
  }
  AMBIT_CHECK_OK(fields.finish());
  if (out.targets.empty() != out.no_targets) {
    return fail(Code::kInvalid, "tool.binding",
                "`" + path + "` must name its `targets`, or say `no_targets: true`, not both");
  }
  return out;
}

text::Json to_json(const Tool& tool) {
  using text::Json;
  Json out = Json::object({{"server", tool.server},
                           {"name", tool.name},
                           {"state", name_of(tool.state)},
                           {"digest", tool.digest},
                           {"listed_digest", tool.listed_digest},
                           {"entry", tool.entry},
                           {"approved_by", tool.approved_by},
                           {"updated_at", to_rfc3339(tool.updated_at)}});
  if (tool.approved_at) out.set("approved_at", to_rfc3339(*tool.approved_at));
  if (tool.binding) out.set("binding", to_json(*tool.binding));
  return out;
}

Result<Tool> tool_from_json(const text::Json& json) {
  Fields fields(json, "tool");
  Tool out;
  out.server = fields.text("server");
  out.name = fields.text("name");
  out.state = fields.name<ToolState>("state");
  out.digest = fields.text("digest");
  out.listed_digest = fields.text("listed_digest");
  if (const auto* v = fields.value("entry")) out.entry = *v;
  out.approved_by = fields.text_or("approved_by", "");
  out.approved_at = fields.optional_time("approved_at");
  out.updated_at = fields.time("updated_at");
  if (const auto* v = fields.value("binding")) {
    out.binding = fields.nested(binding_from_json(*v, "tool.binding"));
  }
  AMBIT_CHECK_OK(fields.finish());
  seal(out);
  return out;
}

void seal(Tool& tool) {
  tool.record_digest = crypto::sha256(text::to_canonical_json(to_json(tool)));
}

}  // namespace ambit::domain
