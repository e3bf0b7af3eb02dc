#include "services/ecr/images.h"

#include "oci/reference.h"
#include "services/ecr/limits.h"

namespace hearth::services::ecr {
namespace {

namespace ops = api::ecr::ops;
using api::ecr::ImageIdentifier;
using store::Key;

// Which images and tags a list is of.
struct Wanted {
  bool tagged = true;
  bool untagged = true;
  bool none = false;

  // Nothing is ever archived here, so who asks for that gets nothing.
  static Wanted of(const std::optional<std::string>& tag_status,
                   const std::optional<std::string>& image_status) {
    const std::string status = image_status.value_or("ANY");
    return {.tagged = tag_status != "UNTAGGED",
            .untagged = tag_status != "TAGGED",
            .none = status != "ANY" && status != "ACTIVE"};
  }
  bool has(const ImageRecord& image) const { return image.tags.empty() ? untagged : tagged; }
};

// Behind which a list goes on: an image and one of its tags, "sha256:...:tag".
struct Place {
  std::string digest;
  std::string tag;

  static Result<Place> parse(std::string_view token) {
    if (token.empty()) return Place{};
    const size_t colon = token.rfind(':');
    const auto digest = oci::Digest::parse(token.substr(0, colon));
    if (digest && colon != std::string_view::npos)
      return Place{.digest = digest->text(), .tag = std::string(token.substr(colon + 1))};
    return fail(errors::invalid_parameter("nextToken", "Invalid pagination token"));
  }
};

// Adds an image with each of its tags behind `after`; one without tags once. False, and where to go on, when
// the page is full.
bool list_one(const std::string& digest, const ImageRecord& image, std::string_view after, size_t most,
              api::ecr::ListImagesResponse& out) {
  std::vector<std::string> tags = image.tags;
  std::ranges::sort(tags);
  if (tags.empty() && after.empty()) tags.emplace_back();
  for (std::string& tag : tags) {
    if (!after.empty() && tag <= after) continue;
    if (out.image_ids->size() == most) {
      const ImageIdentifier& last = out.image_ids->back();
      out.next_token = *last.image_digest + ":" + last.image_tag.value_or("");
      return false;
    }
    out.image_ids->push_back({.image_digest = digest});
    if (!tag.empty()) out.image_ids->back().image_tag = std::move(tag);
  }
  return true;
}

ImageName name_of(const ImageIdentifier& id) {
  return {.digest = id.image_digest, .tag = id.image_tag};
}

// Why no image can be meant, as the batch operations say it: code and text.
using Fault = std::pair<std::string_view, std::string_view>;
constexpr Fault kNotFound{"ImageNotFound", "Requested image not found"};

std::optional<Fault> fault_of(const ImageIdentifier& id) {
  if (!id.image_digest && !id.image_tag) {
    return Fault{"MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"};
  }
  if (id.image_digest && !oci::Digest::parse(*id.image_digest)) {
    return Fault{"InvalidImageDigest",
                 "Invalid request parameters: image digest should satisfy the regex "
                 "'[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"};
  }
  if (id.image_tag && !oci::is_tag(*id.image_tag)) {
    return Fault{"InvalidImageTag",
                 "Invalid request parameters: image tag should satisfy the regex "
                 "'[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'"};
  }
  return std::nullopt;
}

// Of an identifier that finds nothing: its two halves may be there, but not together.
Async<Fault> fault_of_unfound(store::Transaction& tx, uint64_t repository, ImageIdentifier id) {
  if (id.image_digest && id.image_tag) {
    TRY(const auto tagged, co_await find_image(tx, repository, {.tag = id.image_tag}));
    if (tagged) {
      co_return Fault{"ImageTagDoesNotMatchDigest",
                      "Invalid request parameters: image tag does not match the image digest"};
    }
  }
  co_return kNotFound;
}

api::ecr::ImageFailure failure_of(const ImageIdentifier& id, const Fault& fault) {
  return {
      .image_id = id, .failure_code = std::string(fault.first), .failure_reason = std::string(fault.second)};
}

api::ecr::ImageDetail detail_of(const RepositoryRef& ref, const std::string& digest,
                                const ImageRecord& image) {
  api::ecr::ImageDetail detail{.registry_id = ref.account,
                               .repository_name = ref.name,
                               .image_digest = digest,
                               .image_pushed_at = image.pushed,
                               .image_manifest_media_type = image.media_type,
                               .image_status = "ACTIVE"};
  if (!image.tags.empty()) detail.image_tags = image.tags;
  if (image.size_bytes > 0) detail.image_size_in_bytes = static_cast<int64_t>(image.size_bytes);
  if (!image.artifact_type.empty()) detail.artifact_media_type = image.artifact_type;
  if (!image.subject.empty()) detail.subject_manifest_digest = image.subject;
  return detail;
}

// Deletes what the identifier names: a tag, and the image when it was the last one; or the image with all its
// tags. Adds what went, or why nothing did, to `out`.
Async<void> remove_one(store::Transaction& tx, store::Blobs& blobs, uint64_t repository, ImageIdentifier id,
                       api::ecr::BatchDeleteImageResponse& out) {
  if (const auto fault = fault_of(id)) {
    out.failures->push_back(failure_of(id, *fault));
    co_return {};
  }
  TRY(auto image, co_await find_image(tx, repository, name_of(id)));
  if (!image) {
    TRY(const Fault fault, co_await fault_of_unfound(tx, repository, id));
    out.failures->push_back(failure_of(id, fault));
    co_return {};
  }
  if (id.image_tag && image->record.tags.size() > 1) {
    TRY_VOID(co_await remove_tag(tx, repository, *id.image_tag));
    out.image_ids->push_back({.image_digest = image->digest, .image_tag = id.image_tag});
    co_return {};
  }
  TRY(const auto users, co_await users_of(tx, repository, image->digest));
  if (!users.empty()) {
    const std::string text =
        fmt::format("Requested image referenced by manifest list: [{}]", fmt::join(users, ", "));
    out.failures->push_back(failure_of(id, {"ImageReferencedByManifestList", text}));
    co_return {};
  }
  for (const std::string& tag : image->record.tags) {
    out.image_ids->push_back({.image_digest = image->digest, .image_tag = tag});
  }
  if (image->record.tags.empty()) out.image_ids->push_back({.image_digest = image->digest});
  co_return co_await remove_image(tx, blobs, repository, *std::move(image));
}

}  // namespace

void Images::mount(wire::Router& router) {
  router.on<ops::PutImage>(*this, &Images::put);
  router.on<ops::ListImages>(*this, &Images::list);
  router.on<ops::DescribeImages>(*this, &Images::describe);
  router.on<ops::BatchGetImage>(*this, &Images::get);
  router.on<ops::BatchDeleteImage>(*this, &Images::remove);
}

Async<api::ecr::PutImageResponse> Images::put(const Call& call, api::ecr::PutImageRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  TRY(const Push push, Push::of(std::move(input.image_manifest), input.image_manifest_media_type.value_or(""),
                                input.image_tag));
  if (input.image_digest && *input.image_digest != push.digest.text()) {
    co_return errors::image_digest_does_not_match_exception(
        fmt::format("The provided digest '{}' does not match the digest of the manifest, '{}'",
                    *input.image_digest, push.digest.text()));
  }
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    TRY(const bool changed, co_await put_image(tx, {ref, repository}, push, parts_.clock.now()));
    if (!changed) co_return errors::image_exists(push.digest.text(), push.tag.value_or("null"), ref);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::ecr::PutImageResponse{
      .image = api::ecr::Image{
          .registry_id = ref.account,
          .repository_name = ref.name,
          .image_id = ImageIdentifier{.image_digest = push.digest.text(), .image_tag = push.tag},
          .image_manifest = push.bytes,
          .image_manifest_media_type = push.manifest.media_type}};
}

Async<api::ecr::ListImagesResponse> Images::list(const Call& call, api::ecr::ListImagesRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  const auto filter = input.filter.value_or(api::ecr::ListImagesFilter{});
  const Wanted wanted = Wanted::of(filter.tag_status, filter.image_status);
  const size_t most = input.max_results ? static_cast<size_t>(*input.max_results) : limits::kPageDefault;
  TRY(const Place from, Place::parse(input.next_token.value_or("")));
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::ListImagesResponse> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    Contents contents(tx, repository.id);
    api::ecr::ListImagesResponse out;
    out.image_ids.emplace();
    if (wanted.none) co_return out;
    store::ListOptions options;
    if (!from.digest.empty()) options.after = Key(from.digest).bytes();
    if (!from.tag.empty()) {
      TRY(const auto image, co_await contents.images.get(Key(from.digest)));
      if (image && wanted.has(*image) && !list_one(from.digest, *image, from.tag, most, out)) co_return out;
    }
    do {
      TRY(const auto page, co_await contents.images.list(options));
      for (const auto& entry : page.entries) {
        TRY(const auto key, store::parse_key<std::string>(entry.key));
        if (wanted.has(entry.record) && !list_one(std::get<0>(key), entry.record, {}, most, out)) {
          co_return out;
        }
      }
      options.after = page.next;
    } while (!options.after.empty());
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::ecr::DescribeImagesResponse> Images::describe(const Call& call,
                                                         api::ecr::DescribeImagesRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  const auto filter = input.filter.value_or(api::ecr::DescribeImagesFilter{});
  const Wanted wanted = Wanted::of(filter.tag_status, filter.image_status);
  const size_t most = input.max_results ? static_cast<size_t>(*input.max_results) : limits::kPageDefault;
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::DescribeImagesResponse> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    Contents contents(tx, repository.id);
    api::ecr::DescribeImagesResponse out;
    out.image_details.emplace();
    for (const ImageIdentifier& id : input.image_ids.value_or(std::vector<ImageIdentifier>())) {
      TRY(const auto image, co_await find_image(tx, repository.id, name_of(id)));
      if (!image) co_return errors::no_image(id.image_digest, id.image_tag, ref);
      out.image_details->push_back(detail_of(ref, image->digest, image->record));
    }
    if (input.image_ids || wanted.none) co_return out;
    store::ListOptions options{.rows_max = most};
    if (input.next_token) options.after = Key(*input.next_token).bytes();
    while (out.image_details->size() < most) {
      TRY(const auto page, co_await contents.images.list(options));
      for (const auto& entry : page.entries) {
        if (!wanted.has(entry.record)) continue;
        TRY(const auto key, store::parse_key<std::string>(entry.key));
        if (out.image_details->size() == most) {
          out.next_token = out.image_details->back().image_digest;
          co_return out;
        }
        out.image_details->push_back(detail_of(ref, std::get<0>(key), entry.record));
      }
      if (page.next.empty()) co_return out;
      options.after = page.next;
    }
    out.next_token = out.image_details->back().image_digest;
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

// Images are kept in one form each: who accepts another gets what there is, as it cannot be turned into that.
namespace {

// The caller may say which forms of manifests it reads; one of another form is not there for it.
bool reads(const api::ecr::BatchGetImageRequest& input, const std::string& media_type) {
  const auto& accepted = input.accepted_media_types;
  return !accepted || std::ranges::find(*accepted, media_type) != accepted->end();
}

}  // namespace

Async<api::ecr::BatchGetImageResponse> Images::get(const Call& call, api::ecr::BatchGetImageRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::BatchGetImageResponse> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    api::ecr::BatchGetImageResponse out;
    out.images.emplace();
    out.failures.emplace();
    size_t bytes = 0;
    for (const ImageIdentifier& id : input.image_ids) {
      if (const auto fault = fault_of(id)) {
        out.failures->push_back(failure_of(id, *fault));
        continue;
      }
      TRY(const auto image, co_await find_image(tx, repository.id, name_of(id)));
      if (!image) {
        TRY(const Fault fault, co_await fault_of_unfound(tx, repository.id, id));
        out.failures->push_back(failure_of(id, fault));
        continue;
      }
      if (!reads(input, image->record.media_type)) {
        out.failures->push_back(failure_of(id, kNotFound));
        continue;
      }
      TRY(std::string manifest, co_await manifest_of(tx, repository.id, image->digest));
      bytes += manifest.size();
      if (bytes > limits::kManifestsBytesMax) {
        co_return errors::limit_exceeded_exception(fmt::format(
            "The manifests of one answer can have at most {} bytes together; ask for fewer images",
            limits::kManifestsBytesMax));
      }
      out.images->push_back(
          {.registry_id = ref.account,
           .repository_name = ref.name,
           .image_id = ImageIdentifier{.image_digest = image->digest, .image_tag = id.image_tag},
           .image_manifest = std::move(manifest),
           .image_manifest_media_type = image->record.media_type});
    }
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::ecr::BatchDeleteImageResponse> Images::remove(const Call& call,
                                                         api::ecr::BatchDeleteImageRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::BatchDeleteImageResponse> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    api::ecr::BatchDeleteImageResponse out;
    out.image_ids.emplace();
    out.failures.emplace();
    for (const ImageIdentifier& id : input.image_ids) {
      TRY_VOID(co_await remove_one(tx, parts_.blobs, repository.id, id, out));
    }
    co_return out;
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::ecr
