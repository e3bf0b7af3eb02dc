// Promise: your AWS code runs unchanged. An environment is ready when the runtime and every extension are;
// who breaks the order of calls is told so, and harms nobody.
#include "execution/extensions_api.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "io/task_scope.h"

namespace hearth::execution {
namespace {

using Kind = RuntimeEvent::Kind;

class Extensions : public ::testing::Test {
 protected:
  template <typename Body>
  void with_loop(Body body) {
    loop.run_until_done(body());
  }
  Task<io::Response> call(std::string method, std::string path, io::Headers headers = {},
                          std::string body = {}) {
    co_return co_await api.handle({.method = std::move(method),
                                   .target = "/2020-01-01/extension/" + path,
                                   .headers = std::move(headers),
                                   .body = std::move(body),
                                   .peer = ""});
  }
  // The identifier, or the type of the refusal.
  Task<std::string> registered(std::string name, std::string events) {
    io::Headers headers{{"Lambda-Extension-Name", name}};
    io::Response answer =
        co_await call("POST", "register", std::move(headers), "{\"events\":[" + events + "]}");
    co_return answer.status == 200 ? std::string(answer.headers.get("Lambda-Extension-Identifier"))
                                   : type_of(answer);
  }
  static std::string type_of(const io::Response& answer) {
    const auto document = parse_json(*answer.body.bytes());
    return std::string(document->as_object().at("errorType").as_string());
  }
  void ask(std::string id) {
    auto asking = [this](std::string who) -> Task<void> {
      io::Headers headers{{"Lambda-Extension-Identifier", std::move(who)}};
      answers.push_back(co_await call("GET", "event/next", std::move(headers)));
    };
    scope.spawn(asking(std::move(id)));
  }
  std::optional<Kind> event() {
    if (events.empty()) return std::nullopt;
    auto popping = events.pop();
    return popping.await_resume()->kind;
  }

  io::Loop loop;
  io::Channel<RuntimeEvent> events;
  ExtensionsApi api{events};
  FunctionConfig config{.account = "123456789012", .name = "f", .version = "1", .handler = "app.handler"};
  std::vector<io::Response> answers;
  io::TaskScope scope;
};

TEST_F(Extensions, WithoutAnyTheRuntimeAloneCounts) {
  api.begin(config, system_random());
  api.runtime_waits();
  EXPECT_EQ(event(), Kind::kNext);
}

TEST_F(Extensions, TheRuntimeBeginsWhenAllHaveRegisteredAndIsReadyWhenAllAre) {
  with_loop([&]() -> Task<void> {
    config.extensions = {"a", "b"};
    api.begin(config, system_random());
    const std::string a = co_await registered("a", R"("INVOKE","SHUTDOWN")");
    EXPECT_EQ(event(), std::nullopt);
    const std::string b = co_await registered("b", R"("SHUTDOWN")");
    EXPECT_EQ(event(), Kind::kRegistered);
    ask(a);
    api.runtime_waits();
    EXPECT_EQ(event(), Kind::kRuntimeWaits);
    ask(b);
    EXPECT_EQ(event(), Kind::kNext);

    // Only those that want it get the event, and the environment is theirs until they ask again.
    api.deliver_invoke(R"({"eventType":"INVOKE"})");
    co_await io::yield_now();
    co_await io::yield_now();
    EXPECT_EQ(answers.size(), 1U);
    api.runtime_waits();
    EXPECT_EQ(event(), Kind::kRuntimeWaits);
    ask(a);
    EXPECT_EQ(event(), Kind::kNext);
    scope.cancel();
  });
}

TEST_F(Extensions, OnlyTheFirstFailureIsTold) {
  with_loop([&]() -> Task<void> {
    config.extensions = {"a"};
    api.begin(config, system_random());
    const std::string a = co_await registered("a", "");
    EXPECT_EQ(event(), Kind::kRegistered);
    io::Headers headers{{"Lambda-Extension-Identifier", a},
                        {"Lambda-Extension-Function-Error-Type", "Extension.Sad"}};
    io::Headers again = headers;
    const auto told = co_await call("POST", "init/error", std::move(headers));
    EXPECT_EQ(told.status, 202);
    EXPECT_EQ(event(), std::nullopt) << "it has not ended";
    api.exited("a", "exit status 1");
    EXPECT_EQ(event(), Kind::kExtensionFailed);
    const auto twice = co_await call("POST", "init/error", std::move(again));
    EXPECT_EQ(twice.status, 202);
    EXPECT_EQ(event(), std::nullopt);
    EXPECT_EQ(api.all().front().state_name(), "InitError");
  });
}

TEST_F(Extensions, NobodyRegistersWhenNoFunctionRunsOrTheInitIsOver) {
  with_loop([&]() -> Task<void> {
    const std::string before = co_await registered("a", "");
    EXPECT_EQ(before, "Extension.RegistrationClosed");
    api.begin(config, system_random());
    api.runtime_waits();
    const std::string after = co_await registered("a", "");
    EXPECT_EQ(after, "Extension.RegistrationClosed");
    api.reset();
    api.begin(config, system_random());
    const std::string anew = co_await registered("a", "");
    EXPECT_EQ(anew.size(), 36U);
  });
}

}  // namespace
}  // namespace hearth::execution
