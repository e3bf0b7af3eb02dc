#include "store/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace hearth::store {
namespace {

Error io_error(const std::string& path) {
  return {.code = "IoError", .message = fmt::format("{}: {}", path, std::strerror(errno))};
}

std::string holder_of(int lock) {
  std::array<char, 32> buffer{};
  const ssize_t count = pread(lock, buffer.data(), buffer.size() - 1, 0);
  std::string text(buffer.data(), count > 0 ? static_cast<size_t>(count) : 0);
  return text.substr(0, text.find('\n'));
}

Status check_format(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    const Fd made(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    const std::string text = fmt::format("{}\n", DataFolder::kFormat);
    if (!made || write(made.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        fsync(made.get()) != 0) {
      return fail(io_error(path));
    }
    return {};
  }
  int format = 0;
  if (!(file >> format) || format < 1) return fail("IoError", path + " does not hold a format number");
  if (format > DataFolder::kFormat) {
    return fail("DataTooNew", fmt::format("{} says format {}, this program knows up to {}: use a newer hearth", path,
                                          format, DataFolder::kFormat));
  }
  return {};
}

}  // namespace

Result<DataFolder> DataFolder::open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  const std::string lock_path = path + "/LOCK";
  Fd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock) return fail(io_error(lock_path));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail("DataInUse", fmt::format("the data directory is in use by the hearth server with process id {}",
                                         holder_of(lock.get())));
  }
  const std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(lock.get(), 0) != 0 || pwrite(lock.get(), pid.data(), pid.size(), 0) < 0) return fail(io_error(lock_path));
  TRY_SYNC_VOID(check_format(path + "/FORMAT"));
  return DataFolder(std::move(lock));
}

}  // namespace hearth::store
