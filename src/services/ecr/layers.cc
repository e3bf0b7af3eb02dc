#include "services/ecr/layers.h"

#include "base/encoding.h"
#include "services/ecr/limits.h"

namespace hearth::services::ecr {
namespace {

namespace ops = api::ecr::ops;
using store::Key;

Result<oci::Digest> digest_of(std::string_view text) {
  auto digest = oci::Digest::parse(text);
  if (digest) return digest;
  return fail(errors::invalid_parameter("layerDigest", "Invalid layer digest: only sha256 is supported"));
}

}  // namespace

void Layers::mount(wire::Router& router) {
  router.on<ops::BatchCheckLayerAvailability>(*this, &Layers::check);
  router.on<ops::InitiateLayerUpload>(*this, &Layers::begin);
  router.on<ops::UploadLayerPart>(*this, &Layers::upload);
  router.on<ops::CompleteLayerUpload>(*this, &Layers::complete);
  router.on<ops::GetDownloadUrlForLayer>(*this, &Layers::link);
}

Async<api::ecr::BatchCheckLayerAvailabilityResponse> Layers::check(
    const Call& call, api::ecr::BatchCheckLayerAvailabilityRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::BatchCheckLayerAvailabilityResponse> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    Contents contents(tx, repository.id);
    api::ecr::BatchCheckLayerAvailabilityResponse out;
    out.layers.emplace();
    out.failures.emplace();
    for (const std::string& digest : input.layer_digests) {
      if (!oci::Digest::parse(digest)) {
        out.failures->push_back({.layer_digest = digest,
                                 .failure_code = "InvalidLayerDigest",
                                 .failure_reason =
                                     "Invalid request parameters: layer digest should satisfy the "
                                     "regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"});
        continue;
      }
      TRY(const auto layer, co_await contents.layers.get(Key(digest)));
      if (!layer) {
        out.layers->push_back({.layer_digest = digest, .layer_availability = "UNAVAILABLE"});
        continue;
      }
      out.layers->push_back({.layer_digest = digest,
                             .layer_availability = "AVAILABLE",
                             .layer_size = static_cast<int64_t>(layer->blob.size_bytes)});
      if (!layer->media_type.empty()) out.layers->back().media_type = layer->media_type;
    }
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::ecr::InitiateLayerUploadResponse> Layers::begin(const Call& call,
                                                           api::ecr::InitiateLayerUploadRequest input) {
  TRY(std::string upload,
      co_await store_.begin(RepositoryRef::of(call, input.registry_id, input.repository_name)));
  co_return api::ecr::InitiateLayerUploadResponse{.upload_id = std::move(upload),
                                                  .part_size = static_cast<int64_t>(limits::kPartBytes)};
}

Async<api::ecr::UploadLayerPartResponse> Layers::upload(const Call& call,
                                                        api::ecr::UploadLayerPartRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  const auto bytes = static_cast<int64_t>(input.layer_part_blob.size());
  if (bytes == 0 || input.part_last_byte - input.part_first_byte + 1 != bytes) {
    co_return errors::invalid_parameter(
        "partLastByte", fmt::format("The part has {} bytes, which are not those from {} to {}", bytes,
                                    input.part_first_byte, input.part_last_byte));
  }
  TRY(const uint64_t size,
      co_await store_.append(ref, input.upload_id, static_cast<uint64_t>(input.part_first_byte),
                             io::Body(std::move(input.layer_part_blob))));
  co_return api::ecr::UploadLayerPartResponse{.registry_id = ref.account,
                                              .repository_name = ref.name,
                                              .upload_id = input.upload_id,
                                              .last_byte_received = static_cast<int64_t>(size) - 1};
}

Async<api::ecr::CompleteLayerUploadResponse> Layers::complete(const Call& call,
                                                              api::ecr::CompleteLayerUploadRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  if (input.layer_digests.size() != 1) {
    co_return errors::invalid_parameter("layerDigests", "Exactly one digest must be given");
  }
  TRY(const oci::Digest digest, digest_of(input.layer_digests.front()));
  TRY(const UploadRecord upload, co_await store_.find_upload(ref, input.upload_id));
  for (size_t part = 0; part + 1 < upload.parts.size(); ++part) {
    if (upload.parts[part].size_bytes >= limits::kPartBytesMin) continue;
    co_return errors::layer_part_too_small_exception(
        fmt::format("All parts but the last must have at least {} bytes", limits::kPartBytesMin));
  }
  TRY(const bool is_new, co_await store_.complete(ref, input.upload_id, digest));
  if (!is_new) co_return errors::layer_exists(digest.text(), ref);
  co_return api::ecr::CompleteLayerUploadResponse{.registry_id = ref.account,
                                                  .repository_name = ref.name,
                                                  .upload_id = input.upload_id,
                                                  .layer_digest = digest.text()};
}

Async<api::ecr::GetDownloadUrlForLayerResponse> Layers::link(const Call& call,
                                                             api::ecr::GetDownloadUrlForLayerRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  TRY(const oci::Digest digest, digest_of(input.layer_digest));
  TRY(const auto layer, co_await store_.find(ref, digest));
  if (!layer) co_return errors::no_layer(digest.text(), ref);
  const std::string seal = parts_.passes.seal(LayerLink{.account = ref.account,
                                                        .region = ref.region,
                                                        .repository = ref.name,
                                                        .digest = digest.text(),
                                                        .expires = parts_.clock.now() + limits::kLinkLife});
  const std::string_view host = call.request ? call.request->headers.get("Host") : std::string_view();
  co_return api::ecr::GetDownloadUrlForLayerResponse{
      .download_url = fmt::format("{}://{}/v2/{}/blobs/{}?link={}", call.tls ? "https" : "http", host,
                                  ref.name, digest.text(), percent_encode(seal)),
      .layer_digest = digest.text()};
}

}  // namespace hearth::services::ecr
