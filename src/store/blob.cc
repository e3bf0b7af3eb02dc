#include "store/blob.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <mutex>
#include <set>

#include "base/digest.h"
#include "base/random.h"
#include "base/write_all.h"
#include "store/data_folder.h"
#include "store/free_space.h"
#include "store/record.h"

namespace hearth::store {
namespace {

namespace fs = std::filesystem;

const Key kReferences("blob-ref");   // (id, owner) -> BlobInfo
const Key kGarbage("blob-garbage");  // (id) -> nothing: lost a reference, perhaps its last
constexpr size_t kSweepRows = 500;

Result<io::FileRange> whole(Fd file, const std::string& path) {
  struct stat status{};
  if (!file || fstat(file.get(), &status) != 0) {
    if (errno == ENOENT) return fail("BlobNotFound", "there is no such blob");
    return fail(file_error(path, errno));
  }
  return io::FileRange{.file = std::move(file), .size_bytes = static_cast<uint64_t>(status.st_size)};
}

// Nothing where the disk may have to be waited for.
std::optional<Result<io::FileRange>> open_at_hand(const std::string& path) {
  const open_how how{.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_CACHED};
  Fd file(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
  if (!file) return std::nullopt;
  return whole(std::move(file), path);
}

}  // namespace

struct Blobs::State {
  std::string folder;
  Store& store;
  io::ThreadPool& pool;
  FreeSpace space{folder};
  std::mutex mutex;
  std::set<std::string> staged;  // written, not yet let go of by their writers
  // Let go of; a sweep looks whether they were referenced, but not the next one: the commit of a writer that
  // was cancelled may still be on its way.
  std::set<std::string> dropped;
  std::set<std::string> dropped_before;
  std::multiset<std::string> held;  // being read

  std::string path_of(const std::string& id) const { return folder + "/" + id; }

  Async<bool> referenced(Transaction& tx, std::string id) {
    TRY(const Page page, co_await tx.scan({.range = (kReferences + Key(id)).under(), .rows_max = 1}));
    co_return !page.rows.empty();
  }
  // Forgets the blob if nothing refers to it; then its file goes.
  Async<bool> collect(std::string id) {
    auto body = [&](Transaction& tx) -> Async<bool> {
      TRY(const bool in_use, co_await referenced(tx, id));
      tx.erase((kGarbage + Key(id)).bytes());
      co_return in_use;
    };
    TRY(const bool in_use, co_await store.transact(body));
    if (in_use) co_return false;
    co_await pool.run([path = path_of(id)] { return ::unlink(path.c_str()); });
    co_return true;
  }
  Async<std::vector<std::string>> garbage() {
    auto body = [&](Transaction& tx) -> Async<std::vector<std::string>> {
      TRY(const Page page, co_await tx.scan({.range = kGarbage.under(), .rows_max = kSweepRows}));
      std::vector<std::string> ids;
      for (const Row& row : page.rows) {
        TRY(auto key, parse_key<std::string, std::string>(row.key));
        ids.push_back(std::get<1>(key));
      }
      co_return ids;
    };
    co_return co_await store.read(body);
  }
};

StagedBlob::StagedBlob(Blobs& blobs, BlobInfo info) : blobs_(&blobs), info_(std::move(info)) {
  const std::lock_guard lock(blobs_->state_->mutex);
  blobs_->state_->staged.insert(info_.id);
}

StagedBlob::StagedBlob(StagedBlob&& other) noexcept
    : blobs_(std::exchange(other.blobs_, nullptr)), info_(std::move(other.info_)) {}

StagedBlob::~StagedBlob() {
  if (!blobs_) return;
  const std::lock_guard lock(blobs_->state_->mutex);
  blobs_->state_->staged.erase(info_.id);
  blobs_->state_->dropped.insert(info_.id);
}

BlobHold::BlobHold(Blobs& blobs, std::vector<std::string> ids) : blobs_(&blobs), ids_(std::move(ids)) {
  const std::lock_guard lock(blobs_->state_->mutex);
  blobs_->state_->held.insert(ids_.begin(), ids_.end());
}

BlobHold::BlobHold(BlobHold&& other) noexcept
    : blobs_(std::exchange(other.blobs_, nullptr)), ids_(std::move(other.ids_)) {}

BlobHold::~BlobHold() {
  if (!blobs_) return;
  const std::lock_guard lock(blobs_->state_->mutex);
  for (const std::string& id : ids_) blobs_->state_->held.erase(blobs_->state_->held.find(id));
}

Blobs::Blobs(std::unique_ptr<State> state) : state_(std::move(state)) {}
Blobs::~Blobs() = default;

Result<std::unique_ptr<Blobs>> Blobs::open(std::string folder, Store& store, io::ThreadPool& pool) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail("StoreIo", folder + ": " + error.message());
  // What was being written when the last server ended.
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".partial") fs::remove(entry.path(), error);
  }
  auto state = std::make_unique<State>(std::move(folder), store, pool);
  return std::unique_ptr<Blobs>(new Blobs(std::move(state)));  // NOLINT: its constructor is private
}

namespace {

// A blob that is being written. Its methods run on the pool, one at a time. Shared with the pool, which may
// still be writing when the coroutine has been cancelled.
struct Partial {
  std::string folder;
  BlobInfo info;
  Blobs::Filter filter;
  Fd file = {};
  hearth::Digest sha256 = hearth::Digest();

  std::string path() const { return folder + "/" + info.id; }
  std::string partial_path() const { return path() + ".partial"; }
  ~Partial() {
    // Nothing is left of a blob that does not come to its end.
    if (file) ::unlink(partial_path().c_str());
  }

  Status append(std::string_view bytes) {
    if (!file) file = Fd(::open(partial_path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return fail(file_error(partial_path(), errno));
    if (filter) {
      bytes = filter(bytes);
    } else {
      sha256.update(bytes);
    }
    info.size_bytes += bytes.size();
    if (!write_all(file.get(), bytes)) return fail(file_error(partial_path(), errno));
    return {};
  }
  Status publish() {
    TRY_SYNC_VOID(append({}));  // the filter's end; and an empty blob has a file too
    if (!filter) info.sha256 = sha256.finish();
    if (::fsync(file.get()) != 0) return fail(file_error(partial_path(), errno));
    if (::rename(partial_path().c_str(), path().c_str()) != 0) return fail(file_error(path(), errno));
    return sync_folder(folder);
  }
};

}  // namespace

Async<StagedBlob> Blobs::write(io::Body body, uint64_t size_bytes_max, Filter filter) {
  const auto partial =
      std::make_shared<Partial>(state_->folder, BlobInfo{.id = system_random().hex(32)}, std::move(filter));
  for (uint64_t size_bytes = 0;;) {
    TRY(std::string piece, co_await body.read());
    if (piece.empty()) break;
    size_bytes += piece.size();
    if (size_bytes > size_bytes_max) co_return fail("BlobTooLarge", "the blob is too large");
    TRY_VOID(state_->space.check(piece.size()));
    TRY_VOID(
        co_await state_->pool.run([partial, piece = std::move(piece)] { return partial->append(piece); }));
  }
  // Before its name appears, or a sweep might take it for an orphan.
  StagedBlob staged(*this, BlobInfo{.id = partial->info.id});
  TRY_VOID(co_await state_->pool.run([partial] { return partial->publish(); }));
  staged.info_ = partial->info;
  co_return std::move(staged);
}

Async<io::FileRange> Blobs::open(std::string id, uint64_t offset, uint64_t size_bytes_max) {
  const std::string path = state_->path_of(id);
  std::optional<Result<io::FileRange>> opened = open_at_hand(path);
  if (!opened) {
    opened = co_await state_->pool.run(
        [path] { return whole(Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), path); });
  }
  TRY(io::FileRange range, *std::move(opened));
  range.offset = std::min(offset, range.size_bytes);
  range.size_bytes = std::min(size_bytes_max, range.size_bytes - range.offset);
  co_return std::move(range);
}

Async<std::string> Blobs::read(std::string id, uint64_t size_bytes_max) {
  TRY(io::FileRange range, co_await open(std::move(id)));
  if (range.size_bytes > size_bytes_max)
    co_return Error{.code = "BlobTooLarge", .message = "the blob is too large"};
  auto shared = std::make_shared<io::FileRange>(std::move(range));  // shared with the pool's thread
  co_return co_await state_->pool.run([shared]() -> Result<std::string> {
    std::string bytes(shared->size_bytes, '\0');
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t count = pread(shared->file.get(), bytes.data() + done, bytes.size() - done,
                                  static_cast<off_t>(shared->offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return fail("StoreIo", "a blob is shorter than it was");
      done += static_cast<size_t>(count);
    }
    return bytes;
  });
}

void Blobs::reference(Transaction& tx, const BlobInfo& blob, const Key& owner) {
  tx.put((kReferences + Key(blob.id) + owner).bytes(), encode(blob));
}

void Blobs::unreference(Transaction& tx, const std::string& id, const Key& owner) {
  tx.erase((kReferences + Key(id) + owner).bytes());
  tx.put((kGarbage + Key(id)).bytes(), "");
}

Async<BlobInfo> Blobs::share(Transaction& tx, std::string id, Key owner) {
  TRY(const Page page, co_await tx.scan({.range = (kReferences + Key(id)).under(), .rows_max = 1}));
  if (page.rows.empty()) co_return fail("BlobNotFound", "there is no such blob");
  TRY(BlobInfo info, decode<BlobInfo>(page.rows.front().value));
  reference(tx, info, owner);
  co_return info;
}

Async<std::vector<std::string>> Blobs::files() {
  co_return co_await state_->pool.run([folder = state_->folder]() -> Result<std::vector<std::string>> {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) names.push_back(entry.path().filename());
    if (error) return fail("StoreIo", folder + ": " + error.message());
    return names;
  });
}

Async<std::vector<BlobReference>> Blobs::references(Transaction& tx, std::string after, size_t rows_max) {
  KeyRange range = kReferences.under();
  if (!after.empty()) range.begin = key_after(after);
  TRY(const Page page, co_await tx.scan({.range = std::move(range), .rows_max = rows_max}));
  std::vector<BlobReference> references;
  for (const Row& row : page.rows) {
    TRY(const BlobInfo info, decode<BlobInfo>(row.value));
    const size_t owner_at = (kReferences + Key(info.id)).bytes().size();
    references.push_back({.id = info.id, .owner = row.key.substr(owner_at), .row = row.key});
  }
  co_return std::move(references);
}

Async<size_t> Blobs::sweep(bool orphans) {
  std::set<std::string> candidates;
  {
    const std::lock_guard lock(state_->mutex);
    candidates = std::exchange(state_->dropped_before, std::exchange(state_->dropped, {}));
  }
  TRY(const auto garbage, co_await state_->garbage());
  candidates.insert(garbage.begin(), garbage.end());
  if (orphans) {
    TRY(const std::vector<std::string> files, co_await this->files());
    candidates.insert(files.begin(), files.end());
  }
  size_t removed = 0;
  for (const std::string& id : candidates) {
    {
      const std::lock_guard lock(state_->mutex);
      if (id.ends_with(".partial") || state_->staged.contains(id)) continue;
      // What is read now is looked at again: an orphan has no row that would remind of it.
      if (state_->held.contains(id)) {
        state_->dropped.insert(id);
        continue;
      }
    }
    TRY(const bool gone, co_await state_->collect(id));
    removed += gone;
  }
  co_return removed;
}

}  // namespace hearth::store
