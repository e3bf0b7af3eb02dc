// Records go out: iterators, what they lead to, and subscriptions.
#pragma once
#include "services/kinesis/errors.h"
#include "services/kinesis/parts.h"
#include "services/kinesis/tokens.h"
#include "wire/router.h"

namespace hearth::services::kinesis {

class Readings final : public wire::ResourceResolver {
 public:
  Readings(const Parts& parts, const Tokens& tokens) : parts_(parts), tokens_(tokens) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::kinesis::GetShardIteratorOutput> iterator(const Call& call,
                                                       api::kinesis::GetShardIteratorInput input);
  Async<api::kinesis::GetRecordsOutput> get(const Call& call, api::kinesis::GetRecordsInput input);
  Async<api::kinesis::SubscribeToShardOutput> subscribe(const Call& call,
                                                        api::kinesis::SubscribeToShardInput input);

  // The stream behind an iterator, or behind a page's token.
  Async<std::string> resolve(const Call& call, std::string resource) override;

 private:
  // Where an iterator would begin.
  Async<Iterator> place(StreamRef ref, api::kinesis::GetShardIteratorInput input);

  const Parts& parts_;
  const Tokens& tokens_;
};

}  // namespace hearth::services::kinesis
