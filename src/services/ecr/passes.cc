#include "services/ecr/passes.h"

#include "base/encoding.h"

namespace hearth::services::ecr {
namespace {

// Neither belongs to anything else.
constexpr std::string_view kNoOwner;

template <typename Record>
std::optional<Record> opened(const identity::Seal& seal, std::string_view text) {
  const auto sealed = base64_decode(text);
  if (!sealed) return std::nullopt;
  const auto bytes = seal.open(*sealed, kNoOwner);
  if (!bytes) return std::nullopt;
  auto record = store::decode<Record>(*bytes);
  if (!record) return std::nullopt;
  return *std::move(record);
}

}  // namespace

Passes::Passes(std::string_view server_key, Random& random)
    : passes_(server_key, "registry-passes", random), links_(server_key, "registry-links", random) {}

std::string Passes::seal(const Pass& pass) const {
  return base64_encode(passes_.seal(store::encode(pass), kNoOwner));
}

std::string Passes::seal(const LayerLink& link) const {
  return base64_encode(links_.seal(store::encode(link), kNoOwner));
}

std::optional<Pass> Passes::open_pass(std::string_view password) const {
  return opened<Pass>(passes_, password);
}

std::optional<LayerLink> Passes::open_link(std::string_view text) const {
  return opened<LayerLink>(links_, text);
}

std::optional<std::string> password_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (!iequals(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  authorization.remove_prefix(kScheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  const auto text = base64_decode(authorization);
  if (!text) return std::nullopt;
  const size_t colon = text->find(':');
  if (colon == std::string::npos || std::string_view(*text).substr(0, colon) != Passes::kUser) {
    return std::nullopt;
  }
  return text->substr(colon + 1);
}

}  // namespace hearth::services::ecr
