#include "services/s3/bodies.h"

#include "services/s3/limits.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kIdDigits = 32;

std::string row_key(const std::string& id) {
  return store::Key("s3-body", id);
}
store::Key blob_owner(const std::string& id) {
  return store::Key("s3-body", id);
}

Error too_large(uint64_t size_bytes, uint64_t size_bytes_max) {
  return {.code = "EntityTooLarge",
          .message = "Your proposed upload exceeds the maximum allowed size",
          .extra = {{"ProposedSize", std::to_string(size_bytes)},
                    {"MaxSizeAllowed", std::to_string(size_bytes_max)}},
          .status = 400};
}

// What was read already, then the rest.
class Resumed final : public io::BodySource {
 public:
  Resumed(std::string read, io::Body& rest) : read_(std::move(read)), rest_(rest) {}
  Async<std::string> read() override {
    if (!read_.empty()) co_return std::exchange(read_, {});
    co_return co_await rest_.read();
  }

 private:
  std::string read_;
  io::Body& rest_;
};

// Pieces one behind the other. Each is opened when it is reached: thousands would need as many descriptors.
class Joined final : public io::BodySource {
 public:
  struct Span {
    BodyRef body;
    uint64_t offset = 0;
    uint64_t size_bytes = 0;
    std::string bytes;  // of a small one
  };
  Joined(store::Blobs& blobs, std::vector<Span> spans, uint64_t size_bytes)
      : blobs_(blobs), spans_(std::move(spans)), left_bytes_(size_bytes) {}

  Async<std::string> read() override {
    while (true) {
      std::string piece;
      if (current_) {
        TRY(piece, co_await current_->read());
      } else if (next_ < spans_.size()) {
        TRY(current_, co_await open(spans_[next_++]));
        continue;
      }
      if (piece.empty() && current_) {
        current_.reset();
        continue;
      }
      left_bytes_ -= piece.size();
      co_return std::move(piece);
    }
  }
  std::optional<uint64_t> remaining_bytes() const override { return left_bytes_; }

 private:
  Async<std::optional<io::Body>> open(Span& span) {
    if (span.body.place == BodyRef::Place::kRow) co_return io::Body(std::move(span.bytes));
    TRY(io::FileRange range, co_await blobs_.open(span.body.blob, span.offset, span.size_bytes));
    co_return io::Body(std::move(range));
  }

  store::Blobs& blobs_;
  std::vector<Span> spans_;
  size_t next_ = 0;
  std::optional<io::Body> current_;
  uint64_t left_bytes_;
};

Async<std::string> read_row(store::Transaction& tx, std::string id, uint64_t offset, uint64_t size_bytes) {
  TRY(std::optional<std::string> bytes, co_await tx.get(row_key(id), store::Isolation::kSnapshot));
  if (!bytes) co_return fail("StoreCorrupt", "the bytes of an object are gone");
  co_return bytes->substr(std::min<uint64_t>(offset, bytes->size()), size_bytes);
}

}  // namespace

Async<ReceivedBody> Bodies::receive(io::Body& body, uint64_t size_bytes_max, ChecksumKind kind) {
  const std::optional<uint64_t> announced = body.size_bytes();
  if (announced && *announced > size_bytes_max) co_return too_large(*announced, size_bytes_max);
  ReceivedBody received;
  received.id_ = random_.hex(kIdDigits);
  const auto digests = std::make_shared<BodyDigests>(kind);
  std::string first;
  bool ended = false;
  while (!ended && first.size() <= limits::kRowBodyBytesMax) {
    TRY(const std::string piece, co_await body.read());
    ended = piece.empty();
    first += piece;
  }
  if (ended) {
    digests->update(first);
    received.size_bytes_ = first.size();
    received.bytes_ = std::move(first);
  } else {
    auto rest = std::make_unique<Resumed>(std::move(first), body);
    auto staged = co_await blobs_.write(io::Body(std::move(rest)), size_bytes_max,
                                        [digests](std::string_view bytes) { digests->update(bytes); });
    if (!staged && staged.error().code == "BlobTooLarge") {
      co_return too_large(announced.value_or(size_bytes_max + 1), size_bytes_max);
    }
    if (!staged) co_return staged.error();
    received.blob_ = std::make_shared<store::StagedBlob>(*std::move(staged));
    received.size_bytes_ = received.blob_->info().size_bytes;
  }
  received.digests_ = digests->finish();
  co_return std::move(received);
}

BodyRef Bodies::attach(store::Transaction& tx, const ReceivedBody& body) {
  BodyRef ref{.id = body.id_, .size_bytes = body.size_bytes_};
  if (body.blob_) {
    ref.place = BodyRef::Place::kBlob;
    ref.blob = body.blob_->info().id;
    blobs_.reference(tx, body.blob_->info(), blob_owner(ref.id));
  } else {
    tx.put(row_key(ref.id), body.bytes_);
  }
  return ref;
}

BodyRef Bodies::join(store::Transaction& tx, PartList parts) {
  BodyRef ref{.id = random_.hex(kIdDigits), .place = BodyRef::Place::kParts};
  for (const Piece& piece : parts.pieces) ref.size_bytes += piece.body.size_bytes;
  Tables(tx).parts_of.put(store::Key(ref.id), parts);
  return ref;
}

Async<PartList> Bodies::parts(store::Transaction& tx, BodyRef body) {
  TRY(auto list, co_await Tables(tx).parts_of.get(store::Key(body.id), store::Isolation::kSnapshot));
  if (!list) co_return fail("StoreCorrupt", "the parts of an object are gone");
  co_return *std::move(list);
}

Async<BodyRef> Bodies::copy_piece(store::Transaction& tx, BodyRef body) {
  BodyRef made = body;
  made.id = random_.hex(kIdDigits);
  if (body.place == BodyRef::Place::kBlob) {
    TRY_VOID(co_await blobs_.share(tx, body.blob, blob_owner(made.id)));
  } else {
    TRY(std::string bytes, co_await read_row(tx, body.id, 0, UINT64_MAX));
    tx.put(row_key(made.id), std::move(bytes));
  }
  co_return made;
}

Async<BodyRef> Bodies::copy(store::Transaction& tx, BodyRef body) {
  if (body.place != BodyRef::Place::kParts) co_return co_await copy_piece(tx, body);
  TRY(PartList list, co_await parts(tx, body));
  for (Piece& piece : list.pieces) {
    TRY(piece.body, co_await copy_piece(tx, piece.body));
  }
  co_return join(tx, std::move(list));
}

Async<void> Bodies::drop_piece(store::Transaction& tx, BodyRef body) {
  if (body.place == BodyRef::Place::kBlob) {
    blobs_.unreference(tx, body.blob, blob_owner(body.id));
  } else {
    tx.erase(row_key(body.id));
  }
  co_return {};
}

Async<void> Bodies::drop(store::Transaction& tx, BodyRef body) {
  if (body.place != BodyRef::Place::kParts) co_return co_await drop_piece(tx, body);
  TRY(const PartList list, co_await parts(tx, body));
  for (const Piece& piece : list.pieces) TRY_VOID(co_await drop_piece(tx, piece.body));
  Tables(tx).parts_of.erase(store::Key(body.id));
  co_return {};
}

Async<io::Body> Bodies::open(store::Transaction& tx, BodyRef body, uint64_t offset, uint64_t size_bytes) {
  if (body.place == BodyRef::Place::kRow) {
    TRY(std::string bytes, co_await read_row(tx, body.id, offset, size_bytes));
    co_return io::Body(std::move(bytes));
  }
  if (body.place == BodyRef::Place::kBlob) {
    TRY(io::FileRange range, co_await blobs_.open(body.blob, offset, size_bytes));
    co_return io::Body(std::move(range));
  }
  TRY(const PartList list, co_await parts(tx, body));
  std::vector<Joined::Span> spans;
  uint64_t left_bytes = std::min(size_bytes, body.size_bytes - std::min(offset, body.size_bytes));
  const uint64_t total = left_bytes;
  for (const Piece& piece : list.pieces) {
    if (left_bytes == 0) break;
    if (offset >= piece.body.size_bytes) {
      offset -= piece.body.size_bytes;
      continue;
    }
    Joined::Span span{.body = piece.body, .offset = offset};
    span.size_bytes = std::min(left_bytes, piece.body.size_bytes - offset);
    if (piece.body.place == BodyRef::Place::kRow) {
      TRY(span.bytes, co_await read_row(tx, piece.body.id, span.offset, span.size_bytes));
    }
    left_bytes -= span.size_bytes;
    offset = 0;
    spans.push_back(std::move(span));
  }
  co_return io::Body(std::make_unique<Joined>(blobs_, std::move(spans), total));
}

}  // namespace hearth::services::s3
