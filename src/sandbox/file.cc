#include "sandbox/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/fd.h"
#include "sandbox/failure.h"

namespace hearth::sandbox {

std::string read_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t size = 0; file && (size = ::read(file.get(), buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<size_t>(size));
  }
  return text;
}

Status write_file(const std::string& path, std::string_view text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), text.data(), text.size()) < 0) return failed_step("write " + path);
  return {};
}

bool only_root_can_change(const std::string& path) {
  std::error_code error;
  auto part = std::filesystem::canonical(path, error);
  if (error) return false;
  while (true) {
    struct stat info{};
    if (::stat(part.c_str(), &info) != 0 || info.st_uid != 0 || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
      return false;
    if (part == part.root_path()) return true;
    part = part.parent_path();
  }
}

Status make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  // An existing link to a directory counts as an error there and is none here.
  if (error && !std::filesystem::is_directory(path)) return failed_step("make " + path, error.value());
  return {};
}

Status make_file(const std::string& path, std::string_view text) {
  TRY_SYNC_VOID(make_directory(std::filesystem::path(path).parent_path()));
  ::unlink(path.c_str());
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return failed_step("write " + path);
  }
  return {};
}

}  // namespace hearth::sandbox
