#include "services/lambda/layer_use.h"

#include <fmt/format.h>

#include <map>

#include "api/lambda.h"
#include "services/lambda/limits.h"
#include "wire/auth.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

Result<std::vector<LayerRef>> parse_all(const wire::Call& call, const std::vector<std::string>& arns) {
  if (arns.size() > limits::kLayersMax) {
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("Cannot reference more than {} layers.", limits::kLayersMax)));
  }
  std::vector<LayerRef> refs;
  std::map<std::string, std::string> seen;
  for (const std::string& arn : arns) {
    if (!arn.starts_with(fmt::format("arn:aws:lambda:{}:", call.region))) {
      return fail(errors::invalid_parameter_value_exception(fmt::format(
          "Layers are not in the same region as the function. Layers are expected to be in region {}.",
          call.region)));
    }
    TRY_SYNC(LayerRef ref, LayerRef::parse_version_arn(call, arn));
    const auto [before, fresh] = seen.emplace(ref.arn(), arn);
    if (!fresh) {
      return fail(errors::invalid_parameter_value_exception(
          fmt::format("Two different versions of the same layer are not allowed to be referenced in the "
                      "same function. {} and {} are versions of the same layer.",
                      before->second, arn)));
    }
    refs.push_back(std::move(ref));
  }
  return refs;
}

}  // namespace

Async<void> authorize_layers(const wire::Call& call, std::optional<std::vector<std::string>> arns,
                             wire::Authorizer& authorizer) {
  if (!arns) co_return {};
  TRY(const auto refs, parse_all(call, *arns));
  for (const LayerRef& ref : refs) {
    TRY_VOID(co_await authorizer.authorize(
        call, {.action = "lambda:GetLayerVersion", .resource = ref.version_arn()}));
  }
  co_return {};
}

Async<void> use_layers(store::Transaction& tx, const wire::Call& call,
                       std::optional<std::vector<std::string>> arns, VersionRecord& record) {
  if (!arns) co_return {};
  TRY(const auto refs, parse_all(call, *arns));
  record.layers.clear();
  for (const LayerRef& ref : refs) {
    Tables tables(tx, ref.account, ref.region);
    TRY(auto version, co_await tables.layer_versions.get(ref.key()));
    if (!version)
      co_return errors::invalid_parameter_value_exception(
          fmt::format("Layer version {} does not exist.", ref.version_arn()));
    record.layers.push_back({.arn = ref.version_arn(),
                             .code = std::move(version->code),
                             .unzipped_bytes = version->unzipped_bytes,
                             .signature = std::move(version->signature)});
  }
  TRY_VOID(check_unzipped_size(record));
  co_return {};
}

Status check_unzipped_size(const VersionRecord& record) {
  constexpr auto kMax = static_cast<int64_t>(limits::kUnzippedCodeBytesMax);
  int64_t layers = 0;
  for (const UsedLayer& layer : record.layers) layers += layer.unzipped_bytes;
  if (layers > kMax)
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("Layers consume more than the available size of {} bytes", kMax)));
  const int64_t all = layers + record.unzipped_bytes;
  if (all <= kMax) return {};
  return fail(errors::invalid_parameter_value_exception(
      fmt::format("Function code combined with layers exceeds the maximum allowed size of {} bytes. "
                  "The actual size is {} "
                  "bytes.",
                  kMax, all)));
}

std::vector<store::BlobInfo> layer_packages(const VersionRecord& record) {
  std::vector<store::BlobInfo> packages;
  for (const UsedLayer& layer : record.layers) packages.push_back(layer.code);
  return packages;
}

}  // namespace hearth::services::lambda
