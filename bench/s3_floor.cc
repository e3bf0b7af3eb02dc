// What a PUT of large bodies cannot be faster than: files that are written, hashed as S3 hashes them (the
// ETag, the checksum that is kept, and the one that the signature vouches for), and synced, without HTTP and
// encryption, a thread each.
//   s3_floor FOLDER THREADS FILES MIB
// Prints MiB per second.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/crc.h"
#include "base/digest.h"

namespace {

constexpr size_t kPieceBytes = 64 * 1024;

void write_file(const std::string& path, size_t mib) {
  hearth::Digest md5(hearth::DigestKind::kMd5), sha256(hearth::DigestKind::kSha256);
  hearth::Crc crc(hearth::CrcKind::kCrc64Nvme);
  const std::string piece(kPieceBytes, 'x');
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  for (size_t left = mib * 1024 * 1024 / kPieceBytes; left > 0; --left) {
    md5.update(piece);
    sha256.update(piece);
    crc.update(piece);
    if (::write(file, piece.data(), piece.size()) != static_cast<ssize_t>(piece.size())) std::abort();
  }
  if (::fsync(file) != 0) std::abort();
  ::close(file);
  (void)md5.finish();
  (void)sha256.finish();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::string folder = argv[1];
  const int threads = std::atoi(argv[2]), files = std::atoi(argv[3]);
  const auto mib = static_cast<size_t>(std::atoi(argv[4]));
  std::atomic<int> next = 0;
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> workers;  // NOLINT: the floor has no loops
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        for (int file = next++; file < files; file = next++)
          write_file(folder + "/" + std::to_string(file), mib);
      });
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%.0f\n", static_cast<double>(files) * static_cast<double>(mib) / seconds.count());
}
