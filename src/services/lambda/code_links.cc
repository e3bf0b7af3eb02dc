#include "services/lambda/code_links.h"

#include <fmt/format.h>

#include <charconv>

#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::services::lambda {
namespace {

constexpr int64_t kValidMs = 10 * 60 * 1000;

io::Response refuse() {
  return {.status = 403,
          .headers = {{"Content-Type", "application/xml"}},
          .body = std::string("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code>"
                              "<Message>Request has expired</Message></Error>")};
}

}  // namespace

std::string CodeLinks::seal(std::string_view blob_id, int64_t expires_ms) const {
  return hex_encode(hmac_sha256(server_key_, fmt::format("code-link\n{}\n{}", blob_id, expires_ms)));
}

std::string CodeLinks::make(const io::Request* request, const store::BlobInfo& code) const {
  const int64_t expires_ms = epoch_ms(clock_.now()) + kValidMs;
  const std::string path =
      fmt::format("{}{}?expires={}&seal={}", kPathPrefix, code.id, expires_ms, seal(code.id, expires_ms));
  if (!request) return path;
  return fmt::format("{}://{}{}", request->tls ? "https" : "http", request->headers.get("Host"), path);
}

Task<io::Response> CodeLinks::serve(io::Request request) const {
  const std::string id(request.raw_path().substr(kPathPrefix.size()));
  const std::string_view query = request.raw_query();
  constexpr std::string_view kExpires = "expires=";
  const size_t mark = query.find("&seal=");
  if (!query.starts_with(kExpires) || mark == std::string_view::npos || request.method != "GET")
    co_return refuse();
  int64_t expires_ms = 0;
  std::from_chars(query.data() + kExpires.size(), query.data() + mark, expires_ms);
  const std::string_view given = query.substr(mark + 6);
  if (!constant_time_equal(given, seal(id, expires_ms)) || epoch_ms(clock_.now()) > expires_ms)
    co_return refuse();
  auto range = co_await blobs_.open(id);
  if (!range) {
    co_return io::Response{.status = 404,
                           .headers = {{"Content-Type", "text/plain"}},
                           .body = std::string("The code package is gone.\n")};
  }
  co_return io::Response{.status = 200,
                         .headers = {{"Content-Type", "application/zip"},
                                     {"Content-Disposition", "attachment; filename=\"code.zip\""}},
                         .body = io::Body(*std::move(range))};
}

}  // namespace hearth::services::lambda
