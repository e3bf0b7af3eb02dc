// The rows of functions that wait for something to be done for them (delivery/row_work.h).
#pragma once
#include "services/lambda/function_ref.h"
#include "store/tuple.h"

namespace hearth::services::lambda {

inline store::Key waiting_key(const store::Key& rows, const FunctionRef& ref) {
  return rows + store::Key(ref.account, ref.region, ref.name);
}

inline Result<FunctionRef> waiting_function(const std::string& key) {
  TRY_SYNC(auto parts, store::parse_key<std::string, std::string, std::string, std::string>(key));
  auto& [rows, account, region, name] = parts;
  return FunctionRef{.account = account, .region = region, .name = name, .qualifier = {}};
}

}  // namespace hearth::services::lambda
