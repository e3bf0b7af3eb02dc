#include "services/ecr/blob_requests.h"

#include <fmt/format.h>

#include "io/byte_range.h"
#include "services/ecr/errors.h"

namespace hearth::services::ecr {
namespace {

std::string received(uint64_t size_bytes) {
  return fmt::format("0-{}", size_bytes == 0 ? 0 : size_bytes - 1);
}

// Where an upload stands.
io::Response progress(const Exchange& exchange, const std::string& upload, int status, uint64_t size_bytes) {
  return {.status = status,
          .headers = {{"Location", exchange.path("blobs/uploads/" + upload)},
                      {"Range", received(size_bytes)},
                      {"Docker-Upload-UUID", upload}}};
}

io::Response created(const Exchange& exchange, const oci::Digest& digest) {
  return {.status = 201,
          .headers = {{"Location", exchange.path("blobs/" + digest.text())},
                      {"Docker-Content-Digest", digest.text()}}};
}

}  // namespace

Async<io::Response> BlobRequests::blob(Exchange& exchange) {
  const std::string& method = exchange.request.method;
  if (method == "HEAD") {
    TRY_VOID(co_await exchange.allow("ecr:BatchCheckLayerAvailability"));
  } else if (method == "GET") {
    TRY_VOID(co_await exchange.allow("ecr:GetDownloadUrlForLayer"));
  } else {
    co_return unsupported();
  }
  co_return co_await send(exchange);
}

Async<io::Response> BlobRequests::send(Exchange& exchange) {
  TRY(const oci::Digest digest, digest_in(exchange.route.reference));
  TRY(const auto layer, co_await store_.find(exchange.ref, digest));
  if (!layer) co_return errors::no_layer(digest.text(), exchange.ref);
  const uint64_t size = layer->blob.size_bytes;
  io::Response response{.status = 200,
                        .headers = {{"Content-Type", "application/octet-stream"},
                                    {"Docker-Content-Digest", digest.text()},
                                    {"Accept-Ranges", "bytes"}}};
  io::ByteRange range{.offset = 0, .size_bytes = size};
  const auto wanted = io::parse_range(exchange.request.headers.get("Range"), size);
  if (!wanted) {
    response = refusal(registry_error(416, "RANGE_INVALID", wanted.error().message));
    response.headers.set("Content-Range", fmt::format("bytes */{}", size));
    co_return std::move(response);
  }
  if (*wanted) {
    range = **wanted;
    response.status = 206;
    response.headers.set("Content-Range", range.content_range(size));
  }
  TRY(io::FileRange file, co_await parts_.blobs.open(layer->blob.id, range.offset, range.size_bytes));
  response.body = io::Body(std::move(file));
  co_return std::move(response);
}

Async<io::Response> BlobRequests::uploads(Exchange& exchange) {
  if (exchange.request.method != "POST") co_return unsupported();
  TRY_VOID(co_await exchange.allow("ecr:InitiateLayerUpload"));
  if (const auto text = exchange.parameter("mount")) {
    TRY(const oci::Digest digest, digest_in(*text));
    TRY(const bool done, co_await mounted(exchange, digest));
    if (done) co_return created(exchange, digest);
  }
  co_return co_await begin(exchange);
}

// The layer comes from another repository of the same registry, if the caller may read it there. Whoever may
// not, or names one without it, sends the bytes.
Async<bool> BlobRequests::mounted(Exchange& exchange, oci::Digest digest) {
  RepositoryRef from = exchange.ref;
  from.name = exchange.parameter("from").value_or("");
  if (from.name.empty()) co_return false;
  TRY_VOID(co_await exchange.allow("ecr:CompleteLayerUpload"));
  const auto readable = co_await exchange.authorizer.authorize(
      exchange.call, {.action = "ecr:GetDownloadUrlForLayer", .resource = from.arn()});
  if (!readable) co_return false;
  co_return co_await store_.mount(exchange.ref, std::move(from), std::move(digest));
}

Async<io::Response> BlobRequests::begin(Exchange& exchange) {
  const auto text = exchange.parameter("digest");
  if (!text) {
    TRY(const std::string upload, co_await store_.begin(exchange.ref));
    co_return progress(exchange, upload, 202, 0);
  }
  // All in one request.
  TRY(oci::Digest digest, digest_in(*text));
  TRY_VOID(co_await exchange.allow("ecr:UploadLayerPart"));
  TRY_VOID(co_await exchange.allow("ecr:CompleteLayerUpload"));
  TRY(const std::string upload, co_await store_.begin(exchange.ref));
  exchange.route.reference = upload;
  auto taken = co_await take_body(exchange);
  auto done = taken ? co_await complete(exchange, upload, std::move(digest))
                    : Result<io::Response>(std::unexpected(taken.error()));
  // Nobody knows of the upload, so nobody would cancel it.
  if (!done) (void)co_await store_.cancel(exchange.ref, upload);
  co_return std::move(done);
}

Async<io::Response> BlobRequests::upload(Exchange& exchange) {
  const std::string& method = exchange.request.method;
  const std::string& upload = exchange.route.reference;
  if (method == "PATCH") co_return co_await append(exchange);
  if (method == "PUT") {
    TRY_VOID(co_await exchange.allow("ecr:CompleteLayerUpload"));
    TRY(oci::Digest digest, digest_in(exchange.parameter("digest").value_or("")));
    if (!exchange.request.body.empty()) {
      TRY_VOID(co_await exchange.allow("ecr:UploadLayerPart"));
      const auto taken = co_await take_body(exchange);
      if (!taken) co_return co_await refuse_part(exchange, taken.error());
    }
    co_return co_await complete(exchange, upload, std::move(digest));
  }
  if (method == "GET") {
    TRY_VOID(co_await exchange.allow("ecr:UploadLayerPart"));
    TRY(const UploadRecord record, co_await store_.find_upload(exchange.ref, upload));
    co_return progress(exchange, upload, 204, record.size_bytes());
  }
  if (method == "DELETE") {
    TRY_VOID(co_await exchange.allow("ecr:UploadLayerPart"));
    TRY_VOID(co_await store_.cancel(exchange.ref, upload));
    co_return io::Response{.status = 204};
  }
  co_return unsupported();
}

Async<io::Response> BlobRequests::append(Exchange& exchange) {
  TRY_VOID(co_await exchange.allow("ecr:UploadLayerPart"));
  const auto size = co_await take_body(exchange);
  if (!size) co_return co_await refuse_part(exchange, size.error());
  co_return progress(exchange, exchange.route.reference, 202, *size);
}

// One that is not the next is told where to go on.
Async<io::Response> BlobRequests::refuse_part(Exchange& exchange, Error error) {
  if (error.code != "InvalidLayerPartException") co_return error;
  const std::string& upload = exchange.route.reference;
  TRY(const UploadRecord record, co_await store_.find_upload(exchange.ref, upload));
  io::Response response = refusal(error);
  for (const auto& [name, value] : progress(exchange, upload, 416, record.size_bytes()).headers) {
    response.headers.set(name, value);
  }
  co_return std::move(response);
}

Async<uint64_t> BlobRequests::take_body(Exchange& exchange) {
  std::optional<uint64_t> first_byte;
  if (const std::string* header = exchange.request.headers.find("Content-Range")) {
    const auto range = parse_chunk_range(*header);
    const auto size = exchange.request.body.size_bytes();
    if (!range || (size && *size != range->last - range->first + 1)) {
      co_return registry_error(400, "SIZE_INVALID", "Content-Range is not that of the body");
    }
    first_byte = range->first;
  }
  co_return co_await store_.append(exchange.ref, exchange.route.reference, first_byte,
                                   std::move(exchange.request.body));
}

Async<io::Response> BlobRequests::complete(Exchange& exchange, std::string upload, oci::Digest digest) {
  TRY_VOID(co_await store_.complete(exchange.ref, std::move(upload), digest));
  co_return created(exchange, digest);
}

}  // namespace hearth::services::ecr
