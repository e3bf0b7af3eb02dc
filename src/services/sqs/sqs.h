// The SQS service, put together.
#pragma once
#include "io/task_scope.h"
#include "services/sqs/expiry.h"
#include "services/sqs/limits.h"
#include "services/sqs/move_tasks.h"
#include "services/sqs/permissions.h"
#include "services/sqs/queues.h"
#include "services/sqs/receiving.h"
#include "services/sqs/sending.h"
#include "services/sqs/tags.h"

namespace hearth::services::sqs {

struct Needs {
  store::Store& store;
  wire::Authorizer& authorizer;
  const Clock& clock;
  Random& random;
  std::chrono::seconds before_recreation = limits::kBeforeRecreation;
};

class Sqs {
 public:
  Sqs(Needs needs, std::string_view server_key)
      : moments_(needs.clock),
        parts_{.store = needs.store,
               .authorizer = needs.authorizer,
               .clock = needs.clock,
               .random = needs.random,
               .moments = moments_,
               .before_recreation = needs.before_recreation},
        handles_(server_key) {}
  Sqs(const Sqs&) = delete;

  void mount(wire::Router& router) {
    queues_.mount(router);
    tags_.mount(router);
    sending_.mount(router);
    receiving_.mount(router);
    permissions_.mount(router);
    move_tasks_.mount(router);
  }
  // Background work, in a scope that ends before this.
  void start(io::TaskScope& scope) {
    scope.spawn(expiry_.run());
    scope.spawn(move_tasks_.run());
  }
  // Nobody waits for messages any more: before the server waits for its requests.
  void stop() { receivers_.stop(); }

  // For services that send within their own transactions.
  const Sender& sender() const { return sender_; }

 private:
  Moments moments_;
  Parts parts_;
  Handles handles_;
  Sender sender_{parts_};
  Receivers receivers_{parts_};
  Queues queues_{parts_};
  QueueTags tags_{parts_};
  Sending sending_{parts_, sender_};
  Receiving receiving_{parts_, receivers_, handles_};
  Permissions permissions_{parts_};
  MoveTasks move_tasks_{parts_};
  Expiry expiry_{parts_};
};

}  // namespace hearth::services::sqs
