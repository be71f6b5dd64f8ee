// Canonical JSON (RFC 8785) read in one pass, without a tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/json.h"

namespace ambit::text {

// Reads one value after the other, from the front. Accepts exactly the texts that to_canonical_json
// writes: nothing is read that another reader could understand otherwise. The first thing that is
// something else than was asked for fails the reader for good: all it gives from then on is empty,
// and end() says so. What was read counts only once end() has agreed. The bytes outlive it.
//
//   CanonicalReader in(bytes);
//   for (auto member = in.object(); member.next();) {
//     if (member.key() == "id") in.text(id);
//     else in.skip();
//   }
//   AMBIT_CHECK_OK(in.end());
class CanonicalReader {
 public:
  explicit CanonicalReader(std::string_view bytes, std::size_t max_depth = 64)
      : bytes_(bytes), max_depth_(max_depth) {}
  CanonicalReader(const CanonicalReader&) = delete;
  CanonicalReader& operator=(const CanonicalReader&) = delete;

  // The members of one object; the value of each is read before the next one is asked for.
  class Members {
   public:
    bool next();
    // As it stands between its quotes: with escapes, where it has any.
    std::string_view key() const { return key_; }

   private:
    friend class CanonicalReader;
    explicit Members(CanonicalReader& in) : in_(in) {}

    CanonicalReader& in_;
    std::string_view key_;
    bool escaped_ = false;  // the key has escapes
    bool first_ = true;
  };
  Members object();

  // The items of one array, likewise.
  class Items {
   public:
    bool next();

   private:
    friend class CanonicalReader;
    explicit Items(CanonicalReader& in) : in_(in) {}

    CanonicalReader& in_;
    bool first_ = true;
  };
  Items array();

  bool at_text() const { return here() == '"'; }
  void text(std::string& out);
  // The bytes between the quotes, for texts that have no escapes, such as names and digests.
  std::string_view plain_text();
  std::int64_t integer();
  bool flag();
  // Any value, as it stands: canonical JSON in itself.
  std::string_view raw();
  void skip() { (void)raw(); }
  // Any value, as a tree; null where the reader has failed.
  Json tree();

  bool failed() const { return failed_; }
  // Whether one value was read and nothing stands behind it, and all of it is canonical JSON.
  // `json.not_canonical`
  Result<> end() const;

 private:
  char here() const { return at_ < bytes_.size() ? bytes_[at_] : '\0'; }
  bool expect(char c);
  bool expect(std::string_view word);
  void fail_here() { failed_ = true; }
  void enter();
  std::string_view quoted(bool& escaped);
  bool pass_escape();
  void pass_value();
  void pass_number();

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t max_depth_;
  bool failed_ = false;
};

}  // namespace ambit::text
