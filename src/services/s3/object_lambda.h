// Object Lambda: a function answers GetObject in place of the object. The caller's request waits here; the
// function reads the object by a link that is signed in the caller's name, and sends what it made of it by
// WriteGetObjectResponse, which goes on to the caller as it comes.
//
// The one who waits is a connection of this process: an answer must come to the same server.
#pragma once
#include "services/s3/access_point_facts.h"
#include "services/s3/object_lambda_points.h"
#include "services/s3/parts.h"
#include "services/s3/pending_answers.h"
#include "wire/auth.h"
#include "wire/router.h"

namespace hearth::services::s3 {

// How functions reach this server.
struct FunctionsView {
  std::string host;   // "127.0.0.1:4566"
  std::string route;  // which, before the host's name, leads there too
};

class ObjectLambda {
 public:
  // All outlive it.
  ObjectLambda(Parts& parts, AccessPointFacts& points, wire::CredentialSource& credentials,
               const wire::Router& router, FunctionsView view)
      : parts_(parts),
        points_(points),
        credentials_(credentials),
        router_(router),
        view_(std::move(view)),
        answers_(parts.random) {}
  void mount(wire::Router& router);

  // GetObject or HeadObject by an access point that has a function for it. Both outlive the task.
  Async<wire::Message> serve(const wire::Call& call, wire::Message input, const AccessPointRecord& point);
  Async<wire::Message> answer(const wire::Call& call, wire::Message input);

 private:
  // What a function is to do.
  struct Job {
    std::string function;
    std::string link;
    json::object event;  // but for how to answer
  };
  Async<std::string> link_for(const wire::Call& call, const json::object& input,
                              const AccessPointRecord& supporting);
  Async<Job> job_for(const wire::Call& call, const json::object& input, const AccessPointRecord& point);
  Async<wire::Message> get(const wire::Call& call, Job job, std::string access_point);
  Async<wire::Message> head(const wire::Call& call, Job job);
  Async<json::value> invoke(wire::Call call, std::string function, json::object event);
  // Tells the waiting caller when the function ends without an answer.
  Task<void> run(wire::Call call, std::string function, json::object event,
                 io::Promise<PendingAnswers::Begun> begun);

  Parts& parts_;
  AccessPointFacts& points_;
  wire::CredentialSource& credentials_;
  const wire::Router& router_;
  FunctionsView view_;
  PendingAnswers answers_;
};

}  // namespace hearth::services::s3
