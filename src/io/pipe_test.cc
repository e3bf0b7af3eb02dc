// Promise: it is fast.
// Bytes go from one loop to another in order, as they come, and never more of them wait than was allowed.
#include "io/pipe.h"

#include <gtest/gtest.h>

#include "io/loops.h"
#include "io/run_on.h"
#include "io/timeout.h"

namespace hearth::io {
namespace {

using namespace std::chrono_literals;

TEST(Pipe, CarriesBytesBetweenLoopsInOrder) {
  Loops loops(1);
  loops.start();
  Loop loop;
  std::string expected;
  for (int i = 0; i < 2000; ++i) expected += std::to_string(i) + ",";
  std::string received;
  auto body = [&]() -> Task<void> {
    auto [writer, source] = make_pipe(64);
    auto write = [writer]() -> Task<bool> {
      bool read = true;
      for (int i = 0; i < 2000; ++i) read = co_await writer.write(std::to_string(i) + ",") && read;
      writer.close();
      co_return read;
    };
    TaskScope scope;
    bool all_read = false;
    auto run = [&]() -> Task<void> { all_read = co_await run_on(loops[0], write); };
    scope.spawn(run());
    for (;;) {
      const auto piece = co_await source->read();
      EXPECT_TRUE(piece);
      if (!piece || piece->empty()) break;
      EXPECT_LE(piece->size(), 64 + 5);
      received += *piece;
    }
    co_await scope.drained();
    EXPECT_TRUE(all_read);
  };
  loop.run_until_done(body());
  loops.stop();
  EXPECT_EQ(received, expected);
}

TEST(Pipe, HoldsItsWriterUntilThereIsRoom) {
  Loop loop;
  auto body = [&]() -> Task<void> {
    auto [writer, source] = make_pipe(4);
    const auto early = co_await with_timeout(writer.write("abcd"), 5ms);
    EXPECT_FALSE(early);
    const auto piece = co_await source->read();
    EXPECT_EQ(*piece, "abcd");
    const auto roomy = co_await with_timeout(writer.write("e"), 5s);
    EXPECT_EQ(roomy, true);
  };
  loop.run_until_done(body());
}

TEST(Pipe, LetsItsWriterGoWhenItIsClosedOrItsReaderHasGone) {
  Loop loop;
  auto body = [&]() -> Task<void> {
    for (const bool by_reader : {true, false}) {
      auto [writer, source] = make_pipe(1);
      std::optional<bool> read;
      auto write = [&read](PipeWriter pipe) -> Task<void> { read = co_await pipe.write("full"); };
      TaskScope scope;
      scope.spawn(write(writer));
      EXPECT_FALSE(read);
      if (by_reader) {
        source.reset();
      } else {
        writer.close();
      }
      co_await scope.drained();
      EXPECT_EQ(read, false);
      const bool later = co_await writer.write("more");
      EXPECT_FALSE(later);
    }
  };
  loop.run_until_done(body());
}

TEST(Pipe, GivesWhatWasWrittenBeforeItsEnd) {
  Loop loop;
  auto body = [&]() -> Task<void> {
    auto [writer, source] = make_pipe(100);
    (void)co_await writer.write("last");
    writer.close();
    const auto piece = co_await source->read();
    EXPECT_EQ(*piece, "last");
    for (int i = 0; i < 2; ++i) {
      const auto end = co_await source->read();
      EXPECT_EQ(*end, "");
    }
  };
  loop.run_until_done(body());
}

}  // namespace
}  // namespace hearth::io
