#include <gtest/gtest.h>

#include "doors/authzen/authzen_fixture.h"

namespace ambit::doors::authzen {
namespace {

constexpr const char* kSubjects = "/access/v1/search/subject";
constexpr const char* kResources = "/access/v1/search/resource";
constexpr const char* kActions = "/access/v1/search/action";

constexpr const char* kWhoMayRead = R"({"subject": {"type": "agent"},
    "action": {"name": "tools/call"}, "resource": {"type": "tool", "id": "files/read"}})";
constexpr const char* kWhatMayHelper = R"({"subject": {"type": "agent", "id": "helper"},
    "action": {"name": "tools/call"}, "resource": {"type": "tool"}})";
constexpr const char* kHowMayHelper = R"({"subject": {"type": "agent", "id": "helper"},
    "resource": {"type": "tool", "id": "files/read"}})";

std::vector<std::string> ids(const text::Json& answer, const char* key = "id") {
  std::vector<std::string> out;
  for (const auto& result : answer.find("results")->as_array()) {
    out.emplace_back(result.string_or(key, ""));
  }
  return out;
}

using Names = std::vector<std::string>;

TEST(Search, FindsAgentsToolsAndActions) {
  Authzen authzen;
  const text::Json agents = authzen.answer(kSubjects, kWhoMayRead);
  EXPECT_EQ(ids(agents), Names{"helper"});
  EXPECT_EQ(ids(agents, "type"), Names{"agent"});
  EXPECT_EQ(agents.as_object().front().first, "page") << "recommended to stand first";
  EXPECT_EQ(agents.find("page")->string_or("next_token", "?"), "");
  const text::Json tools = authzen.answer(kResources, kWhatMayHelper);
  EXPECT_EQ(ids(tools), Names{"files/read"}) << "`pay` needs a human";
  EXPECT_EQ(ids(tools, "type"), Names{"tool"});
  const text::Json actions = authzen.answer(kActions, kHowMayHelper);
  EXPECT_EQ(ids(actions, "name"), Names{"tools/call"});
}

// What was found, asked for with the circumstances that came with it, is permitted.
TEST(Search, WhatIsFoundIsPermitted) {
  Authzen authzen;
  const text::Json tools = authzen.answer(kResources, kWhatMayHelper);
  const text::Json& found = tools.find("results")->as_array().front();
  const text::Json& way = found.find("properties")->find("tasks")->as_array().front();
  EXPECT_EQ(way.string_or("task", ""), authzen.task_id);
  EXPECT_EQ(way.string_or("instance", ""), authzen.instance_id);
  const text::Json& target = way.find("targets")->as_array().front();
  EXPECT_EQ(target.string_or("kind", ""), "path");
  const std::string path = std::string(target.string_or("within", "")) + "/x";
  EXPECT_TRUE(allowed(authzen.decision(
      authzen.body(std::string(found.string_or("id", "")), R"({"path": ")" + path + "\"}"))));
}

TEST(Search, IgnoresTheIdOfWhatIsSearchedFor) {
  Authzen authzen;
  EXPECT_EQ(ids(authzen.answer(kSubjects, R"({"subject": {"type": "agent", "id": "nobody"},
      "action": {"name": "tools/call"}, "resource": {"type": "tool", "id": "files/read"}})")),
            Names{"helper"});
  EXPECT_EQ(ids(authzen.answer(kResources, R"({"subject": {"type": "agent", "id": "helper"},
      "action": {"name": "tools/call"}, "resource": {"type": "tool", "id": "files/pay"}})")),
            Names{"files/read"});
}

TEST(Search, FindsNothingForWhatItDoesNotKnow) {
  Authzen authzen;
  for (const char* request :
       {R"({"subject": {"type": "spaceship"}, "action": {"name": "tools/call"},
            "resource": {"type": "tool", "id": "files/read"}})",
        R"({"subject": {"type": "agent"}, "action": {"name": "read"},
            "resource": {"type": "tool", "id": "files/read"}})",
        R"({"subject": {"type": "agent"}, "action": {"name": "tools/call"},
            "resource": {"type": "record", "id": "record-1"}})",
        R"({"subject": {"type": "agent"}, "action": {"name": "tools/call"},
            "resource": {"type": "tool", "id": "files/nothing"}})"}) {
    EXPECT_EQ(ids(authzen.answer(kSubjects, request)), Names{}) << request;
  }
  EXPECT_EQ(ids(authzen.answer(kActions, R"({"subject": {"type": "agent", "id": "nobody"},
      "resource": {"type": "tool", "id": "files/read"}})")),
            Names{});
}

TEST(Search, ReadsContextAndPages) {
  Authzen authzen;
  const std::string open = R"({"subject": {"type": "agent"}, "action": {"name": "tools/call"},
      "resource": {"type": "tool", "id": "files/read"}, )";
  const auto with = [&](const std::string& more) {
    return ids(authzen.answer(kSubjects, open + more + "}"));
  };
  EXPECT_EQ(with(R"("context": {"time": "2026-01-01T00:00:00Z"})"), Names{"helper"});
  EXPECT_EQ(with(R"("context": {"arguments": {"path": "/docs/a"}})"), Names{"helper"});
  EXPECT_EQ(with(R"("context": {"arguments": {"path": "/etc/a"}})"), Names{});
  EXPECT_EQ(with(R"("context": {"task": "tsk_other"})"), Names{});
  EXPECT_EQ(with(R"("page": {"limit": 1})"), Names{"helper"});
  EXPECT_EQ(authzen.post(kSubjects, open + R"("page": {"token": "forged"}})").status, 400);
  const text::Json first = authzen.answer(kSubjects, open + R"("page": {"limit": 0}})");
  const std::string token(first.find("page")->string_or("next_token", ""));
  ASSERT_NE(token, "");
  EXPECT_EQ(
      authzen.post(kSubjects, open + R"("page": {"limit": 1, "token": ")" + token + "\"}}").status,
      400)
      << "the limit moved";
}

TEST(Search, RefusesMalformedRequests) {
  Authzen authzen;
  const std::uint64_t before = authzen.log.size();
  for (const char* path : {kSubjects, kResources, kActions}) {
    for (const char* request :
         {"", "{", "[]", "{}", R"({"subject": {"type": "agent"}})",
          R"({"subject": {"type": "agent", "id": 7}, "resource": {"type": "tool", "id": 101},
              "action": {"name": 1}})",
          R"({"subject": {"type": "agent", "id": "a"}, "action": {"name": "tools/call"},
              "resource": {"type": "tool", "id": "a/b"}, "context": "x"})"}) {
      const auto response = authzen.post(path, request);
      EXPECT_EQ(response.status, 400) << path << request;
      EXPECT_NE(reason_of(response), "") << path << request;
    }
    EXPECT_EQ(authzen.send_json(authzen.gate_token, "GET", path).status, 405);
    const auto text = authzen.send(
        "POST", path,
        {{"Authorization", "Bearer " + authzen.gate_token}, {"Content-Type", "text/plain"}},
        kHowMayHelper);
    EXPECT_EQ(text.status, 400) << path;
  }
  EXPECT_EQ(authzen.log.size(), before);
}

TEST(Search, WantsACallerWhoMaySee) {
  Authzen authzen;
  const auto bare =
      authzen.send("POST", kSubjects, {{"Content-Type", "application/json"}}, kWhoMayRead);
  EXPECT_EQ(bare.status, 401);
  EXPECT_NE(bare.header("www-authenticate"), "");
  const auto approver =
      authzen.send_json(authzen.issue_token("ann"), "POST", kSubjects, kWhoMayRead);
  EXPECT_EQ(approver.status, 403);
  EXPECT_EQ(reason_of(approver), "caller.role");
  const auto auditor =
      authzen.send_json(authzen.issue_token("audit"), "POST", kSubjects, kWhoMayRead);
  EXPECT_EQ(auditor.status, 200) << auditor.body;
  const auto own = authzen.send_json(authzen.credential, "POST", kResources, kWhatMayHelper);
  EXPECT_EQ(own.status, 200) << own.body;
  const auto other = authzen.send_json(authzen.credential, "POST", kResources,
                                       R"({"subject": {"type": "agent", "id": "other"},
      "action": {"name": "tools/call"}, "resource": {"type": "tool"}})");
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(reason_of(other), "caller.not_subject");
}

TEST(Search, LeavesEvidenceButNoDecision) {
  Authzen authzen;
  const auto response = authzen.send("POST", kSubjects,
                                     {{"Authorization", "Bearer " + authzen.gate_token},
                                      {"Content-Type", "application/json"},
                                      {"X-Request-ID", "r-7"}},
                                     kWhoMayRead);
  EXPECT_EQ(response.header("x-request-id"), "r-7");
  const text::Json answer = json(response.body);
  const text::Json* context = answer.find("context");
  const auto index = static_cast<std::uint64_t>(context->find("ledger_index")->as_int());
  const text::Json record = json(authzen.log.read(index).value().record);
  EXPECT_EQ(record.string_or("kind", ""), "search");
  EXPECT_EQ(record.find("body")->string_or("id", ""), context->string_or("id", "?"));
  EXPECT_NE(context->find("revision"), nullptr);
  EXPECT_EQ(authzen.decisions_recorded(), 0u);
  authzen.log.break_disk("gone");
  EXPECT_EQ(authzen.post(kSubjects, kWhoMayRead).status, 503);
}

TEST(Search, TooManyAreRefused) {
  Authzen authzen;
  const auto ask = [&] {
    return authzen.send_json(authzen.credential, "POST", kSubjects, kWhoMayRead);
  };
  for (int i = 0; i < 60; ++i) ASSERT_EQ(ask().status, 200) << i;
  EXPECT_EQ(ask().status, 429);
}

}  // namespace
}  // namespace ambit::doors::authzen
