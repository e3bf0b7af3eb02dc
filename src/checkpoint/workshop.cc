#include "checkpoint/workshop.h"

#if defined(__x86_64__)

#include <stdio.h>
#include <sys/stat.h>

namespace hearth::checkpoint {

int fail(const char* format, const char* what, long number) {
  ::snprintf(workshop().why, sizeof Workshop::why, format, what, number);
  return kFailed;
}

bool read_text(const char* path, char* text, size_t room) {
  const long file = call(SYS_open, address(path), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  size_t held = 0;
  long size = 0;
  while ((size = call(SYS_read, file, address(text + held), static_cast<long>(room - 1 - held))) > 0)
    held += static_cast<size_t>(size);
  call(SYS_close, file);
  text[held] = '\0';
  return size == 0 && held < room - 1;
}

uint64_t field(const char* text, const char* name, unsigned base) {
  const char* found = std::strstr(text, name);
  if (found == nullptr) return 0;
  found += std::strlen(name);
  while (*found == ' ' || *found == '\t') ++found;
  return parse_number(found, base);
}

int add_text(const char* text, uint32_t& place) {
  const size_t bytes = std::strlen(text) + 1;
  if (head().text_bytes + bytes > kTextBytes) return fail("its files have too many names");
  place = head().text_bytes;
  std::memcpy(&tables().text[place], text, bytes);
  head().text_bytes += static_cast<uint32_t>(bytes);
  return 0;
}

bool find_source(const char* path, uint64_t inode, Source& source) {
  struct stat info{};
  if (path[0] != '/' || call(SYS_stat, address(path), address(&info)) != 0 || info.st_ino != inode)
    return false;
  if (!in_tmp(path)) source = source_of(info);
  const bool same = workshop().last_path != 0 && std::strcmp(&tables().text[workshop().last_path], path) == 0;
  if (!same && add_text(path, workshop().last_path) != 0) return false;
  source.path = workshop().last_path;
  return true;
}

bool in_tmp(const char* path) {
  return std::strncmp(path, "/tmp", 4) == 0 && (path[4] == '/' || path[4] == '\0');
}

}  // namespace hearth::checkpoint

#endif
