#include "cli/internal/views.h"

#include <gtest/gtest.h>
#include <sstream>

namespace ambit::cli {
namespace {

using text::Json;

Json parse(std::string_view json) { return *text::parse_json(json); }

constexpr std::string_view kApproval = R"({
  "id":"apr_1","action_digest":"sha256:aa","task":"tsk_1","agent":"writer","decision":"dec_1",
  "needs":[{"approvers":"approver","quorum":2}],
  "grants":[{"by":"bob","classes":["approver"],"at":"2026-11-22T06:00:00.000Z"}],
  "state":"pending","requested_at":"2026-11-22T05:59:00.000Z",
  "expires_at":"2026-11-22T06:14:00.000Z","closed_by":"","note":"","used_by":"",
  "view":{"agent":"writer","purpose":"keeps the reports","owners":{"business":"carol",
    "control":"dave"},"task":"tsk_1","goal":"tidy up","started_by":"alice",
    "trigger":{"kind":"human","reference":"TICKET-1"},"server":"files","tool":"write_file",
    "arguments":{"path":"/srv/a.txt","content":"one\nTWO\nthree\n"},
    "targets":[{"kind":"path","value":"/srv/a.txt"}],"class":"write","outcome":"overwrite",
    "tier":"elevated","intent":"","justification":"",
    "session":{"released":3,"denied":1,"held":0,"labels":["personal"],"systems":["files"]},
    "reasons":[{"code":"policy.needs_approval","message":"an overwrite needs a human"}],
    "change":{"before":"one\ntwo\nthree\n","before_truncated":false,
              "after":"one\nTWO\nthree\n","after_truncated":false}}})";

std::string shown_approval(const Json& approval) {
  std::ostringstream out;
  print_approval(out, Paint(false), approval);
  return out.str();
}

testing::AssertionResult has(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no `" << part << "` in:\n" << text;
}

TEST(ApprovalView, ShowsCallDiffTaskAgentOwnersAndNeeds) {
  const std::string text = shown_approval(parse(kApproval));
  for (const char* part : {"apr_1",
                           "pending",
                           "files/write_file",
                           "overwrite (class write, tier elevated)",
                           "path /srv/a.txt",
                           "\"path\": \"/srv/a.txt\"",
                           "  - two\n  + TWO\n",
                           "writer",
                           "keeps the reports",
                           "carol",
                           "dave",
                           "tidy up",
                           "TICKET-1",
                           "alice",
                           "personal",
                           "an overwrite needs a human",
                           "2 of `approver`",
                           "bob at 2026-11-22",
                           "sha256:aa",
                           "2026-11-22T06:14:00.000Z"}) {
    EXPECT_TRUE(has(text, part));
  }
  EXPECT_EQ(text.find("!"), std::string::npos) << text;
}

TEST(ApprovalView, WritesOutControlAndDirectionCharactersAndWarns) {
  Json approval = parse(kApproval);
  Json* view = approval.find("view");
  view->find("arguments")->set("path", "/srv/\u202etxt.a\x1b[2J");
  view->find("change")->set("after", "one\nTW\u202eO\rx\nthree\n");
  view->set("goal", "tidy\x1b]0;owned\x07");
  const std::string text = shown_approval(approval);
  EXPECT_TRUE(has(text, "/srv/\\u{202E}txt.a\\u001b[2J"));
  EXPECT_TRUE(has(text, "+ TW\\u{202E}O\\rx"));
  EXPECT_TRUE(has(text, "tidy\\u{001B}]0;owned\\u{0007}"));
  EXPECT_TRUE(has(text, "! the arguments hold control or invisible characters"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
}

TEST(ApprovalView, NeverCutsSilently) {
  Json approval = parse(kApproval);
  Json* change = approval.find("view")->find("change");
  change->set("before_truncated", true);
  change->set("after_truncated", true);
  approval.find("view")->set(
      "arguments",
      Json::object({{"omitted", "over 8192 bytes"}, {"bytes", 9000}, {"digest", "sha256:bb"}}));
  const std::string text = shown_approval(approval);
  EXPECT_TRUE(has(text, "! what is there now is longer than shown"));
  EXPECT_TRUE(has(text, "! the new content is longer than shown"));
  EXPECT_TRUE(has(text, "! the arguments are too large to be shown"));
}

TEST(ApprovalView, ShowsWhatIsThereWhereTheNewContentIsNotKnown) {
  Json approval = parse(kApproval);
  approval.find("view")->find("change")->erase("after");
  const std::string text = shown_approval(approval);
  EXPECT_TRUE(has(text, "What is there now\n    one\n    two\n"));
}

TEST(ApprovalView, SaysWhenWhatIsThereCouldNotBeSeen) {
  Json approval = parse(kApproval);
  approval.find("view")->set("change", parse(R"({"problem":"EACCES: permission denied",
    "after":"new words","after_truncated":false})"));
  const std::string text = shown_approval(approval);
  EXPECT_TRUE(has(text, "could not be seen"));
  EXPECT_TRUE(has(text, "EACCES: permission denied"));
  EXPECT_TRUE(has(text, "What would be written\n    new words\n"));
}

constexpr std::string_view kDecision = R"({
  "id":"dec_1","agent":"writer","task":"tsk_1","instance":"ins_1","session":"ses_1",
  "credential":"jti","key_bound":true,"channel":"mcp","server":"files","tool":"read_file",
  "arguments":{"path":"../secret"},"targets":[{"kind":"path","value":"/srv/secret"}],
  "class":"read","outcome":"read","tier":"low","intent":"","justification":"",
  "accountable":{"business":"carol","control":"dave","scope_approver":"erin",
    "lifecycle":"frank"},"chain":["tsk_1"],"goal":"tidy up",
  "trigger":{"kind":"human","reference":"TICKET-1"},"on_behalf_of":"","authorised_by":"alice",
  "system":"files","tool_digest":"sha256:cc","data_domain":"reports",
  "policy":{"name":"default","version":4,"digest":"sha256:dd"},
  "session_before":{"released":2,"denied":0,"held":1,"labels":["personal"],"systems":["files"]},
  "epoch":7,"at":"2026-11-22T06:00:00.000Z","ledger_index":42,
  "decision":{"verdict":"deny","gate":"scope","reasons":[{"code":"scope.target",
    "message":"`/srv/secret` is outside the task","remedy":"use a path below `/srv/a`"}],
    "determining":[],"snapshot":"sha256:ee","action_digest":"sha256:ff"}})";

std::string shown_decision(const Json& decision, const Json& approval = nullptr) {
  std::ostringstream out;
  print_decision(out, Paint(false), decision, approval);
  return out.str();
}

TEST(DecisionView, SaysInPlainWordsWhoWhatWhyAndUnderWhichPolicyAndState) {
  const std::string text = shown_decision(parse(kDecision));
  EXPECT_TRUE(text.starts_with(
      "DENIED: agent writer wanted to read with files/read_file on path /srv/secret\n"))
      << text;
  for (const char* part :
       {"gate `scope`", "scope.target: `/srv/secret` is outside the task",
        "it would be allowed: use a path below `/srv/a`", "ins_1 (proved its key)",
        "tsk_1 (tidy up)", "human: TICKET-1", "alice", "carol", "dave", "erin", "frank",
        "default (version 4)", "no single policy", "2 calls let through, 0 denied, 1 held",
        "personal", "dec_1", "42", "sha256:ee"}) {
    EXPECT_TRUE(has(text, part));
  }
}

TEST(DecisionView, AServiceThatVouchesForAProcessIsNotAProofOfItsKey) {
  Json decision = parse(kDecision);
  decision.set("requested_by", "pep");
  const std::string text = shown_decision(decision);
  EXPECT_TRUE(has(text, "ins_1 (`pep` vouched for it)")) << text;
  EXPECT_FALSE(has(text, "proved its key")) << text;
}

TEST(DecisionView, NamesWhoGrantedTheApprovalAndWhatCameOfIt) {
  Json decision = parse(kDecision);
  decision.set("decision", parse(R"({"verdict":"allow","gate":"none","reasons":[],
    "determining":["files#0"],"snapshot":"sha256:ee","action_digest":"sha256:ff",
    "approval":"apr_1"})"));
  decision.set("probe", parse(R"({"present":true,"state":"sha256:11"})"));
  decision.set("result", parse(R"({"decision":"dec_1","status":"ok","bytes":17,"took_ms":3,
    "labels":[],"ledger_index":43})"));
  Json approval = parse(kApproval);
  approval.set("state", "used");
  const std::string text = shown_decision(decision, approval);
  for (const char* part :
       {"ALLOWED: agent writer", "every gate said yes", "files#0", "apr_1", "bob at 2026-11-22",
        "something was there (sha256:11)", "17 bytes in 3 ms", "43"}) {
    EXPECT_TRUE(has(text, part));
  }
}

TEST(DecisionView, TellsNothingThereFromNobodyCouldSay) {
  Json decision = parse(kDecision);
  decision.set("probe", parse(R"({"present":false,"state":null})"));
  EXPECT_TRUE(has(shown_decision(decision), "nothing was there"));
  decision.set("probe", parse(R"({"present":true,"state":"sha256:11","unknown":true,
    "problem":"EACCES: permission denied"})"));
  EXPECT_TRUE(
      has(shown_decision(decision), "nobody could say what was there (EACCES: permission denied)"));
}

TEST(DecisionView, SaysThatItWasWithdrawnAndWhy) {
  Json decision = parse(kDecision);
  decision.set("withdrawn", parse(R"({"decision":"dec_1","task":"tsk_1","reason":"task.ended",
    "message":"the task has ended","ledger_index":44})"));
  const std::string text = shown_decision(decision);
  EXPECT_TRUE(has(text, "Withdrawn before it was let go"));
  EXPECT_TRUE(has(text, "task.ended"));
}

TEST(DecisionView, SaysThatAHoldWaitsForAHuman) {
  Json decision = parse(kDecision);
  decision.set("decision", parse(R"({"verdict":"hold","gate":"approval","reasons":[],
    "determining":["files#1"],"needs":[{"approvers":"approver","quorum":1}]})"));
  decision.set("approval", "apr_9");
  const std::string text = shown_decision(decision);
  EXPECT_TRUE(has(text, "HELD for a human: agent writer"));
  EXPECT_TRUE(has(text, "apr_9"));
  EXPECT_TRUE(has(text, "1 of `approver`"));
}

TEST(DecisionView, WritesOutWhatAnAgentPutIn) {
  Json decision = parse(kDecision);
  decision.set("intent", "\x1b[31mred\u202e");
  const std::string text = shown_decision(decision);
  EXPECT_TRUE(has(text, "\\u{001B}[31mred\\u{202E}"));
}

TEST(DecisionView, ListsOneALine) {
  std::ostringstream out;
  print_decisions(out, Paint(false), Json::object({{"items", Json::array({parse(kDecision)})}}));
  EXPECT_TRUE(has(out.str(), "files/read_file"));
  EXPECT_TRUE(has(out.str(), "scope.target"));
}

}  // namespace
}  // namespace ambit::cli
