#include "oci/registry_client.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json.h"
#include "io/http_client.h"
#include "oci/url.h"

namespace hearth::oci {
namespace {

constexpr int kRedirectsMax = 5;
constexpr size_t kTokenBytesMax = size_t{256} << 10;
constexpr std::string_view kHub = "docker.io";

// The name that Docker gives its registry is not where it is.
std::string host_of(const Reference& reference) {
  return reference.host == kHub ? "registry-1.docker.io" : reference.host;
}

std::string repository_of(const Reference& reference) {
  const bool official = reference.host == kHub && !reference.repository.contains('/');
  return official ? "library/" + reference.repository : reference.repository;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Error unavailable(const std::string& host, std::string_view what) {
  return {.code = "ImageUnavailable", .message = fmt::format("{}: {}", host, what)};
}

class RegistryClient final : public ImageSource {
 public:
  RegistryClient(Reference reference, std::string login, std::unique_ptr<io::TlsContext> tls)
      : reference_(std::move(reference)),
        login_(std::move(login)),
        tls_(std::move(tls)),
        client_({}, tls_.get()) {}

  Async<Document> manifest() override {
    TRY(io::Response answer, co_await get(fmt::format("manifests/{}", reference_.wanted())));
    Document document{.media_type = std::string(answer.headers.get("Content-Type"))};
    document.media_type.resize(std::min(document.media_type.find(';'), document.media_type.size()));
    auto bytes = co_await answer.body.read_all(kManifestBytesMax);
    if (!bytes) co_return unavailable(reference_.host, bytes.error().message);
    document.bytes = *std::move(bytes);
    if (reference_.digest && Digest::of(document.bytes) != *reference_.digest)
      co_return Error{.code = "DigestMismatch",
                      .message = "the manifest is not " + reference_.digest->text()};
    co_return document;
  }

  Async<io::Body> content(Descriptor descriptor) override {
    TRY(io::Response answer, co_await get(fmt::format("blobs/{}", descriptor.digest.text())));
    co_return std::move(answer.body);
  }

 private:
  Url url_of(std::string_view what) const {
    const std::string host = host_of(reference_);
    return {.tls = !is_loopback(host),
            .host = host,
            .target = fmt::format("/v2/{}/{}", repository_of(reference_), what)};
  }

  Async<io::Response> send(Url url, std::string authorization) {
    TRY(const io::Address address, url.address());
    io::Request request{
        .method = "GET", .target = url.target, .headers = {{"Host", url.host}, {"User-Agent", "hearth"}}};
    for (const std::string_view type :
         {media_type::kOciManifest, media_type::kDockerManifest, media_type::kOciIndex,
          media_type::kDockerIndex, std::string_view("*/*")}) {
      request.headers.add("Accept", std::string(type));
    }
    if (!authorization.empty()) request.headers.add("Authorization", std::move(authorization));
    auto answer = co_await client_.send(address, std::move(request), url.tls);
    if (!answer) co_return unavailable(url.host, answer.error().message);
    co_return *std::move(answer);
  }

  // What the registry has there, which may lie with another host that gets no secret of ours.
  Async<io::Response> get(std::string what) {
    Url url = url_of(what);
    TRY(io::Response answer, co_await send(url, authorization_));
    if (answer.status == 401) {
      TRY_VOID(co_await log_in(std::string(answer.headers.get("WWW-Authenticate"))));
      TRY(answer, co_await send(url, authorization_));
    }
    for (int redirects = 0; is_redirect(answer.status) && redirects < kRedirectsMax; ++redirects) {
      const std::string location(answer.headers.get("Location"));
      const std::string host = url.host;
      if (location.starts_with('/') && !location.starts_with("//")) {
        url.target = location;
      } else {
        TRY(url, Url::parse(location));
      }
      // Only who is on this machine may lead to it.
      if (is_loopback(url.host) && !is_loopback(reference_.host))
        co_return unavailable(reference_.host, "it leads to this machine");
      TRY(answer, co_await send(url, url.host == host ? authorization_ : ""));
    }
    if (answer.status == 200) co_return std::move(answer);
    if (answer.status == 404)
      co_return Error{.code = "ImageNotFound", .message = fmt::format("{} has no {}", reference_.host, what)};
    if (answer.status == 401 || answer.status == 403)
      co_return Error{.code = "ImageDenied", .message = fmt::format("{} denies {}", reference_.host, what)};
    co_return unavailable(reference_.host, fmt::format("it answered {}", answer.status));
  }

  Async<void> log_in(std::string header) {
    const Challenge bearer = Challenge::parse(header, "Bearer");
    const std::string basic = login_.empty() ? "" : "Basic " + base64_encode(login_);
    if (!bearer.given()) {
      if (basic.empty() || !Challenge::parse(header, "Basic").given())
        co_return Error{.code = "ImageDenied", .message = reference_.host + " wants a login"};
      authorization_ = basic;
      co_return {};
    }
    TRY(Url url, Url::parse(bearer.realm()));
    if (is_loopback(url.host) && !is_loopback(reference_.host))
      co_return unavailable(reference_.host, "it leads to this machine");
    const std::string scope = bearer.scope().empty()
                                  ? fmt::format("repository:{}:pull", repository_of(reference_))
                                  : bearer.scope();
    url.target += fmt::format("{}service={}&scope={}", url.target.contains('?') ? '&' : '?',
                              percent_encode(bearer.service()), percent_encode(scope));
    TRY(io::Response answer, co_await send(url, basic));
    if (answer.status != 200)
      co_return Error{.code = "ImageDenied", .message = fmt::format("{} gives no token", url.host)};
    auto body = co_await answer.body.read_all(kTokenBytesMax);
    if (!body) co_return unavailable(url.host, body.error().message);
    const auto document = parse_json(*body);
    const json::object* members = document ? document->if_object() : nullptr;
    for (const char* name : {"token", "access_token"}) {
      const json::value* token = members ? members->if_contains(name) : nullptr;
      if (!token || !token->is_string()) continue;
      const std::string_view text = token->get_string();
      // It becomes a line of a request.
      if (text.find_first_of("\r\n") != std::string_view::npos) break;
      authorization_ = "Bearer " + std::string(text);
      co_return {};
    }
    co_return unavailable(url.host, "it gave what is no token");
  }

  Reference reference_;
  std::string login_;  // empty: there is none
  std::unique_ptr<io::TlsContext> tls_;
  io::HttpClient client_;
  std::string authorization_;
};

}  // namespace

Result<RegistryLogins> read_logins(std::string_view config) {
  const auto document = parse_json(config);
  const json::object* root = document ? document->if_object() : nullptr;
  const json::value* auths = root ? root->if_contains("auths") : nullptr;
  if (!auths || !auths->is_object()) return fail("InvalidOption", "it has no \"auths\"");
  RegistryLogins logins;
  for (const auto& [host, entry] : auths->get_object()) {
    const json::value* login = entry.is_object() ? entry.get_object().if_contains("auth") : nullptr;
    const auto decoded = login && login->is_string() ? base64_decode(login->get_string()) : std::nullopt;
    if (!decoded || !decoded->contains(':'))
      return fail("InvalidOption",
                  "it has no login for " + std::string(host) + ", which a helper of Docker may keep");
    // What Docker calls its own registry there.
    logins[host == "https://index.docker.io/v1/" ? std::string(kHub) : std::string(host)] = *decoded;
  }
  return logins;
}

Result<std::unique_ptr<ImageSource>> open_registry(const Reference& reference, const RegistryLogins& logins) {
  std::unique_ptr<io::TlsContext> tls;
  if (!is_loopback(reference.host)) {
    auto context = io::TlsContext::for_client("");
    if (!context) return fail("ImageUnavailable", context.error().message);
    tls = *std::move(context);
  }
  const auto login = logins.find(reference.host);
  return std::make_unique<RegistryClient>(reference, login == logins.end() ? "" : login->second,
                                          std::move(tls));
}

}  // namespace hearth::oci
