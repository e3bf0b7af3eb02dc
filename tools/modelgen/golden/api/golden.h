// Golden Test Service: generated from the published model and api/golden.toml.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "io/body.h"
#include "wire/access.h"
#include "wire/operation.h"

namespace hearth::api::golden {

extern const wire::ServiceInfo kService;

namespace color {
inline constexpr std::string_view kRed = "red";
inline constexpr std::string_view kDarkBlue = "DARK_BLUE";
inline constexpr std::string_view kXYZ = "x.y-z";
}

struct MissingThing;
struct GetBlobInput;
struct GetBlobOutput;
struct Tree;
struct Choice;
struct PutThingRequest;
struct PutThingOutput;
struct NoSuchThing;
struct Broken;

struct MissingThing {
  std::optional<std::string> message;
  static const wire::Shape& shape();
};

struct GetBlobInput {
  std::string key;
  static const wire::Shape& shape();
};

struct GetBlobOutput {
  hearth::io::Body body;
  std::optional<std::string> code_sha256;
  static const wire::Shape& shape();
};

struct Tree {
  std::optional<std::string> name;
  wire::Recursive<Tree> left;
  std::optional<std::vector<Tree>> branches;
  std::optional<std::map<std::string, Tree>> named;
  static const wire::Shape& shape();
};

struct Choice {
  std::string a;
  std::optional<int32_t> b;
  static const wire::Shape& shape();
};

struct PutThingRequest {
  std::string thing_name;
  std::string kms_key_arn;
  bool dry_run = true;
  std::string client_token = "none";
  std::optional<std::map<std::string, std::string>> metadata;
  std::optional<std::string> context;
  std::optional<Tree> tree;
  std::optional<std::vector<std::string>> colors;
  int32_t count = 5;
  std::optional<double> ratio;
  std::optional<int64_t> size;
  std::optional<std::string> secret;
  std::optional<std::string> alias;
  std::optional<std::string> note;
  std::optional<hearth::TimePoint> at;
  std::optional<hearth::json::value> free;
  std::optional<std::string> raw;
  std::optional<Choice> choice;
  std::optional<std::string> version;
  std::optional<std::string> default_;
  static const wire::Shape& shape();
};

struct PutThingOutput {
  std::optional<int32_t> status;
  std::optional<std::vector<Choice>> things;
  std::optional<std::string> s3_bucket;
  static const wire::Shape& shape();
};

struct NoSuchThing {
  std::optional<std::string> message;
  std::optional<int32_t> retry_after;
  static const wire::Shape& shape();
};

struct Broken {
  static const wire::Shape& shape();
};

struct PingInput {
  static const wire::Shape& shape();
};
struct PingOutput {
  static const wire::Shape& shape();
};
using PutThingInput = PutThingRequest;

namespace ops {
struct GetBlob {
  using Input = GetBlobInput;
  using Output = GetBlobOutput;
  static const wire::OperationInfo kInfo;
};
struct Ping {
  using Input = PingInput;
  using Output = PingOutput;
  static const wire::OperationInfo kInfo;
};
struct PutThing {
  using Input = PutThingRequest;
  using Output = PutThingOutput;
  static const wire::OperationInfo kInfo;
};
}  // namespace ops

// What operations may end in: co_return errors::...("text").
namespace errors {
inline hearth::Error broken(std::string message) {
  return {.code = "Broken", .message = std::move(message)};
}
inline hearth::Error missing_thing(std::string message) {
  return {.code = "MissingThing", .message = std::move(message)};
}
inline hearth::Error no_such_thing(std::string message) {
  return {.code = "NoSuchThingCode", .message = std::move(message)};
}
}  // namespace errors

}  // namespace hearth::api::golden
