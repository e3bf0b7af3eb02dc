// The Lambda Runtime API (2018-06-01) of one environment: a small HTTP interface through which the runtime
// asks for events and posts results. This is its state machine; what it learns goes to the environment as
// events. One call more is ours: runtimes that were started before it was known for which function ask
// GET /hearth/environment for what it is. What extensions ask for at the same address is ExtensionsApi's.
//
// Threads: the environment's loop.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "execution/extensions_api.h"
#include "execution/shared_calls.h"
#include "io/http_message.h"

namespace hearth::execution {

// The answer to an event comes within this when the function does next to nothing; its loop does not sleep
// meanwhile (io::Loop::stay_awake).
inline constexpr std::chrono::microseconds kAwakeForRuntime(100);

class RuntimeApi {
 public:
  explicit RuntimeApi(io::Channel<RuntimeEvent>& events) : events_(events) {}
  RuntimeApi(const RuntimeApi&) = delete;

  Task<io::Response> handle(io::Request request);
  ExtensionsApi& extensions() { return extensions_; }

  // The same without HTTP, for a runtime on a pipe (runtime_pipe.h). An answer comes once, and with its body
  // the Lambda-Runtime-* fields where it is an event. False: the runtime may not ask or say this now.
  using Answer = std::move_only_function<void(io::Response)>;
  bool ask_environment(Answer answer);
  bool ask_next(Answer answer);
  // The delivery is named where many are under way (shared()).
  bool respond(const std::string& delivery, std::string body);
  bool respond_too_large(const std::string& delivery);
  bool respond_error(const std::string& delivery, std::string_view type, std::string body);
  bool fail_init(std::string_view type, std::string body);
  // Part of an image, of which an empty one is the end; and that there is none.
  Task<bool> add_to_snapshot(std::string piece);
  bool refuse_snapshot(std::string why);
  // Its init is done, and it waits to be told that it is an environment's now; also after it has said
  // that it cannot write an image, but not after one of its own was refused.
  bool ask_to_rest(Answer answer);
  bool take_sdk();
  bool took_sdk() const { return took_sdk_; }
  bool init_failed() const { return state_ == State::kInitFailed; }
  // Over HTTP it may do so, too: GET restore/next, and POST restore/error if it then cannot go on.
  void let_rest() { may_rest_ = true; }
  // The result as a stream, with the fields and the body that it has in HTTP; done when it has ended.
  Task<bool> respond_streaming(io::Request request);

  // Where the process's image goes, for one that is asked to write it.
  using KeepPiece = std::function<Async<void>(std::string piece)>;
  void keep_snapshot(KeepPiece keep) { keep_snapshot_ = std::move(keep); }

  // Answers those who name the token with what `make` makes, as containers ask for credentials.
  static constexpr std::string_view kCredentialsPath = "/hearth/credentials";
  void serve_credentials(std::string token, std::function<Async<std::string>()> make) {
    credentials_token_ = std::move(token);
    make_credentials_ = std::move(make);
  }

  // A new runtime process begins, ahead of need or not; a request that the last one left waiting is let go.
  void reset(bool ahead = false);
  // The process that begins asks for many events at once, which come from there.
  SharedCalls& share() { return shared_ ? *shared_ : shared_.emplace(); }
  bool shared() const { return shared_.has_value(); }
  // Whether a runtime that was started ahead waits, and its answer: a JSON object of environment variables.
  bool waiting() const { return state_ == State::kAhead && parked_; }
  void furnish(std::string variables);
  // The same of one that has run its init (ask_to_rest).
  bool rests() const { return state_ == State::kResting && parked_; }
  void go_on();
  // REQUIRES that the runtime waits (kNext). `head` holds the Lambda-Runtime-* fields. A response that the
  // runtime streams goes to `stream` as it arrives, where there is one; its end is an event as always.
  void deliver(std::string request_id, io::Headers head, std::string payload,
               std::optional<ResponseStream> stream = {});

 private:
  enum class State { kAhead, kInit, kReady, kRunning, kResponding, kResponded, kInitFailed, kResting };

  class Parking;
  void unpark(io::Response response);
  Task<io::Response> credentials(io::Request request) const;
  Task<io::Response> environment();
  Task<io::Response> next();
  Task<io::Response> response(std::string id, io::Request request);
  io::Response finish(PostedResult result);
  bool finish(const std::string& delivery, RuntimeEvent result);
  void end_init();
  Task<io::Response> error(std::string id, io::Request request);
  Task<io::Response> init_error(io::Request request);
  Task<io::Response> rest();
  std::optional<io::Response> refuse_result(std::string_view id, std::string_view wanted) const;
  io::Response wrong_state(std::string_view wanted) const;

  io::Channel<RuntimeEvent>& events_;
  ExtensionsApi extensions_{events_};
  State state_ = State::kInit;
  std::string request_id_;
  std::optional<ResponseStream> stream_;
  std::optional<SharedCalls> shared_;
  uint64_t generation_ = 0;  // of the process that may speak
  KeepPiece keep_snapshot_;
  bool may_rest_ = false;
  bool took_sdk_ = false;
  std::string credentials_token_;
  std::function<Async<std::string>()> make_credentials_;
  Answer parked_;  // of the request that waits: for the next event, for the environment, or for its begin
};

}  // namespace hearth::execution
