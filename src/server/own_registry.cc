#include "server/own_registry.h"

#include "oci/url.h"
#include "services/ecr/registry_host.h"

namespace hearth::server {
namespace {

// What a source of images says (oci/image_source.h). To names that nobody has the service adds nothing, and
// neither do we.
Error told(Error error) {
  if (error.code == "RepositoryNotFoundException" || error.code == "ImageNotFoundException" ||
      error.code == "LayersNotFoundException") {
    return {.code = "ImageNotFound", .message = ""};
  }
  if (error.code == "AccessDeniedException") return {.code = "ImageDenied", .message = ""};
  return {.code = "ImageUnavailable", .message = error.code + ": " + error.message};
}

class FoundImage final : public oci::ImageSource {
 public:
  FoundImage(services::ecr::ImageSource& images, services::ecr::ServedImage image)
      : images_(images), image_(std::move(image)) {}

  Async<oci::Document> manifest() override {
    co_return oci::Document{.bytes = image_.manifest, .media_type = image_.media_type};
  }
  Async<io::Body> content(oci::Descriptor descriptor) override {
    auto range = co_await images_.open(image_.repository, descriptor.digest.text());
    if (!range) co_return told(std::move(range).error());
    co_return io::Body(*std::move(range));
  }

 private:
  services::ecr::ImageSource& images_;
  services::ecr::ServedImage image_;
};

std::string_view port_of(std::string_view host) {
  const size_t colon = host.rfind(':');
  return colon == std::string_view::npos || host.ends_with(']') ? "" : host.substr(colon);
}

}  // namespace

bool OwnRegistry::serves(const std::string& host, const oci::Asker& asker) const {
  if (services::ecr::RegistryHosts::parse(host) || host == asker.host) return true;
  return oci::is_loopback(host) && oci::is_loopback(asker.host) && port_of(host) == port_of(asker.host);
}

Async<std::unique_ptr<oci::ImageSource>> OwnRegistry::open(oci::Reference reference, oci::Asker asker) {
  const auto named = services::ecr::RegistryHosts::parse(reference.host);
  if (named && named->region != asker.region) {
    co_return Error{
        .code = "ImageInvalid",
        .message = "it is in the region " + named->region + ", and the function in " + asker.region};
  }
  services::ecr::WantedImage wanted{.account = named ? named->account : asker.account,
                                    .region = named ? named->region : region_,
                                    .repository = reference.repository,
                                    .reference = reference.wanted()};
  auto image = co_await ecr_.source().find(
      std::move(wanted),
      {.service = "lambda.amazonaws.com", .account = asker.account, .source_arn = asker.function_arn});
  if (!image) co_return told(std::move(image).error());
  co_return std::make_unique<FoundImage>(ecr_.source(), *std::move(image));
}

}  // namespace hearth::server
