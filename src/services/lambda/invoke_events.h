// The answer of InvokeWithResponseStream: what a function streams as PayloadChunk events, and one
// InvokeComplete at the end that tells how it ended. A result that was not streamed is one chunk.
#pragma once
#include <memory>
#include <string>

#include "execution/invocation.h"
#include "io/body.h"
#include "io/future.h"

namespace hearth::services::lambda {

class InvokeEvents final : public io::BodySource {
 public:
  InvokeEvents(std::unique_ptr<io::BodySource> bytes, io::Future<execution::Outcome> outcome)
      : bytes_(std::move(bytes)), outcome_(std::move(outcome)) {}

  Async<std::string> read() override;

 private:
  std::unique_ptr<io::BodySource> bytes_;
  io::Future<execution::Outcome> outcome_;
  bool complete_ = false;
};

// The events at the end: of a result that was not streamed, and of the end itself.
std::string last_events(const execution::Outcome& outcome);

}  // namespace hearth::services::lambda
