// What a function of Object Lambda is told of the request that it is to answer.
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "io/http_message.h"
#include "wire/call.h"

namespace hearth::services::s3 {

// A link by which the function reads the object as the caller would: signed by the caller's own key, and with
// what the caller said that an answer depends on.
struct InputLink {
  std::string host;    // under which functions reach this server
  std::string bucket;  // the supporting access point's alias
  std::string method = "GET";
  std::string key;
  std::vector<std::pair<std::string, std::string>> query;    // "versionId", ...
  std::vector<std::pair<std::string, std::string>> headers;  // that must be sent with it, lower case
  std::string access_key_id;
  std::string secret;
  std::string session_token;  // empty: none
  std::string region;
};
std::string signed_link(const InputLink& link, TimePoint now);

// Headers of the caller's request that S3 takes only when they are signed.
std::vector<std::pair<std::string, std::string>> headers_to_sign(const io::Headers& headers);

// What a function's result says of an object ("LambdaInvalidResponse" for what says nothing): its headers,
// but for those that are this server's to say, or an error.
struct HeadAnswer {
  int status = 200;
  std::string error_code;
  std::string error_message;
  std::vector<std::pair<std::string, std::string>> headers;
};
Result<HeadAnswer> read_head_answer(const json::object& result);

// The caller's request, without what proves who sent it.
json::object user_request(const io::Request& request);
json::object user_identity(const wire::Identity& identity);

}  // namespace hearth::services::s3
