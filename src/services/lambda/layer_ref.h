// How callers name a layer, "name" or an ARN, and a version of it by a number beside it or at the ARN's end.
// Parsed once, here.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"
#include "store/tuple.h"
#include "wire/call.h"

namespace hearth::services::lambda {

struct LayerRef {
  std::string account;
  std::string region;
  std::string name;
  int64_t version = 0;  // 0: none was given

  // "arn:aws:lambda:<region>:<account>:layer:<name>"
  std::string arn() const;
  std::string version_arn() const { return arn() + ":" + std::to_string(version); }
  // Of its record among the versions of all layers.
  store::Key key() const { return store::Key(name, version); }
  // Whose reference keeps its package.
  store::Key owner() const { return store::Key("lambda-layer", account, region, name, version); }

  // Errors as the service words them: no name, another region, a version below 1.
  static Result<LayerRef> parse(const wire::Call& call, std::string_view name_or_arn);
  static Result<LayerRef> parse(const wire::Call& call, std::string_view name_or_arn, int64_t version);
  static Result<LayerRef> parse_version_arn(const wire::Call& call, std::string_view arn);
};

}  // namespace hearth::services::lambda
