// What a function's process says to the Extensions API: any method, path, header and body, in any order. It
// is answered, and the environment learns of no more than was said.
#include <cstdlib>

#include "execution/extensions_api.h"
#include "io/task_scope.h"

namespace hearth::execution {
namespace {

constexpr std::string_view kCalls[] = {"register", "event/next", "init/error", "exit/error", ""};

class Environment {
 public:
  void run(std::string_view bytes) {
    auto body = [&]() -> Task<void> {
      FunctionConfig config{.name = "f", .extensions = {"a", "b"}};
      api_.begin(config, system_random());
      while (!bytes.empty()) {
        const auto choice = static_cast<uint8_t>(bytes.front());
        bytes.remove_prefix(1);
        const std::string_view text = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(std::min(bytes.size(), text.size() + 1));
        if (choice >= 240) {
          api_.runtime_waits();
        } else {
          scope_.spawn(call(choice, std::string(text)));
        }
        while (!events_.empty()) {
          const auto event = co_await events_.pop();
          if (event->kind == RuntimeEvent::Kind::kNext) api_.deliver_invoke("{}");
        }
      }
      api_.deliver_shutdown("{}");
      api_.reset();
      co_await scope_.drained();
    };
    loop_.run_until_done(body());
  }

 private:
  Task<void> call(uint8_t choice, std::string text) {
    // One that was given out, or what the bytes say.
    const std::string id = choice & 16 && !ids_.empty() ? ids_[choice % ids_.size()] : text;
    io::Request request{.method = choice & 8 ? "POST" : "GET",
                        .target = std::string(ExtensionsApi::kPrefix) + std::string(kCalls[choice % 5]),
                        .headers = {{"Lambda-Extension-Name", choice & 32 ? "a" : text},
                                    {"Lambda-Extension-Identifier", id},
                                    {"Lambda-Extension-Function-Error-Type", text}},
                        .body = choice & 64 ? std::string(R"({"events":["INVOKE"]})") : text,
                        .peer = ""};
    const io::Response answer = co_await api_.handle(std::move(request));
    if (answer.headers.has("Lambda-Extension-Identifier"))
      ids_.emplace_back(answer.headers.get("Lambda-Extension-Identifier"));
  }

  io::Loop loop_;
  io::Channel<RuntimeEvent> events_;
  ExtensionsApi api_{events_};
  std::vector<std::string> ids_;
  io::TaskScope scope_;
};

}  // namespace
}  // namespace hearth::execution

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hearth::execution::Environment().run({reinterpret_cast<const char*>(data), size});
  return 0;
}
