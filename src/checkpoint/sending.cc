#include "checkpoint/frames.h"
#include "checkpoint/workshop.h"

#if defined(__x86_64__)

#include <algorithm>

namespace hearth::checkpoint {
namespace {

int send(const Frames& frames, const TmpFile& file) {
  const char* path = &tables().text[file.path];
  if (file.bytes == 0) return 0;
  const long source = call(SYS_open, address(path), O_RDONLY | O_CLOEXEC);
  uint64_t done = 0;
  while (source >= 0 && done < file.bytes) {
    const uint64_t wanted = std::min<uint64_t>(file.bytes - done, sizeof Workshop::text);
    const long size = call(SYS_read, source, address(workshop().text), static_cast<long>(wanted));
    if (size <= 0) break;
    if (!frames.send(static_cast<uint64_t>(address(workshop().text)), static_cast<uint64_t>(size))) break;
    done += static_cast<uint64_t>(size);
  }
  if (source >= 0) call(SYS_close, source);
  return done == file.bytes ? 0 : fail("%s cannot be read", path);
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
  const Frames frames(workshop().descriptor, workshop().frame_kind, workshop().text, sizeof Workshop::text);
  bool sent = frames.send(kWriterBegin, tables_bytes);
  for (uint32_t index = 0; sent && index < head().areas; ++index) {
    const Area& area = tables().area[index];
    if (area.kind == Area::kContent) sent = frames.send(area.begin, area.bytes(), area.protection);
  }
  if (!sent) return fail("its memory cannot be read");
  for (uint32_t index = 0; index < head().files; ++index) {
    if (const int done = send(frames, tables().file[index]); done != 0) return done;
  }
  return frames.end() ? 0 : fail("its image cannot be sent");
}

}  // namespace hearth::checkpoint

#endif
