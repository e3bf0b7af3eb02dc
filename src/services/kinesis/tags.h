// Tags of streams and of consumers, by name and by ARN.
#pragma once
#include <functional>
#include <map>

#include "services/kinesis/errors.h"
#include "services/kinesis/parts.h"
#include "wire/router.h"

namespace hearth::services::kinesis {

using Tags = std::map<std::string, std::string>;

// Adds them to those of that stream, or of a consumer of it. "InvalidArgumentException" for what cannot be.
Status add_tags(const StreamRef& ref, Tags& tags, const Tags& more);

class StreamTags {
 public:
  explicit StreamTags(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::kinesis::ops::AddTagsToStream::Output> add(const Call& call,
                                                        api::kinesis::AddTagsToStreamInput input);
  Async<api::kinesis::ops::RemoveTagsFromStream::Output> remove(
      const Call& call, api::kinesis::RemoveTagsFromStreamInput input);
  Async<api::kinesis::ListTagsForStreamOutput> list(const Call& call,
                                                    api::kinesis::ListTagsForStreamInput input);
  Async<api::kinesis::ops::TagResource::Output> tag(const Call& call, api::kinesis::TagResourceInput input);
  Async<api::kinesis::ops::UntagResource::Output> untag(const Call& call,
                                                        api::kinesis::UntagResourceInput input);
  Async<api::kinesis::ListTagsForResourceOutput> list_of(const Call& call,
                                                         api::kinesis::ListTagsForResourceInput input);

 private:
  using Change = std::function<Status(const StreamRef&, Tags&)>;
  Async<void> change(std::string arn, Change change);
  Async<Tags> tags_of(std::string arn);

  const Parts& parts_;
};

}  // namespace hearth::services::kinesis
