#include "services/ecr/manifest_requests.h"

#include "base/encoding.h"
#include "base/json.h"
#include "base/whole_number.h"
#include "oci/reference.h"
#include "services/ecr/errors.h"
#include "services/ecr/limits.h"

namespace hearth::services::ecr {
namespace {

using store::Key;

// By its digest or by a tag, whichever the path has.
Result<ImageName> name_in(std::string_view reference) {
  if (reference.find(':') == std::string_view::npos) {
    if (oci::is_tag(reference)) return ImageName{.digest = {}, .tag = std::string(reference)};
    return fail(registry_error(400, "TAG_INVALID", "Invalid tag"));
  }
  TRY_SYNC(const oci::Digest digest, digest_in(reference));
  return ImageName{.digest = digest.text(), .tag = {}};
}

// "application/json; charset=utf-8" without what stands behind.
std::string_view media_type_in(std::string_view header) {
  header = header.substr(0, header.find(';'));
  while (header.ends_with(' ')) header.remove_suffix(1);
  return header;
}

// What a page of a list is of: `n` at most, behind `last`.
Result<store::ListOptions> options_in(const Exchange& exchange) {
  store::ListOptions options{.rows_max = limits::kRegistryPageDefault};
  if (const auto last = exchange.parameter("last"); last && !last->empty()) {
    options.after = Key(*last).bytes();
  }
  const auto text = exchange.parameter("n");
  if (!text) return options;
  const auto count = whole_number<size_t>(*text);
  if (!count) {
    return fail(registry_error(400, "PAGINATION_NUMBER_INVALID", "n is not a whole number"));
  }
  options.rows_max = std::min(*count, options.rows_max);
  return options;
}

io::Response listed(json::object list) {
  return {.status = 200,
          .headers = {{"Content-Type", "application/json; charset=utf-8"}},
          .body = to_text(std::move(list))};
}

// A page of the table's names, under `member` of what `list` says already; `path` is where the list is had.
template <typename Record>
Async<io::Response> page_of(store::Table<Record> table, store::ListOptions options, json::object list,
                            std::string_view member, std::string path) {
  json::array names;
  std::string next;
  if (options.rows_max > 0) {
    TRY(const auto page, co_await table.list(options));
    for (const auto& entry : page.entries) {
      TRY(auto key, store::parse_key<std::string>(entry.key));
      names.emplace_back(std::get<0>(key));
      if (!page.next.empty()) next = std::get<0>(std::move(key));
    }
  }
  list[member] = std::move(names);
  io::Response response = listed(std::move(list));
  if (!next.empty()) {
    response.headers.set(
        "Link", fmt::format("<{}?last={}&n={}>; rel=\"next\"", path, percent_encode(next), options.rows_max));
  }
  co_return std::move(response);
}

// What a list of referrers says of one.
Result<json::object> descriptor_of(const std::string& digest, const ImageRecord& image,
                                   const std::string& manifest) {
  json::object descriptor{{"mediaType", image.media_type},
                          {"size", static_cast<int64_t>(image.manifest_bytes)},
                          {"digest", digest}};
  if (!image.artifact_type.empty()) descriptor["artifactType"] = image.artifact_type;
  TRY_SYNC(const json::value document, parse_json(manifest));
  const json::value* annotations =
      document.is_object() ? document.get_object().if_contains("annotations") : nullptr;
  if (annotations && annotations->is_object()) descriptor["annotations"] = *annotations;
  return descriptor;
}

// The same as a push by the API says it, in the words of this one.
Error of_push(Error error) {
  const bool missing =
      error.code == "LayersNotFoundException" || error.code == "ReferencedImagesNotFoundException";
  if (missing) return registry_error(400, "MANIFEST_BLOB_UNKNOWN", std::move(error.message));
  return error;
}

}  // namespace

Async<io::Response> ManifestRequests::manifest(Exchange& exchange) {
  const std::string& method = exchange.request.method;
  TRY(ImageName name, name_in(exchange.route.reference));
  if (method == "GET" || method == "HEAD") {
    TRY_VOID(co_await exchange.allow("ecr:BatchGetImage"));
    co_return co_await read(exchange, std::move(name));
  }
  if (method == "PUT") {
    TRY_VOID(co_await exchange.allow("ecr:PutImage"));
    co_return co_await put(exchange, std::move(name));
  }
  if (method == "DELETE") {
    TRY_VOID(co_await exchange.allow("ecr:BatchDeleteImage"));
    co_return co_await remove(exchange, std::move(name));
  }
  co_return unsupported();
}

Async<io::Response> ManifestRequests::read(Exchange& exchange, ImageName name) {
  auto body = [&](store::Transaction& tx) -> Async<io::Response> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, exchange.ref));
    TRY(const auto image, co_await find_image(tx, repository.id, name));
    if (!image) co_return errors::image_not_found_exception("Requested image not found");
    TRY(std::string bytes, co_await manifest_of(tx, repository.id, image->digest));
    co_return io::Response{
        .status = 200,
        .headers = {{"Content-Type", image->record.media_type}, {"Docker-Content-Digest", image->digest}},
        .body = std::move(bytes)};
  };
  co_return co_await parts_.store.read(body);
}

Async<io::Response> ManifestRequests::put(Exchange& exchange, ImageName name) {
  auto bytes = co_await exchange.request.body.read_all(oci::kManifestBytesMax);
  if (!bytes && bytes.error().code == "BodyTooLarge") {
    co_return registry_error(413, "MANIFEST_INVALID", "The manifest is too large");
  }
  if (!bytes) co_return bytes.error();
  TRY(const Push push,
      Push::of(*std::move(bytes), media_type_in(exchange.request.headers.get("Content-Type")), name.tag));
  if (name.digest && *name.digest != push.digest.text()) {
    co_return registry_error(400, "DIGEST_INVALID",
                             "The manifest's digest is another: " + push.digest.text());
  }
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, exchange.ref));
    co_return co_await put_image(tx, {exchange.ref, repository}, push, parts_.clock.now());
  };
  const auto changed = co_await parts_.store.transact(body);
  if (!changed) co_return of_push(changed.error());
  io::Response response{.status = 201,
                        .headers = {{"Location", exchange.path("manifests/" + push.digest.text())},
                                    {"Docker-Content-Digest", push.digest.text()}}};
  // Says that the list of referrers knows of it.
  if (push.manifest.subject) response.headers.set("OCI-Subject", push.manifest.subject->digest.text());
  co_return std::move(response);
}

// A tag alone goes by its name; an image with all its tags by its digest.
Async<io::Response> ManifestRequests::remove(Exchange& exchange, ImageName name) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, exchange.ref));
    TRY(auto image, co_await find_image(tx, repository.id, name));
    if (!image) co_return errors::image_not_found_exception("Requested image not found");
    if (name.tag) co_return co_await remove_tag(tx, repository.id, *name.tag);
    TRY(const auto users, co_await users_of(tx, repository.id, image->digest));
    if (!users.empty()) {
      co_return registry_error(
          403, "DENIED",
          fmt::format("Requested image referenced by manifest list: [{}]", fmt::join(users, ", ")));
    }
    co_return co_await remove_image(tx, parts_.blobs, repository.id, *std::move(image));
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return io::Response{.status = 202};
}

Async<io::Response> ManifestRequests::tags(Exchange& exchange) {
  if (exchange.request.method != "GET") co_return unsupported();
  TRY_VOID(co_await exchange.allow("ecr:ListImages"));
  TRY(const store::ListOptions options, options_in(exchange));
  auto body = [&](store::Transaction& tx) -> Async<io::Response> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, exchange.ref));
    co_return co_await page_of(Contents(tx, repository.id).tags, options, {{"name", exchange.ref.name}},
                               "tags", exchange.path("tags/list"));
  };
  co_return co_await parts_.store.read(body);
}

Async<io::Response> ManifestRequests::referrers(Exchange& exchange) {
  if (exchange.request.method != "GET") co_return unsupported();
  TRY_VOID(co_await exchange.allow("ecr:BatchGetImage"));
  TRY(const oci::Digest subject, digest_in(exchange.route.reference));
  const auto wanted = exchange.parameter("artifactType");
  auto body = [&](store::Transaction& tx) -> Async<json::array> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, exchange.ref));
    Contents contents(tx, repository.id);
    TRY(const auto entries, co_await contents.referrers.all(Key(subject.text())));
    json::array manifests;
    for (const auto& entry : entries) {
      TRY(const auto key, store::parse_key<std::string, std::string>(entry.key));
      const std::string& digest = std::get<1>(key);
      TRY(const auto image, co_await contents.images.get(Key(digest)));
      if (!image || (wanted && *wanted != image->artifact_type)) continue;
      TRY(const std::string manifest, co_await manifest_of(tx, repository.id, digest));
      TRY(json::object descriptor, descriptor_of(digest, *image, manifest));
      manifests.push_back(std::move(descriptor));
    }
    co_return std::move(manifests);
  };
  TRY(json::array manifests, co_await parts_.store.read(body));
  io::Response response = listed(
      {{"schemaVersion", 2}, {"mediaType", oci::media_type::kOciIndex}, {"manifests", std::move(manifests)}});
  response.headers.set("Content-Type", std::string(oci::media_type::kOciIndex));
  if (wanted) response.headers.set("OCI-Filters-Applied", "artifactType");
  co_return std::move(response);
}

Async<io::Response> ManifestRequests::catalog(Exchange& exchange) {
  if (exchange.request.method != "GET") co_return unsupported();
  exchange.ref.name = "*";
  TRY_VOID(co_await exchange.allow("ecr:DescribeRepositories"));
  TRY(const store::ListOptions options, options_in(exchange));
  auto body = [&](store::Transaction& tx) -> Async<io::Response> {
    co_return co_await page_of(repositories(tx, exchange.ref), options, {}, "repositories", "/v2/_catalog");
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::ecr
