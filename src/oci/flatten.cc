#include "oci/flatten.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/fd.h"
#include "oci/whiteout.h"

namespace hearth::oci {
namespace {

constexpr mode_t kAllModes = 07777;

std::unexpected<Error> failure(const std::string& what) {
  const int number = errno;
  return fail(number == ENOSPC || number == EDQUOT ? "StoreFull" : "IoError",
              what + ": " + std::strerror(number));
}

Result<Fd> open_child(int directory, const std::string& name) {
  Fd child(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!child) return failure("open " + name);
  return child;
}

Result<std::vector<std::string>> names_in(int directory) {
  // The stream closes its descriptor.
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return failure("open a directory");
  const std::unique_ptr<DIR, decltype(&::closedir)> stream(::fdopendir(copy), &::closedir);
  if (!stream) return failure("open a directory");
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

Status remove(int directory, const std::string& name) {
  if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  std::error_code error;
  std::filesystem::remove_all("/proc/self/fd/" + std::to_string(directory) + "/" + name, error);
  if (error) return fail("IoError", "remove " + name + ": " + error.message());
  return {};
}

Status clear(int directory) {
  TRY_SYNC(const auto names, names_in(directory));
  for (const std::string& name : names) TRY_SYNC_VOID(remove(directory, name));
  return {};
}

// For a file that has as many names as it can have.
Status copy(int from, int to, const std::string& name, const struct stat& info) {
  if (S_ISLNK(info.st_mode)) {
    std::string target(static_cast<size_t>(info.st_size) + 1, '\0');
    const ssize_t size = ::readlinkat(from, name.c_str(), target.data(), target.size());
    if (size < 0) return failure("read " + name);
    target.resize(static_cast<size_t>(size));
    return ::symlinkat(target.c_str(), to, name.c_str()) == 0 ? Status() : failure("copy " + name);
  }
  const Fd source(::openat(from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  const Fd target(::openat(to, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!source || !target) return failure("copy " + name);
  for (;;) {
    const ssize_t copied = ::copy_file_range(source.get(), nullptr, target.get(), nullptr, 1 << 30, 0);
    if (copied < 0) return failure("copy " + name);
    if (copied == 0) break;
  }
  if (::fchmod(target.get(), info.st_mode & kAllModes) != 0) return failure("copy " + name);
  const timespec times[2] = {info.st_mtim, info.st_mtim};
  return ::futimens(target.get(), times) == 0 ? Status() : failure("copy " + name);
}

Status place_file(int from, int to, const std::string& name, const struct stat& info) {
  TRY_SYNC_VOID(remove(to, name));
  if (::linkat(from, name.c_str(), to, name.c_str(), 0) == 0) return {};
  return errno == EMLINK ? copy(from, to, name, info) : failure("link " + name);
}

Status lay_over(int from, int to, UnpackBudget& budget);

Status place_directory(int from, int to, const std::string& name, const struct stat& info,
                       UnpackBudget& budget) {
  struct stat there{};
  const bool exists = ::fstatat(to, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && !S_ISDIR(there.st_mode)) {
    TRY_SYNC_VOID(remove(to, name));
  }
  if (!exists || !S_ISDIR(there.st_mode)) {
    if (::mkdirat(to, name.c_str(), 0755) != 0) return failure("make " + name);
  }
  TRY_SYNC(const Fd source, open_child(from, name));
  TRY_SYNC(const Fd target, open_child(to, name));
  if (::fchmod(target.get(), info.st_mode & kAllModes) != 0) return failure("make " + name);
  return lay_over(source.get(), target.get(), budget);
}

// Layers may have been unpacked for other images, each within its limits.
Status take(UnpackBudget& budget, const struct stat& info) {
  const uint64_t bytes = S_ISREG(info.st_mode) ? static_cast<uint64_t>(info.st_size) : 0;
  if (budget.entries == 0 || bytes > budget.bytes)
    return fail("ImageTooLarge", "the image unpacks to more than is allowed");
  --budget.entries;
  budget.bytes -= bytes;
  return {};
}

// What a layer takes away comes before what it brings, in whatever order its archive had them.
Status lay_over(int from, int to, UnpackBudget& budget) {
  TRY_SYNC(const auto names, names_in(from));
  if (std::ranges::find(names, kOpaqueMark) != names.end()) {
    TRY_SYNC_VOID(clear(to));
  }
  for (const std::string& name : names) {
    if (!is_whiteout(name)) continue;
    if (const std::string_view gone = whited_out(name); !gone.empty())
      TRY_SYNC_VOID(remove(to, std::string(gone)));
  }
  for (const std::string& name : names) {
    if (is_whiteout(name)) continue;
    struct stat info{};
    if (::fstatat(from, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return failure("look at " + name);
    TRY_SYNC_VOID(take(budget, info));
    TRY_SYNC_VOID(S_ISDIR(info.st_mode) ? place_directory(from, to, name, info, budget)
                                        : place_file(from, to, name, info));
  }
  return {};
}

Status make_mount_point(int root, const std::string& name) {
  struct stat info{};
  if (::fstatat(root, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISDIR(info.st_mode)) return {};
    TRY_SYNC_VOID(remove(root, name));
  }
  return ::mkdirat(root, name.c_str(), 0755) == 0 ? Status() : failure("make " + name);
}

Status make_mount_points(int root) {
  for (const char* name : {"dev", "proc", "tmp"}) TRY_SYNC_VOID(make_mount_point(root, name));
  if (::mkdirat(root, "etc", 0755) != 0 && errno != EEXIST) return failure("make etc");
  const Fd etc(::openat(root, "etc", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!etc) return {};  // a link: the image says itself where these are
  for (const char* name : {"hosts", "hostname", "resolv.conf"}) {
    TRY_SYNC_VOID(remove(etc.get(), name));
    const Fd file(::openat(etc.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file) return failure(std::string("make ") + name);
  }
  return {};
}

}  // namespace

Status flatten(const std::vector<std::string>& layers, const std::string& target, UnpackBudget budget) {
  const Fd root(::open(target.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return failure("open " + target);
  for (const std::string& layer : layers) {
    const Fd source(::open(layer.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!source) return failure("open " + layer);
    TRY_SYNC_VOID(lay_over(source.get(), root.get(), budget));
  }
  return make_mount_points(root.get());
}

std::vector<std::string> files_in_root(const std::string& root, const std::string& folder) {
  std::vector<std::string> files;
  const Fd top(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top) return files;
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const Fd directory(static_cast<int>(::syscall(SYS_openat2, top.get(), folder.c_str(), &how, sizeof how)));
  if (!directory) return files;
  auto names = names_in(directory.get());
  if (!names) return files;
  for (std::string& name : *names) {
    struct stat info{};
    const bool known = ::fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (known && !S_ISDIR(info.st_mode)) files.push_back(std::move(name));
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace hearth::oci
