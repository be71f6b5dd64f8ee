#include "index/internal/postings.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace ambit::index::internal {
namespace {

using ports::Facet;
using ports::IndexQuery;
using ports::Term;

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ambit-index-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

const Term kAgent{Facet::kAgent, "a"};

std::vector<Term> random_terms() {
  std::vector<Term> out;
  for (const char* value : {"a", "b", "c"}) {
    for (const Facet facet : {Facet::kAgent, Facet::kTool}) {
      if (*rc::gen::arbitrary<bool>()) out.push_back({facet, value});
    }
  }
  return out;
}

// What a search must find, by looking at everything.
std::vector<std::uint64_t> look(const std::vector<Item>& items, const IndexQuery& query) {
  std::vector<std::uint64_t> out;
  for (const Item& item : items) {
    const bool all = std::all_of(query.all.begin(), query.all.end(), [&](const auto& group) {
      return std::any_of(group.begin(), group.end(), [&](const Term& term) {
        return std::find(item.terms.begin(), item.terms.end(), term) != item.terms.end();
      });
    });
    if (all && item.entry >= query.from && item.entry < query.before &&
        (!query.since || item.at >= *query.since) && (!query.until || item.at < *query.until)) {
      out.push_back(item.entry);
    }
  }
  if (!query.oldest_first) std::reverse(out.begin(), out.end());
  return out;
}

RC_GTEST_PROP(PostingsProperty, FindsWhatLookingAtEverythingFinds, ()) {
  const Folder folder;
  auto writer = PostingsWriter::open(folder.path + "/i").value();
  // Some 70 000 uniform entries first, so that searches cross chunks and blocks.
  std::vector<Item> items;
  const std::uint64_t plain = *rc::gen::inRange(0, 10) == 0 ? 65'530 : 0;
  for (std::uint64_t entry = 0; entry < plain; ++entry) {
    items.push_back({entry, Time{static_cast<std::int64_t>(entry)}, {kAgent}, {}});
  }
  if (!items.empty()) {
    const auto added = writer->add(items, {plain, "x"});
    RC_ASSERT(added.has_value());
  }
  std::uint64_t end = plain;
  const auto more = *rc::gen::inRange<std::size_t>(1, 60);
  std::vector<Item> batch;
  for (std::size_t i = 0; i < more; ++i) {
    // Of a log that entries were dropped of.
    if (*rc::gen::inRange(0, 8) == 0) end += *rc::gen::inRange<std::uint64_t>(1, 5'000);
    Item item{end++, Time{*rc::gen::inRange<std::int64_t>(65'500, 65'600)}, random_terms(), {}};
    items.push_back(item);
    batch.push_back(std::move(item));
    if (*rc::gen::inRange(0, 5) == 0 || i + 1 == more) {
      RC_ASSERT(writer->add(batch, {end, "x"}).has_value());
      batch.clear();
    }
  }
  auto reader = PostingsReader::open(folder.path + "/i").value();
  for (int i = 0; i < 20; ++i) {
    IndexQuery query;
    query.all = {{kAgent}};
    if (*rc::gen::arbitrary<bool>())
      query.all.push_back({{Facet::kTool, "b"}, {Facet::kTool, "c"}});
    if (*rc::gen::arbitrary<bool>()) query.since = Time{*rc::gen::inRange(65'400, 65'600)};
    if (*rc::gen::arbitrary<bool>()) query.until = Time{*rc::gen::inRange(65'500, 65'700)};
    if (*rc::gen::arbitrary<bool>()) query.before = *rc::gen::inRange<std::uint64_t>(0, end + 10);
    if (*rc::gen::arbitrary<bool>()) query.from = *rc::gen::inRange<std::uint64_t>(0, end + 10);
    query.oldest_first = *rc::gen::arbitrary<bool>();
    query.limit = *rc::gen::inRange<std::size_t>(1, 100);
    auto expected = look(items, query);
    RC_ASSERT(reader->count(query).value() == expected.size());
    const auto page = reader->find(query).value();
    RC_ASSERT(page.more == (expected.size() > query.limit));
    if (expected.size() > query.limit) expected.resize(query.limit);
    RC_ASSERT(page.entries == expected);
    RC_ASSERT(page.indexed == end);
  }
}

TEST(Postings, IdentifiersThatAreCloseInTimeStandTogether) {
  const std::string word = word_of({Facet::kDecision, "dec_01jd00000000000000000000000"});
  EXPECT_NE(word.substr(1), "01jd0000000000000000000000") << "27 characters are no identifier";
  EXPECT_EQ(word_of({Facet::kDecision, "dec_01jd0000000000000000000000"}).substr(1),
            "01jd0000000000000000000000");
  EXPECT_NE(word_of({Facet::kAgent, "x"}), word_of({Facet::kTask, "x"}));
  EXPECT_EQ(word_of({Facet::kAgent, "x"}).size(), 9u);
}

TEST(Postings, ATasksTargetsAreForgottenAndNobodyElses) {
  const Folder folder;
  const std::string path = folder.path + "/i";
  auto writer = PostingsWriter::open(path).value();
  const Term shared{Facet::kTarget, "path:/shared"}, own{Facet::kTarget, "path:/own"};
  const auto item = [](std::uint64_t entry, const std::string& task, std::vector<Term> terms) {
    terms.push_back({Facet::kTask, task});
    return Item{entry, Time{1}, std::move(terms), {Facet::kTask, task}};
  };
  ASSERT_TRUE(writer->add(
      {item(0, "t1", {shared, own}), item(1, "t2", {shared}), item(2, "t1", {shared})}, {3, "x"}));
  ASSERT_TRUE(writer->forget_targets("t1"));
  auto reader = PostingsReader::open(path).value();
  const auto find = [&](const Term& term) { return reader->find({.all = {{term}}})->entries; };
  EXPECT_EQ(find(shared), std::vector<std::uint64_t>{1});
  EXPECT_TRUE(find(own).empty());
  EXPECT_EQ(find({Facet::kTask, "t1"}), (std::vector<std::uint64_t>{2, 0}));
  ASSERT_TRUE(writer->add({item(3, "t2", {own})}, {4, "x"}));
  EXPECT_EQ(find(own), std::vector<std::uint64_t>{3});
}

TEST(Postings, AFileOfAnotherVersionIsRefused) {
  const Folder folder;
  const std::string path = folder.path + "/i";
  PostingsWriter::open(path).value().reset();
  {
    auto database = sqlite::Database::open(path).value();
    ASSERT_TRUE(database->execute("PRAGMA user_version = 99"));
  }
  EXPECT_EQ(PostingsWriter::open(path).error().reason, "index.corrupt");
}

TEST(Postings, AFileWithOtherTablesIsRefused) {
  for (const char* change :
       {"DROP TABLE times; CREATE VIEW times(block, lowest, highest, at) AS SELECT 0, 0, 0, x''; "
        "CREATE TRIGGER t INSTEAD OF INSERT ON times BEGIN SELECT 1; END",
        "CREATE TRIGGER t AFTER INSERT ON posting BEGIN DELETE FROM posting; END",
        "ALTER TABLE target_of ADD COLUMN more INTEGER", "CREATE TABLE more(x)"}) {
    const Folder folder;
    const std::string path = folder.path + "/i";
    PostingsWriter::open(path).value().reset();
    {
      auto database = sqlite::Database::open(path).value();
      ASSERT_TRUE(database->execute(change)) << change;
    }
    const auto refused = PostingsWriter::open(path);
    ASSERT_FALSE(refused.has_value()) << change;
    EXPECT_EQ(refused.error().reason, "index.corrupt") << change;
  }
}

TEST(Postings, RowsBeyondWhatIsIndexedAreNotLookedAt) {
  const Folder folder;
  const std::string path = folder.path + "/i";
  auto writer = PostingsWriter::open(path).value();
  ASSERT_TRUE(writer->add({{0, Time{1}, {kAgent}, {}}}, {1, "x"}));
  {
    auto database = sqlite::Database::open(path).value();
    ASSERT_TRUE(database->execute("INSERT INTO posting SELECT 7, word, entries FROM posting"));
  }
  EXPECT_EQ(writer->newest(kAgent).value(), std::optional<std::uint64_t>(0));
}

TEST(Postings, ASearchNamesSomething) {
  const Folder folder;
  auto writer = PostingsWriter::open(folder.path + "/i").value();
  auto reader = PostingsReader::open(folder.path + "/i").value();
  EXPECT_EQ(reader->find({}).error().reason, "index.query");
  EXPECT_EQ(reader->find({.all = {{}}}).error().reason, "index.query");
}

}  // namespace
}  // namespace ambit::index::internal
