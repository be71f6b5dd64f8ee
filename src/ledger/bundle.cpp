#include "ledger/bundle.h"

#include <charconv>
#include <utility>

namespace ambit::ledger {
namespace {

constexpr std::size_t kLengthBytes = 2;
constexpr unsigned kMaxLevel = 63 / kTileHeight;
constexpr std::string_view kEntries = "entries/";

// One to three digits; nothing when they are not a number.
bool take_number(std::string_view& text, unsigned& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end - text.data() > 3) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// `x001/x234/067`, as far as it goes. That the form is the right one shows when it is written
// again.
bool take_index(std::string_view& text, std::uint64_t& out) {
  for (int groups = 0; groups < 6; ++groups) {
    const bool more = text.starts_with('x');
    if (more) text.remove_prefix(1);
    unsigned group = 0;
    if (!take_number(text, group)) return false;
    out = out * 1000 + group;
    if (!more) return true;
    if (!text.starts_with('/')) return false;
    text.remove_prefix(1);
  }
  return false;
}

bool parse(std::string_view text, TileResource& out) {
  constexpr std::string_view kStart = "tile/";
  if (!text.starts_with(kStart)) return false;
  text.remove_prefix(kStart.size());
  out.entries = text.starts_with(kEntries);
  if (out.entries) {
    text.remove_prefix(kEntries.size());
  } else {
    if (!take_number(text, out.tile.level) || !text.starts_with('/')) return false;
    text.remove_prefix(1);
  }
  if (!take_index(text, out.tile.index) || out.tile.level > kMaxLevel) return false;
  constexpr std::string_view kPartial = ".p/";
  if (!text.starts_with(kPartial)) return text.empty();
  text.remove_prefix(kPartial.size());
  return take_number(text, out.tile.width) && text.empty() && out.tile.width > 0 &&
         out.tile.width < kTileWidth;
}

}  // namespace

void append_to_bundle(std::string& bundle, std::string_view record) {
  bundle.push_back(static_cast<char>(record.size() >> 8));
  bundle.push_back(static_cast<char>(record.size() & 0xff));
  bundle += record;
}

Result<std::vector<std::string_view>> parse_bundle(std::string_view bundle, unsigned width) {
  std::vector<std::string_view> out;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bundle[i]); };
  while (bundle.size() >= kLengthBytes && out.size() < width) {
    const std::size_t length = std::size_t{byte(0)} << 8 | byte(1);
    if (bundle.size() - kLengthBytes < length) break;
    out.push_back(bundle.substr(kLengthBytes, length));
    bundle.remove_prefix(kLengthBytes + length);
  }
  if (bundle.empty() && out.size() == width) return out;
  return fail(Code::kInvalid, "bundle.form",
              "the bundle does not hold exactly " + std::to_string(width) + " whole entries");
}

std::string bundle_path(std::uint64_t index, unsigned width) {
  std::string path = "tile/entries/" + tile_index_path(index);
  if (width != kTileWidth) path += ".p/" + std::to_string(width);
  return path;
}

Result<TileResource> parse_tile_path(std::string_view path) {
  TileResource out;
  if (parse(path, out)) {
    const std::string again =
        out.entries ? bundle_path(out.tile.index, out.tile.width) : tile_path(out.tile);
    if (again == path) return out;
  }
  return fail(Code::kInvalid, "tile.path",
              "`" + std::string(path.substr(0, 64)) + "` is not the path of a tile");
}

}  // namespace ambit::ledger
