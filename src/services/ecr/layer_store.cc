#include "services/ecr/layer_store.h"

#include "services/ecr/errors.h"
#include "services/ecr/limits.h"

namespace hearth::services::ecr {
namespace {

using store::Key;

Key layer_key(uint64_t repository, const std::string& digest) {
  return Contents::layers_of(repository) + Key(digest);
}
Key upload_key(uint64_t repository, const std::string& upload) {
  return Contents::uploads_of(repository) + Key(upload);
}

bool same_parts(const UploadRecord& one, const UploadRecord& other) {
  return std::ranges::equal(one.parts, other.parts, {}, &store::BlobInfo::id, &store::BlobInfo::id);
}

Async<UploadRecord> require_upload(store::Transaction& tx, RepositoryRef ref, uint64_t repository,
                                   std::string upload) {
  TRY(auto found, co_await Contents(tx, repository).uploads.get(Key(upload)));
  if (!found) co_return errors::no_upload(upload, ref);
  co_return *std::move(found);
}

Error not_the_next(uint64_t first_byte, const UploadRecord& upload, const std::string& id,
                   const RepositoryRef& ref) {
  Error error = errors::invalid_layer_part_exception(
      fmt::format("The layer part's first byte {} is not the next of the upload, which has {}", first_byte,
                  upload.size_bytes()));
  error.extra = {{"registryId", ref.account},
                 {"repositoryName", ref.name},
                 {"uploadId", id},
                 {"lastValidByteReceived", std::to_string(static_cast<int64_t>(upload.size_bytes()) - 1)}};
  return error;
}

Error too_large() {
  return errors::limit_exceeded_exception(fmt::format("A layer can have at most {} bytes in {} parts",
                                                      limits::kLayerBytesMax, limits::kPartsMax));
}

// The parts of an upload, one behind the other. Each is opened when it is reached; until then they are held.
class Joined final : public io::BodySource {
 public:
  Joined(store::Blobs& blobs, std::vector<std::string> ids)
      : blobs_(blobs), hold_(blobs.hold(ids)), ids_(std::move(ids)) {}

  Async<std::string> read() override {
    for (;;) {
      if (current_) {
        TRY(std::string piece, co_await current_->read());
        if (!piece.empty()) co_return std::move(piece);
      }
      if (next_ == ids_.size()) co_return std::string();
      TRY(io::FileRange range, co_await blobs_.open(ids_[next_++]));
      current_ = io::Body(std::move(range));
    }
  }

 private:
  store::Blobs& blobs_;
  store::BlobHold hold_;
  std::vector<std::string> ids_;
  size_t next_ = 0;
  std::optional<io::Body> current_;
};

}  // namespace

void drop_upload(store::Transaction& tx, store::Blobs& blobs, uint64_t repository, const std::string& upload,
                 const UploadRecord& record) {
  const Key key = upload_key(repository, upload);
  for (const store::BlobInfo& part : record.parts) blobs.unreference(tx, part.id, key);
  tx.erase(key.bytes());
}

void drop_layer(store::Transaction& tx, store::Blobs& blobs, uint64_t repository, const std::string& digest,
                const LayerRecord& record) {
  const Key key = layer_key(repository, digest);
  blobs.unreference(tx, record.blob.id, key);
  tx.erase(key.bytes());
}

Async<std::string> LayerStore::begin(RepositoryRef ref) {
  const std::string id = parts_.random.uuid();
  auto body = [&](store::Transaction& tx) -> Async<std::string> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    Contents(tx, repository.id).uploads.put(Key(id), {.touched = parts_.clock.now()});
    co_return id;
  };
  co_return co_await parts_.store.transact(body);
}

Async<UploadRecord> LayerStore::find_upload(RepositoryRef ref, std::string upload) {
  auto body = [&](store::Transaction& tx) -> Async<UploadRecord> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    co_return co_await require_upload(tx, ref, repository.id, upload);
  };
  co_return co_await parts_.store.read(body);
}

Async<uint64_t> LayerStore::append(RepositoryRef ref, std::string upload, std::optional<uint64_t> first_byte,
                                   io::Body body) {
  // Before the bytes come, so that who is wrong need not send them.
  TRY(const UploadRecord before, co_await find_upload(ref, upload));
  if (first_byte && *first_byte != before.size_bytes()) {
    co_return not_the_next(*first_byte, before, upload, ref);
  }
  if (before.parts.size() >= limits::kPartsMax) co_return too_large();
  auto staged = co_await parts_.blobs.write(std::move(body), limits::kLayerBytesMax - before.size_bytes());
  if (!staged && staged.error().code == "BlobTooLarge") co_return too_large();
  if (!staged) co_return staged.error();
  const store::BlobInfo& part = staged->info();
  if (part.size_bytes == 0) co_return before.size_bytes();
  auto commit = [&](store::Transaction& tx) -> Async<uint64_t> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    TRY(UploadRecord record, co_await require_upload(tx, ref, repository.id, upload));
    // Somebody else has gone on with it meanwhile.
    if (!same_parts(record, before)) co_return not_the_next(before.size_bytes(), record, upload, ref);
    record.parts.push_back(part);
    record.touched = parts_.clock.now();
    parts_.blobs.reference(tx, part, upload_key(repository.id, upload));
    Contents(tx, repository.id).uploads.put(Key(upload), record);
    co_return record.size_bytes();
  };
  co_return co_await parts_.store.transact(commit);
}

Async<void> LayerStore::cancel(RepositoryRef ref, std::string upload) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    TRY(const UploadRecord record, co_await require_upload(tx, ref, repository.id, upload));
    drop_upload(tx, parts_.blobs, repository.id, upload, record);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<store::StagedBlob> LayerStore::join(std::vector<store::BlobInfo> parts) {
  std::vector<std::string> ids;
  for (const store::BlobInfo& part : parts) ids.push_back(part.id);
  std::unique_ptr<io::BodySource> source = std::make_unique<Joined>(parts_.blobs, std::move(ids));
  co_return co_await parts_.blobs.write(io::Body(std::move(source)), limits::kLayerBytesMax);
}

Async<bool> LayerStore::complete(RepositoryRef ref, std::string upload, oci::Digest digest) {
  TRY(const UploadRecord record, co_await find_upload(ref, upload));
  if (record.parts.empty()) {
    co_return errors::empty_upload_exception(
        fmt::format("The upload with id '{}' does not have any bytes", upload));
  }
  if (record.parts.size() == 1) {
    co_return co_await commit(std::move(ref), std::move(upload), record, record.parts.front(),
                              std::move(digest));
  }
  TRY(const store::StagedBlob staged, co_await join(record.parts));
  co_return co_await commit(std::move(ref), std::move(upload), record, staged.info(), std::move(digest));
}

Async<bool> LayerStore::commit(RepositoryRef ref, std::string upload, UploadRecord expected,
                               store::BlobInfo blob, oci::Digest digest) {
  const oci::Digest calculated = oci::Digest::of_hash(blob.sha256);
  if (calculated != digest) co_return errors::wrong_layer_digest(digest.text(), calculated.text());
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    TRY(const UploadRecord record, co_await require_upload(tx, ref, repository.id, upload));
    if (!same_parts(record, expected)) {
      co_return errors::invalid_layer_exception("Bytes came to the upload while it was completed");
    }
    drop_upload(tx, parts_.blobs, repository.id, upload, record);
    Contents contents(tx, repository.id);
    TRY(const bool known, co_await contents.layers.contains(Key(digest.text())));
    if (known) co_return false;
    parts_.blobs.reference(tx, blob, layer_key(repository.id, digest.text()));
    contents.layers.put(Key(digest.text()), {.blob = blob, .pushed = parts_.clock.now()});
    co_return true;
  };
  co_return co_await parts_.store.transact(body);
}

Async<bool> LayerStore::mount(RepositoryRef ref, RepositoryRef from, oci::Digest digest) {
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    TRY(const auto source, co_await repositories(tx, from).get(Key(from.name)));
    if (!source) co_return false;
    TRY(auto layer, co_await Contents(tx, source->id).layers.get(Key(digest.text())));
    if (!layer) co_return false;
    Contents contents(tx, repository.id);
    TRY(const bool known, co_await contents.layers.contains(Key(digest.text())));
    if (known) co_return true;
    TRY(layer->blob,
        co_await parts_.blobs.share(tx, layer->blob.id, layer_key(repository.id, digest.text())));
    layer->pushed = parts_.clock.now();
    contents.layers.put(Key(digest.text()), *layer);
    co_return true;
  };
  co_return co_await parts_.store.transact(body);
}

Async<std::optional<LayerRecord>> LayerStore::find(RepositoryRef ref, oci::Digest digest) {
  auto body = [&](store::Transaction& tx) -> Async<std::optional<LayerRecord>> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    co_return co_await Contents(tx, repository.id).layers.get(Key(digest.text()));
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::ecr
