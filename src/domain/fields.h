// Reads the members of a JSON object into values, strictly: each wrong, missing or unknown member
// becomes one clear error that names its path.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/vocabulary.h"
#include "text/json.h"

namespace ambit::domain {

// Usage: read every member, then `finish()`. After the first problem every read returns a default,
// so a reader is written straight through; `finish` returns that first problem, or an error for a
// member that nobody read.
class Fields {
 public:
  // `path` names the object in messages, such as `agent` or `agent.scope`.
  Fields(const text::Json& object, std::string path);

  std::string text(std::string_view key);
  std::string text_or(std::string_view key, std::string otherwise);
  std::int64_t integer(std::string_view key);
  std::int64_t integer_or(std::string_view key, std::int64_t otherwise);
  bool flag(std::string_view key);
  bool flag_or(std::string_view key, bool otherwise);
  std::optional<bool> optional_flag(std::string_view key);
  Time time(std::string_view key);
  std::optional<Time> optional_time(std::string_view key);
  // Missing reads as empty.
  std::vector<std::string> texts(std::string_view key);
  // The member itself, or nullptr.
  const text::Json* value(std::string_view key);
  // An array's items, or none when the member is missing.
  const text::JsonArray& items(std::string_view key);

  // A member holding the name of an enum value.
  template <class T>
  T name(std::string_view key) {
    return name_or<T>(key, std::nullopt);
  }
  template <class T>
  T name_or(std::string_view key, std::optional<T> otherwise) {
    const text::Json* member = take(key);
    if (!member && otherwise) return *otherwise;
    if (!member || !member->is_string()) {
      problem(key, member ? "must be a string" : "is missing");
      return T{};
    }
    auto read = value_of<T>(member->as_string());
    if (!read) problem(key, read.error().message);
    return read.value_or(T{});
  }

  // Takes over the error of a nested reader.
  template <class T>
  T nested(Result<T> read) {
    if (read) return *std::move(read);
    if (!error_) error_ = std::move(read).error();
    return T{};
  }

  void nested(Result<> read) {
    if (!read && !error_) error_ = std::move(read).error();
  }

  // `path.key`, to hand to a nested reader.
  std::string path_of(std::string_view key) const { return path_ + "." + std::string(key); }
  void problem(std::string_view key, std::string_view what);
  Result<> finish();

 private:
  const text::Json* take(std::string_view key);
  // The first member that nothing read.
  const std::string* unknown() const;

  const text::Json* object_;
  std::string path_;
  std::vector<std::string> taken_;
  std::optional<Error> error_;
};

// Checks an identifier that users choose: 1 to 128 of `A-Z a-z 0-9 . _ - @ :`, starting with a
// letter or digit, so that it is safe in URLs, policies and file names.
Result<> check_name(std::string_view name, std::string_view what);

text::Json to_json(const std::vector<std::string>& texts);

}  // namespace ambit::domain
