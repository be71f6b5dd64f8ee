// CRC-32C (Castagnoli), RFC 3720 appendix B.4.
#pragma once

#include <cstdint>
#include <string_view>

namespace ambit::ledger_file::internal {

// CRC of `bytes`; `before` is the CRC of what came before them.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The same without the processor's instruction.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before = 0);

}  // namespace ambit::ledger_file::internal
