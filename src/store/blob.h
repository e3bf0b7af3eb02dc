// Blobs: bytes too large for a row, one file each. A blob is streamed to a temporary file, hashed on the way,
// synced and renamed; it exists for others once a transaction that references it has committed. A reference
// is a row, so it commits with what it belongs to. A blob whose last reference is erased, and one that never
// got any, is deleted by a sweep some time later; open readers keep theirs.
//
//   TRY(store::StagedBlob staged, co_await blobs.write(std::move(body), limits::kCodeBytesMax));
//   auto commit = [&](store::Transaction& tx) -> Async<int> {
//     blobs.reference(tx, staged.info(), owner_key);     // owner_key: which row the blob belongs to
//     ...
//   };
//   TRY(io::FileRange range, co_await blobs.open(id, offset, size_bytes));
//
// Errors: "BlobTooLarge", "BlobNotFound", "StoreFull", "StoreIo", and those of the body that is read.
// Threads: any loop. Everything that blocks runs on the pool, which outlives this.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/body.h"
#include "io/thread_pool.h"
#include "store/store.h"

namespace hearth::store {

struct BlobInfo {
  std::string id;  // 32 hex digits
  uint64_t size_bytes = 0;
  std::string sha256;  // 32 bytes; empty where the writer had a filter
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.size_bytes);
    visit(3, self.sha256);
  }
};

class Blobs;

// A blob that is on disk and waits for its first reference. When this goes away the next sweep looks whether
// it got one.
class StagedBlob {
 public:
  StagedBlob(StagedBlob&&) noexcept;
  StagedBlob& operator=(StagedBlob&&) = delete;
  ~StagedBlob();
  const BlobInfo& info() const { return info_; }

 private:
  friend class Blobs;
  StagedBlob(Blobs& blobs, BlobInfo info);
  Blobs* blobs_;
  BlobInfo info_;
};

// Blobs that are being read: their files stay while this lives, whoever lets go of them meanwhile.
class BlobHold {
 public:
  BlobHold(BlobHold&&) noexcept;
  BlobHold& operator=(BlobHold&&) = delete;
  ~BlobHold();

 private:
  friend class Blobs;
  BlobHold(Blobs& blobs, std::vector<std::string> ids);
  Blobs* blobs_;
  std::vector<std::string> ids_;
};

// One row for each that a blob belongs to.
struct BlobReference {
  std::string id;
  std::string owner;  // the bytes of its key
  std::string row;    // where the row stands; pages go on behind it
};

class Blobs {
 public:
  // `folder` is made if need be. REQUIRES that no other process uses it (DataFolder holds the lock).
  static Result<std::unique_ptr<Blobs>> open(std::string folder, Store& store, io::ThreadPool& pool);
  ~Blobs();

  // What stands in the file for the bytes of the body: it is given each piece in order and an empty one at
  // the end, and answers what is to be written, which stays until it is called again. It runs on a thread of
  // the pool, one call at a time, and perhaps still when the caller has been cancelled. Without a filter the
  // file has the bytes themselves, and the blob their SHA-256.
  using Filter = std::function<std::string_view(std::string_view)>;
  Async<StagedBlob> write(io::Body body, uint64_t size_bytes_max, Filter filter = nullptr);
  // Part of an existing blob, to be sent without copying. A range beyond the end is cut.
  Async<io::FileRange> open(std::string id, uint64_t offset = 0, uint64_t size_bytes_max = UINT64_MAX);
  Async<std::string> read(std::string id, uint64_t size_bytes_max);
  BlobHold hold(std::vector<std::string> ids) { return {*this, std::move(ids)}; }

  // Both act when `tx` commits. A blob has at most one reference an owner; a second blob may share an owner.
  void reference(Transaction& tx, const BlobInfo& blob, const Key& owner);
  void unreference(Transaction& tx, const std::string& id, const Key& owner);
  // A further owner for a blob that has one already: "BlobNotFound" when it is about to go.
  Async<BlobInfo> share(Transaction& tx, std::string id, Key owner);

  // What there is: files, and references in the order of their rows behind `after`.
  Async<std::vector<std::string>> files();
  Async<std::vector<BlobReference>> references(Transaction& tx, std::string after, size_t rows_max);

  // Deletes what nothing references. Run it at start with `orphans` (also looks for files that a crash left
  // behind) and every minute or so without. Returns how many files went.
  Async<size_t> sweep(bool orphans);

 private:
  friend class StagedBlob;
  friend class BlobHold;
  struct State;
  explicit Blobs(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hearth::store
