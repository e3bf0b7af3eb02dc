#include "execution/snapshots.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "base/log.h"
#include "base/write_all.h"

namespace hearth::execution {
namespace {

namespace fs = std::filesystem;

Status write_piece(int file, const std::string& bytes) {
  if (write_all(file, bytes)) return {};
  return fail("IoError", std::string("cannot write a snapshot: ") + std::strerror(errno));
}

}  // namespace

// The sandbox's user reads it. From outside it lies in the data folder, which is closed to others.
Image::Image(std::string folder, std::string host_folder, io::ThreadPool& pool)
    : folder_(std::move(folder)), host_folder_(std::move(host_folder)), pool_(pool) {
  (void)::mkdir(folder_.c_str(), 0755);
  file_.reset(::open((folder_ + "/" + kFileName).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
}

Image::~Image() {
  pool_.post([folder = folder_] {
    std::error_code error;
    fs::remove_all(folder, error);
    if (error) log::warn("{} could not be removed: {}", folder, error.message());
  });
}

Async<void> Image::append(std::string piece) {
  bytes_ += piece.size();
  Fd file(::fcntl(file_.get(), F_DUPFD_CLOEXEC, 0));
  if (!file) co_return fail("IoError", std::string("cannot write a snapshot: ") + std::strerror(errno));
  auto work = [file = std::move(file), piece = std::move(piece)] { return write_piece(file.get(), piece); };
  co_return co_await pool_.run(std::move(work));
}

Snapshots::Snapshots(std::string folder, std::string host_path, io::ThreadPool& pool)
    : folder_(std::move(folder)), host_path_(std::move(host_path)), pool_(pool) {
  std::error_code error;
  fs::remove_all(folder_, error);
  fs::create_directories(folder_, error);
  if (error) log::warn("snapshots cannot be kept in {}: {}", folder_, error.message());
}

Snapshots::Entry* Snapshots::entry_of(const FunctionConfig& config) {
  const auto found = entries_.find({config.arn, config.version});
  return found == entries_.end() || found->second.revision != config.revision ? nullptr : &found->second;
}

Snapshots::Held Snapshots::find(const FunctionConfig& config) {
  const std::lock_guard lock(mutex_);
  Entry* entry = entry_of(config);
  if (!entry) return nullptr;
  entry->used = ++uses_;
  return entry->image;
}

bool Snapshots::has_none(const FunctionConfig& config) {
  const std::lock_guard lock(mutex_);
  const Entry* entry = entry_of(config);
  return entry && entry->unfit;
}

bool Snapshots::begin(const FunctionConfig& config) {
  Held gone;  // freed outside the lock
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[{config.arn, config.version}];
  if (entry.revision == config.revision && (entry.image || entry.making || entry.unfit)) return false;
  gone = std::exchange(entry, {.revision = config.revision, .image = nullptr, .making = true}).image;
  return true;
}

std::shared_ptr<Image> Snapshots::create() {
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    name = "/" + std::to_string(++made_);
  }
  return std::make_shared<Image>(folder_ + name, host_path_ + name, pool_);
}

void Snapshots::end(const FunctionConfig& config, Held image, bool again) {
  std::vector<Held> gone;
  const std::lock_guard lock(mutex_);
  Entry* entry = entry_of(config);
  if (!entry) return gone.push_back(std::move(image));
  entry->making = false;
  entry->unfit = !image && !again;
  entry->used = ++uses_;
  gone.push_back(std::exchange(entry->image, std::move(image)));
  make_room(gone);
}

void Snapshots::make_room(std::vector<Held>& gone) {
  uint64_t bytes = 0;
  for (const auto& [key, entry] : entries_) bytes += entry.image ? entry.image->bytes() : 0;
  while (bytes > kBytesMax) {
    Entry* oldest = nullptr;
    for (auto& [key, entry] : entries_) {
      if (entry.image && (!oldest || entry.used < oldest->used)) oldest = &entry;
    }
    bytes -= oldest->image->bytes();
    gone.push_back(std::exchange(oldest->image, nullptr));
  }
}

void Snapshots::discard(const FunctionConfig& config, const Held& image) {
  Held gone;
  const std::lock_guard lock(mutex_);
  Entry* entry = entry_of(config);
  if (entry && entry->image == image) gone = std::exchange(entry->image, nullptr);
}

void Snapshots::drop(const std::string& function_arn, const std::string& version) {
  Entries gone;
  const std::lock_guard lock(mutex_);
  auto entry = entries_.lower_bound({function_arn, version});
  while (entry != entries_.end() && entry->first.first == function_arn &&
         (version.empty() || entry->first.second == version)) {
    gone.insert(entries_.extract(entry++));
  }
}

}  // namespace hearth::execution
