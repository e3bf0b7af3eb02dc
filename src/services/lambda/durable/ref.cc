#include "services/lambda/durable/ref.h"

#include <fmt/format.h>

#include "api/lambda.h"
#include "base/encoding.h"
#include "store/record.h"
#include "wire/resource.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
constexpr std::string_view kPart = "/durable-execution/";

template <typename R>
std::optional<R> read(std::string_view text) {
  const auto bytes = base64_decode(text);
  if (!bytes) return std::nullopt;
  auto record = store::decode<R>(*bytes);
  if (!record) return std::nullopt;
  return *std::move(record);
}

}  // namespace

std::string ExecutionRef::arn() const {
  return fmt::format("{}{}{}/{}", function.qualified_arn(), kPart, name, id);
}

std::optional<ExecutionRef> ExecutionRef::parse(std::string_view arn) {
  const size_t at = arn.find(kPart);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = arn.substr(at + kPart.size());
  const size_t slash = rest.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == rest.size()) return std::nullopt;
  const auto named = wire::parse_function_reference(arn.substr(0, at));
  if (named.trailing || named.name.empty() || named.account.empty() || named.qualifier.empty())
    return std::nullopt;
  ExecutionRef ref{.function = {named.account, named.region, named.name, named.qualifier},
                   .name = std::string(rest.substr(0, slash)),
                   .id = std::string(rest.substr(slash + 1))};
  // What was authorized is the text, so there is one text for each.
  if (ref.arn() != arn) return std::nullopt;
  return ref;
}

Result<ExecutionRef> ExecutionRef::parse(const wire::Call& call, std::string_view arn) {
  auto ref = parse(arn);
  if (!ref) {
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("{} is not a valid durable execution ARN", arn)));
  }
  if (ref->function.region != call.region) {
    return fail(errors::resource_not_found_exception(fmt::format(
        "Functions from '{}' are not reachable in this region ('{}')", ref->function.region, call.region)));
  }
  return *std::move(ref);
}

std::string CheckpointToken::text() const {
  return base64_encode(store::encode(*this));
}

std::optional<CheckpointToken> CheckpointToken::parse(std::string_view text) {
  return read<CheckpointToken>(text);
}

std::string CallbackId::text() const {
  return base64_encode(store::encode(*this));
}

std::optional<CallbackId> CallbackId::parse(std::string_view text) {
  auto id = read<CallbackId>(text);
  if (!id || !ExecutionRef::parse(id->execution_arn)) return std::nullopt;
  return id;
}

}  // namespace hearth::services::lambda
