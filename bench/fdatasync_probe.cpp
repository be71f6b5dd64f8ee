// The yardstick of the disk: fdatasync after 512 bytes into a preallocated file, one at a time.
//   fdatasync_probe FOLDER [COUNT]      prints p50 and p99 in microseconds
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string path = std::string(argv[1]) + "/fdatasync_probe";
  const int count = argc > 2 ? std::atoi(argv[2]) : 2000;
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || ::posix_fallocate(file, 0, 512L * count) != 0) return 1;
  const std::vector<char> block(512, 'x');
  std::vector<double> took;
  for (int i = 0; i < count; ++i) {
    if (::pwrite(file, block.data(), block.size(), 512L * i) != 512) return 1;
    const auto start = std::chrono::steady_clock::now();
    if (::fdatasync(file) != 0) return 1;
    const std::chrono::duration<double, std::micro> wait = std::chrono::steady_clock::now() - start;
    took.push_back(wait.count());
  }
  ::close(file);
  ::unlink(path.c_str());
  std::sort(took.begin(), took.end());
  std::printf("%.1f %.1f\n", took[took.size() / 2], took[took.size() * 99 / 100]);
  return 0;
}
