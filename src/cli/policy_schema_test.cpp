// `ambit policy schema`, and what the verbs on files make of what it writes.
#include "cli/internal/verbs_fixture.h"

namespace ambit::cli {
namespace {

constexpr const char* kRoute = "GET /v1/policies/schema";
constexpr const char* kSchema =
    "entity User; entity Photo = {size: Long};\n"
    "action view, edit appliesTo {principal: User, resource: Photo};\n"
    "action any;\n";

class PolicySchema : public VerbsTest {
 protected:
  void SetUp() override {
    VerbsTest::SetUp();
    EXPECT_EQ(command.run({"policy", "convert", "--schema", file("made.cedarschema", kSchema),
                           "--to", "json"}),
              kExitOk);
    as_json = command.out.str();
    text::Json answer = text::Json::object({{"schema", kSchema}});
    answer.set("json", *text::parse_json(as_json));
    answered = text::to_json(answer);
    command.answer(kRoute, 200, answered);
  }
  // The exit statuses of checking a right and a wrong policy against the schema at `path`.
  std::pair<int, int> checked(const std::string& path) {
    const std::string right =
        file("right.cedar", "permit(principal, action, resource) when { resource.size > 3 };");
    const std::string wrong =
        file("wrong.cedar", "permit(principal, action, resource) when { resource.sise > 3 };");
    const int first = command.run({"policy", "check", right, "--schema", path});
    return {first, command.run({"policy", "check", wrong, "--schema", path})};
  }
  static constexpr std::pair<int, int> kUsable{kExitOk, kExitRefused};

  std::string as_json;
  std::string answered;
};

TEST_F(PolicySchema, IsPrintedInEitherSyntax) {
  EXPECT_EQ(command.run({"policy", "schema"}), kExitOk) << command.err.str();
  EXPECT_EQ(command.out.str(), kSchema);
  EXPECT_EQ(command.run({"policy", "schema", "--format", "json"}), kExitOk);
  EXPECT_EQ(command.out.str(), as_json);
  EXPECT_EQ(command.run({"policy", "schema", "--json"}), kExitOk);
  EXPECT_EQ(command.out.str(), answered + "\n") << "the server's own answer";
}

TEST_F(PolicySchema, WhateverIsPrintedIsASchemaForTheVerbsOnFiles) {
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {}, {"--format", "cedar"}, {"--format", "json"}, {"--json"}, {"--out", "-"}}) {
    std::vector<std::string> words{"policy", "schema"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(command.run(words), kExitOk) << command.err.str();
    EXPECT_EQ(checked(file("printed", command.out.str())), kUsable) << command.err.str();
  }
}

TEST_F(PolicySchema, IsWrittenAsTheFileIsCalled) {
  const std::string human = folder + "/live.cedarschema";
  EXPECT_EQ(command.run({"policy", "schema", "--out", human}), kExitOk) << command.err.str();
  EXPECT_TRUE(printed("the schema of 2 tools: ")) << command.out.str();
  EXPECT_EQ(content("live.cedarschema"), kSchema);
  EXPECT_EQ(checked(human), kUsable);
  const std::string json = folder + "/live.cedarschema.json";
  EXPECT_EQ(command.run({"policy", "schema", "--out", json, "--json"}), kExitOk);
  EXPECT_EQ(content("live.cedarschema.json"), as_json);
  EXPECT_EQ(command.out.str(), "{\"file\":\"" + json + "\",\"format\":\"json\",\"bytes\":" +
                                   std::to_string(as_json.size()) + ",\"tools\":2}\n");
  EXPECT_EQ(checked(json), kUsable);
}

TEST_F(PolicySchema, AFileIsReplacedOnlyWhenToldTo) {
  const std::string path = file("live.cedarschema", "mine");
  EXPECT_EQ(command.run({"policy", "schema", "--out", path}), kExitUsage);
  EXPECT_TRUE(complained("usage.file: `" + path + "` is there already; `--force` replaces it"));
  EXPECT_EQ(content("live.cedarschema"), "mine");
  EXPECT_EQ(command.run({"policy", "schema", "--out", path, "--force"}), kExitOk);
  EXPECT_EQ(content("live.cedarschema"), kSchema);
  EXPECT_EQ(command.run({"policy", "schema", "--out", folder + "/no/where"}), kExitUsage);
  EXPECT_TRUE(complained("No such file or directory")) << command.err.str();
}

TEST_F(PolicySchema, NothingIsWrittenOfWhatTheServerDoesNotAnswer) {
  const std::string path = file("live.cedarschema", "mine");
  const auto refused = [&](int status, const std::string& part) {
    EXPECT_EQ(command.run({"policy", "schema", "--out", path, "--force"}), status);
    EXPECT_TRUE(complained(part)) << command.err.str();
    EXPECT_EQ(content("live.cedarschema"), "mine");
  };
  command.answer(kRoute, 403, R"({"status":403,"reason":"role.missing","detail":"no such role"})");
  refused(kExitRefused, "role.missing: no such role");
  command.answer(kRoute, 200, R"({"items":[]})");
  refused(kExitUnreachable, "http.response: the server answered without a schema");
  command.transport_error = Error{Code::kUnavailable, "net.connect", "refused"};
  refused(kExitUnreachable, "no answer from `http://127.0.0.1:7700`: refused");
}

TEST_F(PolicySchema, WordsThatContradictEachOtherAreRefusedBeforeTheServerIsAsked) {
  EXPECT_EQ(command.run({"policy", "schema", "--format", "cedar", "--out", folder + "/x.json"}),
            kExitUsage);
  EXPECT_TRUE(complained("would be read as JSON")) << command.err.str();
  EXPECT_EQ(command.run({"policy", "schema", "--format", "json", "--json"}), kExitUsage);
  EXPECT_TRUE(complained("which has both syntaxes")) << command.err.str();
  EXPECT_TRUE(command.requests.empty());
  EXPECT_FALSE(std::filesystem::exists(folder + "/x.json"));
}

}  // namespace
}  // namespace ambit::cli
