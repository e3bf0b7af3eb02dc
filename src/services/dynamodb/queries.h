// Query and Scan.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/parts.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Queries {
 public:
  explicit Queries(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::QueryOutput> query(const wire::Call& call, api::dynamodb::QueryInput input);
  Async<api::dynamodb::ScanOutput> scan(const wire::Call& call, api::dynamodb::ScanInput input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
