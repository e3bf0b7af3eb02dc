// The bytes of objects: small ones as rows of the store, others as blobs, and those of multipart uploads as
// lists of either. A body is received, hashed and encrypted first, and belongs to something once a
// transaction attaches it. Its key is wrapped and lies where the body is referred to.
//
//   TRY(ReceivedBody body, co_await bodies.receive(input.body, kPutBytesMax, ChecksumKind::kCrc32,
//   protection));
//   ... compare body.md5() and body.checksum() with what the client said ...
//   in a transaction: record.body = bodies.attach(tx, body);
//
// Errors: "EntityTooLarge", "CorruptObject" for bytes that are not what was written (the log says whose),
// those of the body that is read, of the store and of blobs. Threads: any loop.
#pragma once
#include <atomic>
#include <memory>
#include <optional>

#include "base/random.h"
#include "io/body.h"
#include "services/s3/body_reader.h"
#include "services/s3/checksum.h"
#include "services/s3/keyring.h"
#include "services/s3/records.h"
#include "store/blob.h"

namespace hearth::services::s3 {

// Of a small body's row, and of the owner of a large one's blob.
inline store::Key body_key(const std::string& id) {
  return store::Key("s3-body", id);
}

class ReceivedBody {
 public:
  uint64_t size_bytes() const { return size_bytes_; }
  const std::string& md5() const { return digests_.md5; }  // raw
  // Raw: the MD5, or chance where that would tell of bytes that are encrypted by a key of others.
  const std::string& etag() const { return etag_; }
  const Checksum& checksum() const { return digests_.checksum; }

 private:
  friend class Bodies;
  uint64_t size_bytes_ = 0;
  BodyDigests::Values digests_;
  std::string etag_;
  std::string id_;
  std::string wrapped_key_;
  std::string stored_crc_;
  std::string bytes_;                        // when there is no blob, as they are kept
  std::shared_ptr<store::StagedBlob> blob_;  // shared: a transaction's body may run again
};

class Bodies {
 public:
  // All outlive it.
  Bodies(store::Blobs& blobs, io::ThreadPool& pool, const Keyring& keyring, Random& random)
      : blobs_(blobs), pool_(pool), keyring_(keyring), random_(random) {}

  // Reads `body` to its end; it outlives the task.
  Async<ReceivedBody> receive(io::Body& body, uint64_t size_bytes_max, ChecksumKind kind,
                              Protection protection);
  BodyRef attach(store::Transaction& tx, const ReceivedBody& body);
  // A body that consists of others, which belong to it from now on.
  BodyRef join(store::Transaction& tx, PartList parts);
  // The same bytes once more, under the same key; nothing is copied but small bodies.
  Async<BodyRef> copy(store::Transaction& tx, BodyRef body);
  Async<void> drop(store::Transaction& tx, BodyRef body);
  // The same body under a key that is wrapped otherwise; no byte of it is read. REQUIRES that neither kind of
  // encryption is kKmsDual, whose bytes are others.
  Async<BodyRef> rewrap(store::Transaction& tx, BodyRef body, Protection from, Protection to);

  // A part of a body, as it is now, whatever happens to it while it is read.
  struct Opening {
    BodyRef body;
    Protection protection;
    uint64_t offset = 0;
    uint64_t size_bytes = UINT64_MAX;
    std::string name;  // of the object, for the log
  };
  // Give `tx` of the same snapshot as the record that refers to it.
  Async<io::Body> open(store::Transaction& tx, Opening what);
  Async<PartList> parts(store::Transaction& tx, BodyRef body);
  // What is kept of a body that is not in parts, encrypted or not.
  Async<io::Body> open_stored(store::Transaction& tx, BodyRef body);

  // Rises with every body that is received or opened.
  uint64_t uses() const { return uses_; }

 private:
  Async<BodyRef> copy_piece(store::Transaction& tx, BodyRef body);
  Async<void> drop_piece(store::Transaction& tx, BodyRef body);
  Result<std::string> rewrapped(const BodyRef& body, const Protection& from, const Protection& to) const;
  Async<std::string> read_row(store::Transaction& tx, const BodyRef& body, const Opening& what,
                              uint64_t offset, uint64_t size_bytes);

  store::Blobs& blobs_;
  io::ThreadPool& pool_;
  const Keyring& keyring_;
  Random& random_;
  std::atomic<uint64_t> uses_ = 0;
};

}  // namespace hearth::services::s3
