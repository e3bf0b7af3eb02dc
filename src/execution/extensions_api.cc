#include "execution/extensions_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"
#include "execution/api_answer.h"

namespace hearth::execution {
namespace {

using State = ExtensionsApi::Extension::State;

constexpr uint64_t kBodyBytesMax = 64 * 1024;
constexpr const char* kInvoke = "INVOKE";
constexpr const char* kShutdown = "SHUTDOWN";

std::string_view name_of(State state) {
  static constexpr std::string_view kNames[] = {"Started",   "Registered", "Ready",  "Running",
                                                "InitError", "ExitError",  "Exited", "LaunchError"};
  return kNames[static_cast<size_t>(state)];
}

io::Response forbidden(std::string_view type, std::string_view message) {
  return refusal(403, fmt::format("Extension.{}", type), message);
}

// The list under "events" of a request to register.
Result<std::vector<std::string>> events_of(const std::string& body) {
  TRY_SYNC(const json::value document, parse_json(body));
  if (!document.is_object()) return fail("", "the request is no JSON object");
  const json::object& request = document.as_object();
  if (const auto* keys = request.if_contains("configurationKeys"); keys && *keys != json::array{}) {
    return fail("", "configurationKeys are deprecated; use environment variables instead");
  }
  std::vector<std::string> events;
  const auto* list = request.if_contains("events");
  if (!list || list->is_null()) return events;
  if (!list->is_array()) return fail("", "events is no list");
  for (const json::value& event : list->as_array()) {
    if (!event.is_string()) return fail("", "an event is no string");
    events.emplace_back(event.as_string());
  }
  return events;
}

bool is_identifier(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

bool accepts(std::string_view features, std::string_view feature) {
  return std::ranges::any_of(split(features, ','),
                             [feature](std::string_view name) { return trimmed(name) == feature; });
}

}  // namespace

std::string_view ExtensionsApi::Extension::state_name() const {
  return name_of(state);
}

std::vector<std::string_view> ExtensionsApi::Extension::events() const {
  std::vector<std::string_view> names;
  if (wants_invoke) names.emplace_back(kInvoke);
  if (wants_shutdown) names.emplace_back(kShutdown);
  return names;
}

void ExtensionsApi::begin(const FunctionConfig& function, Random& random) {
  function_ = &function;
  random_ = &random;
  open_ = true;
  for (const std::string& name : function.extensions) {
    extensions_.push_back({.name = name, .id = random.uuid(), .external = true});
  }
}

void ExtensionsApi::reset() {
  for (Extension& extension : std::exchange(extensions_, {})) {
    if (extension.parked) extension.parked->set(refusal(410, "Extension.Gone", "The process was ended"));
  }
  function_ = nullptr;
  open_ = runtime_waits_ = failed_ = false;
  shutdown_.clear();
}

ExtensionsApi::Extension* ExtensionsApi::find(std::string_view name) {
  const auto found = std::ranges::find(extensions_, name, &Extension::name);
  return found == extensions_.end() ? nullptr : &*found;
}

void ExtensionsApi::runtime_waits() {
  open_ = false;
  runtime_waits_ = true;
  if (!tell_if_all_wait()) events_.push({.kind = RuntimeEvent::Kind::kRuntimeWaits});
}

bool ExtensionsApi::tell_if_all_wait() {
  const auto waits = [](const Extension& extension) { return extension.state == State::kReady; };
  if (!runtime_waits_ || !std::ranges::all_of(extensions_, waits)) return false;
  runtime_waits_ = false;
  events_.push({.kind = RuntimeEvent::Kind::kNext});
  return true;
}

io::Response ExtensionsApi::event_answer(std::string event) const {
  auto answer = json_response(200, std::move(event));
  answer.headers.add("Lambda-Extension-Event-Identifier", random_->uuid());
  return answer;
}

void ExtensionsApi::deliver_invoke(const std::string& event) {
  for (Extension& extension : extensions_) {
    if (!extension.wants_invoke || extension.state != State::kReady) continue;
    extension.state = State::kRunning;
    // Nobody waits where the request was given up; then it has not asked again, and the invoke's time runs.
    if (auto parked = std::exchange(extension.parked, std::nullopt)) parked->set(event_answer(event));
  }
}

void ExtensionsApi::deliver_shutdown(std::string event) {
  failed_ = true;  // what fails now fails nothing
  shutdown_ = std::move(event);
  for (Extension& extension : extensions_) {
    if (!extension.wants_shutdown) continue;
    if (auto parked = std::exchange(extension.parked, std::nullopt)) {
      extension.state = State::kRunning;
      parked->set(event_answer(shutdown_));
    }
  }
}

void ExtensionsApi::report(std::string type, std::string what) {
  if (std::exchange(failed_, true)) return;
  events_.push(
      {.kind = RuntimeEvent::Kind::kExtensionFailed, .body = std::move(what), .error_type = std::move(type)});
}

void ExtensionsApi::launch_failed(const std::string& name, std::string error_type) {
  if (Extension* extension = find(name)) {
    extension->state = State::kLaunchError;
    extension->error_type = std::move(error_type);
  }
}

void ExtensionsApi::exited(const std::string& name, std::string what) {
  Extension* extension = find(name);
  if (!extension) return;
  if (extension->state == State::kInitError) return report("Extension.InitError", std::move(what));
  if (extension->state == State::kExitError) return report("Extension.ExitError", std::move(what));
  extension->state = State::kExited;
  extension->error_type = "Extension.Crash";
  report(extension->error_type, std::move(what));
}

ExtensionsApi::Extension* ExtensionsApi::by_id(const std::string& id) {
  const auto found = std::ranges::find(extensions_, to_lower(id), &Extension::id);
  return found == extensions_.end() || found->state == State::kStarted ? nullptr : &*found;
}

std::optional<io::Response> ExtensionsApi::refuse(const std::string& id) {
  if (id.empty())
    return forbidden("MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
  if (!is_identifier(id))
    return forbidden("InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
  if (!by_id(id)) return forbidden("UnknownExtensionIdentifier", "Unknown extension " + id);
  return std::nullopt;
}

Task<io::Response> ExtensionsApi::handle(io::Request request) {
  const std::string call(request.raw_path().substr(kPrefix.size()));
  const bool post = request.method == "POST";
  if (post && call == "register") co_return co_await register_one(std::move(request));
  const bool init_error = post && call == "init/error";
  const bool exit_error = post && call == "exit/error";
  const bool asks = request.method == "GET" && call == "event/next";
  if (!asks && !init_error && !exit_error) {
    co_return io::Response{.status = 404,
                           .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                           .body = std::string("404 page not found\n")};
  }
  const std::string id(request.headers.get(kIdentifier));
  if (auto refused = refuse(id)) {
    const bool unknown = !asks && is_identifier(id);
    co_return unknown ? forbidden("UnknownExtensionIdentifier", fmt::format("Unknown {}", kIdentifier))
                      : *std::move(refused);
  }
  Extension* found = by_id(id);
  if (asks) co_return co_await next(*found);
  co_return failed(*found, init_error, request.headers.get("Lambda-Extension-Function-Error-Type"));
}

Task<io::Response> ExtensionsApi::register_one(io::Request request) {
  const std::string name(request.headers.get("Lambda-Extension-Name"));
  if (name.empty()) co_return forbidden("InvalidExtensionName", "Empty extension name");
  const bool with_account = accepts(request.headers.get("Lambda-Extension-Accept-Feature"), "accountId");
  const auto body = co_await request.body.read_all(kBodyBytesMax);
  if (!body) co_return forbidden("InvalidRequestFormat", body.error().message);
  const auto events = events_of(*body);
  if (!events) co_return forbidden("InvalidRequestFormat", events.error().message);
  Extension asked{.name = name};
  Extension* known = find(name);
  asked.external = known && known->external;
  if (auto refused = subscribe(asked, *events)) co_return *std::move(refused);
  if (!asked.external) {
    if (!open_) co_return forbidden("RegistrationClosed", "Extension registration closed already");
    if (known) co_return forbidden("InvalidExtensionState", "Extension with this name already registered");
    if (extensions_.size() >= kExtensionsMax) {
      co_return forbidden("TooManyExtensions", fmt::format("Extension limit ({}) reached", kExtensionsMax));
    }
    asked.id = random_->uuid();
    known = &extensions_.emplace_back(std::move(asked));
  } else if (known->state != State::kStarted) {
    co_return wrong_state(*known, name_of(State::kRegistered), known->name);
  } else {
    known->wants_invoke = asked.wants_invoke;
    known->wants_shutdown = asked.wants_shutdown;
  }
  known->state = State::kRegistered;
  json::object answer{{"functionName", function_->name},
                      {"functionVersion", function_->version},
                      {"handler", function_->handler}};
  if (with_account) answer["accountId"] = function_->account;
  auto response = json_response(200, to_text(answer));
  response.headers.add(kIdentifier, known->id);
  const auto begins = [](const Extension& extension) { return extension.state == State::kStarted; };
  if (known->external && std::ranges::none_of(extensions_, begins)) {
    events_.push({.kind = RuntimeEvent::Kind::kRegistered});
  }
  co_return response;
}

std::optional<io::Response> ExtensionsApi::subscribe(Extension& extension,
                                                     const std::vector<std::string>& events) const {
  // Where many invokes are under way at once nobody is told of one.
  const bool shared = function_ && function_->shared();
  if (shared && !extension.external && !events.empty())
    return forbidden("InvalidEventType", "No events allowed for internal extensions");
  for (const std::string& event : events) {
    if (event == kInvoke && !shared) {
      extension.wants_invoke = true;
    } else if (event == kShutdown && extension.external) {
      extension.wants_shutdown = true;
    } else {
      return forbidden("InvalidEventType",
                       event + (event == kShutdown ? ": ShutdownEventNotSupportedForInternalExtension"
                                                   : ": ErrorInvalidEventType"));
    }
  }
  return std::nullopt;
}

Task<io::Response> ExtensionsApi::next(Extension& extension) {
  if (extension.state != State::kRegistered && extension.state != State::kRunning) {
    co_return wrong_state(extension, name_of(State::kReady), extension.id);
  }
  if (!shutdown_.empty() && extension.wants_shutdown) {
    extension.state = State::kRunning;
    co_return event_answer(shutdown_);
  }
  io::Future<io::Response> answer;
  extension.state = State::kReady;
  extension.parked = answer.promise();
  (void)tell_if_all_wait();
  co_return co_await answer;
}

io::Response ExtensionsApi::failed(Extension& extension, bool in_init, std::string_view error_type) {
  if (error_type.empty()) {
    return forbidden("MissingHeader", "Lambda-Extension-Function-Error-Type not found");
  }
  const State wanted = in_init ? State::kInitError : State::kExitError;
  if (extension.state == wanted) return accepted();  // the first of several counts
  const bool runs = extension.state == State::kReady || extension.state == State::kRunning;
  if (extension.state != State::kRegistered && (in_init || !runs)) {
    // As the service names what it wanted to be.
    return wrong_state(extension, name_of(in_init ? State::kInitError : State::kExited), extension.id);
  }
  extension.state = wanted;
  extension.error_type = error_type;
  // An external one is to end now, and fails the function when it has; an internal one has no end of its own.
  if (!extension.external)
    report(in_init ? "Extension.InitError" : "Extension.ExitError", std::string(error_type));
  return accepted();
}

io::Response ExtensionsApi::wrong_state(const Extension& extension, std::string_view wanted,
                                        const std::string& called) const {
  return forbidden(
      "InvalidExtensionState",
      fmt::format(
          "State transition from {} to {} failed for extension {}. Error: State transition is not allowed",
          extension.state_name(), wanted, called));
}

}  // namespace hearth::execution
