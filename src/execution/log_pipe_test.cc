// Promise: your AWS code runs unchanged.
// What a function prints arrives line by line, whole and in order.
#include "execution/log_pipe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "io/task_scope.h"

namespace hearth::execution {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

class Pipe : public ::testing::Test {
 protected:
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    writer = Fd(ends[1]);
    pipe.emplace(Fd(ends[0]), [this](std::string line) { lines.push_back(std::move(line)); });
  }
  void print(std::string_view text) {
    ASSERT_EQ(::write(writer.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // Reads until the end, which comes when this has written everything.
  void read_all(std::string_view text) {
    auto body = [&]() -> Task<void> {
      io::TaskScope scope;
      scope.spawn(pipe->run());
      while (!text.empty()) {
        const size_t piece = std::min<size_t>(text.size(), 4096);
        print(text.substr(0, piece));
        text.remove_prefix(piece);
        co_await io::sleep_for(1us);
      }
      writer = Fd();
      co_await scope.drained();
    };
    loop.run_until_done(body());
  }

  io::Loop loop;
  Fd writer;
  Lines lines;
  std::optional<LogPipe> pipe;
};

TEST_F(Pipe, LinesComeWithoutTheirEndsAndEmptyOnesNotAtAll) {
  read_all("one\n\ntwo\nno end");
  EXPECT_EQ(lines, (Lines{"one", "two", "no end"}));
}

TEST_F(Pipe, DrainTakesWhatIsThereAndKeepsAnUnfinishedLine) {
  print("one\ntw");
  pipe->drain();
  EXPECT_EQ(lines, Lines{"one"});
  print("o\n");
  pipe->drain();
  EXPECT_EQ(lines, (Lines{"one", "two"}));
  print("three");
  pipe->drain();
  pipe->flush();
  pipe->flush();
  EXPECT_EQ(lines, (Lines{"one", "two", "three"}));
}

TEST_F(Pipe, ALineThatIsTooLongIsCut) {
  const std::string text = std::string(LogPipe::kLineBytesMax, 'a') + "bbb\nnext\n";
  read_all(text);
  EXPECT_EQ(lines, (Lines{std::string(LogPipe::kLineBytesMax, 'a'), "bbb", "next"}));
}

}  // namespace
}  // namespace hearth::execution
