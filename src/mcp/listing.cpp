// The part of Connection that reads a server's whole tool listing.
#include <set>
#include <utility>

#include "mcp/connection.h"

namespace ambit::mcp {
namespace {

tl::unexpected<Error> protocol(std::string message) {
  return fail(Code::kUnavailable, "upstream.protocol", std::move(message));
}

}  // namespace

struct Connection::Listing {
  text::JsonArray tools;
  std::set<std::string> names;
  std::set<std::string> cursors;
  std::string cursor;
  std::size_t bytes = 0;
  std::function<void(Result<text::JsonArray>)> done;
};

void Connection::list_tools(std::function<void(Result<text::JsonArray>)> done) {
  auto listing = std::make_shared<Listing>();
  listing->done = std::move(done);
  if (has_tools_) return next_page(std::move(listing));
  loop_.post([listing] { listing->done(text::JsonArray{}); });
}

void Connection::next_page(std::shared_ptr<Listing> listing) {
  std::string members;
  if (!listing->cursor.empty()) {
    members = R"("cursor":)";
    text::append_json_string(members, listing->cursor);
  }
  RequestOptions options;
  options.timeout = options_.list_timeout;
  request("tools/list", members, std::move(options), [this, listing](Result<Answer> answer) {
    if (!answer) return listing->done(fail(std::move(answer).error()));
    if (const auto added = add_page(*listing, *answer, options_); !added) {
      return listing->done(fail(added.error()));
    }
    if (!listing->cursor.empty()) return next_page(listing);
    listing->done(std::move(listing->tools));
  });
}

Result<> Connection::add_page(Listing& listing, const Answer& answer,
                              const ConnectionOptions& options) {
  if (answer.error)
    return protocol("the server refused `tools/list`: " + shown(answer.error->message));
  listing.bytes += answer.result.size();
  if (listing.bytes > options.max_list_bytes) return protocol("the tool listing is too large");
  auto page =
      text::parse_json(answer.result, {.max_bytes = options.max_list_bytes, .max_depth = 64});
  if (!page) return protocol("the tool listing: " + page.error().message);
  text::Json* tools = page->find("tools");
  if (tools == nullptr || !tools->is_array()) return protocol("the tool listing has no `tools`");
  for (text::Json& tool : tools->as_array()) {
    const std::string name(tool.string_or("name", ""));
    if (name.empty() || name.size() > 256) return protocol("a listed tool has no usable `name`");
    if (!listing.names.insert(name).second)
      return protocol("the tool `" + shown(name) + "` is listed twice");
    listing.tools.push_back(std::move(tool));
  }
  if (listing.tools.size() > options.max_tools) return protocol("the server lists too many tools");
  listing.cursor = page->string_or("nextCursor", "");
  if (listing.cursor.empty()) return {};
  const bool is_new = listing.cursors.insert(listing.cursor).second;
  if (!is_new || listing.cursors.size() >= options.max_list_pages) {
    return protocol("the tool listing does not end");
  }
  return {};
}

}  // namespace ambit::mcp
