#include "services/lambda/merge.h"

#include <filesystem>

namespace hearth::services::lambda {
namespace {

namespace fs = std::filesystem;

// A path's parents in `target` were made by us before it, so none of them is a link.
void place(const fs::directory_entry& entry, const fs::path& target, std::error_code& error) {
  const bool directory = entry.symlink_status().type() == fs::file_type::directory;
  if (directory && fs::symlink_status(target, error).type() == fs::file_type::directory) return;
  fs::remove_all(target, error);
  if (error) return;
  if (!directory) return fs::create_hard_link(entry.path(), target, error);
  fs::create_directory(target, error);
  if (!error) fs::permissions(target, fs::perms(0755), error);
}

}  // namespace

Status merge_directories(const std::vector<std::string>& sources, const std::string& target) {
  for (const std::string& source : sources) {
    std::error_code error;
    fs::recursive_directory_iterator at(source, error);
    for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
      place(*at, fs::path(target) / fs::path(at->path()).lexically_relative(source), error);
      if (error) break;
    }
    if (error) return fail("IoError", "cannot lay " + source + " over others: " + error.message());
  }
  return {};
}

}  // namespace hearth::services::lambda
