#include "doors/authzen/internal/batch.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::doors::authzen {
namespace {

constexpr const char* kSubject = R"("subject": {"type": "agent", "id": "helper"})";
constexpr const char* kAction = R"("action": {"name": "tools/call"})";
constexpr const char* kResource = R"("resource": {"type": "tool", "id": "files/read"})";

std::string joined(std::initializer_list<std::string> members) {
  std::string out = "{";
  for (const auto& member : members) out += (out.size() > 1 ? "," : "") + member;
  return out + "}";
}

Batch read(const std::string& body) {
  auto batch = read_evaluations(body);
  if (!batch) ADD_FAILURE() << batch.error().message << ": " << body;
  return std::move(batch).value_or(Batch{});
}

std::string reason(const std::string& body) {
  const auto batch = read_evaluations(body);
  return batch ? "none" : batch.error().reason;
}

// `evaluations` absent or empty: the request is a single evaluation.
TEST(EvaluationsRequest, WithoutItemsIsASingleEvaluation) {
  for (const char* more : {R"("other": 1)", R"("evaluations": [])",
                           R"("evaluations": [], "options": {"evaluations_semantic": "x"})"}) {
    const Batch batch = read(joined({kSubject, kAction, kResource, more}));
    EXPECT_TRUE(batch.single) << more;
    ASSERT_EQ(batch.items.size(), 1u);
    EXPECT_EQ(batch.items[0]->resource_id, "files/read");
  }
  EXPECT_EQ(reason(joined({kSubject, kAction})), "field.missing");
  EXPECT_EQ(reason(joined({kSubject, kAction, R"("evaluations": [])"})), "field.missing");
}

TEST(EvaluationsRequest, TakeWholeEntitiesFromTheDefaults) {
  const Batch batch = read(
      joined({kSubject, kAction, R"("context": {"task": "t", "arguments": {"a": 1}})",
              R"("evaluations": [)" + joined({kResource}) + "," +
                  joined({kResource, R"("context": {"task": "u"})"}) + "," +
                  joined({R"("subject": {"type": "agent", "id": "other"})", kResource}) + "]"}));
  EXPECT_FALSE(batch.single);
  ASSERT_EQ(batch.items.size(), 3u);
  EXPECT_EQ(batch.items[0]->subject_id, "helper");
  EXPECT_EQ(batch.items[0]->task, "t");
  EXPECT_EQ(text::to_json(batch.items[0]->arguments), R"({"a":1})");
  EXPECT_EQ(batch.items[1]->task, "u");
  EXPECT_EQ(text::to_json(batch.items[1]->arguments), "{}") << "a context replaces a context";
  EXPECT_EQ(batch.items[2]->subject_id, "other");
  EXPECT_EQ(batch.items[2]->task, "t");
}

// An entity replaces the default; only a `type`, `id` or `name` that it lacks is taken over.
TEST(EvaluationsRequest, FillInRequiredMembersOnly) {
  const Batch batch = read(joined(
      {kSubject, kAction,
       R"("resource": {"type": "tool", "id": "files/write", "properties": {"arguments": {"d": 1}}})",
       R"("evaluations": [{"resource": {"id": "files/read"}},
                          {"resource": {"properties": {"arguments": {"e": 2}}}},
                          {"resource": {}, "action": {}, "subject": {"id": "b"}}])"}));
  ASSERT_EQ(batch.items.size(), 3u);
  EXPECT_EQ(batch.items[0]->resource_type, "tool");
  EXPECT_EQ(batch.items[0]->resource_id, "files/read");
  EXPECT_EQ(text::to_json(batch.items[0]->arguments), "{}");
  EXPECT_EQ(batch.items[1]->resource_id, "files/write");
  EXPECT_EQ(text::to_json(batch.items[1]->arguments), R"({"e":2})");
  EXPECT_EQ(batch.items[2]->action_name, "tools/call");
  EXPECT_EQ(batch.items[2]->subject_type, "agent");
  EXPECT_EQ(batch.items[2]->subject_id, "b");
}

TEST(EvaluationsRequest, AnItemsErrorIsItsOwn) {
  const Batch batch = read(joined({kSubject, kAction,
                                   R"("evaluations": [)" + joined({kResource}) +
                                       R"(, {}, 7, null, {"resource": "x"},
                                          {"resource": {"type": 1, "id": "x"}},
                                          {"resource": {"type": "tool", "id": "a/b"},
                                           "context": []}])"}));
  ASSERT_EQ(batch.items.size(), 7u);
  EXPECT_TRUE(batch.items[0]);
  const char* reasons[] = {"field.missing", "field.type",    "field.type",
                           "field.invalid", "field.invalid", "field.invalid"};
  for (std::size_t i = 1; i < 7; ++i) {
    ASSERT_FALSE(batch.items[i]) << i;
    EXPECT_EQ(batch.items[i].error().reason, reasons[i - 1]) << i;
    EXPECT_EQ(batch.items[i].error().code, Code::kInvalid) << i;
  }
}

TEST(EvaluationsRequest, KnowTheSemantics) {
  const auto semantic = [&](const std::string& options) {
    return read(joined({kSubject, kAction, "\"options\": " + options,
                        R"("evaluations": [)" + joined({kResource}) + "]"}))
        .semantic;
  };
  EXPECT_EQ(semantic("null"), Semantic::kExecuteAll);
  EXPECT_EQ(semantic("{}"), Semantic::kExecuteAll);
  EXPECT_EQ(semantic(R"({"another": [1]})"), Semantic::kExecuteAll);
  EXPECT_EQ(semantic(R"({"evaluations_semantic": "execute_all"})"), Semantic::kExecuteAll);
  EXPECT_EQ(semantic(R"({"evaluations_semantic": "deny_on_first_deny"})"),
            Semantic::kDenyOnFirstDeny);
  EXPECT_EQ(semantic(R"({"evaluations_semantic": "permit_on_first_permit"})"),
            Semantic::kPermitOnFirstPermit);
}

TEST(EvaluationsRequest, RefuseARequestThatIsWrongAsAWhole) {
  const std::string items = R"("evaluations": [)" + joined({kResource}) + "]";
  EXPECT_EQ(reason("[]"), "field.type");
  EXPECT_EQ(reason("{"), "json.syntax");
  EXPECT_EQ(reason(R"({"evaluations": {}})"), "field.invalid");
  EXPECT_EQ(reason(R"({"evaluations": null})"), "field.invalid");
  EXPECT_EQ(reason(joined({items, R"("options": [])"})), "field.invalid");
  for (const char* semantic : {"\"all\"", "\"\"", "1", "[]", "\"Execute_All\""}) {
    EXPECT_EQ(reason(joined({items, R"("options": {"evaluations_semantic": )" +
                                        std::string(semantic) + "}"})),
              "field.invalid")
        << semantic;
  }
  for (const char* bad : {R"("subject": "helper")", R"("subject": null)", R"("action": [])",
                          R"("resource": {"type": 7})", R"("subject": {"type": ""})",
                          R"("action": {"name": false})", R"("context": "x")"}) {
    EXPECT_EQ(reason(joined({items, bad})), "field.invalid") << bad;
  }
}

TEST(EvaluationsRequest, AreBounded) {
  const auto with = [&](std::size_t count) {
    std::string items;
    for (std::size_t i = 0; i < count; ++i) items += std::string(i > 0 ? "," : "") + "{}";
    return joined({kSubject, kAction, kResource, R"("evaluations": [)" + items + "]"});
  };
  EXPECT_EQ(read(with(kMaxEvaluations)).items.size(), kMaxEvaluations);
  EXPECT_EQ(reason(with(kMaxEvaluations + 1)), "authzen.too_many");
}

// A small body must not become a large one by repetition.
TEST(EvaluationsRequest, DefaultsAreBoundedTogether) {
  const auto with = [&](std::size_t bytes, const std::string& items) {
    return joined({kSubject, kAction, kResource,
                   R"("context": {"arguments": {"x": ")" + std::string(bytes, 'x') + "\"}}",
                   R"("evaluations": [)" + items + "]"});
  };
  EXPECT_EQ(reason(with(3u << 20, "{}")), "none");
  EXPECT_EQ(reason(with(3u << 20, "{}, {}")), "authzen.too_large");
  EXPECT_EQ(reason(with(3u << 20, R"({}, {"context": {}})")), "none");
}

TEST(EvaluationsRequest, AreAsManyAsWereAskedFor) {
  EXPECT_TRUE(rc::check([](std::vector<bool> complete) {
    RC_PRE(!complete.empty());
    RC_PRE(complete.size() <= kMaxEvaluations);
    std::string items;
    for (const bool whole : complete) {
      items += (items.empty() ? "" : ",") + (whole ? joined({kResource}) : std::string("{}"));
    }
    const auto batch =
        read_evaluations(joined({kSubject, kAction, R"("evaluations": [)" + items + "]"}));
    RC_ASSERT(batch.has_value());
    RC_ASSERT(batch->items.size() == complete.size());
    for (std::size_t i = 0; i < complete.size(); ++i) {
      RC_ASSERT(batch->items[i].has_value() == complete[i]);
    }
  }));
}

}  // namespace
}  // namespace ambit::doors::authzen
