#include "ledger_file/memory_log.h"

#include <gtest/gtest.h>

#include "ledger/merkle.h"
#include "ledger_file/internal/test_support.h"

namespace ambit::ledger_file {
namespace {

TEST(MemoryLog, AnswersAtOnceAndReadsBack) {
  MemoryLog log;
  Answers answers;
  log.append("a", answers.expect());
  ASSERT_EQ(answers.answered(), 1u);
  EXPECT_EQ(answers[0]->index, 0u);
  EXPECT_EQ(answers[0]->leaf_hash, ledger::leaf_hash("a"));
  EXPECT_TRUE(log.append_reserved("b", answers.expect()));
  log.append({"c", "beside c"}, {});
  EXPECT_EQ(*log.read(2), ports::Entry("c", "beside c"));
  EXPECT_EQ(all_records(log), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(log.read(1)->record, "b");
  EXPECT_EQ(log.read(3).error().reason, "ledger.no_such_entry");
  log.append("", answers.expect());
  EXPECT_EQ(answers[2].error().reason, "ledger.record_too_large");
  EXPECT_FALSE(log.append_reserved(std::string(65536, 'x'), {}));
}

TEST(MemoryLog, FailsTheNextAppendsOnly) {
  MemoryLog log;
  log.fail_next(2, {Code::kExhausted, "ledger.queue_full", "full"});
  EXPECT_EQ(append_one(log, "a").error().reason, "ledger.queue_full");
  EXPECT_TRUE(log.append_reserved("kept", {}));
  EXPECT_EQ(append_one(log, "b").error().reason, "ledger.queue_full");
  EXPECT_TRUE(log.writable());
  EXPECT_EQ(append_one(log, "c")->index, 1u);
}

TEST(MemoryLog, HoldsUntilReleased) {
  MemoryLog log;
  Answers answers;
  log.hold();
  for (const char* record : {"a", "b", "c"}) log.append(record, answers.expect());
  EXPECT_EQ(log.held(), 3u);
  EXPECT_EQ(log.size(), 0u);
  log.release(1);
  EXPECT_EQ(answers.answered(), 1u);
  log.append("d", answers.expect());
  EXPECT_EQ(log.held(), 3u);
  log.release();
  EXPECT_EQ(answers.answered(), 4u);
  EXPECT_EQ(append_one(log, "e")->index, 4u);
}

TEST(MemoryLog, BreaksLikeADiskAndIsMended) {
  MemoryLog log;
  Answers answers;
  log.hold();
  log.append("in flight", answers.expect());
  EXPECT_TRUE(log.append_reserved("revoked in flight", answers.expect()));
  log.break_disk("cannot sync: no space left");
  EXPECT_EQ(answers[0].error().reason, "ledger.unwritable");
  EXPECT_EQ(append_one(log, "b").error().message, "cannot sync: no space left");
  EXPECT_TRUE(log.append_reserved("revoked", answers.expect()));
  EXPECT_FALSE(log.writable());
  EXPECT_EQ(log.why_not_writable(), "cannot sync: no space left");
  EXPECT_EQ(answers.answered(), 1u);
  log.mend_disk();
  EXPECT_TRUE(log.writable());
  EXPECT_EQ(answers[1]->index, 0u);
  EXPECT_EQ(answers[2]->index, 1u);
}

}  // namespace
}  // namespace ambit::ledger_file
