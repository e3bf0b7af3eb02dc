#include "services/ecr/front.h"

#include <fmt/format.h>

#include "api/ecr.h"

namespace hearth::services::ecr {
namespace {

constexpr std::string_view kLinkParameter = "link";

Error invalid_pass() {
  return registry_error(400, "DENIED", "Your Authorization Token is invalid.");
}
Error no_pass() {
  return registry_error(401, "UNAUTHORIZED", "Not Authorized");
}

}  // namespace

bool RegistryFront::takes(const io::Request& request) {
  const std::string_view path = request.raw_path(), query = request.raw_query();
  if (path != "/v2" && !path.starts_with("/v2/")) return false;
  return !request.headers.get("Authorization").starts_with("AWS") &&
         query.find("X-Amz-Signature=") == std::string_view::npos &&
         query.find("AWSAccessKeyId=") == std::string_view::npos;
}

Task<io::Response> RegistryFront::serve(io::Request request) {
  auto answered = co_await answer(request);
  io::Response response = answered ? *std::move(answered) : refusal(answered.error());
  if (response.status == 401) {
    response.headers.set("WWW-Authenticate",
                         fmt::format("Basic realm=\"{}://{}/\",service=\"ecr.amazonaws.com\"",
                                     request.tls ? "https" : "http", request.headers.get("Host")));
  }
  response.headers.set("Docker-Distribution-Api-Version", "registry/2.0");
  co_return response;
}

Async<io::Response> RegistryFront::answer(io::Request& request) {
  const TimePoint now = parts_.clock.now();
  auto route = RegistryRoute::parse(request.raw_path());
  if (route) {
    auto link = parameter_of(request.raw_query(), kLinkParameter);
    if (link) co_return co_await follow(request, *std::move(route), *std::move(link));
  }
  TRY(wire::Identity identity, co_await caller(request, now));
  if (!route) co_return registry_error(404, "NAME_INVALID", "Nothing of a registry has this path");
  Registry registry = RegistryHosts::parse(request.headers.get("Host"))
                          .value_or(Registry{identity.account, parts_.hosts.region()});
  Exchange exchange = exchange_of(request, *std::move(route), std::move(registry), std::move(identity), now);
  co_return co_await dispatch(exchange);
}

Exchange RegistryFront::exchange_of(io::Request& request, RegistryRoute route, Registry registry,
                                    wire::Identity identity, TimePoint now) const {
  RepositoryRef ref{.account = registry.account, .region = registry.region, .name = route.repository};
  return {.request = request,
          .route = std::move(route),
          .call = {.account = std::move(registry.account),
                   .region = std::move(registry.region),
                   .identity = std::move(identity),
                   .operation = &api::ecr::ops::BatchGetImage::kInfo,
                   .clock = &parts_.clock,
                   .received_at = now,
                   .source_ip = request.peer.substr(0, request.peer.rfind(':')),
                   .tls = request.tls,
                   .request = &request},
          .ref = std::move(ref),
          .authorizer = parts_.authorizer};
}

// A password lasts as long as it says, also that of a session that is over by then; but it ends with the key,
// or with the user or role that it is of.
Async<wire::Identity> RegistryFront::caller(const io::Request& request, TimePoint now) {
  const std::string* header = request.headers.find("Authorization");
  if (!header) co_return no_pass();
  const auto password = password_of(*header);
  const auto pass = password ? parts_.passes.open_pass(*password) : std::nullopt;
  if (!pass) co_return invalid_pass();
  if (pass->expires <= now) {
    co_return registry_error(403, "DENIED",
                             "Your authorization token has expired. Reauthenticate and try again.");
  }
  TRY(auto credential, co_await parts_.credentials.find(pass->access_key_id, pass->session_token));
  if (!credential) co_return invalid_pass();
  co_return std::move(credential->identity);
}

// A link opens one layer, to whoever has it.
Async<io::Response> RegistryFront::follow(io::Request& request, RegistryRoute route, std::string text) {
  const TimePoint now = parts_.clock.now();
  const auto link = parts_.passes.open_link(text);
  const bool good = link && route.kind == RegistryRoute::Kind::kBlob && link->expires > now &&
                    link->repository == route.repository && link->digest == route.reference &&
                    (request.method == "GET" || request.method == "HEAD");
  if (!good) co_return registry_error(403, "DENIED", "The link is not valid, or has expired");
  Exchange exchange =
      exchange_of(request, std::move(route), {link->account, link->region}, {.anonymous = true}, now);
  co_return co_await blobs_.send(exchange);
}

Async<io::Response> RegistryFront::dispatch(Exchange& exchange) {
  switch (exchange.route.kind) {
    case RegistryRoute::Kind::kPing:
      co_return io::Response{
          .status = 200, .headers = {{"Content-Type", "application/json"}}, .body = std::string("{}")};
    case RegistryRoute::Kind::kCatalog:
      co_return co_await manifests_.catalog(exchange);
    case RegistryRoute::Kind::kTags:
      co_return co_await manifests_.tags(exchange);
    case RegistryRoute::Kind::kManifest:
      co_return co_await manifests_.manifest(exchange);
    case RegistryRoute::Kind::kReferrers:
      co_return co_await manifests_.referrers(exchange);
    case RegistryRoute::Kind::kBlob:
      co_return co_await blobs_.blob(exchange);
    case RegistryRoute::Kind::kUploads:
      co_return co_await blobs_.uploads(exchange);
    case RegistryRoute::Kind::kUpload:
      co_return co_await blobs_.upload(exchange);
  }
  co_return unsupported();
}

}  // namespace hearth::services::ecr
