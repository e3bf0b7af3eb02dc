// Frames of a pipe to the server (execution/runtime_pipe.h) from memory that may prove unreadable, without a
// C library.
#pragma once
#include "checkpoint/kernel.h"

namespace hearth::checkpoint {

class Frames {
 public:
  // `filling` are bytes that can be read, for what cannot be.
  Frames(int descriptor, uint8_t kind, const char* filling, uint64_t filling_bytes)
      : descriptor_(descriptor), kind_(kind), filling_(filling), filling_bytes_(filling_bytes) {}

  // False when not all of it could be read, or sent.
  bool send(uint64_t from, uint64_t bytes) const {
    constexpr uint64_t kFrameBytes = 1 << 20;
    while (bytes > 0) {
      const uint64_t size = bytes < kFrameBytes ? bytes : kFrameBytes;
      if (!frame(from, size)) return false;
      from += size;
      bytes -= size;
    }
    return true;
  }

  // The same of memory with that protection, which it has again afterwards.
  bool send(uint64_t from, uint64_t bytes, uint32_t protection) const {
    if ((protection & PROT_READ) != 0) return send(from, bytes);
    call(SYS_mprotect, static_cast<long>(from), static_cast<long>(bytes), PROT_READ);
    const bool sent = send(from, bytes);
    call(SYS_mprotect, static_cast<long>(from), static_cast<long>(bytes), protection);
    return sent;
  }

  // An empty one.
  bool end() const { return frame(0, 0); }

 private:
  // What cannot be read is sent as something else, so that the frames' reader keeps in step.
  bool frame(uint64_t from, uint64_t size) const {
    constexpr uint64_t kHeadBytes = 5;
    char head[kHeadBytes];
    for (int byte = 0; byte < 4; ++byte) head[byte] = static_cast<char>(size >> (8 * byte));
    head[4] = static_cast<char>(kind_);
    if (write(static_cast<uint64_t>(address(head)), kHeadBytes) != kHeadBytes) return false;
    const uint64_t written = write(from, size);
    for (uint64_t left = size - written; left > 0;) {
      const uint64_t filled =
          write(static_cast<uint64_t>(address(filling_)), left < filling_bytes_ ? left : filling_bytes_);
      if (filled == 0) break;
      left -= filled;
    }
    return written == size;
  }

  // How much of it.
  uint64_t write(uint64_t from, uint64_t size) const {
    uint64_t written = 0;
    while (written < size) {
      const long done =
          call(SYS_write, descriptor_, static_cast<long>(from + written), static_cast<long>(size - written));
      if (done == -EINTR) continue;
      if (done <= 0) break;
      written += static_cast<uint64_t>(done);
    }
    return written;
  }

  int descriptor_;
  uint8_t kind_;
  const char* filling_;
  uint64_t filling_bytes_;
};

}  // namespace hearth::checkpoint
