// What a service does beside its operations: answers to requests that no operation describes, mostly of
// browsers; headers that depend on who asks; and what it does in its own way around every call. The pipeline
// knows one front of a service, see Router::front_with.
//
// Threads: the request's own loop, several at once.
#pragma once
#include "base/json.h"
#include "base/task.h"
#include "io/http_message.h"
#include "wire/call.h"

namespace hearth::wire {

class Front {
 public:
  virtual ~Front() = default;
  // Whether the request is the front's to answer. `path` is the request's (Router::path_of).
  virtual bool takes(const io::Request& request, std::string_view path) const = 0;
  // Answers such a request, which nobody has authenticated: `call` is anonymous, and the front's to complete.
  // An error is sent in the service's form. Both outlive the task.
  virtual Async<io::Response> serve(Call& call, io::Request& request, std::string path) = 0;
  // Completes the answer to any request for the service. All outlive the task.
  virtual Task<void> complete(const Call& call, std::string path, io::Response& response) = 0;

  // How the service names a request that the pipeline has given the id `uuid`.
  virtual std::string request_id(std::string uuid) const { return uuid; }
  // Turns a buffered body that the client packed into what it means. What the client signed is what it sent.
  virtual Status unpack(const io::Request&, std::string&) const { return {}; }
  // What the service refuses of an input before its shapes are asked, and in its own words.
  virtual Status review(const OperationInfo&, const json::object&) const { return {}; }
  // What has the wrong type in the parts that only the service reads: of an input that is refused for
  // anything else, as types come first.
  virtual Status misread(const OperationInfo&, const json::object&) const { return {}; }
};

}  // namespace hearth::wire
