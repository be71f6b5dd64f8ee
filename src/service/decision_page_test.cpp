#include "service/decision_page.h"

#include <filesystem>
#include <gtest/gtest.h>

#include "index/evidence_index.h"
#include "ledger/record.h"
#include "service/service_fixture.h"

namespace ambit::service {
namespace {

struct DecisionPageTest : ::testing::Test {
  std::string folder = make_folder();
  Fixture f;
  Fixture::Work work, other;
  std::unique_ptr<index::EvidenceIndex> evidence_index;

  DecisionPageTest() {
    f.set_up();
    work = f.start(f.task_spec(200));
    other = f.start(f.task_spec(200), "another key");
    evidence_index =
        index::EvidenceIndex::open({folder + "/index.sqlite", &f.log, f.vault.get()}).value();
  }
  ~DecisionPageTest() override {
    evidence_index.reset();
    std::filesystem::remove_all(folder);
  }
  static std::string make_folder() {
    std::string name = std::filesystem::temp_directory_path() / "ambit-page-XXXXXX";
    return ::mkdtemp(name.data());
  }

  std::string decide(const Fixture::Work& who, const std::string& tool, const std::string& json) {
    return f.attempt(who.caller, tool, json).decision_id;
  }
  std::vector<std::uint64_t> newest_first() {
    ports::IndexQuery query;
    query.all = {{{ports::Facet::kKind, "decision"}}};
    query.limit = 500;
    while (evidence_index->indexed() < f.log.size()) (void)evidence_index->find(query);
    return evidence_index->find(query).value().entries;
  }
  DecisionPage read(const std::vector<std::uint64_t>& entries, const std::string& task = {}) {
    return read_decisions({&f.log, evidence_index.get(), f.vault.get()}, entries, task).value();
  }
  static std::vector<std::string> ids(const DecisionPage& page) {
    std::vector<std::string> out;
    for (const auto& item : page.items) out.emplace_back(item.string_or("id", ""));
    return out;
  }
};

TEST_F(DecisionPageTest, ShowsEachAsItIsShownAlone) {
  decide(work, "read", R"({"path":"/work/a"})");
  decide(other, "read", R"({"path":"/etc/passwd"})");
  decide(work, "read", R"({"path":"/work/b"})");
  const DecisionPage page = read(newest_first());
  ASSERT_EQ(page.items.size(), 3u);
  EXPECT_FALSE(page.cut_at.has_value());
  for (const auto& item : page.items) {
    EXPECT_EQ(item,
              f.service->decisions().show(f.admin, std::string(item.string_or("id", ""))).value());
  }
}

TEST_F(DecisionPageTest, FindsASituationHoweverLongAgoItWas) {
  const std::string first = decide(work, "read", R"({"path":"/work/a"})");
  // Before and behind the places up to which it is sought first.
  const std::string record =
      *ledger::encode_record(f.clock.now(), "search", text::Json::object({{"by", "somebody"}}));
  for (int i = 0; i < 70'000; ++i) f.log.append(ports::Entry(record), {});
  const std::string far = decide(work, "read", R"({"path":"/work/b"})");
  const auto shown = f.records("decision");
  ASSERT_EQ(shown.front().string_or("situation", "a"), shown.back().string_or("situation", "b"))
      << "or this proves nothing";
  EXPECT_EQ(ids(read(newest_first())), (std::vector<std::string>{far, first}));
}

// A task that asks for its own decisions gets no others, whatever somebody wrote into the index.
TEST_F(DecisionPageTest, AnIndexIsNoAuthorityOnWhatATaskMaySee) {
  const std::string own = decide(work, "read", R"({"path":"/work/a"})");
  decide(other, "read", R"({"path":"/work/b"})");
  EXPECT_EQ(ids(read(newest_first(), work.task)), std::vector<std::string>{own});
}

TEST_F(DecisionPageTest, EndsEarlyWhereItWouldBecomeTooLarge) {
  const std::string large(100'000, 'x');
  std::vector<std::string> made;
  for (int i = 0; i < 55; ++i) {
    std::string json = R"({"path":"/work/)";
    json += std::to_string(i);
    json += R"(","content":")";
    json += large;
    json += "\"}";
    made.push_back(decide(work, "write", json));
  }
  std::vector<std::uint64_t> entries = newest_first();
  ASSERT_EQ(entries.size(), made.size());
  std::vector<std::string> seen;
  int pages = 0;
  for (; !entries.empty() && pages < 10; ++pages) {
    const DecisionPage page = read(entries);
    EXPECT_LE(text::to_json(text::Json(page.items)).size(), 6u << 20);
    for (auto& id : ids(page)) seen.push_back(std::move(id));
    if (!page.cut_at) break;
    std::erase_if(entries, [&](std::uint64_t entry) { return entry >= *page.cut_at; });
  }
  EXPECT_GE(pages, 1);
  EXPECT_EQ(seen, std::vector<std::string>(made.rbegin(), made.rend()));
}

}  // namespace
}  // namespace ambit::service
