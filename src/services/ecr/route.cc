#include "services/ecr/route.h"

#include "base/encoding.h"
#include "base/whole_number.h"
#include "oci/reference.h"

namespace hearth::services::ecr {
namespace {

// Takes the last component off a path.
std::string_view take_last(std::string_view& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return std::exchange(path, {});
  const std::string_view last = path.substr(slash + 1);
  path = path.substr(0, slash);
  return last;
}

}  // namespace

std::optional<RegistryRoute> RegistryRoute::parse(std::string_view path) {
  constexpr std::string_view kStart = "/v2";
  if (!path.starts_with(kStart)) return std::nullopt;
  path.remove_prefix(kStart.size());
  if (path.empty() || path == "/") return RegistryRoute{};
  if (path == "/_catalog") return RegistryRoute{.kind = Kind::kCatalog};
  const auto decoded = percent_decode(path);
  if (!decoded || decoded->front() != '/') return std::nullopt;
  std::string_view rest = std::string_view(*decoded).substr(1);

  RegistryRoute route{.reference = std::string(take_last(rest))};
  const std::string_view word = take_last(rest);
  if (word == "manifests") {
    route.kind = Kind::kManifest;
  } else if (word == "referrers") {
    route.kind = Kind::kReferrers;
  } else if (word == "tags" && route.reference == "list") {
    route.kind = Kind::kTags;
  } else if (word == "blobs") {
    route.kind = route.reference == "uploads" ? Kind::kUploads : Kind::kBlob;
  } else if (word == "uploads" && take_last(rest) == "blobs") {
    route.kind = route.reference.empty() ? Kind::kUploads : Kind::kUpload;
  } else {
    return std::nullopt;
  }
  route.repository = rest;
  if (!oci::is_repository_name(route.repository)) return std::nullopt;
  return route;
}

std::optional<std::string> parameter_of(std::string_view raw_query, std::string_view name) {
  while (!raw_query.empty()) {
    const size_t end = std::min(raw_query.find('&'), raw_query.size());
    const std::string_view one = raw_query.substr(0, end);
    const size_t equals = std::min(one.find('='), one.size());
    if (one.substr(0, equals) == name) return percent_decode(one.substr(std::min(equals + 1, one.size())));
    raw_query.remove_prefix(std::min(end + 1, raw_query.size()));
  }
  return std::nullopt;
}

std::optional<ChunkRange> parse_chunk_range(std::string_view header) {
  constexpr std::string_view kUnit = "bytes ";
  if (header.starts_with(kUnit)) header.remove_prefix(kUnit.size());
  header = header.substr(0, header.find('/'));
  const size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = whole_number<uint64_t>(header.substr(0, dash)),
             last = whole_number<uint64_t>(header.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return ChunkRange{.first = *first, .last = *last};
}

}  // namespace hearth::services::ecr
