// `ambit policy authorize`: plain Cedar on files, for people who know the Cedar command line.
#include "cedar/json.h"
#include "cedar/policy_json.h"
#include "cedar_schema/conformance.h"
#include "cedar_schema/guided_json.h"
#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/policy_files.h"
#include "cli/internal/policy_verbs.h"
#include "cli/internal/proof_view.h"
#include "cli/internal/visible.h"
#include "domain/fields.h"

namespace ambit::cli {
namespace {

using text::Json;

// Files of policies, in text or (`*.json`) in JSON. One file keeps the ids that Cedar gives.
Result<cedar::PolicySet> read_policies(Call& call) {
  const auto& paths = call.arguments.texts("policies");
  if (paths.size() == 1 && paths.front().ends_with(".json")) {
    AMBIT_TRY(const Json json, read_json(paths.front(), call.console));
    return cedar::policy_set_from_json(json);
  }
  AMBIT_TRY(const auto files, read_policy_files(paths, call.console));
  if (files.size() == 1) {
    auto set = cedar::parse_policies(files.front().text);
    if (set) return *std::move(set);
    return fail(Code::kInvalid, "cedar.syntax", files.front().path + ": " + set.error().summary());
  }
  std::vector<cedar::PolicyText> texts;
  for (const auto& file : files) texts.push_back({file.name, file.text});
  return cedar::PolicySet::parse_named(std::move(texts));
}

// What the Cedar command line takes: `[{"template_id", "link_id", "args": {"?principal": UID}}]`.
Result<cedar::PolicySet> linked(Call& call, cedar::PolicySet set) {
  const std::string& path = call.arguments.text("template-linked");
  if (path.empty()) return set;
  AMBIT_TRY(const Json json, read_json(path, call.console));
  if (!json.is_array()) return fail(Code::kInvalid, "usage.json", path + " is not an array");
  std::vector<cedar::TemplateLink> links;
  for (const Json& item : json.as_array()) {
    domain::Fields fields(item, path);
    cedar::TemplateLink link{fields.text("template_id"), fields.text("link_id"), {}, {}};
    const Json* args = fields.value("args");
    AMBIT_CHECK_OK(fields.finish());
    for (const auto& [slot, uid] :
         args && args->is_object() ? args->as_object() : text::JsonObject()) {
      if (!uid.is_string() || (slot != "?principal" && slot != "?resource")) {
        return fail(Code::kInvalid, "usage.json",
                    path + ": `args` maps `?principal` and `?resource` to entities");
      }
      AMBIT_TRY((slot == "?principal" ? link.principal : link.resource),
                cedar::EntityUid::parse(uid.as_string()));
    }
    links.push_back(std::move(link));
  }
  return set.linked(std::move(links));
}

struct Wording {
  std::string principal, action, resource;
  Json context = Json::object();
};

Result<Wording> wording_of(Call& call) {
  const Arguments& given = call.arguments;
  Wording out{given.text("principal"), given.text("action"), given.text("resource")};
  if (given.given("request-json")) {
    const std::string& path = given.text("request-json");
    if (!out.principal.empty() || !out.action.empty() || !out.resource.empty()) {
      return fail(Code::kInvalid, "usage.arguments",
                  "give `--request-json` or principal, action and resource, not both");
    }
    AMBIT_TRY(const Json json, read_json(path, call.console));
    domain::Fields fields(json, path);
    out.principal = fields.text("principal");
    out.action = fields.text("action");
    out.resource = fields.text("resource");
    if (const Json* context = fields.value("context")) out.context = *context;
    AMBIT_CHECK_OK(fields.finish());
  }
  if (given.given("context")) {
    AMBIT_TRY(out.context, read_json(given.text("context"), call.console));
  }
  if (out.principal.empty() || out.action.empty() || out.resource.empty()) {
    return fail(Code::kInvalid, "usage.arguments",
                "give `--principal`, `--action` and `--resource`, or `--request-json`");
  }
  return out;
}

struct Inputs {
  cedar::PolicySet policies;
  cedar::Request request;
  cedar::Entities entities;
};

Result<cedar::EntityUid> entity_of(const char* what, const std::string& text) {
  auto uid = cedar::EntityUid::parse(text);
  if (uid) return uid;
  return fail(Code::kInvalid, "usage.entity", std::string(what) + ": " + uid.error().message);
}

Result<Inputs> read_inputs(Call& call) {
  Inputs out;
  AMBIT_TRY(auto policies, read_policies(call));
  AMBIT_TRY(out.policies, linked(call, std::move(policies)));
  AMBIT_TRY(const Wording words, wording_of(call));
  AMBIT_TRY(out.request.principal, entity_of("principal", words.principal));
  AMBIT_TRY(out.request.action, entity_of("action", words.action));
  AMBIT_TRY(out.request.resource, entity_of("resource", words.resource));
  Json entities = Json::array();
  if (call.arguments.given("entities")) {
    AMBIT_TRY(entities, read_json(call.arguments.text("entities"), call.console));
  }
  if (!call.arguments.given("schema")) {
    AMBIT_TRY(out.request.context, cedar::context_from_json(words.context));
    AMBIT_TRY(out.entities, cedar::Entities::from_json(entities));
    return out;
  }
  AMBIT_TRY(const auto schema, read_schema(call.arguments.text("schema"), call.console));
  AMBIT_TRY(out.request.context,
            cedar::context_from_json(words.context, schema, out.request.action));
  AMBIT_TRY(out.entities, cedar::entities_from_json(entities, schema));
  AMBIT_CHECK_OK(cedar::validate_request(out.request, schema));
  return out;
}

void print_text(Call& call, const Inputs& inputs, const cedar::Authorization& answer) {
  const Paint paint = paint_for(call.console);
  std::ostream& out = call.console.out;
  out << (answer.allow ? paint(Colour::kGreen, "ALLOW") : paint(Colour::kRed, "DENY")) << "\n";
  if (call.arguments.given("verbose") && answer.determining.empty()) {
    out << "\nnote: no policies applied to this request\n";
  } else if (call.arguments.given("verbose")) {
    out << "\nnote: this decision was due to the following policies:\n";
    for (const auto& id : answer.determining) out << "  " << visible(id) << "\n";
  }
  for (const auto& error : answer.errors) {
    call.console.err << "error while evaluating policy `" << visible(error.policy->id)
                     << "`: " << visible(error.message) << "\n";
  }
  if (!call.arguments.given("explain")) return;
  out << "\n";
  print_proofs(out, paint, cedar::prove(inputs.request, inputs.policies, inputs.entities));
}

void print_json(Call& call, const Inputs& inputs, const cedar::Authorization& answer) {
  Json reason = Json::array();
  for (const auto& id : answer.determining) reason.push_back(id);
  Json errors = Json::array();
  for (const auto& error : answer.errors) {
    errors.push_back(Json::object({{"policyId", error.policy->id}, {"error", error.message}}));
  }
  Json out = Json::object({{"decision", answer.allow ? "allow" : "deny"},
                           {"diagnostics", Json::object({{"reason", std::move(reason)},
                                                         {"errors", std::move(errors)}})}});
  if (call.arguments.given("explain")) {
    out.set("policies", json_of(cedar::prove(inputs.request, inputs.policies, inputs.entities)));
  }
  call.console.out << text::to_json(out) << "\n";
}

// A script must not take what cannot be asked for a denial, so that alone has the status of one.
Result<int> authorize(Call& call) {
  const auto inputs = read_inputs(call);
  if (!inputs) {
    print_error(call.console, inputs.error());
    return kExitUsage;
  }
  const auto answer = cedar::is_authorized(inputs->request, inputs->policies, inputs->entities);
  if (call.wants_json())
    print_json(call, *inputs, answer);
  else
    print_text(call, *inputs, answer);
  return answer.allow ? kExitOk : kExitRefused;
}

}  // namespace

Verb policy_authorize_verb() {
  return offline(Verb::of(
      "policy", "authorize", "decide one request by plain Cedar policies and entities on files",
      "ambit policy authorize --policies p.cedar --entities e.json --request-json request.json\n"
      "ambit policy authorize --policies p.cedar --principal 'User::\"ann\"' "
      "--action 'Action::\"view\"' --resource 'Photo::\"a.jpg\"' --explain",
      {option("--policies,-p", "FILE", "Cedar policies, as text or one file *.json; repeat")
           .many()
           .required(),
       option("--entities", "FILE", "entities in JSON"),
       option("--schema,-s", "FILE", "read and check request and entities by this schema"),
       option("--template-linked,-k", "FILE", "links of templates, as the Cedar command line has"),
       option("--principal,-l", "UID", "who, such as User::\"ann\""),
       option("--action,-a", "UID", "wants to do what"), option("--resource,-r", "UID", "on what"),
       option("--context,-c", "FILE", "the context in JSON"),
       option("--request-json", "FILE",
              "principal, action, resource and context in one JSON object"),
       flag("--verbose,-v", "name the policies that determined it"),
       flag("--explain", "show each condition with its value")},
      authorize));
}

}  // namespace ambit::cli
