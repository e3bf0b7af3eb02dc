// The Lambda Extensions API (2020-01-01) of one environment: programs beside the runtime register, ask for
// events and say that they are done with one by asking for the next. External ones are started by the
// platform and must all register before the runtime begins; internal ones are part of the runtime's process
// and may register until it asks for its first event. This is the state machine; what it learns goes to the
// environment as events.
//
// Threads: the environment's loop.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "execution/function_config.h"
#include "execution/runtime_event.h"
#include "io/channel.h"
#include "io/future.h"
#include "io/http_message.h"

namespace hearth::execution {

class ExtensionsApi {
 public:
  static constexpr size_t kExtensionsMax = 10;
  static constexpr std::string_view kPrefix = "/2020-01-01/extension/";
  static constexpr const char* kIdentifier = "Lambda-Extension-Identifier";

  struct Extension {
    enum class State {
      kStarted,
      kRegistered,
      kReady,
      kRunning,
      kInitError,
      kExitError,
      kExited,
      kLaunchError
    };
    std::string name;
    std::string id;
    bool external = false;
    State state = State::kStarted;
    bool wants_invoke = false;
    bool wants_shutdown = false;
    std::string error_type = {};
    std::optional<io::Promise<io::Response>> parked = {};  // of its request for an event

    std::string_view state_name() const;
    std::vector<std::string_view> events() const;
  };

  explicit ExtensionsApi(io::Channel<RuntimeEvent>& events) : events_(events) {}
  ExtensionsApi(const ExtensionsApi&) = delete;

  Task<io::Response> handle(io::Request request);

  // The processes of a function begin: its external extensions are awaited (kRegistered, where there are any)
  // and others may register. Both references outlive this.
  void begin(const FunctionConfig& function, Random& random);
  // All processes have ended.
  void reset();

  bool any() const { return !extensions_.empty(); }
  bool any_external() const { return function_ && !function_->extensions.empty(); }
  const std::vector<Extension>& all() const { return extensions_; }

  // Why who calls himself so is not heard; and his name, where he is.
  std::optional<io::Response> refuse(const std::string& id);
  const std::string& named(const std::string& id) { return by_id(id)->name; }

  // The runtime asks for an event: kNext, once all extensions do too, and kRuntimeWaits where that is later.
  // Nobody registers any more.
  void runtime_waits();
  // REQUIRES that all wait. `event` is a document.
  void deliver_invoke(const std::string& event);
  // Ends the wait of those who want to know, also of those who ask later; failures are no events from now on.
  void deliver_shutdown(std::string event);

  // The process of an external one could not be started, or has ended.
  void launch_failed(const std::string& name, std::string error_type);
  void exited(const std::string& name, std::string what);

 private:
  Extension* find(std::string_view name);
  Extension* by_id(const std::string& id);
  Task<io::Response> register_one(io::Request request);
  std::optional<io::Response> subscribe(Extension& extension, const std::vector<std::string>& events) const;
  Task<io::Response> next(Extension& extension);
  io::Response failed(Extension& extension, bool in_init, std::string_view error_type);
  io::Response wrong_state(const Extension& extension, std::string_view wanted,
                           const std::string& called) const;
  io::Response event_answer(std::string event) const;
  void report(std::string type, std::string what);
  bool tell_if_all_wait();

  io::Channel<RuntimeEvent>& events_;
  const FunctionConfig* function_ = nullptr;  // none: nothing of a function runs yet
  Random* random_ = nullptr;
  bool open_ = false;  // for internal ones
  bool runtime_waits_ = false;
  bool failed_ = false;  // the first failure counts
  std::string shutdown_;
  std::vector<Extension> extensions_;
};

}  // namespace hearth::execution
