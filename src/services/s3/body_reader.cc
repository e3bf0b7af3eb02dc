#include "services/s3/body_reader.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "io/future.h"
#include "services/s3/body_cipher.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kStepBlocks = 4;
constexpr size_t kStoredBlockBytes = kBlockBytes + kTagBytes;

// What is still to be read of a body. Its methods run one at a time; shared with the pool, which may still be
// reading when the coroutine has been cancelled.
class Range {
 public:
  Range(EncryptedFile file, uint64_t offset, uint64_t size_bytes)
      : file_(std::move(file)), opener_(file_.key), offset_(offset), left_bytes_(size_bytes) {}

  // Empty at the end. Waits for the disk.
  Result<std::string> next() { return take(0); }

  // The same of what is in memory; nothing where the disk would have to be waited for.
  std::optional<Result<std::string>> next_at_hand() {
    Result<std::string> piece = take(RWF_NOWAIT);
    if (!piece && piece.error().code == kNotAtHand) return std::nullopt;
    return piece;
  }

 private:
  static constexpr std::string_view kNotAtHand = "NotAtHand";

  Result<std::string> take(int flags) {
    if (left_bytes_ == 0) return std::string();
    const uint64_t first = offset_ / kBlockBytes;
    const size_t skip = offset_ % kBlockBytes;
    const uint64_t begin = first * kBlockBytes;
    const uint64_t last = (offset_ + left_bytes_ - 1) / kBlockBytes;
    const size_t blocks = std::min<uint64_t>(kStepBlocks, last - first + 1);
    std::string bytes;
    std::array<char, kStepBlocks * kTagBytes> tags;
    const size_t wanted = std::min<uint64_t>(blocks * kBlockBytes, file_.size_bytes - begin);
    Status done;
    // The library gives more room than it is asked for.
    bytes.resize_and_overwrite(wanted, [&](char* into, size_t) {
      done = read(first, {into, wanted}, {tags.data(), blocks * kTagBytes}, flags);
      if (done) done = open(first, {into, wanted}, tags.data());
      return done ? wanted : 0;
    });
    if (!done && done.error().code == kNotAtHand) return fail(std::move(done).error());
    if (!done) {
      log::error("{} is damaged: {}", file_.name, done.error().message);
      return fail(done.error());
    }
    if (skip > 0) bytes.erase(0, skip);
    if (bytes.size() > left_bytes_) bytes.resize(left_bytes_);
    offset_ += bytes.size();
    left_bytes_ -= bytes.size();
    return bytes;
  }

  // Blocks and tags come apart, so blocks lie together.
  Status read(uint64_t first, std::span<char> bytes, std::span<char> tags, int flags) {
    std::array<iovec, 2 * kStepBlocks> places{};
    int count = 0;
    size_t missing = bytes.size() + tags.size();
    while (!bytes.empty()) {
      const size_t size = std::min(bytes.size(), kBlockBytes);
      places[count++] = {.iov_base = bytes.data(), .iov_len = size};
      places[count++] = {.iov_base = tags.data(), .iov_len = kTagBytes};
      bytes = bytes.subspan(size);
      tags = tags.subspan(kTagBytes);
    }
    auto offset = static_cast<off_t>(first * kStoredBlockBytes);
    for (iovec* next = places.data(); missing > 0;) {
      const ssize_t got = ::preadv2(file_.file.get(), next, count, offset, flags);
      if (got < 0 && errno == EINTR) continue;
      // Not every file system can tell.
      if (flags != 0 && (got == 0 || (got < 0 && (errno == EAGAIN || errno == EOPNOTSUPP)))) {
        return fail(std::string(kNotAtHand), "it would take a look at the disk");
      }
      if (got < 0) return fail("IoError", std::string("it cannot be read: ") + std::strerror(errno));
      if (got == 0) return fail("CorruptObject", "its file is shorter than it was");
      offset += got;
      missing -= static_cast<size_t>(got);
      for (auto part = static_cast<size_t>(got); part > 0;) {
        const size_t taken = std::min(part, next->iov_len);
        next->iov_base = static_cast<char*>(next->iov_base) + taken;
        next->iov_len -= taken;
        part -= taken;
        if (next->iov_len == 0) {
          ++next;
          --count;
        }
      }
    }
    return {};
  }

  Status open(uint64_t number, std::span<char> bytes, const char* tag) {
    for (; !bytes.empty(); ++number, tag += kTagBytes) {
      const size_t size = std::min(bytes.size(), kBlockBytes);
      if (!opener_.open(number, bytes.first(size), {tag, kTagBytes})) {
        return fail("CorruptObject", "block " + std::to_string(number) + " is not what was written");
      }
      bytes = bytes.subspan(size);
    }
    return {};
  }

  EncryptedFile file_;
  BodyOpener opener_;
  uint64_t offset_;
  uint64_t left_bytes_;
};

class EncryptedSource final : public io::BodySource {
 public:
  EncryptedSource(std::shared_ptr<Range> range, uint64_t size_bytes, io::ThreadPool& pool)
      : range_(std::move(range)), pool_(pool), left_bytes_(size_bytes) {}

  Async<std::string> read() override {
    if (left_bytes_ == 0) co_return std::string();
    if (!coming_) {
      if (auto at_hand = range_->next_at_hand()) {
        if (*at_hand) left_bytes_ -= (*at_hand)->size();
        co_return *std::move(at_hand);
      }
      begin_next();
    }
    TRY(std::string piece, co_await *std::exchange(coming_, std::nullopt));
    left_bytes_ -= piece.size();
    if (left_bytes_ > 0) begin_next();
    co_return std::move(piece);
  }
  std::optional<uint64_t> remaining_bytes() const override { return left_bytes_; }

 private:
  void begin_next() {
    coming_.emplace();
    pool_.post([range = range_, promise = coming_->promise()] { promise.set(range->next()); });
  }

  std::shared_ptr<Range> range_;  // shared with the pool
  io::ThreadPool& pool_;
  std::optional<io::Future<Result<std::string>>> coming_;  // is being read ahead
  uint64_t left_bytes_;
};

}  // namespace

std::unique_ptr<io::BodySource> read_encrypted(EncryptedFile file, uint64_t offset, uint64_t size_bytes,
                                               io::ThreadPool& pool) {
  auto range = std::make_shared<Range>(std::move(file), offset, size_bytes);
  return std::make_unique<EncryptedSource>(std::move(range), size_bytes, pool);
}

}  // namespace hearth::services::s3
