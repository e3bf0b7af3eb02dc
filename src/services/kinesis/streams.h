// Streams: made, deleted, described, and what is set on them.
#pragma once
#include "services/kinesis/errors.h"
#include "services/kinesis/parts.h"
#include "wire/router.h"

namespace hearth::services::kinesis {

class Streams {
 public:
  explicit Streams(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::kinesis::ops::CreateStream::Output> create(const Call& call,
                                                        api::kinesis::CreateStreamInput input);
  Async<api::kinesis::ops::DeleteStream::Output> remove(const Call& call,
                                                        api::kinesis::DeleteStreamInput input);
  Async<api::kinesis::DescribeStreamOutput> describe(const Call& call,
                                                     api::kinesis::DescribeStreamInput input);
  Async<api::kinesis::DescribeStreamSummaryOutput> summarize(const Call& call,
                                                             api::kinesis::DescribeStreamSummaryInput input);
  Async<api::kinesis::ListStreamsOutput> list(const Call& call, api::kinesis::ListStreamsInput input);
  Async<api::kinesis::DescribeLimitsOutput> limits(const Call& call, api::kinesis::DescribeLimitsInput input);
  Async<api::kinesis::ops::UpdateStreamMode::Output> set_mode(const Call& call,
                                                              api::kinesis::UpdateStreamModeInput input);
  Async<api::kinesis::ops::IncreaseStreamRetentionPeriod::Output> keep_longer(
      const Call& call, api::kinesis::IncreaseStreamRetentionPeriodInput input);
  Async<api::kinesis::ops::DecreaseStreamRetentionPeriod::Output> keep_shorter(
      const Call& call, api::kinesis::DecreaseStreamRetentionPeriodInput input);
  Async<api::kinesis::ops::StartStreamEncryption::Output> encrypt(
      const Call& call, api::kinesis::StartStreamEncryptionInput input);
  Async<api::kinesis::ops::StopStreamEncryption::Output> decrypt(
      const Call& call, api::kinesis::StopStreamEncryptionInput input);

 private:
  Async<void> set_key(StreamRef ref, std::string key);
  Async<void> set_retention(StreamRef ref, int64_t hours, bool longer);

  const Parts& parts_;
};

}  // namespace hearth::services::kinesis
