#include "wire/router.h"

#include "base/ascii.h"
#include "base/check.h"
#include "base/encoding.h"
#include "base/random.h"
#include "wire/codec.h"
#include "wire/conditions.h"
#include "wire/member_path.h"
#include "wire/opaque.h"
#include "wire/protocols.h"
#include "wire/validate.h"

namespace hearth::wire {

namespace {

// An empty list or map is none.
bool is_given(const json::value* value) {
  if (!value) return false;
  if (const json::array* list = value->if_array()) return !list->empty();
  const json::object* map = value->if_object();
  return !map || !map->empty();
}

bool is_rest(const ServiceInfo& service) {
  return service.protocol == Protocol::kRestJson || service.protocol == Protocol::kRestXml;
}

std::string_view main_action(const OperationInfo& operation, const json::object& input) {
  for (const MemberAction& instead : operation.instead) {
    if (is_given(input.if_contains(instead.member))) return instead.action;
  }
  return operation.action;
}

// "Prefix.Operation"; the prefix may contain dots itself.
std::pair<std::string_view, std::string_view> split_target(std::string_view target) {
  const size_t dot = target.rfind('.');
  if (dot == std::string_view::npos) return {{}, target};
  return {target.substr(0, dot), target.substr(dot + 1)};
}

// "/service/Name/operation/Operation", as the CBOR protocol has it; empty when it is no such path.
std::pair<std::string_view, std::string_view> split_service_path(std::string_view path) {
  constexpr std::string_view kService = "/service/", kOperation = "/operation/";
  const size_t at = path.find(kService);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = path.substr(at + kService.size());
  const size_t middle = rest.find(kOperation);
  if (middle == std::string_view::npos) return {};
  return {rest.substr(0, middle), rest.substr(middle + kOperation.size())};
}

std::string_view value_of(const QueryPairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

// In lower case, without the port.
std::string host_of(const io::Request& request) {
  std::string host = to_lower(request.headers.get("host"));
  host.resize(std::min(host.size(), host.find(':')));
  return host;
}

// Where the IPv4 address begins that a host's name ends with; npos without one.
size_t address_at(std::string_view host) {
  size_t at = host.size();
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && at-- == 0) return std::string_view::npos;
    const size_t end = at;
    while (at > 0 && is_digit(host[at - 1])) --at;
    if (at == end || (at > 0 && host[at - 1] != '.')) return std::string_view::npos;
  }
  return at;
}

// Of S3, whose paths are anything.
Error method_not_allowed(const io::Request& request, std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  const size_t slash = path.find('/');
  const bool key = slash != std::string_view::npos && slash + 1 < path.size();
  return Error{.code = "MethodNotAllowed",
               .message = "The specified method is not allowed against this resource.",
               .extra = {{"Method", request.method},
                         {"ResourceType", key            ? "OBJECT"
                                          : path.empty() ? "SERVICE"
                                                         : "BUCKET"}},
               .status = 405};
}

Error unknown_operation(const ServiceInfo& service, Protocol protocol, std::string_view name) {
  if (is_form(protocol)) return unknown_action(service, name);
  return Error{.code = "UnknownOperationException", .message = {}};
}

// For services that have a code for what is missing; what else there is to say of the input comes later.
Status check_required(const OperationInfo& operation, const json::object& input) {
  const ServiceInfo& service = *operation.service;
  if (service.missing_code.empty()) return {};
  for (const Member& member : operation.input->members) {
    const json::value* value = member.required ? input.if_contains(member.name) : nullptr;
    if (!member.required || (value && !value->is_null())) continue;
    std::string message(service.missing_message);
    constexpr std::string_view kMark = "{member}";
    if (const size_t at = message.find(kMark); at != std::string::npos)
      message.replace(at, kMark.size(), member.name);
    return fail(std::string(service.missing_code), std::move(message));
  }
  return {};
}

Error not_implemented(const OperationInfo& operation) {
  return Error{.code = "NotImplemented",
               .message = std::string(operation.service->service_id) + " " + std::string(operation.name) +
                          " is not implemented by this server."};
}

}  // namespace

Router::Router(std::span<const ServiceInfo* const> services, Authorizer& authorizer)
    : authorizer_(authorizer) {
  for (const ServiceInfo* service : services) {
    ServiceRoutes routes{.info = service,
                         .uris = UriTemplates(*service, service->protocol == Protocol::kRestXml),
                         .by_name = {}};
    for (const OperationInfo* operation : service->operations)
      routes.by_name.emplace(operation->name, operation);
    services_.push_back(std::move(routes));
  }
}

void Router::add(const OperationInfo& operation, Handler handler) {
  const bool added = handlers_.emplace(&operation, std::move(handler)).second;
  CHECK(added, "two handlers for one operation");
}

std::vector<std::string> Router::missing() const {
  std::vector<std::string> names;
  for (const ServiceRoutes& service : services_) {
    for (const OperationInfo* operation : service.info->operations) {
      if (!operation->served || handlers_.contains(operation)) continue;
      names.push_back(std::string(service.info->name) + ":" + std::string(operation->name));
    }
  }
  return names;
}

const Router::ServiceRoutes& Router::routes_of(const ServiceInfo& service) const {
  for (const ServiceRoutes& routes : services_) {
    if (routes.info == &service) return routes;
  }
  CHECK(false, "a service that this router does not know");
}

// What stands before "s3", "s3-us-west-2" or the like, or else before a name of this server.
std::string Router::label_of_host(const ServiceInfo& service, const io::Request& request) const {
  if (service.host_label.empty()) return {};
  const std::string host = host_of(request);
  const std::string_view prefix = service.endpoint_prefix;
  for (size_t at = 0; at < host.size();) {
    const std::string_view label = std::string_view(host).substr(at, host.find('.', at) - at);
    const bool own =
        label == prefix || (label.starts_with(prefix) && label.substr(prefix.size()).starts_with('-'));
    if (own) return host.substr(0, at == 0 ? 0 : at - 1);
    at += label.size() + 1;
  }
  for (const std::string& domain : domains_) {
    if (host.size() > domain.size() + 1 && host.ends_with("." + domain)) {
      return host.substr(0, host.size() - domain.size() - 1);
    }
  }
  const size_t address = address_at(host);
  return address == 0 || address == std::string::npos ? std::string() : host.substr(0, address - 1);
}

std::string Router::path_of(const ServiceInfo& service, const io::Request& request) const {
  const std::string label = label_of_host(service, request);
  return label.empty() ? std::string(request.raw_path()) : "/" + label + std::string(request.raw_path());
}

const ServiceInfo* Router::service_of_host(const io::Request& request) const {
  const std::string host = host_of(request);
  std::string_view rest = host;
  while (!rest.empty()) {
    const std::string_view label = rest.substr(0, rest.find('.'));
    for (const ServiceRoutes& service : services_) {
      if (service.info->endpoint_prefix == label) return service.info;
    }
    rest.remove_prefix(std::min(rest.size(), label.size() + 1));
  }
  return nullptr;
}

const ServiceInfo* Router::service_of(const io::Request& request, const sigv4::Claim* claim) const {
  const std::string_view prefix = split_target(request.headers.get("x-amz-target")).first;
  const std::string_view named = split_service_path(request.raw_path()).first;
  const ServiceInfo* found = nullptr;
  for (const ServiceRoutes& service : services_) {
    const std::string_view own = service.info->target_prefix;
    if (own.empty() || (own != prefix && own != named)) continue;
    if (!found || (claim && service.info->is_signed_as(claim->service))) found = service.info;
  }
  if (found) return found;

  UriLabels labels;
  const auto has_header = [&](const ServiceRoutes& service) {
    return service.info->needs_header.empty() || request.headers.has(service.info->needs_header);
  };
  const auto path_fits = [&](const ServiceRoutes& service) {
    return is_rest(*service.info) && has_header(service) &&
           service.uris.match(request, path_of(*service.info, request), labels);
  };
  if (claim) {
    for (const ServiceRoutes& service : services_) {
      if (!service.info->is_signed_as(claim->service) || !has_header(service)) continue;
      if (!found || path_fits(service)) found = service.info;
      if (path_fits(service)) break;
    }
    if (found) return found;
  }
  for (const ServiceRoutes& service : services_) {
    if (!service.info->needs_header.empty() && path_fits(service)) return service.info;
  }
  if (const ServiceInfo* by_host = service_of_host(request)) return by_host;
  for (const ServiceRoutes& service : services_) {
    if (!label_of_host(*service.info, request).empty()) return service.info;
  }
  for (const ServiceRoutes& service : services_) {
    if (service.info->protocol == Protocol::kRestJson && path_fits(service)) return service.info;
  }
  if (const ServiceInfo* by_form = service_of_form(request.raw_query())) return by_form;
  // Unsigned, and like nothing else: whose paths are anything.
  for (const ServiceRoutes& service : services_) {
    const bool form = request.method == "POST" &&
                      request.headers.get("content-type").starts_with("application/x-www-form-urlencoded");
    if (!service.info->host_label.empty() && !form && path_fits(service)) return service.info;
  }
  return nullptr;
}

const ServiceInfo* Router::service_of_form(std::string_view form) const {
  const QueryPairs pairs = parse_query(form, true);
  const std::string_view action = value_of(pairs, "Action"), version = value_of(pairs, "Version");
  if (action.empty()) return nullptr;
  for (const ServiceRoutes& service : services_) {
    const bool speaks_form = service.info->form || is_form(service.info->protocol);
    if (!speaks_form || (!version.empty() && version != service.info->api_version)) continue;
    if (service.by_name.contains(action)) return service.info;
  }
  return nullptr;
}

const ServiceInfo* Router::service_of_front(const io::Request& request) const {
  for (const auto& [service, front] : fronts_) {
    if (front->takes(request, path_of(*service, request))) return service;
  }
  return nullptr;
}

Result<Route> Router::route(const ServiceInfo& service, const io::Request& request,
                            std::string_view form_body) const {
  const ServiceRoutes& routes = routes_of(service);
  const Protocol protocol = protocol_of(service, request);
  Route route;
  std::string name;
  if (is_rest(service)) {
    route.operation = routes.uris.match(request, path_of(service, request), route.labels);
  } else {
    if (service.protocol == Protocol::kCbor) {
      name = split_service_path(request.raw_path()).second;
    } else if (is_form(protocol)) {
      name = value_of(parse_query(form_body.empty() ? request.raw_query() : form_body, true), "Action");
      // The second is what one sees who opens the address of such a service in a browser.
      if (name.empty() && !service.form) return fail("MissingAction", "Missing Action");
      if (name.empty()) return fail("UnknownOperationException", {});
    } else {
      const auto [prefix, operation] = split_target(request.headers.get("x-amz-target"));
      // Who signed for this service may still have named another.
      if (prefix == service.target_prefix) name = operation;
    }
    const auto found = routes.by_name.find(name);
    if (found != routes.by_name.end()) route.operation = found->second;
  }
  if (!route.operation && !service.host_label.empty()) {
    return fail(method_not_allowed(request, path_of(service, request)));
  }
  if (!route.operation) return fail(unknown_operation(service, protocol, name));
  if (!route.operation->served) return fail(not_implemented(*route.operation));
  return route;
}

Async<std::string> Router::resource_for(const Call& call, const json::object& input) const {
  std::string resource = resource_of(*call.operation, call, input);
  const auto resolver = resolvers_.find(call.operation->service);
  if (resolver == resolvers_.end()) co_return resource;
  co_return co_await resolver->second->resolve(call, std::move(resource));
}

// `input` outlives the task. In a frame of its own, which is gone when the handler runs.
[[gnu::noinline]] Async<void> Router::authorize(const Call& call, const json::object& input) const {
  const OperationInfo& operation = *call.operation;
  if (operation.action.empty()) co_return {};
  TRY(const std::string resource, co_await resource_for(call, input));
  const auto conditions = conditions_of(operation, input, call.received_at);
  const auto ask = [&](std::string_view action) {
    return authorizer_.authorize(
        call,
        {.action = std::string(action), .resource = resource, .conditions = conditions, .input = &input});
  };
  TRY_VOID(co_await ask(main_action(operation, input)));
  for (const MemberAction& also : operation.also) {
    if (is_given(member_at(input, also.member))) TRY_VOID(co_await ask(also.action));
  }
  co_return {};
}

Async<Message> Router::dispatch(const Call& call, Message input) const {
  const auto detour = detours_.find(call.operation->service);
  if (detour != detours_.end() && detour->second->takes(call, input.document)) {
    return detour->second->lead(call, std::move(input));
  }
  return perform(call, std::move(input));
}

Async<Message> Router::perform(const Call& call, Message input) const {
  const OperationInfo& operation = *call.operation;
  TRY_VOID(co_await authorize(call, input.document));
  const auto handler = handlers_.find(&operation);
  if (handler == handlers_.end()) co_return not_implemented(operation);
  auto handling = handler->second(call, std::move(input));
  co_return co_await std::move(handling);
}

Async<json::value> Router::call(std::string service, std::string operation, json::value input, Call caller,
                                uint64_t payload_bytes_max) const {
  const ServiceRoutes* routes = nullptr;
  for (const ServiceRoutes& candidate : services_) {
    if (candidate.info->name == service || candidate.info->service_id == service) routes = &candidate;
  }
  const auto found = routes ? routes->by_name.find(operation) : decltype(routes->by_name.find(operation)){};
  if (!routes || found == routes->by_name.end()) {
    co_return Error{.code = "UnknownOperationException",
                    .message = "There is no operation " + operation + " of service " + service + "."};
  }
  if (!found->second->served) co_return not_implemented(*found->second);
  if (!input.is_object())
    co_return Error{"SerializationException", "The input of an operation is an object."};
  if (++caller.depth > kCallDepthMax) {
    co_return Error{"ValidationException", "Operations call each other more than " +
                                               std::to_string(kCallDepthMax) + " levels deep."};
  }
  const OperationInfo& info = *found->second;
  caller.operation = &info;
  caller.request = nullptr;
  caller.response_headers = nullptr;

  close_opaque(*info.input, input);
  Message message;
  message.document = std::move(input.get_object());
  if (const Front* front = front_of(*info.service)) TRY_VOID(front->review(info, message.document));
  TRY_VOID(complete(info, message));
  const Member* payload = info.input->payload;
  if (payload && payload->shape->streaming) {
    if (json::value* bytes = message.document.if_contains(payload->name); bytes && bytes->is_string()) {
      message.stream = std::string(bytes->get_string());
    }
  }
  TRY(Message output, co_await dispatch(caller, std::move(message)));
  if (output.payload) output.document.emplace(info.output->payload->name, *output.payload);
  if (info.stream_output) {
    TRY(const std::string bytes, co_await output.stream.read_all(payload_bytes_max));
    output.document.emplace(info.output->payload->name, bytes);
  }
  json::value document(std::move(output.document));
  TRY_VOID(open_opaque(*info.output, document));
  co_return document;
}

Status complete(const OperationInfo& operation, Message& message) {
  fill_defaults(*operation.input, message.document);
  TRY_SYNC_VOID(check_required(operation, message.document));
  Status valid = validate(
      *operation.input, message.document,
      {.payload_present = message.payload.has_value(), .items_not_null = operation.service->items_not_null});
  if (valid) return valid;
  valid.error().code = operation.service->validation_code;
  if (!operation.service->validation_message.empty()) {
    valid.error().message = operation.service->validation_message;
  }
  return valid;
}

}  // namespace hearth::wire
