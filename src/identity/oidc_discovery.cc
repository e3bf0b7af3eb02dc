#include "identity/oidc_discovery.h"

#include "base/json.h"
#include "base/text_member.h"
#include "io/http_client.h"
#include "io/timeout.h"

namespace hearth::identity {
namespace {

using namespace std::chrono_literals;

constexpr auto kConnectTime = 4s, kAnswerTime = 4s, kWholeTime = 10s;
constexpr size_t kAnswerBytesMax = 256 << 10;
constexpr std::string_view kScheme = "https://";

Error malformed(std::string message) {
  return {.code = "MalformedKeys", .message = std::move(message)};
}

struct Place {
  io::Address address;
  std::string host;  // as it is named in the request
  std::string target;
};

// Of a URL without its scheme.
Result<Place> place_of(std::string_view url) {
  const size_t slash = std::min(url.find('/'), url.size());
  const std::string host(url.substr(0, slash));
  const size_t bracket = host.rfind(']');  // behind an address of IPv6
  const bool has_port = host.find(':', bracket == std::string::npos ? 0 : bracket) != std::string::npos;
  auto address = io::Address::parse(has_port ? host : host + ":443");
  if (!address || address->is_unix()) return fail(malformed("this is no address: " + host));
  const std::string_view path = url.substr(slash, url.find('#') - slash);
  for (const char c : path) {
    if (c <= ' ' || c == '\x7f') return fail(malformed("this is no URL: https://" + std::string(url)));
  }
  return Place{
      .address = *std::move(address), .host = host, .target = path.empty() ? "/" : std::string(path)};
}

// What went wrong, in the words of this file.
Error told(const std::string& url, const Error& error) {
  const bool untrusted = error.code == "UntrustedPeer";
  const bool malformed = error.code == "MalformedKeys" || error.code == "BodyTooLarge";
  return {.code = untrusted   ? "ProviderUntrusted"
                  : malformed ? "MalformedKeys"
                              : "ProviderUnreachable",
          .message = "https://" + url + ": " + error.message};
}

Async<std::string> get(io::HttpClient& client, std::string url) {
  TRY(Place place, place_of(url));
  io::Request request{
      .method = "GET",
      .target = std::move(place.target),
      .headers = {{"Host", place.host}, {"Accept", "application/json"}, {"User-Agent", "hearth"}}};
  auto response = co_await client.send(std::move(place.address), std::move(request), true);
  if (!response) co_return told(url, response.error());
  constexpr int kGood = 200;
  if (response->status != kGood) {
    co_return Error{.code = "MalformedKeys",
                    .message = "https://" + url + " answered " + std::to_string(response->status)};
  }
  auto body = co_await response->body.read_all(kAnswerBytesMax);
  if (!body) co_return told(url, body.error());
  co_return *std::move(body);
}

// The member of a provider's configuration, which must be the provider's own.
Result<std::string> key_set_address(const std::string& url, const std::string& configuration) {
  const auto parsed = parse_json(configuration);
  const json::object* root = parsed ? parsed->if_object() : nullptr;
  const auto text = [&](std::string_view name) { return root ? text_member(*root, name) : std::string(); };
  if (text("issuer") != std::string(kScheme) + url) {
    return fail(malformed("the configuration of https://" + url + " is of another issuer"));
  }
  const std::string found = text("jwks_uri");
  if (!found.starts_with(kScheme)) return fail(malformed("https://" + url + " has no jwks_uri"));
  return found.substr(kScheme.size());
}

Async<KeySet> ask(std::string url, std::vector<std::string> thumbprints) {
  TRY(const auto tls, io::TlsContext::for_client_of(thumbprints));
  io::HttpClient client(
      {.connect_timeout = kConnectTime, .response_timeout = kAnswerTime, .body_timeout = kAnswerTime},
      tls.get());
  const std::string folder = url.ends_with('/') ? url : url + "/";
  TRY(const std::string configuration, co_await get(client, folder + ".well-known/openid-configuration"));
  TRY(std::string address, key_set_address(url, configuration));
  TRY(const std::string keys, co_await get(client, std::move(address)));
  co_return KeySet::parse(keys);
}

}  // namespace

Async<KeySet> discover_keys(std::string url, std::vector<std::string> thumbprints) {
  auto keys = co_await io::with_timeout(ask(url, std::move(thumbprints)), kWholeTime);
  if (!keys) co_return Error{.code = "ProviderUnreachable", .message = "https://" + url + " took too long"};
  co_return std::move(*keys);
}

}  // namespace hearth::identity
