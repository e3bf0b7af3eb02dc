// The CloudWatch Logs service, as far as it is served: groups, streams, events.
#pragma once
#include <functional>
#include <map>

#include "api/logs.h"
#include "services/logs/ingest.h"
#include "services/logs/records.h"
#include "wire/router.h"

namespace hearth::services::logs {

using Tags = std::map<std::string, std::string>;

// The errors of CreateLogGroup and TagResource for tags that a group cannot have.
Status add_tags(GroupRecord& group, const Tags& tags);

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

  Async<api::logs::ops::TagResource::Output> tag(const Call& call, api::logs::TagResourceRequest input);
  Async<api::logs::ops::UntagResource::Output> untag(const Call& call, api::logs::UntagResourceRequest input);
  Async<api::logs::ListTagsForResourceResponse> list_tags(const Call& call,
                                                          api::logs::ListTagsForResourceRequest input);
  Async<api::logs::ops::TagLogGroup::Output> tag_group(const Call& call, api::logs::TagLogGroupRequest input);
  Async<api::logs::ops::UntagLogGroup::Output> untag_group(const Call& call,
                                                           api::logs::UntagLogGroupRequest input);
  Async<api::logs::ListTagsLogGroupResponse> list_group_tags(const Call& call,
                                                             api::logs::ListTagsLogGroupRequest input);

  Async<api::logs::ops::CreateLogStream::Output> create_stream(const Call& call,
                                                               api::logs::CreateLogStreamRequest input);
  Async<api::logs::ops::DeleteLogStream::Output> delete_stream(const Call& call,
                                                               api::logs::DeleteLogStreamRequest input);
  Async<api::logs::DescribeLogStreamsResponse> describe_streams(const Call& call,
                                                                api::logs::DescribeLogStreamsRequest input);

  Async<api::logs::PutLogEventsResponse> put_events(const Call& call, api::logs::PutLogEventsRequest input);
  Async<api::logs::GetLogEventsResponse> get_events(const Call& call, api::logs::GetLogEventsRequest input);
  Async<api::logs::FilterLogEventsResponse> filter_events(const Call& call,
                                                          api::logs::FilterLogEventsRequest input);

 private:
  using Change = std::function<Status(GroupRecord&)>;
  Async<void> change_group(const Call& call, std::string group, Change change);
  Async<Tags> tags_of(const Call& call, std::string group);

  store::Store& store_;
  Ingest& ingest_;
  const Clock& clock_;
};

}  // namespace hearth::services::logs
