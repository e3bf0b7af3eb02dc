// Telemetry: gives the events of an environment (lines of the function and of extensions, what the platform
// says of inits and invokes) to the extensions that subscribed to them. Subscriptions are taken while an init
// is under way, by the Telemetry API or its predecessor, the Logs API; they end with the processes.
//
// Threads: the environment's loop.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "execution/extensions_api.h"
#include "execution/telemetry_event.h"
#include "execution/telemetry_subscriber.h"
#include "io/http_message.h"

namespace hearth::execution {

class Telemetry {
 public:
  using Subscribed = std::function<void(const std::string& extension, const TelemetrySubscription& asked)>;

  explicit Telemetry(const Clock& clock) : clock_(clock) {}
  Telemetry(const Telemetry&) = delete;

  // With or without a slash at the end, as the documentation has both.
  static bool serves(std::string_view path) {
    if (path.ends_with('/')) path.remove_suffix(1);
    return path == kTelemetryPath || path == kLogsPath;
  }
  // The references outlive this.
  Task<io::Response> handle(io::Request request, ExtensionsApi& extensions, sandbox::Sandbox& sandbox);
  // Who is told of subscriptions.
  void on_subscribed(Subscribed tell) { tell_ = std::move(tell); }

  // An init begins. Where extensions are to come, what happens before they subscribe is kept for them.
  void open(bool keep);
  // It is over: nobody subscribes any more.
  void close();
  // All processes have ended, and with them the subscriptions.
  void reset();

  // Whether somebody takes events; without one none need be made.
  bool wanted() const { return keeping_ || !subscribers_.empty(); }
  // `record` is a JSON value. A document that the function or an extension wrote as a line goes as a string
  // to those whose schema has none.
  void publish(TelemetryEvent kind, std::string_view record);
  // Sends what is buffered now.
  void flush();

 private:
  static constexpr std::string_view kTelemetryPath = "/2022-07-01/telemetry";
  static constexpr std::string_view kLogsPath = "/2020-08-15/logs";

  struct Event {
    TelemetryEvent kind;
    std::string time;
    std::string record;

    std::string text_for(const TelemetrySubscription& asked) const;
  };
  struct Subscriber {
    std::string extension;
    std::unique_ptr<TelemetrySubscriber> sender;
  };

  const Clock& clock_;
  Subscribed tell_;
  bool open_ = false;
  bool keeping_ = false;
  std::deque<Event> kept_;
  size_t kept_bytes_ = 0;
  std::vector<Subscriber> subscribers_;
};

}  // namespace hearth::execution
