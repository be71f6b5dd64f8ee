#include "cli/internal/output.h"

#include <string>

#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

void add_owners(FieldList& fields, const text::Json& agent) {
  const text::Json* owners = agent.find("owners");
  if (owners == nullptr) return;
  fields.add("business owner", scalar_of(*owners, "business"));
  fields.add("control owner", scalar_of(*owners, "control"));
  fields.add("scope approver", scalar_of(*owners, "scope_approver"));
  fields.add("lifecycle owner", scalar_of(*owners, "lifecycle"));
}

void add_autonomy(FieldList& fields, const text::Json& agent) {
  const text::Json* autonomy = agent.find("autonomy");
  if (autonomy == nullptr) return;
  const auto answer = [&](const char* key, const char* question) {
    const text::Json* value = autonomy->find(key);
    const bool known = value != nullptr && value->is_bool();
    fields.add(question, known ? Cell(value->as_bool() ? "yes" : "no")
                               : Cell("not answered", Colour::kYellow));
  };
  answer("chooses_tools", "chooses tools");
  answer("sequences_actions", "sequences actions");
  answer("acts_without_gate", "acts without gate");
}

void add_agent(FieldList& fields, const text::Json& agent) {
  fields.add("purpose", scalar_of(agent, "purpose"));
  add_owners(fields, agent);
  add_autonomy(fields, agent);
  fields.add("tools", texts_of(agent, "tools"));
  fields.add("data domains", join(texts_of(agent, "data_domains")));
  fields.add("outcomes", join(texts_of(agent, "outcomes")));
  fields.add("decides alone", join(texts_of(agent, "decides")));
  fields.add("policy", scalar_of(agent, "policy"));
  fields.add("runtime digest", scalar_of(agent, "runtime_digest"));
  fields.add("retires at", scalar_of(agent, "retires_at"));
}

}  // namespace

int print(Call& call, const Api::Answer& answer, const std::function<void(const Paint&)>& render) {
  if (call.wants_json()) {
    call.console.out << answer.body;
    if (!answer.body.ends_with('\n')) call.console.out << "\n";
  } else {
    render(paint_for(call.console));
  }
  return kExitOk;
}

Result<int> print(Call& call, const Result<Api::Answer>& answer, const Render& render) {
  if (!answer) return fail(answer.error());
  return print(call, *answer,
               [&](const Paint& paint) { render(call.console.out, paint, answer->json); });
}

void print_error(Console& console, const Error& error) {
  console.err << visible(error.reason) << ": " << visible(error.message) << "\n";
}

text::Json json_number(std::uint64_t value) { return text::Json(static_cast<std::int64_t>(value)); }

void print_identity(std::ostream& out, const Paint& paint, const text::Json& identity) {
  FieldList fields;
  fields.add("id", {scalar_of(identity, "id"), Colour::kBold});
  fields.add("class", scalar_of(identity, "class"));
  fields.add("state", state_cell(scalar_of(identity, "state")));
  const std::string name = scalar_of(identity, "display_name");
  if (name != scalar_of(identity, "id")) fields.add("name", name);
  fields.add("roles", join(texts_of(identity, "roles")));
  if (const text::Json* agent = identity.find("agent")) add_agent(fields, *agent);
  fields.add("missing", texts_of(identity, "missing"));
  for (const text::Json& token : items_of(identity, "tokens")) {
    fields.add("token", scalar_of(token, "id") + " until " + scalar_of(token, "expires_at"));
  }
  fields.add("created", scalar_of(identity, "created_at"));
  fields.add("updated", scalar_of(identity, "updated_at"));
  fields.add("revision", scalar_of(identity, "revision"));
  fields.print(out, paint);
}

void print_identities(std::ostream& out, const Paint& paint, const text::Json& list) {
  Table table({"ID", "CLASS", "STATE", "ROLES", "OWNER", "PURPOSE"});
  for (const text::Json& item : items_of(list)) {
    std::string owner;
    std::string purpose;
    if (const text::Json* agent = item.find("agent")) {
      purpose = scalar_of(*agent, "purpose");
      if (const text::Json* owners = agent->find("owners")) owner = scalar_of(*owners, "business");
    }
    table.row({{scalar_of(item, "id"), Colour::kBold},
               scalar_of(item, "class"),
               state_cell(scalar_of(item, "state")),
               join(texts_of(item, "roles")),
               owner,
               purpose});
  }
  table.print(out, paint, "no identities");
}

std::vector<std::string> targets_of(const text::Json& object, std::string_view key) {
  std::vector<std::string> out;
  for (const text::Json& target : items_of(object, key)) {
    const std::string value = scalar_of(target, "value");
    out.push_back(scalar_of(target, "kind") + " " +
                  (value.empty() ? scalar_of(target, "within") : value));
  }
  return out;
}

bool confirmed(Call& call, const std::string& question) {
  if (call.arguments.given("yes")) return true;
  if (!call.console.in_is_terminal) {
    call.console.err << "usage.confirm: nobody can be asked here; look at it first, then give "
                        "`--yes`\n";
    return false;
  }
  call.console.err << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(call.console.in, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return true;
  call.console.err << "nothing was changed\n";
  return false;
}

}  // namespace ambit::cli
