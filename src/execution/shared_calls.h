// The invokes under way in a process that serves many at once: events wait for a runtime that asks for one,
// and results come in any order, over any connection. Who asked last gets the next event, so that those who
// are not needed stay so.
//
// Each delivery of an event has an id of its own, which a runtime names with its result
// (Lambda-Runtime-Invocation-Id, as the service has it): a request that took too long may still run when it
// is tried again here. A result that names none is that of the request's last.
//
// Threads: the environment's loop.
#pragma once
#include <deque>
#include <expected>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "execution/posted_result.h"
#include "io/channel.h"

namespace hearth::execution {

class SharedCalls {
 public:
  static constexpr const char* kId = "Lambda-Runtime-Invocation-Id";

  SharedCalls() = default;
  SharedCalls(const SharedCalls&) = delete;

  // Makes the event, with the Lambda-Runtime-* fields, when a runtime takes it.
  using Take = std::move_only_function<io::Response()>;
  // As it has not been delivered before. The result, or how the process ended under it, goes to `results`,
  // which is there until then.
  struct Delivery {
    std::string id;
    std::string request_id;
    Take take;
    std::optional<ResponseStream> stream = {};
    io::Channel<RuntimeEvent>& results;
  };
  void deliver(Delivery delivery);
  // Nobody waits for it any more. True: no runtime has the event, and none will; there is no result. Else
  // there will be, and who posts it is told that it is too late.
  bool give_up(const std::string& id);
  // The process is lost, and all calls with it.
  void end(const RuntimeEvent& how);

  Task<io::Response> next();
  Task<io::Response> response(std::string request_id, io::Request request);
  Task<io::Response> error(std::string request_id, io::Request request);

  // The same without HTTP, by the id of the delivery. A result of none is dropped.
  using Answer = std::move_only_function<void(io::Response)>;
  void ask(Answer answer);
  void post(const std::string& id, RuntimeEvent result);

 private:
  struct Call {
    std::string request_id;
    std::optional<ResponseStream> stream;
    io::Channel<RuntimeEvent>* results;
    uint64_t number;        // later ones have higher
    bool answered = false;  // a result arrives
    bool late = false;
  };
  struct Event {
    std::string id;
    Take take;
  };
  class Waiting;  // an HTTP request for an event
  using Calls = std::map<std::string, Call, std::less<>>;

  Calls::iterator find(const std::string& request_id, std::string_view id);
  // The id of the call that the request brings a result of, and no other does from then on.
  std::expected<std::string, io::Response> accept(const std::string& request_id, const io::Request& request);
  io::Response finish(const std::string& id, PostedResult result);

  Calls calls_;  // by id
  uint64_t last_number_ = 0;
  std::deque<Event> events_;   // for which nobody has asked yet
  std::list<Answer> waiting_;  // or who has asked for one that is not there yet
};

}  // namespace hearth::execution
