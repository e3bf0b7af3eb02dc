#include "services/lambda/code.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <vector>

#include "api/lambda.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/log.h"
#include "services/lambda/limits.h"
#include "services/lambda/merge.h"
#include "services/lambda/unzip.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace fs = std::filesystem;

constexpr uint64_t kEntriesMax = 200'000;

// Differs from one start of the machine to the next.
std::string boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id.empty() ? "unknown" : id;
}

Error unzip_error(const Error& error) {
  if (error.code == "NotAnArchive") {
    return errors::invalid_parameter_value_exception(
        "Could not unzip uploaded file. Please check your file, then try to upload again.");
  }
  if (error.code == "Empty")
    return errors::invalid_parameter_value_exception("Uploaded file must be a non-empty zip");
  if (error.code == "TooLarge") {
    return errors::invalid_parameter_value_exception(
        fmt::format("Unzipped size must be smaller than {} bytes", limits::kUnzippedCodeBytesMax));
  }
  log::error("a code package could not be unpacked: {}", error.message);
  return errors::service_exception("The code package could not be stored: " + error.message);
}

}  // namespace

// Where the directories are. A name without a dot is a complete one.
struct CodeStore::State {
  std::string folder;
  std::string host_path;
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<const std::string>> held;
  std::set<std::string> suspects;      // not referenced at the last sweep
  std::vector<std::string> leftovers;  // paths of what earlier runs left, until the first sweep

  std::string path_of(const std::string& name) const { return folder + "/" + name; }
  void find_leftovers(const std::string& parent, const std::string& boot);
  // Makes the directory `name`: `fill` writes it at the path that it gets.
  template <typename Fill>
  Status make(const std::string& name, Fill fill);
  Result<int64_t> unpack(const std::string& zip, const std::string& name);
  // The directory when somebody holds it already; for this the disk is not asked.
  Directory held_one(const std::string& name);
  // The directory when it is there.
  Directory take(const std::string& name);
  void sweep(const std::set<std::string>& referenced);
  std::vector<std::string> move_unused_away(std::set<std::string> unused);
};

void CodeStore::State::find_leftovers(const std::string& parent, const std::string& boot) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    if (entry.path().filename() != boot) leftovers.push_back(entry.path());
  }
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().string().find('.') != std::string::npos) leftovers.push_back(entry.path());
  }
}

template <typename Fill>
Status CodeStore::State::make(const std::string& name, Fill fill) {
  std::error_code error;
  const std::string final_path = path_of(name);
  std::string partial = final_path + ".XXXXXX";
  fs::create_directories(folder, error);
  if (error || !mkdtemp(partial.data())) return fail("IoError", "cannot make a directory in " + folder);
  fs::permissions(partial, fs::perms(0755), error);
  if (const Status filled = fill(partial); !filled) {
    fs::remove_all(partial, error);
    return filled;
  }
  const std::lock_guard lock(mutex);
  suspects.erase(name);
  if (rename(partial.c_str(), final_path.c_str()) != 0) {
    fs::remove_all(partial, error);  // another request was first with the same packages
    if (!fs::exists(final_path)) return fail("IoError", "cannot rename to " + final_path);
  }
  return {};
}

Result<int64_t> CodeStore::State::unpack(const std::string& zip, const std::string& name) {
  int64_t bytes = 0;
  TRY_SYNC_VOID(make(name, [&](const std::string& path) -> Status {
    TRY_SYNC(const uint64_t unpacked,
             unzip(zip, path, {.bytes_max = limits::kUnzippedCodeBytesMax, .entries_max = kEntriesMax}));
    bytes = static_cast<int64_t>(unpacked);
    return {};
  }));
  return bytes;
}

CodeStore::Directory CodeStore::State::held_one(const std::string& name) {
  const std::lock_guard lock(mutex);
  const auto found = held.find(name);
  return found == held.end() ? nullptr : found->second.lock();
}

CodeStore::Directory CodeStore::State::take(const std::string& name) {
  const std::lock_guard lock(mutex);
  std::weak_ptr<const std::string>& known = held[name];
  if (auto directory = known.lock()) return directory;
  if (!fs::exists(path_of(name))) return nullptr;
  auto directory = std::make_shared<const std::string>(host_path + "/" + name);
  known = directory;
  return directory;
}

std::vector<std::string> CodeStore::State::move_unused_away(std::set<std::string> unused) {
  const std::lock_guard lock(mutex);
  std::erase_if(held, [](const auto& entry) { return entry.second.expired(); });
  std::erase_if(unused, [&](const std::string& name) { return held.contains(name); });
  std::vector<std::string> moved;
  for (const std::string& name : unused) {
    if (!suspects.contains(name)) continue;
    std::string away = path_of(name) + ".unused";
    if (rename(path_of(name).c_str(), away.c_str()) == 0) moved.push_back(std::move(away));
  }
  suspects = std::move(unused);
  return moved;
}

void CodeStore::State::sweep(const std::set<std::string>& referenced) {
  std::error_code error;
  std::set<std::string> unused;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (name.find('.') == std::string::npos && !referenced.contains(name)) unused.insert(name);
  }
  std::vector<std::string> doomed = move_unused_away(std::move(unused));
  std::ranges::move(std::exchange(leftovers, {}), std::back_inserter(doomed));
  for (const std::string& path : doomed) {
    fs::remove_all(path, error);
    if (error) log::warn("{} could not be deleted: {}", path, error.message());
  }
}

CodeStore::CodeStore(std::string folder, std::string host_path, store::Blobs& blobs, io::ThreadPool& pool)
    : state_(std::make_shared<State>()), blobs_(blobs), pool_(pool) {
  const std::string boot = boot_id();
  state_->folder = folder + "/" + boot;
  state_->host_path = std::move(host_path) + "/" + boot;
  state_->find_leftovers(folder, boot);
}

Async<CodeStore::Package> CodeStore::accept(std::string zip) {
  if (zip.empty())
    co_return errors::invalid_parameter_value_exception("Uploaded file must be a non-empty zip");
  if (zip.size() > limits::kZippedCodeBytesMax) {
    co_return Error{
        .code = "RequestEntityTooLargeException",
        .message = fmt::format("Zipped size must be smaller than {} bytes", limits::kZippedCodeBytesMax),
        .status = 413};
  }
  // Shared with the pool's thread, which goes on when this request is cancelled.
  auto shared = std::make_shared<std::string>(std::move(zip));
  auto unpacked = co_await pool_.run(
      [state = state_, shared] { return state->unpack(*shared, hex_encode(sha256(*shared))); });
  if (!unpacked) co_return unzip_error(unpacked.error());
  TRY(auto blob, co_await blobs_.write(io::Body(std::move(*shared)), limits::kZippedCodeBytesMax));
  co_return Package{.blob = std::move(blob), .unzipped_bytes = *unpacked};
}

Async<CodeStore::Directory> CodeStore::directory_of(store::BlobInfo code) {
  const std::string name = name_of({code});
  if (auto held = state_->held_one(name)) co_return held;
  if (auto there = co_await pool_.run([state = state_, name] { return state->take(name); })) co_return there;
  TRY(auto zip, co_await blobs_.read(code.id, limits::kZippedCodeBytesMax));
  auto unpacked = co_await pool_.run([state = state_, zip = std::move(zip), name]() -> Result<Directory> {
    TRY_SYNC_VOID(state->unpack(zip, name));
    if (auto directory = state->take(name)) return directory;
    return fail("IoError", "the directory of a package has gone");
  });
  if (!unpacked) co_return unzip_error(unpacked.error());
  co_return *std::move(unpacked);
}

std::string CodeStore::name_of(const std::vector<store::BlobInfo>& packages) {
  if (packages.size() == 1) return hex_encode(packages.front().sha256);
  std::string hashes;
  for (const store::BlobInfo& package : packages) hashes += package.sha256;
  return hex_encode(sha256(hashes));
}

Async<CodeStore::Directory> CodeStore::merged_directory_of(std::vector<store::BlobInfo> packages) {
  if (packages.size() == 1) co_return co_await directory_of(std::move(packages.front()));
  const std::string name = name_of(packages);
  if (auto held = state_->held_one(name)) co_return held;
  if (auto there = co_await pool_.run([state = state_, name] { return state->take(name); })) co_return there;
  std::vector<Directory> sources;  // held until they are merged
  std::vector<std::string> paths;
  for (const store::BlobInfo& package : packages) {
    TRY(Directory source, co_await directory_of(package));
    sources.push_back(std::move(source));
    paths.push_back(state_->path_of(name_of({package})));
  }
  auto merged = co_await pool_.run([state = state_, sources, paths, name]() -> Result<Directory> {
    TRY_SYNC_VOID(state->make(name, [&](const std::string& path) { return merge_directories(paths, path); }));
    if (auto directory = state->take(name)) return directory;
    return fail("IoError", "the directory of merged packages has gone");
  });
  if (!merged) co_return unzip_error(merged.error());
  co_return *std::move(merged);
}

Async<std::vector<std::string>> CodeStore::files_in(Directory directory, std::string folder) {
  co_return co_await pool_.run([state = state_, directory, folder] {
    std::vector<std::string> names;
    std::error_code error;
    const std::string name = fs::path(*directory).filename();
    for (const auto& entry : fs::directory_iterator(state->path_of(name) + "/" + folder, error)) {
      if (!entry.is_directory(error)) names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
  });
}

Task<void> CodeStore::sweep(std::set<std::string> referenced) {
  co_await pool_.run([state = state_, referenced = std::move(referenced)] {
    state->sweep(referenced);
    return true;
  });
}

}  // namespace hearth::services::lambda
