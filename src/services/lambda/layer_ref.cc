#include "services/lambda/layer_ref.h"

#include <fmt/format.h>

#include "api/lambda.h"
#include "services/lambda/function_ref.h"
#include "wire/resource.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

Status check_version(int64_t version) {
  if (version >= 1) return {};
  return fail(errors::invalid_parameter_value_exception("Layer Version Cannot be less than 1"));
}

Result<LayerRef> read(const wire::Call& call, std::string_view text) {
  // The same reading as that of the permission's resource, so that what is authorized is what is done.
  const auto named = wire::parse_function_reference(text, "layer");
  if (named.name.empty() || named.trailing) {
    return fail(errors::invalid_parameter_value_exception(fmt::format("{} is not a valid layer ARN", text)));
  }
  LayerRef ref{.account = named.account.empty() ? call.account : named.account,
               .region = named.region.empty() ? call.region : named.region,
               .name = named.name,
               .version = version_number(named.qualifier)};
  if (ref.region != call.region) {
    return fail(errors::resource_not_found_exception(
        fmt::format("Layers from '{}' are not reachable in this region ('{}')", ref.region, call.region)));
  }
  return ref;
}

}  // namespace

std::string LayerRef::arn() const {
  return fmt::format("arn:aws:lambda:{}:{}:layer:{}", region, account, name);
}

Result<LayerRef> LayerRef::parse(const wire::Call& call, std::string_view name_or_arn) {
  TRY_SYNC(LayerRef ref, read(call, name_or_arn));
  ref.version = 0;
  return ref;
}

Result<LayerRef> LayerRef::parse(const wire::Call& call, std::string_view name_or_arn, int64_t version) {
  TRY_SYNC(LayerRef ref, read(call, name_or_arn));
  ref.version = version;
  TRY_SYNC_VOID(check_version(version));
  return ref;
}

Result<LayerRef> LayerRef::parse_version_arn(const wire::Call& call, std::string_view arn) {
  TRY_SYNC(const LayerRef ref, read(call, arn));
  TRY_SYNC_VOID(check_version(ref.version));
  return ref;
}

}  // namespace hearth::services::lambda
