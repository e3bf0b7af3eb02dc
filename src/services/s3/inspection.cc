#include "services/s3/inspection.h"

#include <algorithm>
#include <array>

namespace hearth::services::s3 {
namespace {

constexpr size_t kInspectedRows = 50;
constexpr size_t kUploads = 2;  // the table of which rows name no body themselves

store::Key prefix_of(size_t table) {
  constexpr std::array<const char*, 3> kNames = {"s3-object", "s3-version", "s3-upload"};
  return store::Key(kNames[table]);
}

// An object as people call it.
Async<std::string> name_of(store::Transaction& tx, std::string place) {
  store::KeyReader reader(place);
  std::string bucket, key;
  if (!reader.read(bucket) || !reader.read(key)) co_return std::string("an object");
  TRY(const auto buckets, co_await Tables(tx).buckets.all({}, store::Isolation::kSnapshot));
  for (const auto& entry : buckets) {
    if (entry.record.id == bucket) co_return entry.record.name + "/" + key;
  }
  co_return "bucket " + bucket + "/" + key;
}

// Adds the bodies of an object, of one piece or of many.
Async<void> add_object(Bodies& bodies, store::Transaction& tx, Inspection::Page& page, std::string row,
                       ObjectRecord object) {
  KeptBody kept{.encryption = object.encryption, .row = std::move(row), .body_id = object.body.id};
  if (object.body.place != BodyRef::Place::kParts) {
    kept.body = std::move(object.body);
    kept.checksum = std::move(object.checksum);
    page.bodies.push_back(std::move(kept));
    co_return {};
  }
  page.lists.push_back(object.body.id);
  auto list = co_await bodies.parts(tx, object.body);
  if (!list && list.error().code != "StoreCorrupt") co_return list.error();
  if (!list) {  // the whole list is gone, which reading it tells again
    kept.body = std::move(object.body);
    page.bodies.push_back(std::move(kept));
    co_return {};
  }
  for (Piece& piece : list->pieces) {
    kept.body = std::move(piece.body);
    kept.checksum = std::move(piece.checksum);
    page.bodies.push_back(kept);
  }
  co_return {};
}

Async<void> add_upload(store::Transaction& tx, Inspection::Page& page, UploadRecord upload) {
  TRY(auto parts, co_await Tables(tx).parts.all(store::Key(upload.id), store::Isolation::kSnapshot));
  for (auto& part : parts) {
    page.bodies.push_back({.body = part.record.body,
                           .encryption = upload.encryption,
                           .checksum = std::move(part.record.checksum),
                           .row = (store::Key("s3-part") + store::Key::from_bytes(part.key)).bytes(),
                           .body_id = part.record.body.id});
  }
  co_return {};
}

// The id of the body that a row's record names; nothing where there is no row.
Async<std::optional<std::string>> body_in(store::Transaction& tx, std::string row) {
  TRY(const auto bytes, co_await tx.get(row, store::Isolation::kSnapshot));
  if (!bytes) co_return std::optional<std::string>();
  if (row.starts_with(store::Key("s3-part").bytes())) {
    TRY(const auto part, store::decode<PartRecord>(*bytes));
    co_return std::optional(part.body.id);
  }
  TRY(const auto object, store::decode<ObjectRecord>(*bytes));
  co_return std::optional(object.body.id);
}

// Reads to the end, and gives each piece to `use`.
template <typename Use>
Async<uint64_t> read_through(io::Body body, Use use) {
  uint64_t size_bytes = 0;
  while (true) {
    TRY(const std::string piece, co_await body.read());
    if (piece.empty()) co_return size_bytes;
    size_bytes += piece.size();
    use(piece);
  }
}

bool tells_of_damage(const Error& error) {
  constexpr std::array<std::string_view, 4> kCodes = {"CorruptObject", "StoreCorrupt", "BlobNotFound",
                                                      "IoError"};
  return std::ranges::find(kCodes, error.code) != kCodes.end();
}

}  // namespace

Async<Inspection::Page> Inspection::next(Position& position) {
  const store::Key prefix = prefix_of(position.table);
  bool more = false;
  auto body = [&](store::Transaction& tx) -> Async<Page> {
    Page page;
    store::KeyRange range = prefix.under();
    if (!position.after.empty()) range.begin = store::key_after(position.after);
    TRY(store::Page rows, co_await tx.scan({.range = std::move(range), .rows_max = kInspectedRows},
                                           store::Isolation::kSnapshot));
    for (store::Row& row : rows.rows) {
      const size_t first = page.bodies.size();
      if (position.table == kUploads) {
        TRY(UploadRecord upload, store::decode<UploadRecord>(row.value));
        TRY_VOID(co_await add_upload(tx, page, std::move(upload)));
      } else {
        TRY(ObjectRecord object, store::decode<ObjectRecord>(row.value));
        if (object.marker) continue;
        TRY_VOID(co_await add_object(bodies_, tx, page, row.key, std::move(object)));
      }
      for (size_t i = first; i < page.bodies.size(); ++i) {
        page.bodies[i].place = row.key.substr(prefix.bytes().size());
      }
    }
    more = rows.more;
    if (!rows.rows.empty()) position.after = rows.rows.back().key;
    co_return std::move(page);
  };
  TRY(Page page, co_await store_.read(body));
  if (!more) position = {.table = position.table + 1};
  co_return std::move(page);
}

Async<void> Inspection::verify(KeptBody kept) {
  const bool encrypted = !kept.body.wrapped_key.empty();
  const bool opens = kept.encryption.kind != EncryptionKind::kCustomer;
  auto open = [&](store::Transaction& tx) -> Async<io::Body> {
    if (encrypted && !opens) co_return co_await bodies_.open_stored(tx, kept.body);
    co_return co_await bodies_.open(
        tx,
        {.body = kept.body, .protection = {.encryption = kept.encryption}, .name = "body " + kept.body.id});
  };
  TRY(io::Body body, co_await store_.read(open));
  if (encrypted && !opens) {
    Crc crc(CrcKind::kCrc64Nvme);
    TRY_VOID(co_await read_through(std::move(body), [&crc](std::string_view piece) { crc.update(piece); }));
    if (crc.bytes() != kept.body.stored_crc)
      co_return fail("CorruptObject", "its bytes are not what was written");
    co_return {};
  }
  const bool known = !encrypted && kept.checksum && kept.checksum->composite == 0;
  BodyDigests digests(known ? kept.checksum->kind : ChecksumKind::kCrc64Nvme);
  TRY(const uint64_t size_bytes, co_await read_through(std::move(body), [&](std::string_view piece) {
        if (known) digests.update(piece);
      }));
  if (size_bytes != kept.body.size_bytes) co_return fail("CorruptObject", "it has another length");
  if (known && digests.finish().checksum.value != kept.checksum->value) {
    co_return fail("CorruptObject", "its bytes are not what was written");
  }
  co_return {};
}

Async<bool> Inspection::is_referred_to(KeptBody kept) {
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    TRY(const auto id, co_await body_in(tx, kept.row));
    co_return id == kept.body_id;
  };
  co_return co_await store_.read(body);
}

Async<std::optional<std::string>> Inspection::damage_of(KeptBody kept) {
  auto name = [&](store::Transaction& tx) -> Async<std::string> {
    co_return co_await name_of(tx, kept.place);
  };
  const Status verified = co_await verify(kept);
  if (verified) co_return std::optional<std::string>();
  if (!tells_of_damage(verified.error())) co_return verified.error();
  TRY(const bool still, co_await is_referred_to(kept));
  if (!still) co_return std::optional<std::string>();
  TRY(const std::string called, co_await store_.read(name));
  co_return std::optional(called + ": " + verified.error().message);
}

}  // namespace hearth::services::s3
