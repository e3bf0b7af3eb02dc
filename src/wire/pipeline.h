// The way of every request, once: route, authenticate, decode, validate, authorize, handle, encode. The order
// is fixed because it is what security rests on; what may vary (metrics, traces, audit) watches from outside.
//
// serve() runs on the loop of the request's connection and shares no mutable state with other requests.
#pragma once
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/http_message.h"
#include "wire/auth.h"
#include "wire/codec.h"
#include "wire/router.h"

namespace hearth::wire {

struct PipelineOptions {
  std::string region = "us-east-1";      // of requests whose signature names none
  std::string account = "000000000000";  // of requests that nobody signed
};

// Is told of every request when its response is ready, before it is written. Must not throw or wait.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  // `error` is null for success; `call.operation` is null when no operation was found.
  virtual void finished(const Call& call, int status, const Error* error) = 0;
};

class Pipeline {
 public:
  // References outlive the pipeline.
  Pipeline(const Router& router, CredentialSource& credentials, const Clock& clock, Random& random,
           PipelineOptions options = {});

  // Before the first request.
  void watch(CallObserver& observer) { observers_.push_back(&observer); }

  Task<io::Response> serve(io::Request request) const;

  // Exceptions that reached the pipeline and became InternalFailure. Tests assert zero.
  uint64_t uncaught_exceptions() const { return uncaught_.load(std::memory_order_relaxed); }

 private:
  struct Exchange;

  Task<io::Response> answer(Exchange& exchange) const;
  Task<io::Response> answer_beside(Exchange& exchange) const;
  Async<Message> run(Exchange& exchange) const;
  Async<Message> prepare(Exchange& exchange) const;
  Async<void> find_service(Exchange& exchange) const;
  Async<void> authenticate(Exchange& exchange) const;
  Status find_operation(Exchange& exchange) const;
  Async<void> take_body(Exchange& exchange, const Credential* credential) const;
  Async<void> buffer_body(Exchange& exchange, const BodyLimit& limit) const;
  static Status unwrap_chunks(Exchange& exchange, std::string_view declared, const sigv4::Claim& claim,
                              const std::string& key);
  io::Response refuse(Exchange& exchange, Error error) const;

  const Router& router_;
  CredentialSource& credentials_;
  const Clock& clock_;
  Random& random_;
  PipelineOptions options_;
  std::vector<CallObserver*> observers_;
  mutable std::atomic<uint64_t> uncaught_ = 0;
};

}  // namespace hearth::wire
