#include "service/internal/page_token.h"

#include "crypto/digest.h"
#include "text/base64url.h"
#include "text/json.h"

namespace ambit::service {
namespace {

constexpr std::size_t kMacBytes = 16;

std::string mac_of(std::string_view key, std::string_view binding, std::string_view page) {
  // The binding is a digest of fixed length, so the two cannot run into each other.
  const std::string both = std::string(crypto::sha256(binding).view()) + std::string(page);
  return std::string(crypto::hmac_sha256(key, both).view().substr(0, kMacBytes));
}

tl::unexpected<Error> not_ours() {
  return fail(Code::kInvalid, "page.token",
              "`page.token` was not given for this search; a token holds for the same caller, "
              "question and limit, until ambit is restarted");
}

}  // namespace

std::string seal_page(std::string_view key, std::string_view binding, const Page& page) {
  const Position& after = page.after;
  const std::string bytes = text::to_canonical_json(text::Json::array(
      {static_cast<std::int64_t>(page.limit), after.key, after.task, after.instance, after.whole}));
  return text::to_base64url(mac_of(key, binding, bytes) + bytes);
}

Result<Page> open_page(std::string_view key, std::string_view binding, std::string_view token) {
  const auto bytes = text::from_base64url(token);
  if (!bytes || bytes->size() <= kMacBytes) return not_ours();
  const std::string_view mac = std::string_view(*bytes).substr(0, kMacBytes);
  const std::string_view rest = std::string_view(*bytes).substr(kMacBytes);
  if (!crypto::equal_constant_time(mac, mac_of(key, binding, rest))) return not_ours();
  // Our own bytes from here on.
  AMBIT_TRY(const text::Json json, text::parse_json(rest));
  const text::JsonArray& items = json.as_array();
  return Page{
      static_cast<std::size_t>(items[0].as_int()),
      {items[1].as_string(), items[2].as_string(), items[3].as_string(), items[4].as_bool()}};
}

}  // namespace ambit::service
