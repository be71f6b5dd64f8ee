#include "index/evidence_index.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/breather.h"
#include "crypto/digest.h"
#include "index/internal/postings.h"
#include "index/internal/terms.h"
#include "ledger/record.h"
#include "vault/open_record.h"

namespace ambit::index {
namespace {

using internal::Item;
using internal::PostingsReader;
using internal::PostingsWriter;
using internal::Progress;
using ports::IndexPage;
using ports::IndexQuery;
using text::Json;

constexpr std::size_t kBatchEntries = 4096;
constexpr std::size_t kBatchBytes = 4u << 20;
// How often the log is looked at when nobody searches; the larger the batch, the less each entry
// costs.
constexpr std::chrono::milliseconds kInterval{4000};
// How many times as long as a batch took it rests before the next one, while nobody searches.
constexpr int kRestAfterWork = 9;
// How long a search waits for the index to reach the log, and how far behind it does not wait.
constexpr std::chrono::milliseconds kPatience{2000};
constexpr std::uint64_t kFarBehind = 200'000;
// A look touches a few pages.
constexpr int kLookerCacheKib = 2048;
constexpr text::JsonLimits kLimits{1u << 20, 64};

std::string leaf_of(const std::string& record) {
  constexpr char kLeafPrefix = 0;  // RFC 6962
  return std::string(crypto::sha256({std::string_view(&kLeafPrefix, 1), record}).view());
}

void remove_files(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) (void)std::remove((path + suffix).c_str());
}

// One entry as it was read.
struct Read {
  std::uint64_t entry = 0;
  std::string record;
  std::string beside;
};

Result<Json> read_body(const ports::Log& log, std::uint64_t entry, const std::string& kind) {
  AMBIT_TRY(const ports::Entry read, log.read(entry));
  AMBIT_TRY(Json record, text::parse_json(read.record, kLimits));
  Json* body = record.find("body");
  if (record.string_or("kind", "") != kind || !body) return Json();
  return std::move(*body);
}

void yield_to_everybody() {
  // Of this thread alone, as Linux has it.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 19);
}

}  // namespace

class EvidenceIndex::Impl {
 public:
  explicit Impl(EvidenceIndexOptions options) : options_(std::move(options)) {}
  ~Impl();

  Result<> open();
  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void catch_up();

  Result<IndexPage> find(const IndexQuery& query) const {
    const std::lock_guard lock(reader_mutex_);
    return find_with(reader_.get(), query);
  }
  Result<std::uint64_t> count(const IndexQuery& query) const {
    const std::lock_guard lock(reader_mutex_);
    if (!reader_) return unreadable();
    return reader_->count(within_log(query));
  }
  Result<IndexPage> look(const IndexQuery& query) const {
    const std::lock_guard lock(looker_mutex_);
    return find_with(looker_.get(), query);
  }
  void hurry() const {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
    changed_.notify_all();
  }
  std::uint64_t indexed() const {
    const std::lock_guard lock(mutex_);
    return next_;
  }
  std::string problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
  }

 private:
  tl::unexpected<Error> unreadable() const {
    return fail(Code::kUnavailable, "index.unavailable",
                "the search index cannot be read: " + problem());
  }
  // However far the file says that it goes.
  IndexQuery within_log(IndexQuery query) const {
    query.before = std::min(query.before, options_.log->size());
    return query;
  }
  Result<IndexPage> find_with(PostingsReader* reader, const IndexQuery& query) const {
    if (!reader) return unreadable();
    AMBIT_TRY(IndexPage page, reader->find(within_log(query)));
    page.indexed = std::min(page.indexed, options_.log->size());
    return page;
  }
  Result<> open_files();
  Result<bool> is_of_this_log();
  Result<> start_anew();
  void run();
  Result<> advance();
  Result<> index_batch();
  Result<std::vector<Read>> read_batch();
  Result<> describe(const Read& read, vault::Opener& opener, Item& item,
                    std::vector<std::string>& erased);
  Result<Json> body_of(const ports::Term& term, const std::string& kind);

  EvidenceIndexOptions options_;
  std::string dropped_;                         // Progress::dropped, of the log
  std::timed_mutex batch_mutex_;                // whoever adds a batch, from reading it on
  std::unique_ptr<PostingsWriter> writer_;      // under batch_mutex_ or writer_mutex_
  std::unique_ptr<internal::TermMaker> terms_;  // under batch_mutex_
  std::mutex writer_mutex_;
  mutable std::mutex reader_mutex_;
  std::unique_ptr<PostingsReader> reader_;  // under reader_mutex_
  // Of its own, so that a look does not wait for a search.
  mutable std::mutex looker_mutex_;
  std::unique_ptr<PostingsReader> looker_;  // under looker_mutex_
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable bool hurry_ = false;  // under mutex_, as all below
  bool stopping_ = false;
  std::uint64_t next_ = 0;
  std::string problem_;
  std::thread thread_;
};

EvidenceIndex::Impl::~Impl() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<> EvidenceIndex::Impl::open() {
  AMBIT_TRY(const std::string dropped, options_.log->dropped_state());
  if (!dropped.empty()) dropped_ = crypto::sha256(dropped).view();
  auto opened = open_files();
  if (opened) {
    auto ours = is_of_this_log();
    if (ours && *ours) return {};
  }
  return start_anew();
}

Result<> EvidenceIndex::Impl::open_files() {
  const std::scoped_lock lock(writer_mutex_, reader_mutex_, looker_mutex_);
  looker_.reset();
  reader_.reset();
  writer_.reset();
  terms_ = std::make_unique<internal::TermMaker>(internal::Lookup{
      [this](const ports::Term& term, const std::string& kind) { return body_of(term, kind); }});
  AMBIT_TRY(writer_, PostingsWriter::open(options_.path));
  AMBIT_TRY(reader_, PostingsReader::open(options_.path));
  AMBIT_TRY(looker_, PostingsReader::open(options_.path, kLookerCacheKib));
  AMBIT_TRY(const Progress progress, writer_->progress());
  const std::lock_guard state(mutex_);
  next_ = progress.next;
  return {};
}

Result<bool> EvidenceIndex::Impl::is_of_this_log() {
  AMBIT_TRY(const Progress progress, writer_->progress());
  if (progress.next == 0) return true;
  // Entries that were dropped since would be found, and could not be read.
  if (progress.next > options_.log->size() || progress.dropped != dropped_) return false;
  const auto last = options_.log->read(progress.next - 1);
  return last && leaf_of(last->record) == progress.leaf;
}

Result<> EvidenceIndex::Impl::start_anew() {
  {
    const std::scoped_lock lock(writer_mutex_, reader_mutex_, looker_mutex_);
    looker_.reset();
    reader_.reset();
    writer_.reset();
  }
  remove_files(options_.path);
  return open_files();
}

// On the thread of whoever searches: the one that follows the log may get no processor for long.
void EvidenceIndex::Impl::catch_up() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  const std::uint64_t size = options_.log->size();
  const auto behind = [&] { return size - std::min(size, indexed()); };
  while (behind() > 0 && behind() <= kFarBehind) {
    const std::unique_lock batch(batch_mutex_, deadline);
    if (!batch || std::chrono::steady_clock::now() >= deadline) return;
    if (behind() > 0 && !advance()) return;
  }
}

void EvidenceIndex::Impl::run() {
  yield_to_everybody();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool behind = next_ < options_.log->size();
    if (!behind || !problem_.empty()) {
      changed_.wait_for(lock, kInterval, [&] { return stopping_ || hurry_; });
    }
    hurry_ = false;
    if (stopping_) return;
    lock.unlock();
    const auto began = std::chrono::steady_clock::now();
    bool advanced = false;
    {
      const std::lock_guard batch(batch_mutex_);
      advanced = advance().has_value();
    }
    lock.lock();
    if (!advanced || stopping_ || hurry_) continue;
    // What decides shares the cores with this thread, however low its priority is.
    const std::chrono::nanoseconds rest =
        next_ >= options_.log->size() ? kInterval
                                      : (std::chrono::steady_clock::now() - began) * kRestAfterWork;
    changed_.wait_for(lock, rest, [&] { return stopping_ || hurry_; });
  }
}

// Adds the next batch. Precondition: the caller holds batch_mutex_.
Result<> EvidenceIndex::Impl::advance() {
  auto outcome = index_batch();
  // Whatever is wrong with the file, the log has it all.
  if (!outcome && outcome.error().reason == "index.corrupt") outcome = start_anew();
  const std::string problem = outcome ? std::string() : outcome.error().message;
  const auto before = [&] {
    const std::lock_guard lock(mutex_);
    return std::exchange(problem_, problem);
  }();
  if (problem != before && options_.on_problem) options_.on_problem(problem);
  return outcome;
}

Result<std::vector<Read>> EvidenceIndex::Impl::read_batch() {
  std::vector<Read> out;
  std::size_t bytes = 0;
  const std::uint64_t from = indexed();
  if (from >= options_.log->size()) return out;
  Breather breather;
  AMBIT_CHECK_OK(options_.log->scan(from, [&](const ports::EntryView& entry) {
    breather.step();
    out.push_back({entry.index, std::string(entry.record), std::string(entry.beside)});
    bytes += entry.record.size() + entry.beside.size();
    return out.size() < kBatchEntries && bytes < kBatchBytes;
  }));
  return out;
}

// A record that cannot be read is the verifier's to tell; here it has no terms.
Result<> EvidenceIndex::Impl::describe(const Read& read, vault::Opener& opener, Item& item,
                                       std::vector<std::string>& erased) {
  item.entry = read.entry;
  if (ledger::has_kind(read.record, "decision")) {
    return terms_->describe_decision({read.entry, read.record, read.beside}, opener, item);
  }
  auto json = text::parse_json(read.record, kLimits);
  if (!json) return {};
  const std::string kind(json->string_or("kind", ""));
  Json* body = json->find("body");
  if (!body) return {};
  AMBIT_CHECK_OK(terms_->describe(*json, item));
  const Json* keys = kind == "task.erased" ? body->find("keys") : nullptr;
  if (!keys || !keys->is_array()) return {};
  // The key of a task's values is called as the task.
  for (const Json& key : keys->as_array()) {
    if (key.is_string()) erased.push_back(key.as_string());
  }
  return {};
}

Result<> EvidenceIndex::Impl::index_batch() {
  AMBIT_TRY(const auto batch, read_batch());
  if (batch.empty()) return {};
  const std::lock_guard lock(writer_mutex_);
  if (!writer_) return fail(Code::kUnavailable, "index.corrupt", "the search index is not open");
  std::vector<Item> items;
  items.reserve(batch.size());
  std::vector<std::string> erased;
  vault::Opener opener(options_.keys);
  Breather breather;
  for (const Read& read : batch) {
    breather.step();
    Item item;
    AMBIT_CHECK_OK(describe(read, opener, item, erased));
    items.push_back(std::move(item));
  }
  const Progress after{batch.back().entry + 1, leaf_of(batch.back().record), dropped_};
  AMBIT_CHECK_OK(writer_->add(items, after));
  for (const std::string& key : erased) AMBIT_CHECK_OK(writer_->forget_targets(key));
  const std::lock_guard state(mutex_);
  next_ = after.next;
  return {};
}

Result<Json> EvidenceIndex::Impl::body_of(const ports::Term& term, const std::string& kind) {
  AMBIT_TRY(const auto entry, writer_->newest(term));
  if (!entry) return Json();
  return read_body(*options_.log, *entry, kind);
}

Result<std::unique_ptr<EvidenceIndex>> EvidenceIndex::open(EvidenceIndexOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  AMBIT_CHECK_OK(impl->open());
  impl->start();
  return std::unique_ptr<EvidenceIndex>(new EvidenceIndex(std::move(impl)));
}

EvidenceIndex::EvidenceIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EvidenceIndex::~EvidenceIndex() = default;

Result<IndexPage> EvidenceIndex::find(const IndexQuery& query) const {
  impl_->catch_up();
  return impl_->find(query);
}

Result<std::uint64_t> EvidenceIndex::count(const IndexQuery& query) const {
  impl_->catch_up();
  return impl_->count(query);
}

Result<IndexPage> EvidenceIndex::look(const IndexQuery& query) const { return impl_->look(query); }
void EvidenceIndex::hurry() const { impl_->hurry(); }

std::uint64_t EvidenceIndex::indexed() const { return impl_->indexed(); }

}  // namespace ambit::index
