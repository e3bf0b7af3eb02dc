// Data streams of Kinesis that a table's changes go to (forwarding.h): made so and ended by their owner. What
// is asked for is so when it is answered; answers say what the service's do.
#pragma once
#include "api/dynamodb.h"
#include "delivery/target.h"
#include "services/dynamodb/parts.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Destinations {
 public:
  // Both outlive it.
  Destinations(const Parts& parts, delivery::Target& streams) : parts_(parts), streams_(streams) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::dynamodb::KinesisStreamingDestinationOutput> enable(
      const Call& call, api::dynamodb::KinesisStreamingDestinationInput input);
  Async<api::dynamodb::KinesisStreamingDestinationOutput> disable(
      const Call& call, api::dynamodb::KinesisStreamingDestinationInput input);
  Async<api::dynamodb::UpdateKinesisStreamingDestinationOutput> update(
      const Call& call, api::dynamodb::UpdateKinesisStreamingDestinationInput input);
  Async<api::dynamodb::DescribeKinesisStreamingDestinationOutput> describe(
      const Call& call, api::dynamodb::DescribeKinesisStreamingDestinationInput input);

 private:
  // Whether the caller may write to it, and it is one that the table's changes can go to.
  Async<void> check_stream(const Call& call, TableRef ref, std::string arn) const;

  const Parts& parts_;
  delivery::Target& streams_;
};

}  // namespace hearth::services::dynamodb
