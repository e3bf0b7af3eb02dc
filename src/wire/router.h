// Which operation a request is for, and the handlers of the operations.
//
//   Router router(services, authorizer);
//   router.on<ops::GetFunction>(functions, &Functions::get);     // Async<Output> get(const Call&, Input)
//   if (auto missing = router.missing(); !missing.empty()) ...   // refuse to start
//
// Handlers are added before the first request; from then on the router is immutable and any thread may use
// it.
#pragma once
#include <functional>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/task.h"
#include "wire/auth.h"
#include "wire/call.h"
#include "wire/detour.h"
#include "wire/document.h"
#include "wire/front.h"
#include "wire/operation.h"
#include "wire/resource.h"
#include "wire/sigv4.h"
#include "wire/uri_template.h"

namespace hearth::wire {

struct Route {
  const OperationInfo* operation = nullptr;
  UriLabels labels;  // rest protocols: percent-decoded, by label name
};

// What follows decoding: defaults are filled in, then the constraints are checked; the error has the code
// that the service uses for it.
Status complete(const OperationInfo& operation, Message& message);

class Router {
 public:
  using Handler = std::function<Async<Message>(const Call&, Message)>;

  static constexpr int kCallDepthMax = 8;
  static constexpr uint64_t kCallPayloadBytesMax =
      16 << 20;  // of a streamed output that call() gives as a document

  // Both outlive the router. Of services that match a request equally well the first wins.
  Router(std::span<const ServiceInfo* const> services, Authorizer& authorizer);

  template <typename Operation, typename Object, typename Method>
  void on(Object& object, Method method) {
    add(Operation::kInfo, [&object, method](const Call& call, Message input) {
      return run<Operation>(object, method, call, std::move(input));
    });
  }
  void add(const OperationInfo& operation, Handler handler);

  // Who completes the ARNs of a service's resources; it outlives the router.
  void resolve_with(const ServiceInfo& service, ResourceResolver& resolver) {
    resolvers_.emplace(&service, &resolver);
  }

  // What is answered beside a service's operations; it outlives the router.
  void front_with(const ServiceInfo& service, Front& front) { fronts_.emplace(&service, &front); }
  // Null for services without.
  Front* front_of(const ServiceInfo& service) const {
    const auto found = fronts_.find(&service);
    return found == fronts_.end() ? nullptr : found->second;
  }

  // Whom calls of a service are led by; it outlives the router.
  void detour_with(const ServiceInfo& service, Detour& detour) { detours_.emplace(&service, &detour); }

  // Names under which this server is reached, lower case. What a caller puts before one of them, or before
  // the service's own part of a host name or an IPv4 address, is the service's host label: a bucket's name.
  void serve_domains(std::vector<std::string> domains) { domains_ = std::move(domains); }

  // Served operations without a handler, "lambda:GetFunction".
  std::vector<std::string> missing() const;

  // The service a request is for, by the scope of its signature, its target header, its host name or its
  // path; null when nothing tells.
  const ServiceInfo* service_of(const io::Request& request, const sigv4::Claim* claim) const;
  // The service whose front takes a request that is for no operation.
  const ServiceInfo* service_of_front(const io::Request& request) const;
  // The request's path, with what stands before the host's name as its first segment.
  std::string path_of(const ServiceInfo& service, const io::Request& request) const;
  // The operation. `form_body` is the request's body for the query protocols, else unused. Fails with what
  // the real service answers to an operation it does not know, and with "NotImplemented" (501) for those that
  // it knows and Hearth does not serve.
  Result<Route> route(const ServiceInfo& service, const io::Request& request,
                      std::string_view form_body) const;
  // The query service that knows this Action (and Version), for requests that do not say more.
  const ServiceInfo* service_of_form(std::string_view form) const;

  // Runs the call's operation, by its service's detour where that takes it. The message was decoded,
  // completed and validated. `call` outlives the task.
  Async<Message> dispatch(const Call& call, Message input) const;
  // May the caller? Then the handler. `call` outlives the task.
  Async<Message> perform(const Call& call, Message input) const;

  // Runs an operation from inside, by name, with a document as its input and output (blob payloads stand in
  // it as strings). Validates and authorizes as if it had come from outside, in the name of
  // `caller.identity`.
  // A streamed output of more than `payload_bytes_max` is "BodyTooLarge".
  Async<json::value> call(std::string service, std::string operation, json::value input, Call caller,
                          uint64_t payload_bytes_max = kCallPayloadBytesMax) const;

 private:
  struct ServiceRoutes {
    const ServiceInfo* info;
    UriTemplates uris;
    std::unordered_map<std::string_view, const OperationInfo*> by_name;
  };

  template <typename Operation, typename Object, typename Method>
  static Async<Message> run(Object& object, Method method, const Call& call, Message message) {
    TRY(auto input, from_document<typename Operation::Input>(std::move(message)));
    TRY(auto output, co_await (object.*method)(call, std::move(input)));
    co_return to_document(std::move(output));
  }

  // The ARN that the call's permission is asked for.
  Async<std::string> resource_for(const Call& call, const json::object& input) const;
  Async<void> authorize(const Call& call, const json::object& input) const;
  const ServiceRoutes& routes_of(const ServiceInfo& service) const;
  const ServiceInfo* service_of_host(const io::Request& request) const;
  std::string label_of_host(const ServiceInfo& service, const io::Request& request) const;

  std::vector<ServiceRoutes> services_;
  Authorizer& authorizer_;
  std::vector<std::string> domains_;
  std::unordered_map<const ServiceInfo*, ResourceResolver*> resolvers_;
  std::unordered_map<const ServiceInfo*, Front*> fronts_;
  std::unordered_map<const ServiceInfo*, Detour*> detours_;
  std::unordered_map<const OperationInfo*, Handler> handlers_;
};

}  // namespace hearth::wire
