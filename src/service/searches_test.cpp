#include "service/searches.h"

#include <gtest/gtest.h>
#include <set>

#include "service/service_fixture.h"

namespace ambit::service {
namespace {

constexpr const char* kPermitAll = "permit(principal, action, resource);";

class SearchesTest : public ::testing::Test, public Fixture {
 protected:
  void SetUp() override {
    set_up();
    gate = human("gate", {domain::Role::kEnforcement});
    gate.kind = CallerKind::kService;
  }

  Result<SearchAnswer> ask(const Caller& caller, SearchQuery query) {
    return wait<SearchAnswer>(
        [&](auto done) { service->searches().search(caller, std::move(query), std::move(done)); });
  }

  SearchAnswer find(const Caller& caller, SearchQuery query) {
    auto answer = ask(caller, std::move(query));
    if (!answer) ADD_FAILURE() << answer.error().reason << ": " << answer.error().message;
    return std::move(answer).value_or(SearchAnswer{});
  }

  static SearchQuery who(const std::string& tool, const std::string& arguments = "") {
    SearchQuery query;
    query.kind = SearchKind::kSubject;
    query.tool = tool;
    if (!arguments.empty()) query.arguments = json(arguments);
    return query;
  }

  static SearchQuery what(const std::string& agent, const std::string& arguments = "") {
    SearchQuery query;
    query.kind = SearchKind::kResource;
    query.agent = agent;
    if (!arguments.empty()) query.arguments = json(arguments);
    return query;
  }

  static std::vector<std::string> ids(const SearchAnswer& answer) {
    std::vector<std::string> out;
    for (const auto& found : answer.found) out.push_back(found.id);
    return out;
  }

  // Every page of a search, one after the other.
  std::vector<std::string> all_pages(const Caller& caller, const SearchQuery& query,
                                     std::size_t* pages = nullptr) {
    std::vector<std::string> out;
    SearchQuery next = query;
    for (std::size_t i = 1; i < 200; ++i) {
      const SearchAnswer answer = find(caller, next);
      for (const auto& found : answer.found) out.push_back(found.id);
      if (pages) *pages = i;
      if (answer.next_token.empty()) return out;
      next.token = answer.next_token;
    }
    ADD_FAILURE() << "the pages have no end";
    return out;
  }

  void add_agent(const std::string& id) {
    text::Json spec = agent_spec();
    spec.set("id", id);
    must(register_identity(alice, spec));
    must(move(id, "activate"));
  }

  // Starts a task of `agent` and admits `instances` to it.
  std::string start_for(const std::string& agent, text::Json spec = task_spec()) {
    spec.set("agent", agent);
    return start(spec, "key-" + std::to_string(++keys_)).task;
  }

  std::string reason_of(const Caller& caller, SearchQuery query) {
    const auto answer = ask(caller, std::move(query));
    return answer ? "none" : answer.error().reason;
  }

  using Names = std::vector<std::string>;

  Caller gate;
  int keys_ = 0;
};

TEST_F(SearchesTest, FindsWhoMayCallAToolAndHow) {
  const Work work = start(task_spec());
  const SearchAnswer answer = find(gate, who("files/read", R"({"path":"/work/a"})"));
  ASSERT_EQ(ids(answer), Names{"writer"});
  ASSERT_EQ(answer.found[0].ways.size(), 1u);
  EXPECT_EQ(answer.found[0].ways[0].task, work.task);
  EXPECT_EQ(answer.found[0].ways[0].instance, work.credential.instance);
  EXPECT_EQ(answer.next_token, "");
  EXPECT_TRUE(answer.id.starts_with("sea_"));
  EXPECT_EQ(answer.ledger_index, log.size() - 1);
  EXPECT_EQ(answer.revision, service->searches().revision());
}

TEST_F(SearchesTest, AnswersFromTheStateOfThisMoment) {
  const SearchQuery query = who("files/read", R"({"path":"/work/a"})");
  EXPECT_EQ(ids(find(gate, query)), Names{}) << "there is no task";
  const Work work = start(task_spec());
  EXPECT_EQ(ids(find(gate, query)), Names{"writer"});
  must(put_policies("permit(principal, action, resource) when { 1 == 2 };"));
  EXPECT_EQ(ids(find(gate, query)), Names{}) << "no policy permits it";
  must(put_policies(kPermitAll));
  EXPECT_EQ(ids(find(gate, query)), Names{"writer"});
  must(move("alice", "suspend"));
  must(move("bob", "suspend"));
  EXPECT_EQ(ids(find(gate, query)), Names{}) << "nobody accountable is alive";
  must(move("alice", "activate"));
  EXPECT_EQ(ids(find(gate, query)), Names{"writer"});
  auto ended =
      Fixture::ask([&](Answer done) { service->tasks().end(alice, work.task, "completed", done); });
  ASSERT_TRUE(ended);
  EXPECT_EQ(ids(find(gate, query)), Names{}) << "the task has ended";
}

TEST_F(SearchesTest, ASuspendedAgentIsNotFound) {
  start(task_spec());
  const SearchQuery query = who("files/read", R"({"path":"/work/a"})");
  ASSERT_EQ(ids(find(gate, query)), Names{"writer"});
  must(move("writer", "suspend"));
  EXPECT_EQ(ids(find(gate, query)), Names{});
}

TEST_F(SearchesTest, AToolThatChangedIsNotFound) {
  start(task_spec());
  ASSERT_EQ(ids(find(gate, who("files/read"))), Names{"writer"});
  upstream.listing.tools[0] = tool_entry("read", {"path", "more"});
  service->registry().observe_listing("files", upstream.listing);
  loop.run();
  EXPECT_EQ(ids(find(gate, who("files/read"))), Names{});
}

TEST_F(SearchesTest, ATaskNobodyWorksOnGivesNoAuthority) {
  must(Fixture::ask([&](Answer done) { service->tasks().start(alice, task_spec(), done); }));
  EXPECT_EQ(ids(find(gate, who("files/read"))), Names{});
}

TEST_F(SearchesTest, ExactArgumentsAreDecidedAsTheyStand) {
  start(task_spec());
  EXPECT_EQ(ids(find(gate, who("files/read", R"({"path":"/etc/passwd"})"))), Names{});
  EXPECT_EQ(ids(find(gate, who("files/read", R"({"path":"/work/../etc"})"))), Names{});
  EXPECT_EQ(ids(find(gate, who("files/read", R"({"path":7})"))), Names{});
  EXPECT_EQ(ids(find(gate, who("files/read", "{}"))), Names{});
  EXPECT_EQ(ids(find(gate, who("files/nothing", "{}"))), Names{});
  EXPECT_EQ(ids(find(gate, who("files", "{}"))), Names{});
}

TEST_F(SearchesTest, AnOpenQuestionNamesTheTargets) {
  text::Json spec = task_spec();
  spec.find("scope")->set("targets", json(R"([{"kind":"path","within":"/work"},
      {"kind":"path","within":"/secret"}, {"kind":"account","within":"acme"}])"));
  start(spec);
  must(
      put_policies("permit(principal, action, resource);"
                   "forbid(principal, action, resource in Ambit::Path::\"/secret\");"));
  const SearchAnswer answer = find(gate, what("writer"));
  ASSERT_EQ(ids(answer), (Names{"files/read", "files/write"})) << "`pay` needs a human";
  ASSERT_EQ(answer.found[0].ways.size(), 1u);
  EXPECT_EQ(answer.found[0].ways[0].targets,
            (std::vector<domain::TargetRule>{{domain::TargetKind::kPath, "/work"}}));
}

TEST_F(SearchesTest, APolicyThatReadsWhatNobodyNamedPermitsNothing) {
  start(task_spec());
  must(
      put_policies("permit(principal, action, resource)"
                   "when { context.input has content && context.input.content == \"x\" };"));
  EXPECT_EQ(ids(find(gate, what("writer"))), Names{});
  must(
      put_policies("permit(principal, action, resource)"
                   "when { context.input has path && context.input.path like \"/work*\" };"));
  EXPECT_EQ(ids(find(gate, what("writer"))), (Names{"files/read", "files/write"}))
      << "the target's own argument is known";
}

TEST_F(SearchesTest, ALinkOutOfTheScopeIsNotFollowed) {
  start(task_spec());
  ASSERT_EQ(ids(find(gate, who("files/read"))), Names{"writer"});
  paths.links["/work"] = "/elsewhere";
  EXPECT_EQ(ids(find(gate, who("files/read"))), Names{});
}

TEST_F(SearchesTest, WhatNeedsAnApprovalIsNotPermittedButACapability) {
  start(task_spec());
  // `write` may overwrite, which a policy wants approved; `pay` is of the high tier.
  EXPECT_EQ(ids(find(gate, what("writer"))), Names{"files/read"});
  SearchQuery query = what("writer");
  query.capabilities = true;
  EXPECT_EQ(ids(find(gate, query)), (Names{"files/pay", "files/read", "files/write"}));
  must(
      put_policies("permit(principal, action, resource);"
                   "forbid(principal, action == Ambit::Action::\"files___pay\", resource);"));
  EXPECT_EQ(ids(find(gate, query)), (Names{"files/read", "files/write"}));
}

TEST_F(SearchesTest, FindsTheActions) {
  const Work work = start(task_spec());
  SearchQuery query;
  query.kind = SearchKind::kAction;
  query.agent = "writer";
  query.tool = "files/read";
  const SearchAnswer answer = find(gate, query);
  ASSERT_EQ(ids(answer), Names{"tools/call"});
  EXPECT_EQ(answer.found[0].ways[0].task, work.task);
  query.tool = "files/pay";
  EXPECT_EQ(ids(find(gate, query)), Names{});
  query.tool = "files/read";
  query.agent = "nobody";
  EXPECT_EQ(ids(find(gate, query)), Names{});
}

TEST_F(SearchesTest, NarrowsToATaskAndAnInstance) {
  const std::string first = start_for("writer");
  const std::string second = start_for("writer");
  SearchQuery query = who("files/read");
  EXPECT_EQ(find(gate, query).found.at(0).ways.size(), 2u);
  query.task = second;
  ASSERT_EQ(find(gate, query).found.at(0).ways.size(), 1u);
  EXPECT_EQ(find(gate, query).found[0].ways[0].task, second);
  query.instance = "ins_other";
  EXPECT_EQ(ids(find(gate, query)), Names{});
  query.task = "tsk_none";
  query.instance.clear();
  EXPECT_EQ(ids(find(gate, query)), Names{});
}

TEST_F(SearchesTest, NamesABoundedNumberOfWays) {
  for (int i = 0; i < 12; ++i) start_for("writer");
  const SearchAnswer answer = find(gate, who("files/read"));
  ASSERT_EQ(ids(answer), Names{"writer"});
  EXPECT_EQ(answer.found[0].ways.size(), Searches::kMaxWays);
  EXPECT_EQ(answer.next_token, "");
}

TEST_F(SearchesTest, WhatIsFoundIsPermittedWhenItIsAttempted) {
  const Work work = start(task_spec());
  for (const char* path : {"/work/a", "/work", "/etc", "/work/../etc/x"}) {
    const std::string arguments = R"({"path":")" + std::string(path) + "\"}";
    const bool found = !find(gate, who("files/read", arguments)).found.empty();
    const bool allowed =
        attempt(work.caller, "read", arguments).decision.verdict == domain::Verdict::kAllow;
    EXPECT_EQ(found, allowed) << path;
  }
}

TEST_F(SearchesTest, UsesUpNothingAndRecordsNoDecision) {
  const Work work = start(task_spec(1));
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(ids(find(gate, who("files/read"))), Names{"writer"}) << i;
    ASSERT_EQ(ids(find(gate, what("writer"))), Names{"files/read"}) << i;
  }
  EXPECT_TRUE(records("decision").empty());
  EXPECT_TRUE(upstream.calls.empty()) << "no probe is made";
  EXPECT_EQ(service->counters().allowed + service->counters().denied, 0u);
  EXPECT_EQ(attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict,
            domain::Verdict::kAllow);
  EXPECT_EQ(ids(find(gate, who("files/read"))), Names{}) << "the budget is used up";
}

TEST_F(SearchesTest, LeavesOneRecordThatItWasMade) {
  start(task_spec());
  const SearchAnswer answer = find(gate, who("files/read", R"({"path":"/work/very-secret"})"));
  ASSERT_EQ(records("search").size(), 1u);
  const text::Json record = records("search").front();
  EXPECT_EQ(record.string_or("id", ""), answer.id);
  EXPECT_EQ(record.string_or("by", ""), "gate");
  EXPECT_EQ(record.string_or("search", ""), "subject");
  EXPECT_EQ(record.string_or("tool", ""), "files/read");
  EXPECT_EQ(record.find("found")->as_int(), 1);
  EXPECT_TRUE(record.find("with_arguments")->as_bool());
  EXPECT_NE(record.find("policy"), nullptr);
  EXPECT_EQ(text::to_json(record).find("very-secret"), std::string::npos);
}

TEST_F(SearchesTest, GivesNoAnswerWithoutEvidence) {
  start(task_spec());
  log.break_disk("gone");
  EXPECT_EQ(reason_of(gate, who("files/read")), "ledger.unwritable");
}

TEST_F(SearchesTest, ATaskFindsNobodyButItself) {
  const Work work = start(task_spec());
  add_agent("other");
  start_for("other");
  start_for("writer");
  EXPECT_EQ(ids(find(gate, who("files/read"))), (Names{"other", "writer"}));
  const SearchAnswer own = find(work.caller, who("files/read"));
  ASSERT_EQ(ids(own), Names{"writer"});
  ASSERT_EQ(own.found[0].ways.size(), 1u);
  EXPECT_EQ(own.found[0].ways[0].task, work.task);
  EXPECT_EQ(ids(find(work.caller, what("writer"))), Names{"files/read"});
  EXPECT_EQ(reason_of(work.caller, what("other")), "caller.not_subject");
  EXPECT_EQ(reason_of(work.caller, what("nobody")), "caller.not_subject");
  SearchQuery query = what("writer");
  query.task = "tsk_other";
  EXPECT_EQ(reason_of(work.caller, query), "caller.not_subject");
  query.task.clear();
  query.instance = "ins_other";
  EXPECT_EQ(reason_of(work.caller, query), "caller.not_subject");
}

TEST_F(SearchesTest, OnlyThoseWhoMayReadOrEnforceSearch) {
  start(task_spec());
  for (const auto role : {domain::Role::kEnforcement, domain::Role::kAuditor,
                          domain::Role::kSecurity, domain::Role::kOperator, domain::Role::kAdmin}) {
    EXPECT_EQ(reason_of(human("someone", {role}), who("files/read")), "none");
  }
  EXPECT_EQ(reason_of(human("someone", {domain::Role::kApprover}), who("files/read")),
            "caller.role");
  EXPECT_EQ(reason_of(human("someone", {}), what("writer")), "caller.role");
}

TEST_F(SearchesTest, PagesTogetherAreTheWhole) {
  must(put_policies(kPermitAll));
  Names agents;
  for (int i = 0; i < 7; ++i) {
    agents.push_back("agent-" + std::to_string(i));
    add_agent(agents.back());
    start_for(agents.back());
    start_for(agents.back());
  }
  must(move("agent-3", "suspend"));
  agents.erase(agents.begin() + 3);
  EXPECT_EQ(ids(find(gate, who("files/read"))), agents);
  for (std::size_t limit = 1; limit <= 8; ++limit) {
    SearchQuery query = who("files/read");
    query.limit = limit;
    std::size_t pages = 0;
    EXPECT_EQ(all_pages(gate, query, &pages), agents) << limit;
    EXPECT_EQ(pages, (agents.size() + limit - 1) / limit)
        << "the last page is known to be the last";
  }
}

TEST_F(SearchesTest, APageOfNothingStaysWhereItIs) {
  start(task_spec());
  SearchQuery query = who("files/read");
  query.limit = 0;
  const SearchAnswer none = find(gate, query);
  EXPECT_TRUE(none.found.empty());
  EXPECT_NE(none.next_token, "");
  query.tool = "files/nothing";
  EXPECT_EQ(find(gate, query).next_token, "") << "there is nothing at all";
}

// A page ends when it has taken enough decisions; the next goes on from there, without a gap.
TEST_F(SearchesTest, ALongSearchGoesOnOnTheNextPage) {
  upstream.listing.tools.clear();
  text::Json bound = text::Json::object();
  text::Json tools = text::Json::array();
  for (int i = 0; i < 20; ++i) {
    const std::string name = "t" + std::to_string(10 + i);
    upstream.listing.tools.push_back(tool_entry(name, {"path"}));
    bound.set(name, json(R"({"class":"read","data_domain":"reports",
                             "targets":[{"argument":"/path","kind":"path"}]})"));
    tools.push_back("files/" + name);
  }
  must(Fixture::ask(
      [&](Answer done) { service->registry().import_server(admin, server_spec(), bound, done); }));
  must(Fixture::ask([&](Answer done) {
    service->registry().approve_tools(admin, "files", {}, text::Json::object(), done);
  }));
  text::Json agent = agent_spec();
  agent.set("id", "busy");
  agent.find("agent")->set("tools", tools);
  must(register_identity(alice, agent));
  must(move("busy", "activate"));
  text::Json targets = text::Json::array();
  for (int i = 0; i < 60; ++i) {
    targets.push_back(
        text::Json::object({{"kind", "path"}, {"within", "/work/" + std::to_string(i)}}));
  }
  text::Json spec = task_spec();
  spec.find("scope")->set("tools", tools);
  spec.find("scope")->set("targets", targets);
  start_for("busy", spec);
  must(
      put_policies("permit(principal, action, resource == Ambit::Path::\"/work/59\")"
                   "unless { action == Ambit::Action::\"files___t15\" };"));
  std::size_t pages = 0;
  const Names found = all_pages(gate, what("busy"), &pages);
  EXPECT_EQ(found.size(), 19u);
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), 19u) << "each once";
  EXPECT_EQ(std::count(found.begin(), found.end(), "files/t15"), 0);
  EXPECT_GT(pages, 2u);
}

TEST_F(SearchesTest, APageTokenIsGoodForItsOwnSearchOnly) {
  must(put_policies(kPermitAll));
  for (const char* id : {"a", "b", "c"}) {
    add_agent(id);
    start_for(id);
  }
  SearchQuery query = who("files/read");
  query.limit = 1;
  query.token = find(gate, query).next_token;
  ASSERT_NE(query.token, "");
  EXPECT_EQ(ids(find(gate, query)), Names{"b"});
  SearchQuery without_limit = query;
  without_limit.limit.reset();
  EXPECT_EQ(ids(find(gate, without_limit)), Names{"b"}) << "the limit is that of the first page";
  SearchQuery changed = query;
  changed.limit = 2;
  EXPECT_EQ(reason_of(gate, changed), "page.token");
  changed = query;
  changed.tool = "files/write";
  EXPECT_EQ(reason_of(gate, changed), "page.token");
  changed = query;
  changed.arguments = json(R"({"path":"/work/a"})");
  EXPECT_EQ(reason_of(gate, changed), "page.token");
  changed = query;
  changed.token = "forged";
  EXPECT_EQ(reason_of(gate, changed), "page.token");
  EXPECT_EQ(reason_of(human("carol", {domain::Role::kAuditor}), query), "page.token");
}

TEST_F(SearchesTest, AFloodIsRefused) {
  const Work work = start(task_spec());
  for (int i = 0; i < 60; ++i) ASSERT_EQ(reason_of(work.caller, who("files/read")), "none") << i;
  EXPECT_EQ(reason_of(work.caller, who("files/read")), "search.rate");
  EXPECT_EQ(reason_of(gate, who("files/read")), "none") << "others are not held up";
  EXPECT_EQ(records("search").size(), 61u) << "what is refused leaves nothing in the ledger";
  clock.time = clock.time + seconds(1);
  EXPECT_EQ(reason_of(work.caller, who("files/read")), "none");
  EXPECT_EQ(reason_of(work.caller, who("files/read")), "search.rate");
}

TEST_F(SearchesTest, ARenewedCredentialIsNoNewBurst) {
  Work work = start(task_spec());
  for (int i = 0; i < 60; ++i) ASSERT_EQ(reason_of(work.caller, who("files/read")), "none") << i;
  work.caller.credential = "renewed";
  EXPECT_EQ(reason_of(work.caller, who("files/read")), "search.rate");
}

TEST_F(SearchesTest, TellsTheToolsOfATaskToThoseItConcerns) {
  const Work work = start(task_spec());
  const Names scope{"files/read", "files/write", "files/pay"};
  EXPECT_EQ(service->searches().tools_in_scope(work.caller, work.task), scope);
  EXPECT_EQ(service->searches().tools_in_scope(gate, work.task), scope);
  EXPECT_TRUE(service->searches().tools_in_scope(gate, "tsk_none").empty());
  EXPECT_TRUE(service->searches().tools_in_scope(work.caller, start_for("writer")).empty());
  EXPECT_TRUE(service->searches().tools_in_scope(bob, work.task).empty());
}

TEST_F(SearchesTest, TheRevisionMovesWithPoliciesAndRevocations) {
  const Revision before = service->searches().revision();
  must(put_policies(kPermitAll));
  const Revision published = service->searches().revision();
  EXPECT_GT(published.policy_version, before.policy_version);
  const Work work = start(task_spec());
  (void)Fixture::ask(
      [&](Answer done) { service->tasks().end(alice, work.task, "completed", done); });
  EXPECT_GT(service->searches().revision().epoch, published.epoch);
}

}  // namespace
}  // namespace ambit::service
