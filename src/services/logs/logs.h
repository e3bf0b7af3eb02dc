// The CloudWatch Logs service, as far as it is served: groups, streams, events.
#pragma once
#include "api/logs.h"
#include "services/logs/ingest.h"
#include "services/logs/records.h"
#include "wire/router.h"

namespace hearth::services::logs {

class Logs {
 public:
  Logs(store::Store& store, Ingest& ingest, const Clock& clock)
      : store_(store), ingest_(ingest), clock_(clock) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::logs::ops::CreateLogGroup::Output> create_group(const Call& call,
                                                             api::logs::CreateLogGroupRequest input);
  Async<api::logs::ops::DeleteLogGroup::Output> delete_group(const Call& call,
                                                             api::logs::DeleteLogGroupRequest input);
  Async<api::logs::DescribeLogGroupsResponse> describe_groups(const Call& call,
                                                              api::logs::DescribeLogGroupsRequest input);
  Async<api::logs::ops::PutRetentionPolicy::Output> put_retention(const Call& call,
                                                                  api::logs::PutRetentionPolicyRequest input);
  Async<api::logs::ops::DeleteRetentionPolicy::Output> delete_retention(
      const Call& call, api::logs::DeleteRetentionPolicyRequest input);
  Async<api::logs::ops::CreateLogStream::Output> create_stream(const Call& call,
                                                               api::logs::CreateLogStreamRequest input);
  Async<api::logs::DescribeLogStreamsResponse> describe_streams(const Call& call,
                                                                api::logs::DescribeLogStreamsRequest input);
  Async<api::logs::PutLogEventsResponse> put_events(const Call& call, api::logs::PutLogEventsRequest input);
  Async<api::logs::GetLogEventsResponse> get_events(const Call& call, api::logs::GetLogEventsRequest input);
  Async<api::logs::FilterLogEventsResponse> filter_events(const Call& call,
                                                          api::logs::FilterLogEventsRequest input);

 private:
  Async<void> set_retention(const Call& call, std::string group, std::optional<int64_t> days);

  store::Store& store_;
  Ingest& ingest_;
  const Clock& clock_;
};

}  // namespace hearth::services::logs
