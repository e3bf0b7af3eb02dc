#include "checkpoint/workshop.h"

#if defined(__x86_64__)

#include <sys/stat.h>

namespace hearth::checkpoint {
namespace {

constexpr int kFolderDepthMax = 32;

int list_folder(int depth);

int add_file(int depth) {
  if (head().files == kFilesMax) return fail("its /tmp holds more than %s%ld files", "", kFilesMax);
  struct stat info{};
  if (call(SYS_lstat, address(workshop().path), address(&info)) != 0)
    return fail("%s cannot be examined", workshop().path);
  TmpFile& file = tables().file[head().files++];
  file = {.mode = info.st_mode};
  if (const int added = add_text(workshop().path, file.path); added != 0) return added;
  if (S_ISDIR(info.st_mode)) return list_folder(depth + 1);
  if (S_ISLNK(info.st_mode)) {
    const long size =
        call(SYS_readlink, address(workshop().path), address(workshop().line), sizeof Workshop::line - 1);
    if (size < 0) return fail("%s cannot be read", workshop().path);
    workshop().line[size] = '\0';
    return add_text(workshop().line, file.link);
  }
  if (!S_ISREG(info.st_mode)) return fail("%s is neither file nor directory", workshop().path);
  file.bytes = static_cast<uint64_t>(info.st_size);
  workshop().files_bytes += file.bytes;
  if (workshop().files_bytes <= kFileBytesMax) return 0;
  return fail("its /tmp holds more than %s%ld MiB", "", kFileBytesMax >> 20);
}

// Of the path under way, which is as it was afterwards.
int list_folder(int depth) {
  if (depth > kFolderDepthMax) return fail("its /tmp is too deep");
  const long folder = call(SYS_open, address(workshop().path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return fail("%s cannot be read", workshop().path);
  const size_t length = std::strlen(workshop().path);
  const int listed = each_entry(static_cast<int>(folder), [&](const char* name) {
    if (length + std::strlen(name) + 2 > sizeof Workshop::path) return fail("its /tmp is too deep");
    workshop().path[length] = '/';
    std::strcpy(workshop().path + length + 1, name);
    const int added = add_file(depth);
    workshop().path[length] = '\0';
    return added;
  });
  call(SYS_close, folder);
  return listed;
}

}  // namespace

int list_files() {
  std::strcpy(workshop().path, "/tmp");
  return list_folder(0);
}

}  // namespace hearth::checkpoint

#endif
