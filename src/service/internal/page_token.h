// Where the next page of a search begins, handed to the caller and taken back unchanged.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ambit::service {

// The last position that was looked at. Positions are ordered by `key`, `task`, `instance`.
struct Position {
  std::string key;
  std::string task;
  std::string instance;
  bool whole = false;  // all of `key` is done
};

struct Page {
  std::size_t limit = 0;
  Position after;
};

// `binding` names the search and its caller: a token is good for these only. It is authenticated,
// not secret: it holds only ids that this caller's search may name.
std::string seal_page(std::string_view key, std::string_view binding, const Page& page);

// `page.token` when the token was not made with this key for this binding.
Result<Page> open_page(std::string_view key, std::string_view binding, std::string_view token);

}  // namespace ambit::service
