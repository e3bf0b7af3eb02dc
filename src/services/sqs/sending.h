// SendMessage and SendMessageBatch.
#pragma once
#include <array>

#include "api/sqs.h"
#include "io/turnstile.h"
#include "services/sqs/sender.h"
#include "wire/router.h"

namespace hearth::services::sqs {

class Sending {
 public:
  Sending(Parts parts, const Sender& sender) : parts_(parts), sender_(sender) {}
  void mount(wire::Router& router);

  Async<api::sqs::SendMessageResult> send(const wire::Call& call, api::sqs::SendMessageRequest input);
  Async<api::sqs::SendMessageBatchResult> send_batch(const wire::Call& call,
                                                     api::sqs::SendMessageBatchRequest input);

 private:
  using Passes = std::vector<io::Turnstile::Pass>;

  // Those who send to one group do so one after the other on this node, so that its sequence numbers rise in
  // the order in which the messages stand.
  Task<Passes> take_turns(const QueueRef& queue, std::vector<std::string> groups);

  struct Turn : io::Turnstile {
    Turn() : Turnstile(1) {}
  };

  Parts parts_;
  const Sender& sender_;
  std::array<Turn, 64> turns_;
};

}  // namespace hearth::services::sqs
