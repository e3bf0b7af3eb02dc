// Where the records of asynchronous invokes may go: checked when it is configured, and sent.
#pragma once
#include "delivery/delivery.h"
#include "services/lambda/destination_record.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

struct Destinations {
  std::string on_success = {};  // ARNs, empty for none
  std::string on_failure = {};
  // What the keys of records in buckets begin with; empty: those of asynchronous invokes.
  std::string keys = {};
};

// Whether they are there, other than the function itself, and its role lets it tell them: in the service's
// words. Only what will be delivered to is taken.
Async<void> check_destinations(const Parts& parts, FunctionRef ref, std::string role_arn,
                               Destinations destinations);
// The same of a function's dead letter target; empty is none.
Async<void> check_dead_letters(const Parts& parts, FunctionRef ref, std::string role_arn, std::string arn);

// Lambda, acting for a function with its role.
delivery::Sender sender_of(const FunctionRef& ref, std::string role_arn);

// What goes out when an invoke is over.
delivery::Delivery record_delivery(const Finished& finished, std::string destination_arn, TimePoint now);
// The event itself, with why it is here.
delivery::Delivery dead_letter(const Finished& finished, std::string target_arn);

}  // namespace hearth::services::lambda
