#include "services/s3/bodies.h"

#include "base/log.h"
#include "services/s3/body_cipher.h"
#include "services/s3/limits.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kIdDigits = 32;

Error too_large(uint64_t size_bytes, uint64_t size_bytes_max) {
  return {.code = "EntityTooLarge",
          .message = "Your proposed upload exceeds the maximum allowed size",
          .extra = {{"ProposedSize", std::to_string(size_bytes)},
                    {"MaxSizeAllowed", std::to_string(size_bytes_max)}},
          .status = 400};
}

Error damaged(const std::string& name, Error why) {
  log::error("{} is damaged: {}", name, why.message);
  return why;
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

// What is done to bytes that come in. Runs on the pool, one call at a time.
struct Intake {
  BodyDigests digests;
  std::optional<BodySealer> sealer;  // none: they are kept as they come
  std::optional<Crc> stored_crc;
  uint64_t size_bytes = 0;

  // What is kept of them; an empty piece is the end.
  std::string_view take(std::string_view bytes) {
    digests.update(bytes);
    size_bytes += bytes.size();
    const std::string_view kept = sealer ? sealer->seal(bytes) : bytes;
    if (stored_crc) stored_crc->update(kept);
    return kept;
  }
};

// Opens a body that is a blob.
class BlobOpening {
 public:
  // All outlive it.
  BlobOpening(store::Blobs& blobs, io::ThreadPool& pool, const Keyring& keyring, Protection protection,
              std::string name)
      : blobs_(blobs),
        pool_(pool),
        keyring_(keyring),
        protection_(std::move(protection)),
        name_(std::move(name)) {}

  Async<io::Body> open(BodyRef body, uint64_t offset, uint64_t size_bytes) const {
    if (body.wrapped_key.empty()) {
      TRY(io::FileRange range, co_await blobs_.open(body.blob, offset, size_bytes));
      if (range.size_bytes < size_bytes) co_return damaged(name_, {"CorruptObject", "its file is cut"});
      co_return io::Body(std::move(range));
    }
    auto key = keyring_.open(protection_, body.wrapped_key, body.size_bytes);
    if (!key) co_return damaged(name_, key.error());
    TRY(io::FileRange range, co_await blobs_.open(body.blob));
    if (range.size_bytes != stored_bytes_of(body.size_bytes)) {
      co_return damaged(name_, {"CorruptObject", "its file has another length"});
    }
    co_return io::Body(read_encrypted(
        {.file = std::move(range.file), .key = *std::move(key), .size_bytes = body.size_bytes, .name = name_},
        offset, size_bytes, pool_));
  }

 private:
  store::Blobs& blobs_;
  io::ThreadPool& pool_;
  const Keyring& keyring_;
  Protection protection_;
  std::string name_;
};

// Pieces one behind the other. Each is opened when it is reached, as thousands would need as many
// descriptors; until then they are held.
class Joined final : public io::BodySource {
 public:
  struct Span {
    BodyRef body;
    uint64_t offset = 0;
    uint64_t size_bytes = 0;
    std::string bytes;  // of a small one
  };
  Joined(BlobOpening opening, store::BlobHold hold, std::vector<Span> spans, uint64_t size_bytes)
      : opening_(std::move(opening)),
        hold_(std::move(hold)),
        spans_(std::move(spans)),
        left_bytes_(size_bytes) {}

  Async<std::string> read() override {
    TRY_VOID(co_await advance());
    if (!current_) co_return std::string();
    TRY(std::string piece, co_await current_->read());
    left_bytes_ -= piece.size();
    co_return std::move(piece);
  }
  Async<std::optional<io::FileRange>> take_file() override {
    TRY_VOID(co_await advance());
    if (!current_) co_return std::nullopt;
    TRY(auto file, co_await current_->take_file());
    if (file) left_bytes_ -= file->size_bytes;
    co_return std::move(file);
  }
  std::optional<uint64_t> remaining_bytes() const override { return left_bytes_; }

 private:
  // To what has bytes left.
  Async<void> advance() {
    while (!current_ || current_->empty()) {
      if (next_ == spans_.size()) {
        current_.reset();
        co_return {};
      }
      Span& span = spans_[next_++];
      if (span.body.place == BodyRef::Place::kRow) {
        current_ = io::Body(std::move(span.bytes));
      } else {
        TRY(current_, co_await opening_.open(span.body, span.offset, span.size_bytes));
      }
    }
    co_return {};
  }

  BlobOpening opening_;
  store::BlobHold hold_;
  std::vector<Span> spans_;
  size_t next_ = 0;
  std::optional<io::Body> current_;
  uint64_t left_bytes_;
};

Async<std::string> stored_row(store::Transaction& tx, std::string id) {
  TRY(std::optional<std::string> bytes, co_await tx.get(body_key(id), store::Isolation::kSnapshot));
  if (!bytes) co_return fail("StoreCorrupt", "the bytes of an object are gone");
  co_return *std::move(bytes);
}

}  // namespace

Async<ReceivedBody> Bodies::receive(io::Body& body, uint64_t size_bytes_max, ChecksumKind kind,
                                    Protection protection) {
  ++uses_;
  const std::optional<uint64_t> announced = body.size_bytes();
  if (announced && *announced > size_bytes_max) co_return too_large(*announced, size_bytes_max);
  ReceivedBody received;
  received.id_ = random_.hex(kIdDigits);
  std::string key;
  const auto intake = std::make_shared<Intake>(BodyDigests(kind));  // shared with the pool
  if (protection.encryption.kind != EncryptionKind::kNone) {
    key = keyring_.new_key();
    intake->sealer.emplace(Keyring::cipher_key(protection.encryption, key));
  }
  if (protection.encryption.kind == EncryptionKind::kCustomer)
    intake->stored_crc.emplace(CrcKind::kCrc64Nvme);
  std::string first;
  bool ended = false;
  while (!ended && first.size() <= limits::kRowBodyBytesMax) {
    TRY(const std::string piece, co_await body.read());
    ended = piece.empty();
    first += piece;
  }
  if (ended) {
    received.bytes_ = intake->take(first);
    if (!first.empty()) received.bytes_ += intake->take({});
  } else {
    auto rest = std::make_unique<Resumed>(std::move(first), body);
    auto staged = co_await blobs_.write(io::Body(std::move(rest)), size_bytes_max,
                                        [intake](std::string_view bytes) { return intake->take(bytes); });
    if (!staged && staged.error().code == "BlobTooLarge") {
      co_return too_large(announced.value_or(size_bytes_max + 1), size_bytes_max);
    }
    if (!staged) co_return staged.error();
    received.blob_ = std::make_shared<store::StagedBlob>(*std::move(staged));
  }
  received.size_bytes_ = intake->size_bytes;
  received.digests_ = intake->digests.finish();
  received.etag_ = received.md5();
  if (hides_md5(protection.encryption)) {
    random_.fill(std::as_writable_bytes(std::span(received.etag_)));
  }
  if (intake->stored_crc) received.stored_crc_ = intake->stored_crc->bytes();
  if (intake->sealer) received.wrapped_key_ = keyring_.wrap(protection, key, received.size_bytes_);
  co_return std::move(received);
}

BodyRef Bodies::attach(store::Transaction& tx, const ReceivedBody& body) {
  BodyRef ref{.id = body.id_,
              .size_bytes = body.size_bytes_,
              .wrapped_key = body.wrapped_key_,
              .stored_crc = body.stored_crc_};
  if (body.blob_) {
    ref.place = BodyRef::Place::kBlob;
    ref.blob = body.blob_->info().id;
    blobs_.reference(tx, body.blob_->info(), body_key(ref.id));
  } else {
    tx.put(body_key(ref.id), body.bytes_);
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
    TRY_VOID(co_await blobs_.share(tx, body.blob, body_key(made.id)));
  } else {
    TRY(std::string bytes, co_await stored_row(tx, body.id));
    tx.put(body_key(made.id), std::move(bytes));
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
    blobs_.unreference(tx, body.blob, body_key(body.id));
  } else {
    tx.erase(body_key(body.id));
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

Result<std::string> Bodies::rewrapped(const BodyRef& body, const Protection& from,
                                      const Protection& to) const {
  TRY_SYNC(const std::string key, keyring_.unwrap(from, body.wrapped_key, body.size_bytes));
  return keyring_.wrap(to, key, body.size_bytes);
}

Async<BodyRef> Bodies::rewrap(store::Transaction& tx, BodyRef body, Protection from, Protection to) {
  if (body.place != BodyRef::Place::kParts) {
    TRY(body.wrapped_key, rewrapped(body, from, to));
    co_return std::move(body);
  }
  TRY(PartList list, co_await parts(tx, body));
  for (Piece& piece : list.pieces) {
    TRY(piece.body.wrapped_key, rewrapped(piece.body, from, to));
  }
  Tables(tx).parts_of.put(store::Key(body.id), list);
  co_return std::move(body);
}

Async<std::string> Bodies::read_row(store::Transaction& tx, const BodyRef& body, const Opening& what,
                                    uint64_t offset, uint64_t size_bytes) {
  TRY(std::string bytes, co_await stored_row(tx, body.id));
  if (!body.wrapped_key.empty()) {
    const auto key = keyring_.open(what.protection, body.wrapped_key, body.size_bytes);
    if (!key) co_return damaged(what.name, key.error());
    auto opened = open_small(*key, std::move(bytes));
    if (!opened) co_return damaged(what.name, {"CorruptObject", "its bytes are not what was written"});
    bytes = *std::move(opened);
  }
  if (bytes.size() != body.size_bytes)
    co_return damaged(what.name, {"CorruptObject", "it has another length"});
  if (offset == 0 && size_bytes >= bytes.size()) co_return std::move(bytes);
  co_return bytes.substr(std::min<uint64_t>(offset, bytes.size()), size_bytes);
}

Async<io::Body> Bodies::open_stored(store::Transaction& tx, BodyRef body) {
  if (body.place == BodyRef::Place::kRow) {
    TRY(std::string bytes, co_await stored_row(tx, body.id));
    co_return io::Body(std::move(bytes));
  }
  TRY(io::FileRange range, co_await blobs_.open(body.blob));
  co_return io::Body(std::move(range));
}

Async<io::Body> Bodies::open(store::Transaction& tx, Opening what) {
  ++uses_;
  const BodyRef& body = what.body;
  uint64_t offset = std::min(what.offset, body.size_bytes);
  uint64_t left_bytes = std::min(what.size_bytes, body.size_bytes - offset);
  if (body.place == BodyRef::Place::kRow) {
    TRY(std::string bytes, co_await read_row(tx, body, what, offset, left_bytes));
    co_return io::Body(std::move(bytes));
  }
  BlobOpening opening(blobs_, pool_, keyring_, what.protection, what.name);
  if (body.place == BodyRef::Place::kBlob) co_return co_await opening.open(body, offset, left_bytes);
  TRY(const PartList list, co_await parts(tx, body));
  std::vector<Joined::Span> spans;
  std::vector<std::string> held;
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
      TRY(span.bytes, co_await read_row(tx, piece.body, what, span.offset, span.size_bytes));
    } else {
      held.push_back(piece.body.blob);
    }
    left_bytes -= span.size_bytes;
    offset = 0;
    spans.push_back(std::move(span));
  }
  store::BlobHold hold = blobs_.hold(std::move(held));
  co_return io::Body(std::make_unique<Joined>(std::move(opening), std::move(hold), std::move(spans), total));
}

}  // namespace hearth::services::s3
