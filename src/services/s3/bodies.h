// The bytes of objects: small ones as rows of the store, others as blobs, and those of multipart uploads as
// lists of either. A body is received and hashed first, and belongs to something once a transaction attaches
// it.
//
//   TRY(ReceivedBody body, co_await bodies.receive(input.body, kPutBytesMax, ChecksumKind::kCrc32));
//   ... compare body.md5() and body.checksum() with what the client said ...
//   in a transaction: record.body = bodies.attach(tx, body);
//
// Errors: "EntityTooLarge", those of the body that is read, of the store and of blobs.
// Threads: any loop.
#pragma once
#include <memory>
#include <optional>

#include "base/random.h"
#include "io/body.h"
#include "services/s3/checksum.h"
#include "services/s3/records.h"
#include "store/blob.h"

namespace hearth::services::s3 {

class ReceivedBody {
 public:
  uint64_t size_bytes() const { return size_bytes_; }
  const std::string& md5() const { return digests_.md5; }  // raw
  const Checksum& checksum() const { return digests_.checksum; }

 private:
  friend class Bodies;
  uint64_t size_bytes_ = 0;
  BodyDigests::Values digests_;
  std::string id_;
  std::string bytes_;                        // when there is no blob
  std::shared_ptr<store::StagedBlob> blob_;  // shared: a transaction's body may run again
};

class Bodies {
 public:
  // All outlive it.
  Bodies(store::Blobs& blobs, Random& random) : blobs_(blobs), random_(random) {}

  // Reads `body` to its end; it outlives the task.
  Async<ReceivedBody> receive(io::Body& body, uint64_t size_bytes_max, ChecksumKind kind);
  BodyRef attach(store::Transaction& tx, const ReceivedBody& body);
  // A body that consists of others, which belong to it from now on.
  BodyRef join(store::Transaction& tx, PartList parts);
  // The same bytes once more; nothing is copied but small bodies.
  Async<BodyRef> copy(store::Transaction& tx, BodyRef body);
  Async<void> drop(store::Transaction& tx, BodyRef body);

  // A part of a body, as it is now. Give `tx` of the same snapshot as the record that refers to it.
  Async<io::Body> open(store::Transaction& tx, BodyRef body, uint64_t offset, uint64_t size_bytes);
  Async<PartList> parts(store::Transaction& tx, BodyRef body);

 private:
  Async<BodyRef> copy_piece(store::Transaction& tx, BodyRef body);
  Async<void> drop_piece(store::Transaction& tx, BodyRef body);

  store::Blobs& blobs_;
  Random& random_;
};

}  // namespace hearth::services::s3
