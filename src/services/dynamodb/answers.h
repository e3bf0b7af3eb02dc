// What stands around DynamoDB's calls: how requests are called, packed and looked at first; how answers are
// packed; the check of their bytes, which clients compare and try again when it is wrong; the word that the
// service is well, and for pages that they may call it; and what is said of requests that are no calls.
#pragma once
#include "wire/front.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Answers final : public wire::Front {
 public:
  void mount(wire::Router& router);

  bool takes(const io::Request& request, std::string_view path) const override;
  Async<io::Response> serve(wire::Call& call, io::Request& request, std::string path) override;
  Task<void> complete(const wire::Call& call, std::string path, io::Response& response) override;

  std::string request_id(std::string uuid) const override;
  Status unpack(const io::Request& request, std::string& body) const override;
  Status review(const wire::OperationInfo& operation, const json::object& input) const override;
  Status misread(const wire::OperationInfo& operation, const json::object& input) const override;
};

}  // namespace hearth::services::dynamodb
