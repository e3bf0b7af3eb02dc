#include "services/ecr/own_registry.h"

#include "services/ecr/errors.h"
#include "services/ecr/image_store.h"

namespace hearth::services::ecr {
namespace {

// As sources of images say it.
Error told(Error error) {
  const bool missing = error.code == "RepositoryNotFoundException" ||
                       error.code == "ImageNotFoundException" || error.code == "LayersNotFoundException";
  if (missing) error.code = "ImageNotFound";
  if (error.code.starts_with("AccessDenied")) error.code = "ImageDenied";
  return error;
}

// An image as it was when it was found. Its layers may go meanwhile, and are then not found.
class OwnImage final : public oci::ImageSource {
 public:
  OwnImage(const Parts& parts, LayerStore& store, RepositoryRef ref, oci::Document manifest)
      : parts_(parts), store_(store), ref_(std::move(ref)), manifest_(std::move(manifest)) {}

  Async<oci::Document> manifest() override { co_return manifest_; }
  Async<io::Body> content(oci::Descriptor descriptor) override {
    const auto layer = co_await store_.find(ref_, descriptor.digest);
    if (!layer) co_return told(layer.error());
    if (!*layer) co_return told(errors::no_layer(descriptor.digest.text(), ref_));
    TRY(io::FileRange file, co_await parts_.blobs.open((*layer)->blob.id));
    co_return io::Body(std::move(file));
  }

 private:
  const Parts& parts_;
  LayerStore& store_;
  RepositoryRef ref_;
  oci::Document manifest_;
};

}  // namespace

Async<void> OwnRegistry::allow(RepositoryRef ref, oci::Asker asker) const {
  if (asker.account == ref.account) co_return {};
  const wire::Call call{.account = ref.account,
                        .region = ref.region,
                        .identity = {.service = "lambda.amazonaws.com"},
                        .operation = &api::ecr::ops::BatchGetImage::kInfo,
                        .clock = &parts_.clock,
                        .received_at = parts_.clock.now()};
  for (const char* action : {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}) {
    TRY_VOID(co_await parts_.authorizer.authorize(
        call,
        {.action = action,
         .resource = ref.arn(),
         .conditions = {{"aws:SourceArn", {asker.function_arn}}, {"aws:SourceAccount", {asker.account}}}}));
  }
  co_return {};
}

Async<std::unique_ptr<oci::ImageSource>> OwnRegistry::open(oci::Reference reference, oci::Asker asker) {
  const Registry registry =
      RegistryHosts::parse(reference.host).value_or(Registry{asker.account, parts_.hosts.region()});
  const RepositoryRef ref{
      .account = registry.account, .region = registry.region, .name = reference.repository};
  const auto allowed = co_await allow(ref, std::move(asker));
  if (!allowed) co_return told(allowed.error());
  ImageName name;
  if (reference.digest) {
    name.digest = reference.digest->text();
  } else {
    name.tag = reference.tag;
  }
  auto body = [&](store::Transaction& tx) -> Async<oci::Document> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    TRY(const auto image, co_await find_image(tx, repository.id, name));
    if (!image) co_return errors::no_image(name.digest, name.tag, ref);
    TRY(std::string bytes, co_await manifest_of(tx, repository.id, image->digest));
    co_return oci::Document{.bytes = std::move(bytes), .media_type = image->record.media_type};
  };
  auto manifest = co_await parts_.store.read(body);
  if (!manifest) co_return told(manifest.error());
  std::unique_ptr<oci::ImageSource> source =
      std::make_unique<OwnImage>(parts_, store_, ref, *std::move(manifest));
  co_return std::move(source);
}

}  // namespace hearth::services::ecr
