// The yardstick of the disk: fdatasync after 512 bytes into a preallocated file, one at a time.
//   fdatasync_probe FOLDER            2 000 in a row; prints p50 and p99 in microseconds
//   fdatasync_probe FOLDER --paced    one for each line of standard input; prints what it took, so
//                                     that it can be interleaved with what it is a yardstick of
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

constexpr long kBlockBytes = 512;
constexpr long kBlocks = 20'000;

// Microseconds that the disk needed for one block, or nothing when it failed.
std::optional<double> sync_block(int file, long block) {
  static const std::vector<char> bytes(kBlockBytes, 'x');
  const long offset = kBlockBytes * (block % kBlocks);
  if (::pwrite(file, bytes.data(), bytes.size(), offset) != kBlockBytes) return std::nullopt;
  const auto start = std::chrono::steady_clock::now();
  if (::fdatasync(file) != 0) return std::nullopt;
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
      .count();
}

int in_a_row(int file) {
  std::vector<double> took;
  for (long block = 0; block < 2'000; ++block) {
    const auto one = sync_block(file, block);
    if (!one) return 1;
    took.push_back(*one);
  }
  std::sort(took.begin(), took.end());
  std::printf("%.1f %.1f\n", took[took.size() / 2], took[took.size() * 99 / 100]);
  return 0;
}

int paced(int file) {
  long block = 0;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    if (c != '\n') continue;
    const auto one = sync_block(file, block++);
    if (!one) return 1;
    std::printf("%.1f\n", *one);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string path = std::string(argv[1]) + "/fdatasync_probe";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file < 0) return 1;
  ::unlink(path.c_str());
  if (::posix_fallocate(file, 0, kBlockBytes * kBlocks) != 0) return 1;
  const bool is_paced = argc > 2 && std::string_view(argv[2]) == "--paced";
  return is_paced ? paced(file) : in_a_row(file);
}
