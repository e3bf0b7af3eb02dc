// Everything that the registry reads of paths, queries, headers and policies by itself.
#include <cstdlib>

#include "oci/reference.h"
#include "services/ecr/lifecycle.h"
#include "services/ecr/passes.h"
#include "services/ecr/registry_host.h"
#include "services/ecr/route.h"
#include "services/ecr/tag_rules.h"

namespace {

using namespace hearth::services::ecr;  // NOLINT: a test's

void require(bool holds) {
  if (!holds) std::abort();
}

// Whatever is read as a path names a repository that may be, and leads nowhere else.
void check_route(const std::string& path) {
  using Kind = RegistryRoute::Kind;
  const auto route = RegistryRoute::parse(path);
  if (!route || route->kind == Kind::kPing || route->kind == Kind::kCatalog) return;
  require(hearth::oci::is_repository_name(route->repository));
  if (route->kind != Kind::kTags && route->kind != Kind::kUploads) {
    require(route->reference.find('/') == std::string::npos);
  }
}

void check_host(const std::string& text) {
  const auto registry = RegistryHosts::parse(text);
  if (registry) require(!registry->region.empty() && registry->account.size() == 12);
  hearth::io::Request request;
  request.headers.set("Host", text);
  const hearth::wire::Call call{.account = "111122223333", .request = &request};
  (void)RegistryHosts("us-east-1").host_of(call, {"999999999999", "eu-west-1"});
}

void check_lifecycle(const std::string& text) {
  const auto policy = Lifecycle::parse(text);
  if (!policy) return;
  const auto now = hearth::from_epoch_ms(1'700'000'000'000);
  std::vector<AgedImage> images;
  for (int i = 0; i < 5; ++i) images.push_back({std::to_string(i), {"a" + std::to_string(i)}, now});
  require(policy->expired(images, now).size() <= images.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Passes passes(std::string(32, 'k'), hearth::system_random());
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_route(text);
  check_route("/v2/" + text);
  check_host(text);
  check_host(text + ".dkr.ecr." + text);
  check_lifecycle(text);
  (void)parameter_of(text, "digest");
  if (const auto range = parse_chunk_range(text)) require(range->first <= range->last);
  if (const auto password = password_of("Basic " + text)) (void)passes.open_pass(*password);
  require(!passes.open_pass(text) && !passes.open_link(text));
  (void)matches_wildcard(text.substr(0, size / 2), text.substr(size / 2));
  return 0;
}
