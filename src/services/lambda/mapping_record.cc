#include "services/lambda/mapping_record.h"

#include "api/lambda.h"

namespace hearth::services::lambda {

std::optional<MappingRef> MappingRef::of_arn(std::string_view arn) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= arn.size();) {
    const size_t colon = std::min(arn.find(':', begin), arn.size());
    parts.emplace_back(arn.substr(begin, colon - begin));
    begin = colon + 1;
  }
  constexpr size_t kParts = 7;
  if (parts.size() != kParts || parts[0] != "arn" || parts[2] != "lambda" ||
      parts[5] != "event-source-mapping") {
    return std::nullopt;
  }
  return MappingRef{.account = parts[4], .region = parts[3], .uuid = parts[6]};
}

Async<MappingRecord> require_mapping(store::Transaction& tx, MappingRef ref) {
  TRY(auto record, co_await mappings(tx).get(ref.key()));
  if (!record) {
    co_return api::lambda::errors::resource_not_found_exception("The resource you requested does not exist.");
  }
  co_return *std::move(record);
}

Result<FunctionRef> function_of(const MappingRef& ref, const MappingRecord& record) {
  return FunctionRef::parse({.account = ref.account, .region = ref.region}, record.function_arn);
}

}  // namespace hearth::services::lambda
