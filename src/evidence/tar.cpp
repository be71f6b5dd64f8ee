#include "evidence/tar.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace ambit::evidence {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kMaxName = 99;
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kSizeDigits = 11;

std::string octal(std::uint64_t value, std::size_t digits) {
  std::string out(digits, '0');
  for (std::size_t i = digits; i-- > 0 && value > 0; value >>= 3) {
    out[i] = static_cast<char>('0' + (value & 7));
  }
  return out;
}

std::string header_of(std::string_view name, std::uint64_t size) {
  std::string header(kBlock, '\0');
  const auto put = [&](std::size_t at, std::string_view text) {
    header.replace(at, text.size(), text);
  };
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(kSizeAt, octal(size, kSizeDigits));
  put(136, octal(0, kSizeDigits));
  put(148, "        ");  // the sum counts its own field as spaces
  put(156, "0");
  put(257, std::string_view("ustar\00000", 8));
  std::uint64_t sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  put(148, octal(sum, 6));
  put(154, std::string_view("\0 ", 2));
  return header;
}

std::size_t padding_of(std::size_t size) { return (kBlock - size % kBlock) % kBlock; }

bool is_zeros(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == '\0'; });
}

std::optional<std::uint64_t> size_in(std::string_view header) {
  std::uint64_t size = 0;
  for (const char digit : header.substr(kSizeAt, kSizeDigits)) {
    if (digit < '0' || digit > '7') return {};
    size = size * 8 + static_cast<std::uint64_t>(digit - '0');
  }
  return size;
}

tl::unexpected<Error> bad_archive(std::string message) {
  return fail(Code::kInvalid, "export.archive", std::move(message));
}

}  // namespace

std::string write_tar(const std::vector<TarFile>& files) {
  std::size_t total = 2 * kBlock;
  for (const TarFile& file : files) total += 2 * kBlock + file.bytes.size();
  std::string out;
  out.reserve(total);
  for (const TarFile& file : files) {
    out += header_of(file.name, file.bytes.size());
    out += file.bytes;
    out.append(padding_of(file.bytes.size()), '\0');
  }
  out.append(2 * kBlock, '\0');
  return out;
}

Result<std::vector<TarFile>> read_tar(std::string_view bytes) {
  std::vector<TarFile> files;
  while (bytes.size() > 2 * kBlock) {
    const std::string_view header = bytes.substr(0, kBlock);
    const std::string_view name = header.substr(0, std::min(header.find('\0'), kMaxName));
    const auto size = size_in(header);
    const bool printable =
        std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (name.empty() || !printable || !size || header != header_of(name, *size)) {
      return bad_archive("the header of file " + std::to_string(files.size() + 1) +
                         " of the archive was changed");
    }
    bytes.remove_prefix(kBlock);
    const std::size_t padding = padding_of(*size % kBlock);
    if (bytes.size() < padding || bytes.size() - padding < *size) {
      return bad_archive("the archive is cut off inside `" + std::string(name) + "`");
    }
    if (!is_zeros(bytes.substr(*size, padding))) {
      return bad_archive("something stands behind `" + std::string(name) + "`");
    }
    files.push_back({name, bytes.substr(0, *size)});
    bytes.remove_prefix(*size + padding);
  }
  if (bytes.size() != 2 * kBlock || !is_zeros(bytes)) {
    return bad_archive("the end of the archive was cut off or changed");
  }
  return files;
}

}  // namespace ambit::evidence
