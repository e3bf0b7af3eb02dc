#include "services/lambda/directories.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/log.h"

namespace hearth::services::lambda {
namespace {

namespace fs = std::filesystem;

// Differs from one start of the machine to the next.
std::string boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id.empty() ? "unknown" : id;
}

}  // namespace

Directories::Directories(const std::string& folder, const std::string& host_path) {
  const std::string boot = boot_id();
  folder_ = folder + "/" + boot;
  host_path_ = host_path + "/" + boot;
  find_leftovers(folder, boot);
}

std::string Directories::path_of(const Directory& directory) const {
  return path_of(fs::path(*directory).filename().string());
}

void Directories::find_leftovers(const std::string& parent, const std::string& boot) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    if (entry.path().filename() != boot) leftovers_.push_back(entry.path());
  }
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (entry.path().filename().string().find('.') != std::string::npos) leftovers_.push_back(entry.path());
  }
}

Status Directories::make(const std::string& name, const std::function<Status(const std::string&)>& fill) {
  std::error_code error;
  const std::string final_path = path_of(name);
  std::string partial = final_path + ".XXXXXX";
  fs::create_directories(folder_, error);
  if (error || !mkdtemp(partial.data())) return fail("IoError", "cannot make a directory in " + folder_);
  fs::permissions(partial, fs::perms(0755), error);
  if (const Status filled = fill(partial); !filled) {
    fs::remove_all(partial, error);
    return filled;
  }
  const std::lock_guard lock(mutex_);
  suspects_.erase(name);
  if (rename(partial.c_str(), final_path.c_str()) != 0) {
    fs::remove_all(partial, error);  // another request was first with the same packages
    if (!fs::exists(final_path)) return fail("IoError", "cannot rename to " + final_path);
  }
  return {};
}

Directory Directories::held_one(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(name);
  return found == held_.end() ? nullptr : found->second.lock();
}

Directory Directories::take(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::weak_ptr<const std::string>& known = held_[name];
  if (auto directory = known.lock()) return directory;
  if (!fs::exists(path_of(name))) return nullptr;
  auto directory = std::make_shared<const std::string>(host_path_ + "/" + name);
  known = directory;
  return directory;
}

void Directories::discard(const std::string& name) {
  const std::string away = path_of(name) + ".unused";
  {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(name);
    if (found != held_.end() && !found->second.expired()) return;
    if (rename(path_of(name).c_str(), away.c_str()) != 0) return;
  }
  std::error_code error;
  fs::remove_all(away, error);
  if (error) log::warn("{} could not be deleted: {}", away, error.message());
}

std::vector<std::string> Directories::move_unused_away(std::set<std::string> unused) {
  const std::lock_guard lock(mutex_);
  std::erase_if(held_, [](const auto& entry) { return entry.second.expired(); });
  std::erase_if(unused, [&](const std::string& name) { return held_.contains(name); });
  std::vector<std::string> moved;
  for (const std::string& name : unused) {
    if (!suspects_.contains(name)) continue;
    std::string away = path_of(name) + ".unused";
    if (rename(path_of(name).c_str(), away.c_str()) == 0) moved.push_back(std::move(away));
  }
  suspects_ = std::move(unused);
  return moved;
}

void Directories::sweep(const std::set<std::string>& referenced) {
  std::error_code error;
  std::set<std::string> unused;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename();
    if (name.find('.') == std::string::npos && !referenced.contains(name)) unused.insert(name);
  }
  std::vector<std::string> doomed = move_unused_away(std::move(unused));
  std::ranges::move(std::exchange(leftovers_, {}), std::back_inserter(doomed));
  for (const std::string& path : doomed) {
    fs::remove_all(path, error);
    if (error) log::warn("{} could not be deleted: {}", path, error.message());
  }
}

Result<Directory> Directories::take_or_make(const std::string& name,
                                            const std::function<Status(const std::string& path)>& fill) {
  if (auto there = take(name)) return there;
  TRY_SYNC_VOID(make(name, fill));
  if (auto made = take(name)) return made;
  return fail("IoError", "a directory of code has gone");
}

}  // namespace hearth::services::lambda
