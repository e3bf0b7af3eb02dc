// Layers and configurations of images: content by its digest, one blob each, and uploads on their way to one.
// The API and the distribution API both end here. Nobody is authorized here.
//
// An upload's parts come in order, each a blob that is on disk when its arrival is answered. An upload of one
// part is the layer; several are written once more, as one.
//
// Errors: those of errors.h, of the store, of blobs, and of the body that is read. Threads: any loop.
#pragma once
#include "io/body.h"
#include "oci/digest.h"
#include "services/ecr/parts.h"
#include "services/ecr/repository_ref.h"

namespace hearth::services::ecr {

class LayerStore {
 public:
  explicit LayerStore(const Parts& parts) : parts_(parts) {}

  // Gives the upload's id.
  Async<std::string> begin(RepositoryRef ref);
  // How many bytes have come.
  Async<UploadRecord> find_upload(RepositoryRef ref, std::string upload);
  // Bytes behind those that have come; `first_byte`, where it is said, must be the next.
  // "InvalidLayerPartException" when it is not. Gives how many there are then.
  Async<uint64_t> append(RepositoryRef ref, std::string upload, std::optional<uint64_t> first_byte,
                         io::Body body);
  Async<void> cancel(RepositoryRef ref, std::string upload);
  // The upload becomes a layer. False when the repository had it already, which is fine.
  // "EmptyUploadException", "InvalidLayerException" for another digest.
  Async<bool> complete(RepositoryRef ref, std::string upload, oci::Digest digest);

  // The same layer in another repository; false when `from` does not have it.
  Async<bool> mount(RepositoryRef ref, RepositoryRef from, oci::Digest digest);
  Async<std::optional<LayerRecord>> find(RepositoryRef ref, oci::Digest digest);

 private:
  Async<store::StagedBlob> join(std::vector<store::BlobInfo> parts);
  Async<bool> commit(RepositoryRef ref, std::string upload, UploadRecord expected, store::BlobInfo blob,
                     oci::Digest digest);

  const Parts& parts_;
};

// In the caller's transaction: what belongs to a row goes with it.
void drop_upload(store::Transaction& tx, store::Blobs& blobs, uint64_t repository, const std::string& upload,
                 const UploadRecord& record);
void drop_layer(store::Transaction& tx, store::Blobs& blobs, uint64_t repository, const std::string& digest,
                const LayerRecord& record);

}  // namespace hearth::services::ecr
