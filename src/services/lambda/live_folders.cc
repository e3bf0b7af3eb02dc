#include "services/lambda/live_folders.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "api/lambda.h"
#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace fs = std::filesystem;

bool lies_in(const fs::path& path, const fs::path& folder) {
  return (path / "").string().starts_with((folder / "").string());
}

Result<std::string> find_below(const std::vector<std::string>& permitted, const std::string& path) {
  std::error_code error;
  const fs::path folder = fs::canonical(path, error);
  const bool below =
      !error && std::ranges::any_of(permitted, [&](const std::string& one) { return lies_in(folder, one); });
  // Of what is elsewhere nobody is told whether it is there.
  if (!fs::path(path).is_absolute() || !below || !fs::is_directory(folder, error)) {
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("{} is no folder below those that functions may be run from here", path)));
  }
  return folder.string();
}

// Of everything in the folder, what changes with it.
Result<std::string> read_state(const std::string& folder) {
  std::string seen;
  size_t files = 0;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    if (++files > LiveFolders::kFilesMax) {
      return fail(errors::code_artifact_user_failed_exception(
          fmt::format("{} holds more than {} files", folder, LiveFolders::kFilesMax)));
    }
    struct stat info{};
    if (::lstat(at->path().c_str(), &info) != 0) continue;  // it goes just now
    seen += fmt::format("{}\t{}\t{}\t{}\t{}.{}\n", at->path().string(), info.st_ino, info.st_mode,
                        info.st_size, info.st_ctim.tv_sec, info.st_ctim.tv_nsec);
  }
  if (error) {
    return fail(errors::code_artifact_user_failed_exception(
        fmt::format("{} cannot be read: {}", folder, error.message())));
  }
  return hex_encode(sha256(seen));
}

}  // namespace

Async<std::string> LiveFolders::find(std::string path) const {
  co_return co_await pool_.run(
      [permitted = permitted_, path = std::move(path)] { return find_below(permitted, path); });
}

Async<std::string> LiveFolders::state(std::string folder) const {
  co_return co_await pool_.run([folder = std::move(folder)] { return read_state(folder); });
}

}  // namespace hearth::services::lambda
