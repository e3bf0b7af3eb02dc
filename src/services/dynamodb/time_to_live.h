// UpdateTimeToLive, DescribeTimeToLive.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/parts.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class TimesToLive {
 public:
  explicit TimesToLive(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::UpdateTimeToLiveOutput> update(const wire::Call& call,
                                                      api::dynamodb::UpdateTimeToLiveInput input);
  Async<api::dynamodb::DescribeTimeToLiveOutput> describe(const wire::Call& call,
                                                          api::dynamodb::DescribeTimeToLiveInput input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
