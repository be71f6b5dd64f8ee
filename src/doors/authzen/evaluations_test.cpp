#include <gtest/gtest.h>
#include <set>

#include "doors/authzen/authzen_fixture.h"
#include "doors/authzen/internal/batch.h"

namespace ambit::doors::authzen {
namespace {

constexpr const char* kPath = "/access/v1/evaluations";

class Several : public Authzen {
 public:
  // A request about `files/read` on each path, with the task as default.
  std::string about(const std::vector<std::string>& files, const std::string& semantic = "") {
    std::string out = R"({"subject": {"type": "agent", "id": "helper"},
        "action": {"name": "tools/call"}, "resource": {"type": "tool", "id": "files/read"},)";
    if (!semantic.empty()) {
      out += R"("options": {"evaluations_semantic": ")" + semantic + "\"},";
    }
    out += "\"evaluations\": [";
    for (std::size_t i = 0; i < files.size(); ++i) {
      out += std::string(i > 0 ? "," : "") + R"({"context": {"task": ")" + task_id +
             R"(", "arguments": {"path": ")" + files[i] + "\"}}}";
    }
    return out + "]}";
  }

  std::vector<bool> decisions(const std::string& request) {
    const text::Json whole = answer(kPath, request);
    EXPECT_EQ(whole.find("decision"), nullptr);
    std::vector<bool> out;
    for (const auto& item : whole.find("evaluations")->as_array()) out.push_back(allowed(item));
    return out;
  }
};

const std::string kIn = "/docs/a";
const std::string kOut = "/etc/x";

TEST(Evaluations, AreDecidedInOrderEachLikeASingleOne) {
  Several several;
  const text::Json whole = several.answer(kPath, several.about({kIn, kOut, kIn}));
  const text::JsonArray& items = whole.find("evaluations")->as_array();
  ASSERT_EQ(items.size(), 3u);
  EXPECT_TRUE(allowed(items[0]));
  EXPECT_FALSE(allowed(items[1]));
  EXPECT_TRUE(allowed(items[2]));
  std::set<std::string> ids;
  for (const auto& item : items) {
    const text::Json* context = item.find("context");
    ids.insert(std::string(context->string_or("id", "")));
    const auto index = static_cast<std::uint64_t>(context->find("ledger_index")->as_int());
    const text::Json record = json(several.log.read(index).value().record);
    EXPECT_EQ(record.string_or("kind", ""), "decision");
    EXPECT_EQ(record.find("body")->string_or("id", ""), context->string_or("id", "?"));
    EXPECT_NE(context->find("revision"), nullptr);
  }
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(first_reason(items[1]), "scope.target");
  EXPECT_EQ(several.decisions_recorded(), 3u);
}

TEST(Evaluations, StopAtTheFirstDeny) {
  Several several;
  const std::string semantic = "deny_on_first_deny";
  EXPECT_EQ(several.decisions(several.about({kIn, kIn, kOut, kIn}, semantic)),
            (std::vector<bool>{true, true, false}));
  EXPECT_EQ(several.decisions_recorded(), 3u) << "what comes after is not attempted";
  EXPECT_EQ(several.decisions(several.about({kIn, kIn}, semantic)),
            (std::vector<bool>{true, true}));
  EXPECT_EQ(several.decisions(several.about({kOut, kIn}, semantic)), std::vector<bool>{false});
}

TEST(Evaluations, StopAtTheFirstPermit) {
  Several several;
  const std::string semantic = "permit_on_first_permit";
  EXPECT_EQ(several.decisions(several.about({kOut, kOut, kIn, kIn}, semantic)),
            (std::vector<bool>{false, false, true}));
  EXPECT_EQ(several.decisions_recorded(), 3u);
  EXPECT_EQ(several.decisions(several.about({kOut, kOut}, semantic)),
            (std::vector<bool>{false, false}));
}

TEST(Evaluations, AnErrorIsADenialForTheSemantics) {
  Several several;
  std::string request = several.about({kIn}, "deny_on_first_deny");
  request.replace(request.rfind("]}"), 2, R"(, 7, {"context": {}}]})");
  EXPECT_EQ(several.decisions(request), (std::vector<bool>{true, false}));
}

TEST(Evaluations, ManyThatAreAnsweredAtOnceDoNotPileUp) {
  Several several;
  std::string items = "7";
  for (std::size_t i = 1; i < kMaxEvaluations; ++i) items += ",7";
  const std::string request =
      R"({"options": {"evaluations_semantic": "permit_on_first_permit"}, "evaluations": [)" +
      items + "]}";
  EXPECT_EQ(several.decisions(request), std::vector<bool>(kMaxEvaluations, false));
  EXPECT_EQ(several.decisions_recorded(), 0u);
}

TEST(Evaluations, AnItemThatCannotBeReadIsClosedAlone) {
  Several several;
  std::string request = several.about({kIn});
  request.replace(request.rfind("]}"), 2, R"(, {"resource": {"type": 7}}, "x"]})");
  const text::Json whole = several.answer(kPath, request);
  const text::JsonArray& items = whole.find("evaluations")->as_array();
  ASSERT_EQ(items.size(), 3u);
  EXPECT_TRUE(allowed(items[0]));
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_FALSE(allowed(items[i]));
    const text::Json* error = items[i].find("context")->find("error");
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(error->find("status")->as_int(), 400);
    EXPECT_NE(error->string_or("message", ""), "");
  }
}

TEST(Evaluations, SpendTheBudgetOneByOne) {
  Several several;
  several.must([&](service::Answer done) {
    text::Json spec = json(Several::kTask);
    spec.set("budget", text::Json::object({{"calls", 2}}));
    several.service->tasks().start(several.admin(), spec, [&, done](Result<text::Json> started) {
      if (started) {
        several.claim = std::string(started->string_or("claim", ""));
        several.task_id = std::string(started->find("task")->string_or("id", ""));
      }
      done(std::move(started));
    });
  });
  several.admit();
  EXPECT_EQ(several.decisions(several.about({kIn, kIn, kIn})),
            (std::vector<bool>{true, true, false}));
}

TEST(Evaluations, WithoutItemsAnswerLikeASingleOne) {
  Several several;
  for (const char* more : {"", R"(, "evaluations": [])"}) {
    std::string request = several.body();
    request.pop_back();
    const text::Json answer = several.answer(kPath, request + more + "}");
    EXPECT_TRUE(allowed(answer));
    EXPECT_EQ(answer.find("evaluations"), nullptr);
    EXPECT_TRUE(answer.find("context")->string_or("id", "").starts_with("dec_"));
  }
  EXPECT_EQ(several.post(kPath, "{}").status, 400);
}

TEST(Evaluations, ATaskAsksForItselfInEachItem) {
  Several several;
  std::string request = several.about({kIn});
  request.replace(request.rfind("]}"), 2,
                  R"(, {"subject": {"type": "agent", "id": "other"}},
                       {"context": {"task": "tsk_other"}}]})");
  const auto response = several.send_json(several.credential, "POST", kPath, request);
  ASSERT_EQ(response.status, 200) << response.body;
  const text::Json whole = json(response.body);
  const text::JsonArray& items = whole.find("evaluations")->as_array();
  ASSERT_EQ(items.size(), 3u);
  EXPECT_TRUE(allowed(items[0]));
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_FALSE(allowed(items[i]));
    EXPECT_EQ(items[i].find("context")->find("error")->find("status")->as_int(), 403);
    EXPECT_EQ(first_reason(items[i]), "caller.not_subject");
  }
}

TEST(Evaluations, AreForEnforcementPointsAndTasks) {
  Several several;
  const auto reader =
      several.send_json(several.issue_token("audit"), "POST", kPath, several.about({kIn}));
  EXPECT_EQ(reader.status, 403);
  const auto nobody =
      several.send("POST", kPath, {{"Content-Type", "application/json"}}, several.about({kIn}));
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(nobody.header("www-authenticate"), "Bearer realm=\"ambit\"");
}

TEST(Evaluations, RefuseWhatIsWrongAsAWhole) {
  Several several;
  const std::uint64_t before = several.log.size();
  for (const std::string& request :
       {std::string(), std::string("{"), std::string("[]"), std::string(R"({"evaluations": 1})"),
        several.about({kIn}, "first_come"), several.about(std::vector<std::string>(257, kIn))}) {
    const auto response = several.post(kPath, request);
    EXPECT_EQ(response.status, 400) << request.substr(0, 80);
    EXPECT_NE(reason_of(response), "");
  }
  const auto text = several.send(
      "POST", kPath,
      {{"Authorization", "Bearer " + several.gate_token}, {"Content-Type", "text/plain"}},
      several.about({kIn}));
  EXPECT_EQ(text.status, 400);
  EXPECT_EQ(several.send_json(several.gate_token, "GET", kPath).status, 405);
  EXPECT_EQ(several.log.size(), before);
}

TEST(Evaluations, WithoutEvidenceNothingIsPermitted) {
  Several several;
  several.log.break_disk("gone");
  EXPECT_EQ(several.decisions(several.about({kIn, kIn})), (std::vector<bool>{false, false}));
}

TEST(Evaluations, AreMeasuredEach) {
  Several several;
  several.decisions(several.about({kIn, kOut, kIn}));
  const std::string metrics = several.metrics.expose();
  EXPECT_NE(metrics.find("ambit_decision_seconds_count{door=\"authzen\"} 3\n"), std::string::npos);
}

}  // namespace
}  // namespace ambit::doors::authzen
