// The state of tasks that have left memory, folded once more from the records about them.
#include <algorithm>
#include <set>

#include "ports/index.h"
#include "service/internal/recall.h"
#include "vault/open_record.h"

namespace ambit::service {
namespace {

using ports::Facet;
using text::Json;
using Done = std::function<void(Result<std::shared_ptr<const History>>)>;

// Entries read at once; commits wait for the background too.
constexpr std::size_t kAtOnce = 2000;

// Records of a root task and of all below it, in order and with the situations that they name.
class TreeFold {
 public:
  TreeFold(const Ports& ports, std::string root) : ports_(ports), root_(std::move(root)) {}

  // True when all was seen.
  Result<bool> step() { return ports_.index ? step_through_index() : step_through_log(); }
  std::shared_ptr<const History> result() const { return history_; }

 private:
  Result<> find_tasks() {
    constexpr std::size_t kAll = 1u << 30;
    AMBIT_TRY(const auto documents, ports_.store->tasks({.root = root_}, kAll));
    for (const auto& document : documents) {
      about_.push_back({Facet::kTask, document.key});
      about_.push_back({Facet::kWithin, document.key});
    }
    return {};
  }

  Result<bool> step_through_index() {
    if (about_.empty()) AMBIT_CHECK_OK(find_tasks());
    if (about_.empty()) return true;
    ports::IndexQuery query;
    query.all.push_back(about_);
    query.from = next_;
    query.limit = kAtOnce;
    query.oldest_first = true;
    AMBIT_TRY(const auto page, ports_.index->find(query));
    for (const std::uint64_t index : page.entries) {
      AMBIT_TRY(const ports::Entry entry, ports_.log->read(index));
      AMBIT_CHECK_OK(fold({index, entry.record, entry.beside}));
      next_ = index + 1;
    }
    return !page.more;
  }

  Result<bool> step_through_log() {
    const std::uint64_t end = next_ + kAtOnce;
    Result<> folded;
    AMBIT_CHECK_OK(ports_.log->scan(next_, [&](const ports::EntryView& entry) {
      next_ = entry.index + 1;
      folded = fold(entry);
      return folded.has_value() && next_ < end;
    }));
    AMBIT_CHECK_OK(folded);
    return next_ < end;
  }

  Result<> fold(const ports::EntryView& entry) {
    AMBIT_TRY(const auto opened,
              vault::open_record(entry.index, entry.record, entry.beside, nullptr));
    const Json& body = opened.record.body;
    if (opened.record.kind == "decision" && ports_.index) {
      AMBIT_CHECK_OK(find_situation(std::string(body.string_or("situation", ""))));
    }
    fold_record(*history_, entry.index, opened.record.kind, body);
    return {};
  }

  Result<> find_situation(const std::string& id) {
    if (id.empty() || history_->situations.contains(id)) return {};
    ports::IndexQuery query;
    query.all = {{{Facet::kSituation, id}}};
    AMBIT_TRY(const auto page, ports_.index->look(query));
    for (const std::uint64_t index : page.entries) {
      AMBIT_TRY(const ports::Entry entry, ports_.log->read(index));
      AMBIT_TRY(const auto opened, vault::open_record(index, entry.record, {}, nullptr));
      if (opened.record.body.string_or("id", "") != id) continue;
      fold_record(*history_, index, "situation", opened.record.body);
      return {};
    }
    return {};
  }

  const Ports& ports_;
  std::string root_;
  std::vector<ports::Term> about_;
  std::uint64_t next_ = 0;
  std::shared_ptr<History> history_ = std::make_shared<History>();
};

void go_on(Context& context, std::shared_ptr<TreeFold> fold, Done done) {
  context.ports.background->post([&context, alive = std::weak_ptr<bool>(context.alive),
                                  fold = std::move(fold), done = std::move(done)]() mutable {
    auto whole = fold->step();
    context.ports.loop->post([&context, alive, whole = std::move(whole), fold = std::move(fold),
                              done = std::move(done)]() mutable {
      if (!alive.lock()) return;
      if (!whole) return done(fail(whole.error()));
      if (*whole) return done(fold->result());
      go_on(context, std::move(fold), std::move(done));
    });
  });
}

}  // namespace

void recall_tree(Context& context, const std::string& root, Done done) {
  go_on(context, std::make_shared<TreeFold>(context.ports, root), std::move(done));
}

}  // namespace ambit::service
