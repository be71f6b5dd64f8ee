// `ambit human` and `ambit service`: whoever holds an access token.
#include <memory>
#include <optional>

#include "cli/internal/files.h"
#include "cli/internal/output.h"

namespace ambit::cli {
namespace {

using text::Json;

Json spec_of(const Arguments& arguments, const std::string& identity_class) {
  Json roles = Json::array();
  for (const std::string& role : arguments.texts("role")) roles.push_back(role);
  Json spec = Json::object({{"id", arguments.text("NAME")}, {"class", identity_class}});
  if (arguments.given("display-name")) spec.set("display_name", arguments.text("display-name"));
  spec.set("roles", std::move(roles));
  return spec;
}

// The server's answer, without the secret where that is in a file.
Json shareable(const Call& call, const Json& token) {
  if (!call.arguments.given("token-file")) return token;
  Json out = token;
  out.erase("token");
  out.set("token_file", call.arguments.text("token-file"));
  return out;
}

void print_token(Call& call, const Json& token) {
  const Paint paint = paint_for(call.console);
  const std::string path = call.arguments.text("token-file");
  FieldList fields;
  fields.add("token", path.empty() ? scalar_of(token, "token") : "written to " + path);
  fields.add("token id", scalar_of(token, "id"));
  fields.add("expires", scalar_of(token, "expires_at"));
  fields.print(call.console.out, paint);
  if (path.empty()) {
    call.console.err << "this is the only time that the token is shown\n";
  }
}

// With --json both answers as one object.
int print_registered(Call& call, const Json& identity, const std::optional<Json>& token) {
  if (call.wants_json()) {
    Json out = Json::object({{"identity", identity}});
    if (token) out.set("token", shareable(call, *token));
    call.console.out << text::to_json(out) << "\n";
    return kExitOk;
  }
  print_identity(call.console.out, paint_for(call.console), identity);
  if (token) print_token(call, *token);
  return kExitOk;
}

using MaybeFile = std::unique_ptr<SecretFile>;

// The file of --token-file, made before anything is asked for; nothing without the option.
Result<MaybeFile> token_file(Call& call) {
  MaybeFile out;
  if (!call.arguments.given("token-file")) return out;
  AMBIT_TRY(SecretFile created, SecretFile::create(call.arguments.text("token-file"), false));
  out = std::make_unique<SecretFile>(std::move(created));
  return out;
}

Result<Json> issue_token(Call& call, MaybeFile file) {
  const Arguments& given = call.arguments;
  const std::string lifetime = given.given("token-lifetime") ? given.text("token-lifetime") : "90d";
  AMBIT_TRY(const auto token, call.api.post(path_of({"identities", given.text("NAME"), "tokens"}),
                                            Json::object({{"lifetime", lifetime}})));
  if (file) AMBIT_CHECK_OK(file->write(token.json.string_or("token", "")));
  return token.json;
}

Result<int> register_holder(Call& call, const std::string& identity_class) {
  const bool wants_token = !call.arguments.given("no-token");
  MaybeFile file;
  if (wants_token) {
    AMBIT_TRY(file, token_file(call));
  }
  AMBIT_TRY(const auto identity,
            call.api.post(path_of({"identities"}), spec_of(call.arguments, identity_class)));
  if (!wants_token) return print_registered(call, identity.json, std::nullopt);
  AMBIT_TRY(const Json token, issue_token(call, std::move(file)));
  return print_registered(call, identity.json, token);
}

Result<int> another_token(Call& call) {
  AMBIT_TRY(MaybeFile file, token_file(call));
  AMBIT_TRY(const Json token, issue_token(call, std::move(file)));
  if (call.wants_json()) {
    call.console.out << text::to_json(shareable(call, token)) << "\n";
  } else {
    print_token(call, token);
  }
  return kExitOk;
}

Result<int> revoke_token(Call& call) {
  return print(call,
               call.api.remove(path_of({"identities", call.arguments.text("NAME"), "tokens",
                                        call.arguments.text("TOKEN")})),
               print_identity);
}

Param token_file_param() {
  return option("--token-file", "FILE",
                "write the access token here, mode 0600; without it the token is printed once");
}

Param lifetime_param() {
  return option("--token-lifetime", "TIME", "until the token expires, such as 90d or 12h (90d)");
}

Verb register_verb(const std::string& noun, const std::string& role, const std::string& about) {
  const std::string name = noun == "human" ? "alice" : "ci-gateway";
  return Verb::of(
      noun, "register", about,
      "ambit " + noun + " register " + name + " --role " + role + " --token-file ./" + name +
          ".token",
      {positional("NAME", "its id").required(),
       option("--role", "ROLE", "what it may do in Ambit; repeat for several")
           .many()
           .one_of({"admin", "security", "operator", "approver", "auditor", "enforcement"}),
       option("--display-name", "TEXT", "how people call it"), token_file_param(), lifetime_param(),
       flag("--no-token", "issue no access token")},
      [noun](Call& call) { return register_holder(call, noun); });
}

Verb list_verb(const std::string& noun) {
  return Verb::of(
      noun, "list", "list all of them", "ambit " + noun + " list", {}, [noun](Call& call) {
        const std::string query = query_of({{"class", noun}});
        return print(call, call.api.get(path_of({"identities"}) + query), print_identities);
      });
}

Verb token_verb(const std::string& noun) {
  return Verb::of(noun, "token", "issue another access token",
                  "ambit " + noun + " token alice --token-file ./alice.token",
                  {positional("NAME", "whose").required(), token_file_param(), lifetime_param()},
                  another_token);
}

Verb revoke_verb(const std::string& noun) {
  return Verb::of(
      noun, "revoke", "revoke an access token", "ambit " + noun + " revoke alice tok_01hx",
      {positional("NAME", "whose").required(), positional("TOKEN", "the token's id").required()},
      revoke_token);
}

}  // namespace

std::vector<Verb> human_and_service_verbs() {
  return {register_verb("human", "approver", "register a person and issue an access token"),
          list_verb("human"),
          token_verb("human"),
          revoke_verb("human"),
          register_verb("service", "enforcement",
                        "register a program that asks for decisions, and issue an access token"),
          list_verb("service"),
          token_verb("service"),
          revoke_verb("service")};
}

}  // namespace ambit::cli
