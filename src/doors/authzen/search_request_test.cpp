#include "doors/authzen/internal/search_request.h"

#include <gtest/gtest.h>

namespace ambit::doors::authzen {
namespace {

using service::SearchKind;

constexpr const char* kWhole = R"({"subject": {"type": "agent", "id": "helper"},
    "action": {"name": "tools/call"}, "resource": {"type": "tool", "id": "files/read"},
    "context": {"task": "t", "instance": "i", "intent": "why", "justification": "because",
                "arguments": {"path": "/a"}}, "page": {"limit": 3, "token": "x"}, "more": [1]})";

std::string reason(SearchKind kind, const std::string& body) {
  const auto request = read_search(kind, body);
  return request ? "none" : request.error().reason;
}

std::string without(const std::string& body, std::initializer_list<const char*> path) {
  text::Json json = text::parse_json(body).value();
  text::Json* at = &json;
  for (const char* key : std::vector<const char*>(path.begin(), path.end() - 1)) {
    at = at->find(key);
  }
  at->erase(*(path.end() - 1));
  return text::to_json(json);
}

TEST(SearchRequest, IgnoresTheIdOfWhatIsSearchedFor) {
  const auto subject = read_search(SearchKind::kSubject, kWhole);
  ASSERT_TRUE(subject);
  EXPECT_EQ(subject->query.agent, "");
  EXPECT_EQ(subject->query.tool, "files/read");
  const auto resource = read_search(SearchKind::kResource, kWhole);
  ASSERT_TRUE(resource);
  EXPECT_EQ(resource->query.agent, "helper");
  EXPECT_EQ(resource->query.tool, "");
  const auto action = read_search(SearchKind::kAction, kWhole);
  ASSERT_TRUE(action);
  EXPECT_EQ(action->query.agent, "helper");
  EXPECT_EQ(action->query.tool, "files/read");
  for (const auto* request : {&*subject, &*resource, &*action}) {
    EXPECT_EQ(request->not_ours, nullptr);
    EXPECT_EQ(request->query.task, "t");
    EXPECT_EQ(request->query.instance, "i");
    EXPECT_EQ(request->query.intent, "why");
    EXPECT_EQ(request->query.justification, "because");
    EXPECT_EQ(text::to_json(*request->query.arguments), R"({"path":"/a"})");
    EXPECT_EQ(request->query.limit, 3u);
    EXPECT_EQ(request->query.token, "x");
  }
}

TEST(SearchRequest, WantsWhatIsRequired) {
  for (const auto kind : {SearchKind::kSubject, SearchKind::kResource, SearchKind::kAction}) {
    EXPECT_EQ(reason(kind, without(kWhole, {"subject"})), "field.missing");
    EXPECT_EQ(reason(kind, without(kWhole, {"resource"})), "field.missing");
    EXPECT_EQ(reason(kind, without(kWhole, {"subject", "type"})), "field.missing");
    EXPECT_EQ(reason(kind, without(kWhole, {"resource", "type"})), "field.missing");
    EXPECT_EQ(reason(kind, without(kWhole, {"context"})), "none");
    EXPECT_EQ(reason(kind, without(kWhole, {"page"})), "none");
    const bool no_action = kind == SearchKind::kAction;
    EXPECT_EQ(reason(kind, without(kWhole, {"action"})), no_action ? "none" : "field.missing");
    EXPECT_EQ(reason(kind, without(kWhole, {"action", "name"})),
              no_action ? "none" : "field.missing");
    EXPECT_EQ(reason(kind, without(kWhole, {"subject", "id"})),
              kind == SearchKind::kSubject ? "none" : "field.missing");
    EXPECT_EQ(reason(kind, without(kWhole, {"resource", "id"})),
              kind == SearchKind::kResource ? "none" : "field.missing");
    EXPECT_EQ(reason(kind, ""), "json.syntax");
    EXPECT_EQ(reason(kind, "[]"), "field.type");
  }
}

TEST(SearchRequest, WantsAPageOfTheRightForm) {
  const auto with = [](const std::string& page) {
    return reason(SearchKind::kSubject,
                  R"({"subject": {"type": "agent"}, "action": {"name": "tools/call"},
                      "resource": {"type": "tool", "id": "a/b"}, "page": )" +
                      page + "}");
  };
  for (const char* good : {"null", "{}", R"({"limit": 0})", R"({"token": ""})",
                           R"({"limit": null})", R"({"properties": {"sort": 1}, "other": 2})"}) {
    EXPECT_EQ(with(good), "none") << good;
  }
  for (const char* bad : {"[]", "1", R"({"limit": -1})", R"({"limit": 1.5})", R"({"limit": "1"})",
                          R"({"token": 1})", R"({"properties": []})"}) {
    EXPECT_EQ(with(bad), "field.invalid") << bad;
  }
}

TEST(SearchRequest, KnowsWhatItCannotFind) {
  const auto no = [](SearchKind kind, const char* subject, const char* action, const char* resource,
                     const char* id) {
    const std::string body = std::string(R"({"subject": {"type": ")") + subject +
                             R"(", "id": "x"}, "action": {"name": ")" + action +
                             R"("}, "resource": {"type": ")" + resource + R"(", "id": ")" + id +
                             R"("}})";
    const auto request = read_search(kind, body);
    if (!request || request->not_ours == nullptr) return std::string();
    return std::string(request->not_ours->code);
  };
  const auto subject = SearchKind::kSubject;
  EXPECT_EQ(no(subject, "spaceship", "tools/call", "tool", "a/b"), "authzen.subject_type");
  EXPECT_EQ(no(subject, "agent", "read", "tool", "a/b"), "authzen.action");
  EXPECT_EQ(no(subject, "agent", "tools/call", "record", "a/b"), "authzen.resource");
  EXPECT_EQ(no(subject, "agent", "tools/call", "tool", "ab"), "authzen.resource");
  EXPECT_EQ(no(SearchKind::kResource, "agent", "tools/call", "record", "x"), "authzen.resource");
  EXPECT_EQ(no(SearchKind::kResource, "agent", "tools/call", "tool", "ab"), "");
  EXPECT_EQ(no(SearchKind::kAction, "agent", "whatever", "tool", "a/b"), "");
}

service::SearchAnswer answer() {
  service::SearchAnswer out;
  out.id = "sea_1";
  out.ledger_index = 4;
  out.revision = {2, 5};
  out.next_token = "n";
  out.found = {{"x", {{"t", "i", {{domain::TargetKind::kPath, "/a"}}}}}};
  return out;
}

TEST(SearchAnswer, HasOnlyWhatWasSearchedFor) {
  const std::string head = R"({"page":{"next_token":"n","count":1},"context":{"id":"sea_1",)"
                           R"("ledger_index":4,"revision":{"policy":2,"epoch":5}},"results":[)";
  const std::string way = R"("properties":{"tasks":[{"task":"t","instance":"i",)"
                          R"("targets":[{"kind":"path","within":"/a"}]}]}}]})";
  EXPECT_EQ(write_search(SearchKind::kSubject, answer()),
            head + R"({"type":"agent","id":"x",)" + way);
  EXPECT_EQ(write_search(SearchKind::kResource, answer()),
            head + R"({"type":"tool","id":"x",)" + way);
  EXPECT_EQ(write_search(SearchKind::kAction, answer()), head + R"({"name":"x",)" + way);
}

TEST(SearchAnswer, NothingFoundIsNoError) {
  const auto json = text::parse_json(write_nothing_found({"c", "m", "r"}));
  ASSERT_TRUE(json);
  EXPECT_TRUE(json->find("results")->as_array().empty());
  EXPECT_EQ(json->find("page")->string_or("next_token", "?"), "");
}

}  // namespace
}  // namespace ambit::doors::authzen
