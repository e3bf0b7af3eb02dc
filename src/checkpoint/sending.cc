#include "checkpoint/workshop.h"

#if defined(__x86_64__)

#include <algorithm>

namespace hearth::checkpoint {
namespace {

constexpr uint64_t kFrameBytes = 1 << 20;

// How much of it.
uint64_t write(uint64_t from, uint64_t size) {
  uint64_t written = 0;
  while (written < size) {
    const long done = call(SYS_write, workshop().descriptor, static_cast<long>(from + written),
                           static_cast<long>(size - written));
    if (done == -EINTR) continue;
    if (done <= 0) break;
    written += static_cast<uint64_t>(done);
  }
  return written;
}

// What cannot be read is sent as something else, so that the frames' reader keeps in step.
int frame(uint64_t from, uint64_t size) {
  std::array<char, 5> head{};
  const auto bytes = static_cast<uint32_t>(size);
  std::memcpy(head.data(), &bytes, sizeof bytes);
  head[4] = static_cast<char>(workshop().frame_kind);
  if (write(static_cast<uint64_t>(address(head.data())), head.size()) != head.size())
    return fail("the image cannot be sent");
  const uint64_t written = write(from, size);
  if (written == size) return 0;
  for (uint64_t left = size - written; left > 0;) {
    const uint64_t filled = write(static_cast<uint64_t>(address(workshop().text)),
                                  std::min<uint64_t>(left, sizeof Workshop::text));
    if (filled == 0) break;
    left -= filled;
  }
  return fail("its memory cannot be read");
}

int send(uint64_t from, uint64_t bytes) {
  while (bytes > 0) {
    const uint64_t size = std::min(bytes, kFrameBytes);
    if (const int sent = frame(from, size); sent != 0) return sent;
    from += size;
    bytes -= size;
  }
  return 0;
}

int send(const TmpFile& file) {
  const char* path = &tables().text[file.path];
  if (file.bytes == 0) return 0;
  const long source = call(SYS_open, address(path), O_RDONLY | O_CLOEXEC);
  uint64_t done = 0;
  while (source >= 0 && done < file.bytes) {
    const uint64_t wanted = std::min<uint64_t>(file.bytes - done, sizeof Workshop::text);
    const long size = call(SYS_read, source, address(workshop().text), static_cast<long>(wanted));
    if (size <= 0) break;
    if (send(static_cast<uint64_t>(address(workshop().text)), static_cast<uint64_t>(size)) != 0) break;
    done += static_cast<uint64_t>(size);
  }
  if (source >= 0) call(SYS_close, source);
  return done == file.bytes ? 0 : fail("%s cannot be read", path);
}

int send(const Area& area) {
  if ((area.protection & PROT_READ) != 0) return send(area.begin, area.bytes());
  const auto begin = static_cast<long>(area.begin);
  const auto bytes = static_cast<long>(area.bytes());
  call(SYS_mprotect, begin, bytes, PROT_READ);
  const int sent = send(area.begin, area.bytes());
  call(SYS_mprotect, begin, bytes, area.protection);
  return sent;
}

}  // namespace

int send_image() {
  const uint64_t tables_bytes = whole_pages(sizeof(Tables));
  uint64_t place = tables_bytes;
  for (uint32_t index = 0; index < head().areas; ++index) {
    Area& area = tables().area[index];
    if (area.kind != Area::kContent) continue;
    area.place = place;
    place += area.bytes();
  }
  for (uint32_t index = 0; index < head().files; ++index) {
    tables().file[index].place = place;
    place += tables().file[index].bytes;
  }
  if (place > workshop().bytes_max) return fail("it is larger than the function's memory may be");
  int sent = send(kWriterBegin, tables_bytes);
  for (uint32_t index = 0; sent == 0 && index < head().areas; ++index) {
    if (tables().area[index].kind == Area::kContent) sent = send(tables().area[index]);
  }
  for (uint32_t index = 0; sent == 0 && index < head().files; ++index) sent = send(tables().file[index]);
  return sent == 0 ? frame(0, 0) : sent;
}

}  // namespace hearth::checkpoint

#endif
