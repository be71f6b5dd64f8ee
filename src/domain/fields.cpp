#include "domain/fields.h"

#include <algorithm>

#include "text/utf8.h"

namespace ambit::domain {
namespace {

const text::JsonArray kNoItems;

std::string shown(std::string_view key) {
  return "`" + std::string(text::truncate_utf8(key, 60)) + "`";
}

}  // namespace

Fields::Fields(const text::Json& object, std::string path)
    : object_(&object), path_(std::move(path)) {
  if (!object.is_object()) {
    error_ = Error{Code::kInvalid, "field.type", "`" + path_ + "` must be an object"};
  }
}

void Fields::problem(std::string_view key, std::string_view what) {
  if (error_) return;
  error_ = Error{Code::kInvalid, what == "is missing" ? "field.missing" : "field.invalid",
                 "`" + path_of(key) + "` " + std::string(what)};
}

const text::Json* Fields::take(std::string_view key) {
  taken_.emplace_back(key);
  const text::Json* member = object_->find(key);
  return member && member->is_null() ? nullptr : member;
}

std::string Fields::text(std::string_view key) {
  const text::Json* member = take(key);
  if (!member || !member->is_string()) {
    problem(key, member ? "must be a string" : "is missing");
    return {};
  }
  return member->as_string();
}

std::string Fields::text_or(std::string_view key, std::string otherwise) {
  const text::Json* member = take(key);
  if (!member) return otherwise;
  if (!member->is_string()) {
    problem(key, "must be a string");
    return {};
  }
  return member->as_string();
}

std::int64_t Fields::integer(std::string_view key) {
  const text::Json* member = take(key);
  if (!member || !member->is_int()) {
    problem(key, member ? "must be a whole number" : "is missing");
    return 0;
  }
  return member->as_int();
}

std::int64_t Fields::integer_or(std::string_view key, std::int64_t otherwise) {
  const text::Json* member = object_->find(key);
  return member && !member->is_null() ? integer(key) : (take(key), otherwise);
}

bool Fields::flag(std::string_view key) {
  const auto read = optional_flag(key);
  if (!read) problem(key, "is missing");
  return read.value_or(false);
}

bool Fields::flag_or(std::string_view key, bool otherwise) {
  return optional_flag(key).value_or(otherwise);
}

std::optional<bool> Fields::optional_flag(std::string_view key) {
  const text::Json* member = take(key);
  if (!member) return std::nullopt;
  if (!member->is_bool()) {
    problem(key, "must be true or false");
    return std::nullopt;
  }
  return member->as_bool();
}

Time Fields::time(std::string_view key) {
  const auto read = optional_time(key);
  if (!read) problem(key, "is missing");
  return read.value_or(Time{});
}

std::optional<Time> Fields::optional_time(std::string_view key) {
  const text::Json* member = take(key);
  if (!member) return std::nullopt;
  if (!member->is_string()) {
    problem(key, "must be a UTC time such as `2026-11-22T06:05:29Z`");
    return std::nullopt;
  }
  auto read = parse_rfc3339(member->as_string());
  if (!read) {
    problem(key, "must be a UTC time such as `2026-11-22T06:05:29Z`");
    return std::nullopt;
  }
  return *read;
}

std::vector<std::string> Fields::texts(std::string_view key) {
  std::vector<std::string> out;
  for (const auto& item : items(key)) {
    if (!item.is_string()) {
      problem(key, "must be an array of strings");
      return {};
    }
    out.push_back(item.as_string());
  }
  return out;
}

const text::Json* Fields::value(std::string_view key) { return take(key); }

const text::JsonArray& Fields::items(std::string_view key) {
  const text::Json* member = take(key);
  if (!member) return kNoItems;
  if (!member->is_array()) {
    problem(key, "must be an array");
    return kNoItems;
  }
  return member->as_array();
}

const std::string* Fields::unknown() const {
  if (!object_->is_object()) return nullptr;
  for (const auto& [key, ignored] : object_->as_object()) {
    if (std::find(taken_.begin(), taken_.end(), key) == taken_.end()) return &key;
  }
  return nullptr;
}

Result<> Fields::finish() {
  const std::string* stranger = unknown();
  // What is missing may only be misspelt.
  if (error_ && error_->reason == "field.missing" && stranger) {
    return fail(error_->code, error_->reason,
                error_->message + "; " + shown(*stranger) + " is no member");
  }
  if (error_) return fail(*error_);
  if (!stranger) return {};
  std::string known;
  for (const auto& name : taken_) known += " `" + name + "`";
  return fail(Code::kInvalid, "field.unknown",
              "`" + path_ + "` has no member " + shown(*stranger) + "; it has" + known);
}

Result<> check_name(std::string_view name, std::string_view what) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const auto legal = [&](char c) {
    return alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == '@' || c == ':';
  };
  if (name.empty() || name.size() > 128 || !alphanumeric(name.front()) ||
      !std::all_of(name.begin(), name.end(), legal)) {
    return fail(Code::kInvalid, "name.invalid",
                std::string(what) + " `" + std::string(text::truncate_utf8(name, 60)) +
                    "` must be 1 to 128 letters, digits or `. _ - @ :`, starting with a letter "
                    "or digit");
  }
  return {};
}

text::Json to_json(const std::vector<std::string>& texts) {
  text::JsonArray out;
  out.reserve(texts.size());
  for (const auto& text : texts) out.emplace_back(text);
  return text::Json(std::move(out));
}

}  // namespace ambit::domain
