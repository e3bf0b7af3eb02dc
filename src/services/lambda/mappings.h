// Event source mappings, as their operations see them: made, changed and deleted here, brought to life by
// Pollers (pollers.h), which finds them in the store.
#pragma once
#include "api/lambda.h"
#include "services/lambda/mapping_record.h"
#include "services/lambda/parts.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class Mappings {
 public:
  explicit Mappings(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Configuration = api::lambda::EventSourceMappingConfiguration;
  Async<Configuration> create(const wire::Call& call, api::lambda::CreateEventSourceMappingRequest input);
  Async<Configuration> get(const wire::Call& call, api::lambda::GetEventSourceMappingRequest input);
  Async<api::lambda::ListEventSourceMappingsResponse> list(const wire::Call& call,
                                                           api::lambda::ListEventSourceMappingsRequest input);
  Async<Configuration> update(const wire::Call& call, api::lambda::UpdateEventSourceMappingRequest input);
  Async<Configuration> remove(const wire::Call& call, api::lambda::DeleteEventSourceMappingRequest input);

 private:
  // The function is there, its role may read the source, and the source is one it can work.
  Async<void> check(MappingRef ref, FunctionRef function, MappingRecord record);
  Async<void> check_queue(FunctionRef function, std::string role_arn, int64_t timeout_seconds,
                          std::string queue_arn);

  Parts& parts_;
};

}  // namespace hearth::services::lambda
