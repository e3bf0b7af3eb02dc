#include "services/dynamodb/answers.h"

#include "api/dynamodb.h"
#include "api/dynamodbstreams.h"
#include "base/crc.h"

namespace hearth::services::dynamodb {

void Answers::mount(wire::Router& router) {
  router.front_with(api::dynamodb::kService, *this);
  router.front_with(api::dynamodbstreams::kService, *this);
}

bool Answers::takes(const io::Request& request, std::string_view path) const {
  const bool for_us = request.headers.get("host").starts_with("dynamodb.");
  return for_us && request.method == "GET" && path == "/";
}

Async<io::Response> Answers::serve(wire::Call& call, io::Request&, std::string) {
  io::Response response{.status = 200};
  response.headers.add("Content-Type", "text/plain");
  response.body = "healthy: dynamodb." + call.region + ".amazonaws.com ";
  co_return response;
}

Task<void> Answers::complete(const wire::Call&, std::string, io::Response& response) {
  const std::string* bytes = response.body.bytes();
  if (!bytes) co_return;
  Crc crc(CrcKind::kCrc32);
  crc.update(*bytes);
  response.headers.set("x-amz-crc32", std::to_string(crc.value()));
}

}  // namespace hearth::services::dynamodb
