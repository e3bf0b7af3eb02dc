// The invokes under way in a process that serves many at once: events wait for a runtime that asks for one,
// and results come by request id, in any order, over any connection. Who asked last gets the next event, so
// that those who are not needed stay so.
//
// Threads: the environment's loop.
#pragma once
#include <deque>
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
  SharedCalls() = default;
  SharedCalls(const SharedCalls&) = delete;

  // Makes the event, with the Lambda-Runtime-* fields, when a runtime takes it.
  using Take = std::move_only_function<io::Response()>;
  // The call's result, or how the process ended under it, goes to `results`, which is there until then.
  // False: an earlier attempt of the request is still under way.
  bool deliver(const std::string& request_id, Take take, std::optional<ResponseStream> stream,
               io::Channel<RuntimeEvent>& results);
  // True: no runtime has the event, and none will; there is no result.
  bool withdraw(const std::string& request_id);
  // The process is lost, and all calls with it.
  void end(const RuntimeEvent& how);

  Task<io::Response> next();
  Task<io::Response> response(std::string request_id, io::Request request);
  Task<io::Response> error(std::string request_id, io::Request request);

  // The same without HTTP. A result that nobody waits for is dropped.
  using Answer = std::move_only_function<void(io::Response)>;
  void ask(Answer answer);
  void post(const std::string& request_id, RuntimeEvent result);

 private:
  struct Call {
    io::Channel<RuntimeEvent>* results;
    std::optional<ResponseStream> stream;
    bool answered = false;  // a result arrives
  };
  struct Event {
    std::string request_id;
    Take take;
  };
  class Waiting;  // an HTTP request for an event

  // Whether the call takes a result, and does not any more from then on.
  std::optional<io::Response> refuse(const std::string& request_id);
  bool has(const std::string& request_id) const { return calls_.contains(request_id); }
  io::Response finish(const std::string& request_id, PostedResult result);

  std::map<std::string, Call> calls_;
  std::deque<Event> events_;   // for which nobody has asked yet
  std::list<Answer> waiting_;  // or who has asked for one that is not there yet
};

}  // namespace hearth::execution
