#include "store/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/write_all.h"

namespace hearth::store {
namespace {

constexpr std::string_view kFormatWord = "hearth ";

Result<std::string> read_small_file(int fd, const std::string& path) {
  char buffer[256];
  const ssize_t size = ::pread(fd, buffer, sizeof buffer, 0);
  if (size < 0) return fail(file_error("cannot read " + path, errno));
  return std::string(buffer, static_cast<size_t>(size));
}

Result<Fd> lock_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail(file_error("cannot open " + path, errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(file_error("cannot lock " + path, errno));
    auto holder = read_small_file(fd.get(), path).value_or("unknown");
    holder.erase(holder.find_last_not_of('\n') + 1);
    return fail("DataFolderBusy", "the data directory is in use by another server, process " + holder + " (" +
                                      path + "); stop it, or give this one a data directory of its own");
  }
  // Best effort: on a full disk the lock holds all the same, only without the number.
  if (::ftruncate(fd.get(), 0) == 0) (void)write_all(fd.get(), std::to_string(::getpid()) + "\n");
  return fd;
}

// Written under another name first: a crash leaves no half of it.
Status write_format(const std::string& folder, const std::string& path) {
  const std::string temporary = path + ".new";
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return fail(file_error("cannot open " + temporary, errno));
  if (!write_all(fd.get(), std::string(kFormatWord) + std::to_string(DataFolder::kFormat) + "\n")) {
    return fail(file_error("cannot write " + temporary, errno));
  }
  if (::fsync(fd.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    return fail(file_error("cannot write " + path, errno));
  }
  return sync_folder(folder);
}

Status check_format(const std::string& folder) {
  const std::string path = folder + "/FORMAT";
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    if (errno != ENOENT) return fail(file_error("cannot open " + path, errno));
    return write_format(folder, path);
  }
  TRY_SYNC(const std::string text, read_small_file(fd.get(), path));
  int format = 0;
  const std::string_view number = std::string_view(text).substr(std::min(text.size(), kFormatWord.size()));
  const auto end = std::from_chars(number.data(), number.data() + number.size(), format);
  if (!text.starts_with(kFormatWord) || end.ec != std::errc() || format < 1) {
    return fail("DataFolderFormat",
                path + " does not say which format the data has; is this a data directory?");
  }
  if (format > DataFolder::kFormat) {
    return fail("DataFolderFormat", "the data directory has format " + std::to_string(format) +
                                        ", this program knows up to " + std::to_string(DataFolder::kFormat) +
                                        "; use a newer program");
  }
  return {};
}

}  // namespace

Error file_error(const std::string& what, int error_number) {
  const bool full = error_number == ENOSPC || error_number == EDQUOT;
  return {.code = full ? "StoreFull" : "StoreIo", .message = what + ": " + std::strerror(error_number)};
}

Status sync_folder(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return fail(file_error("cannot sync " + path, errno));
  return {};
}

Result<DataFolder> DataFolder::open(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(file_error("cannot make " + path, errno));
  TRY_SYNC(Fd lock, lock_file(path + "/LOCK"));
  TRY_SYNC_VOID(check_format(path));
  return DataFolder(path, std::move(lock));
}

}  // namespace hearth::store
