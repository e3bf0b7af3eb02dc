// For tests: one spawner, launched before the test program has threads, and a loop that runs a body to its
// end.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "io/loop.h"
#include "sandbox/spawner.h"

namespace hearth::sandbox {

// What a command did.
struct Outcome {
  std::string output;
  std::string error_output;
  ExitStatus status;
};

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: sandboxes are made by a privileged spawner";
    auto launched = Spawner::launch({.scratch_folder = std::filesystem::temp_directory_path()});
    ASSERT_TRUE(launched) << launched.error().message;
    spawner_ = *std::move(launched);
  }

  static Spec spec() {
    Spec spec;
    spec.name = "test";
    spec.hostname = "box";
    return spec;
  }

  static Command shell(std::string script) {
    return {{"/bin/sh", "-c", std::move(script)}, {"PATH=/usr/bin:/bin"}, "/"};
  }
  static Command python(std::string script) {
    return {{"/usr/bin/python3", "-c", std::move(script)}, {"PATH=/usr/bin:/bin"}, "/"};
  }

  static Task<std::string> read_all(Fd pipe) {
    io::Descriptor descriptor(std::move(pipe));
    std::string all;
    while (true) {
      char buffer[4096];
      const ssize_t size = ::read(descriptor.get(), buffer, sizeof buffer);
      if (size > 0) {
        all.append(buffer, static_cast<size_t>(size));
      } else if (size == 0) {
        co_return all;
      } else {
        co_await descriptor.readable();
      }
    }
  }

  static Async<Outcome> run_in(Sandbox& box, Command command) {
    TRY(auto process, co_await box.start(std::move(command)));
    Outcome outcome;
    outcome.output = co_await read_all(std::move(process.standard_output));
    outcome.error_output = co_await read_all(std::move(process.standard_error));
    outcome.status = co_await box.exited(process.id);
    co_return outcome;
  }

  // Runs a command in a fresh sandbox.
  Outcome run(Spec spec, Command command) {
    Outcome outcome;
    auto body = [&]() -> Task<void> {
      auto box = co_await spawner_->create(std::move(spec));
      if (!box) {
        ADD_FAILURE() << box.error().message;
        co_return;
      }
      auto result = co_await run_in(**box, std::move(command));
      if (result) {
        outcome = *std::move(result);
      } else {
        ADD_FAILURE() << result.error().message;
      }
    };
    loop_.run_until_done(body());
    return outcome;
  }
  Outcome run(Command command) { return run(spec(), std::move(command)); }

  std::unique_ptr<Spawner> spawner_;
  io::Loop loop_;
};

}  // namespace hearth::sandbox
