#include "services/ecr/image_source.h"

#include "services/ecr/errors.h"
#include "services/ecr/image_store.h"

namespace hearth::services::ecr {

using store::Key;

Async<void> ImageSource::allow(RepositoryRef ref, ServiceReader reader) {
  if (reader.account == ref.account) co_return {};
  wire::Call call{.account = ref.account,
                  .region = ref.region,
                  .identity = {.service = reader.service},
                  .operation = &api::ecr::ops::BatchGetImage::kInfo,
                  .clock = &parts_.clock,
                  .received_at = parts_.clock.now()};
  for (const char* action : {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}) {
    TRY_VOID(co_await parts_.authorizer.authorize(
        call,
        {.action = action,
         .resource = ref.arn(),
         .conditions = {{"aws:SourceArn", {reader.source_arn}}, {"aws:SourceAccount", {reader.account}}}}));
  }
  co_return {};
}

Async<ServedImage> ImageSource::find(WantedImage wanted, ServiceReader reader) {
  const RepositoryRef ref{.account = wanted.account, .region = wanted.region, .name = wanted.repository};
  TRY_VOID(co_await allow(ref, std::move(reader)));
  ImageName name;
  (wanted.reference.find(':') == std::string::npos ? name.tag : name.digest) = wanted.reference;
  auto body = [&](store::Transaction& tx) -> Async<ServedImage> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    TRY(auto image, co_await find_image(tx, repository.id, name));
    if (!image) co_return errors::no_image(name.digest, name.tag, ref);
    TRY(std::string manifest, co_await manifest_of(tx, repository.id, image->digest));
    co_return ServedImage{.repository = ref,
                          .digest = std::move(image->digest),
                          .media_type = std::move(image->record.media_type),
                          .manifest = std::move(manifest)};
  };
  co_return co_await parts_.store.read(body);
}

Async<io::FileRange> ImageSource::open(RepositoryRef repository, std::string digest) {
  auto body = [&](store::Transaction& tx) -> Async<LayerRecord> {
    TRY(const RepositoryRecord record, co_await require_repository(tx, repository));
    TRY(auto layer, co_await Contents(tx, record.id).layers.get(Key(digest)));
    if (!layer) co_return errors::no_layer(digest, repository);
    co_return *std::move(layer);
  };
  TRY(const LayerRecord layer, co_await parts_.store.read(body));
  co_return co_await parts_.blobs.open(layer.blob.id);
}

}  // namespace hearth::services::ecr
