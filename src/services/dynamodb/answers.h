// What stands around DynamoDB's answers: the check of their bytes, which clients compare and try again when
// it is wrong; and the word that the service is well, for those who ask with GET at a host of its name.
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
};

}  // namespace hearth::services::dynamodb
