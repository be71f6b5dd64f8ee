#include "storage/internal/rules.h"

#include <set>
#include <string>
#include <utility>

#include "text/utf8.h"

namespace ambit::storage::internal {
namespace {

bool is_storable_text(std::string_view text) {
  return text::is_utf8(text) && text.find('\0') == std::string_view::npos;
}

Result<> check_name(std::string_view what, std::string_view name) {
  if (name.empty()) {
    return fail(Code::kInvalid, "store.name", std::string(what) + " is empty");
  }
  if (name.size() > kMaxNameBytes) {
    return fail(Code::kInvalid, "store.name",
                std::string(what) + " has " + std::to_string(name.size()) + " bytes, and at most " +
                    std::to_string(kMaxNameBytes) + " are allowed");
  }
  if (!is_storable_text(name)) {
    return fail(Code::kInvalid, "store.name", std::string(what) + " is not UTF-8 text without NUL");
  }
  return {};
}

std::string describe(const ports::Write& write) {
  return std::string(ports::name_of(write.kind)) + " `" + write.key + "`";
}

Result<> check_size(const std::string& what, std::size_t size) {
  if (size <= kMaxPayloadBytes) return {};
  return fail(Code::kExhausted, "store.too_large",
              what + " has " + std::to_string(size) + " bytes, and at most " +
                  std::to_string(kMaxPayloadBytes) + " are allowed");
}

}  // namespace

Result<> check_commit(const std::vector<ports::Write>& writes, std::string_view actor,
                      std::string_view evidence) {
  if (writes.empty() && evidence.empty()) {
    return fail(Code::kInvalid, "store.empty", "the commit has nothing to write");
  }
  AMBIT_CHECK_OK(check_name("the actor", actor));
  AMBIT_CHECK_OK(check_size("the evidence", evidence.size()));
  std::set<std::pair<ports::Kind, std::string_view>> seen;
  for (const ports::Write& write : writes) {
    AMBIT_CHECK_OK(check_name("the key of a document", write.key));
    AMBIT_CHECK_OK(check_size(describe(write), write.json.size()));
    if (!is_storable_text(write.json)) {
      return fail(Code::kInvalid, "store.text", describe(write) + " is not UTF-8 text without NUL");
    }
    if (!seen.emplace(write.kind, write.key).second) {
      return fail(Code::kInvalid, "store.twice", describe(write) + " is written twice in a commit");
    }
  }
  return {};
}

Result<> check_expected(const ports::Write& write, std::uint64_t found) {
  if (found != write.expected_revision) {
    const auto say = [](std::uint64_t revision) {
      return revision == 0 ? std::string("absent") : "at revision " + std::to_string(revision);
    };
    return fail(Code::kConflict, "store.conflict",
                describe(write) + " is " + say(found) + ", not " + say(write.expected_revision) +
                    " as expected; read it again and repeat the change");
  }
  if (write.json.empty() && found == 0) {
    return fail(Code::kInvalid, "store.nothing_to_remove",
                describe(write) + " cannot be removed, because it does not exist");
  }
  return {};
}

Result<> check_key(const ports::StoredKey& key) {
  constexpr std::size_t kMaxWrappedBytes = 4096;
  AMBIT_CHECK_OK(check_name("the id of a key", key.id));
  // What begins with a zero byte would read as destroyed.
  const bool is_key =
      !key.wrapped.empty() && key.wrapped.size() <= kMaxWrappedBytes && key.wrapped.front() != '\0';
  if (is_key) return {};
  return fail(Code::kInvalid, "key.form",
              "the key of `" + key.id + "` is empty, too large or begins with a zero byte");
}

tl::unexpected<Error> unknown_key(std::string_view id) {
  return fail(Code::kNotFound, "key.unknown",
              "there is no key of `" + std::string(id.substr(0, 60)) + "` that could be changed");
}

tl::unexpected<Error> existing_key(std::string_view id) {
  return fail(Code::kConflict, "key.exists",
              "there is or was a key of `" + std::string(id.substr(0, 60)) + "` already");
}

std::size_t whole_commits(const std::vector<ports::Change>& changes, std::size_t limit) {
  if (changes.size() <= limit) return changes.size();
  if (limit == 0) return 0;
  std::size_t end = limit;
  while (end > 0 && changes[end - 1].revision == changes[end].revision) --end;
  if (end > 0) return end;
  while (end < changes.size() && changes[end].revision == changes.front().revision) ++end;
  return end;
}

}  // namespace ambit::storage::internal
