// Entry bundles (C2SP tlog-tiles): the records themselves, up to 256 a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/tile.h"

namespace ambit::ledger {

// Appends one entry: its length as two bytes, big-endian, and the record. Precondition: at most
// 65535 bytes.
void append_to_bundle(std::string& bundle, std::string_view record);

// The records of a bundle; the views point into `bundle`. Fails with `bundle.form` unless it holds
// exactly `width` whole entries.
Result<std::vector<std::string_view>> parse_bundle(std::string_view bundle, unsigned width);

// What a path under a log's prefix names.
struct TileResource {
  bool entries = false;  // an entry bundle rather than hashes; its level is 0
  TileId tile;

  friend bool operator==(const TileResource&, const TileResource&) = default;
};

std::string bundle_path(std::uint64_t index, unsigned width);
// Reads what tile_path and bundle_path write, and nothing else. Fails with `tile.path`.
Result<TileResource> parse_tile_path(std::string_view path);

}  // namespace ambit::ledger
