#include "services/kinesis/tags.h"

#include <algorithm>
#include <cctype>

#include "services/kinesis/consumers.h"
#include "services/kinesis/limits.h"

namespace hearth::services::kinesis {
namespace {

namespace ops = api::kinesis::ops;
using store::Key;

std::vector<api::kinesis::Tag> listed(const Tags& tags) {
  std::vector<api::kinesis::Tag> list;
  for (const auto& [key, value] : tags) list.push_back({.key = key, .value = value});
  return list;
}

// Bytes of characters beyond ASCII are letters here.
Status check_characters(std::string_view text) {
  constexpr std::string_view kOthers = " \t\n\r_./=+-%@:";
  const auto valid = [&](char c) {
    return static_cast<signed char>(c) < 0 || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           kOthers.find(c) != std::string_view::npos;
  };
  if (std::ranges::all_of(text, valid)) return {};
  return fail(errors::invalid(
      "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white "
      "space, _ . / = + - % @."));
}

Status take_away(Tags& tags, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    TRY_SYNC_VOID(check_characters(key));
    tags.erase(key);
  }
  return {};
}

Error no_resource(std::string_view arn) {
  return errors::invalid(fmt::format("ResourceARN {} is invalid.", arn));
}

}  // namespace

Status add_tags(const StreamRef& ref, Tags& tags, const Tags& more) {
  for (const auto& [key, value] : more) {
    TRY_SYNC_VOID(check_characters(key));
    TRY_SYNC_VOID(check_characters(value));
    if (key.starts_with("aws:")) return fail(errors::invalid("Tag keys cannot begin with aws:."));
    tags[key] = value;
  }
  if (tags.size() <= limits::kTagsMax) return {};
  return fail(errors::invalid(fmt::format(
      "Failed to add tags to {} because a given stream cannot have more than {} tags associated with it.",
      errors::place_of(ref), limits::kTagsMax)));
}

void StreamTags::mount(wire::Router& router) {
  router.on<ops::AddTagsToStream>(*this, &StreamTags::add);
  router.on<ops::RemoveTagsFromStream>(*this, &StreamTags::remove);
  router.on<ops::ListTagsForStream>(*this, &StreamTags::list);
  router.on<ops::TagResource>(*this, &StreamTags::tag);
  router.on<ops::UntagResource>(*this, &StreamTags::untag);
  router.on<ops::ListTagsForResource>(*this, &StreamTags::list_of);
}

Async<void> StreamTags::change(std::string arn, Change change) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    if (const auto stream = StreamRef::of_arn(arn)) {
      TRY(StreamRecord record, co_await require_stream(tx, *stream));
      TRY_VOID(change(*stream, record.tags));
      Tables(tx, *stream).streams.put(Key(stream->name), record);
      co_return {};
    }
    const auto consumer = ConsumerRef::of_arn(arn);
    if (!consumer) co_return no_resource(arn);
    TRY(ConsumerRecord record, co_await require_consumer(tx, *consumer));
    TRY_VOID(change(consumer->stream, record.tags));
    Tables(tx, consumer->stream).consumers.put(consumer->key(), record);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<Tags> StreamTags::tags_of(std::string arn) {
  auto body = [&](store::Transaction& tx) -> Async<Tags> {
    if (const auto stream = StreamRef::of_arn(arn)) {
      TRY(StreamRecord record, co_await require_stream(tx, *stream));
      co_return std::move(record.tags);
    }
    const auto consumer = ConsumerRef::of_arn(arn);
    if (!consumer) co_return no_resource(arn);
    TRY(ConsumerRecord record, co_await require_consumer(tx, *consumer));
    co_return std::move(record.tags);
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::AddTagsToStream::Output> StreamTags::add(const Call& call,
                                                    api::kinesis::AddTagsToStreamInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  TRY_VOID(co_await change(ref.arn(),
                           [&](const StreamRef& of, Tags& tags) { return add_tags(of, tags, input.tags); }));
  co_return ops::AddTagsToStream::Output{};
}

Async<ops::RemoveTagsFromStream::Output> StreamTags::remove(const Call& call,
                                                            api::kinesis::RemoveTagsFromStreamInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  TRY_VOID(co_await change(ref.arn(),
                           [&](const StreamRef&, Tags& tags) { return take_away(tags, input.tag_keys); }));
  co_return ops::RemoveTagsFromStream::Output{};
}

Async<api::kinesis::ListTagsForStreamOutput> StreamTags::list(const Call& call,
                                                              api::kinesis::ListTagsForStreamInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  TRY(const Tags tags, co_await tags_of(ref.arn()));
  api::kinesis::ListTagsForStreamOutput out;
  const auto limit = static_cast<size_t>(input.limit.value_or(limits::kTagsMax));
  for (const auto& tag : listed(tags)) {
    if (input.exclusive_start_tag_key && tag.key <= *input.exclusive_start_tag_key) continue;
    out.has_more_tags = out.tags.size() == limit;
    if (out.has_more_tags) break;
    out.tags.push_back(tag);
  }
  co_return out;
}

Async<ops::TagResource::Output> StreamTags::tag(const Call&, api::kinesis::TagResourceInput input) {
  TRY_VOID(co_await change(input.resource_arn,
                           [&](const StreamRef& of, Tags& tags) { return add_tags(of, tags, input.tags); }));
  co_return ops::TagResource::Output{};
}

Async<ops::UntagResource::Output> StreamTags::untag(const Call&, api::kinesis::UntagResourceInput input) {
  TRY_VOID(co_await change(input.resource_arn,
                           [&](const StreamRef&, Tags& tags) { return take_away(tags, input.tag_keys); }));
  co_return ops::UntagResource::Output{};
}

Async<api::kinesis::ListTagsForResourceOutput> StreamTags::list_of(
    const Call&, api::kinesis::ListTagsForResourceInput input) {
  TRY(const Tags tags, co_await tags_of(input.resource_arn));
  co_return api::kinesis::ListTagsForResourceOutput{.tags = listed(tags)};
}

}  // namespace hearth::services::kinesis
