#include "services/logs/logs.h"

namespace hearth::services::logs {

namespace ops = api::logs::ops;

void Logs::mount(wire::Router& router) {
  router.on<ops::CreateLogGroup>(*this, &Logs::create_group);
  router.on<ops::DeleteLogGroup>(*this, &Logs::delete_group);
  router.on<ops::DescribeLogGroups>(*this, &Logs::describe_groups);
  router.on<ops::PutRetentionPolicy>(*this, &Logs::put_retention);
  router.on<ops::DeleteRetentionPolicy>(*this, &Logs::delete_retention);
  router.on<ops::TagResource>(*this, &Logs::tag);
  router.on<ops::UntagResource>(*this, &Logs::untag);
  router.on<ops::ListTagsForResource>(*this, &Logs::list_tags);
  router.on<ops::TagLogGroup>(*this, &Logs::tag_group);
  router.on<ops::UntagLogGroup>(*this, &Logs::untag_group);
  router.on<ops::ListTagsLogGroup>(*this, &Logs::list_group_tags);
  router.on<ops::CreateLogStream>(*this, &Logs::create_stream);
  router.on<ops::DeleteLogStream>(*this, &Logs::delete_stream);
  router.on<ops::DescribeLogStreams>(*this, &Logs::describe_streams);
  router.on<ops::PutLogEvents>(*this, &Logs::put_events);
  router.on<ops::GetLogEvents>(*this, &Logs::get_events);
  router.on<ops::FilterLogEvents>(*this, &Logs::filter_events);
}

}  // namespace hearth::services::logs
