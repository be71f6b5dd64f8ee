#include "service/internal/decision_outline.h"

#include <gtest/gtest.h>

#include "ledger/record.h"

namespace ambit::service {
namespace {

using text::Json;

Json parsed(std::string_view text) { return text::parse_json(text).value(); }

std::string record_of(const Json& body, const char* kind = "decision") {
  return ledger::encode_record(Time{7}, kind, body).value();
}

void expect_same(const DecisionOutline& a, const DecisionOutline& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.situation, b.situation);
  EXPECT_EQ(a.approval_used, b.approval_used);
  EXPECT_EQ(a.verdict, b.verdict);
  EXPECT_EQ(a.tier, b.tier);
  EXPECT_EQ(a.would, b.would);
  EXPECT_EQ(a.requested, b.requested);
}

TEST(DecisionOutline, IsTheSameOfTheRecordAndOfItsTree) {
  for (const char* text : {
           R"({"decision":{"verdict":"allow"}})",
           R"({"decision":{"verdict":"deny","would":"allow"},"id":"dec_1","tier":"high"})",
           R"({"approval":"apr_of_the_call","decision":{"approval":"apr_1","verdict":"allow"}})",
           R"({"approval_requested":{"id":"apr_2","needs":[]},"decision":{"verdict":"hold"}})",
           R"({"decision":{"verdict":"deny"},"id":"a\"b\\c","situation":"\u0001","tier":"none"})",
           R"({"decision":{"verdict":"deny","would":"perhaps"},"epoch":3,"sealed":{"key":"k"}})",
       }) {
    const Json body = parsed(text);
    const auto whole = outline_of(body);
    const auto read = outline_of_record(record_of(body));
    ASSERT_TRUE(whole && read) << text;
    expect_same(*read, *whole);
  }
}

TEST(DecisionOutline, HasWhatTheRecordSays) {
  const auto read = outline_of_record(record_of(parsed(
      R"({"approval_requested":{"id":"apr_2"},"decision":{"approval":"apr_1","verdict":"hold",)"
      R"("would":"deny"},"id":"dec_1","situation":"s","tier":"high"})")));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, "dec_1");
  EXPECT_EQ(read->situation, "s");
  EXPECT_EQ(read->approval_used, "apr_1");
  EXPECT_EQ(read->verdict, domain::Verdict::kHold);
  EXPECT_EQ(read->tier, domain::Tier::kHigh);
  EXPECT_EQ(read->would, domain::Verdict::kDeny);
  EXPECT_EQ(read->requested, parsed(R"({"id":"apr_2"})"));
}

TEST(DecisionOutline, IsNoneOfAnythingUnusual) {
  const std::string good = record_of(parsed(R"({"decision":{"verdict":"allow"}})"));
  ASSERT_TRUE(outline_of_record(good));
  EXPECT_FALSE(
      outline_of_record(record_of(parsed(R"({"decision":{"verdict":"allow"}})"), "other")));
  EXPECT_FALSE(outline_of_record(record_of(parsed(R"({"decision":{"verdict":"maybe"}})"))));
  EXPECT_FALSE(outline_of_record(record_of(parsed(R"({"decision":{}})"))));
  EXPECT_FALSE(outline_of_record(record_of(parsed(R"({"decision":"allow"})"))));
  EXPECT_FALSE(outline_of_record(record_of(parsed(R"({"id":"dec_1"})"))));
  EXPECT_FALSE(outline_of_record(" " + good));
  EXPECT_FALSE(outline_of_record(good + " "));
  EXPECT_FALSE(outline_of_record(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(outline_of_record(""));
  std::string newer = good;
  newer.replace(newer.rfind("\"v\":1"), 5, "\"v\":9");
  EXPECT_FALSE(outline_of_record(newer));
  EXPECT_FALSE(outline_of(parsed(R"({"decision":{"verdict":"maybe"}})")));
  EXPECT_FALSE(outline_of(parsed("{}")));
}

}  // namespace
}  // namespace ambit::service
