// Requests to function URLs: finds the function by the request's host, lets in who may come, and makes its
// result a response, whole or as it arrives.
//
//   <id>.lambda-url.<region>.on.aws          the host of the service's URLs
//   <id>.lambda-url.<region>.localhost       the same, by a name that leads to this machine by itself
//
// each with or without a port.
//
// Threads: any loop; the references outlive it.
#pragma once
#include <optional>
#include <string>

#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "services/lambda/runner.h"
#include "services/lambda/url_access.h"

namespace hearth::services::lambda {

class UrlFront {
 public:
  UrlFront(Parts& parts, wire::CredentialSource& credentials, wire::Authorizer& authorizer)
      : parts_(parts), access_(credentials, authorizer) {}

  struct Host {
    std::string url_id;
    std::string region;
  };
  // Nothing when the host is none of a function URL.
  static std::optional<Host> parse_host(std::string_view host);

  Task<io::Response> serve(Host host, io::Request request);

 private:
  struct Found {
    FunctionRef ref;
    UrlRecord url;
  };
  struct Incoming;  // one request on its way

  Async<std::optional<Found>> find(Host host);
  Task<io::Response> answer(Incoming& incoming);
  Async<io::Response> run(Incoming& incoming, TargetPtr target, execution::Invocation invocation);
  static Task<io::Response> streamed(std::string content_type, std::unique_ptr<io::BodySource> bytes,
                                     io::Future<execution::Outcome> outcome);

  Parts& parts_;
  UrlAccess access_;
};

}  // namespace hearth::services::lambda
