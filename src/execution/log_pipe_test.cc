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
  static std::string frame(std::string_view message, char flags = 3) {
    std::string text{'\xa5', '\x5a', '\0', flags};
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(message.size() >> shift);
    if ((flags & 2) != 0) text += std::string("\0\1\2\3\4\5\6\7", 8);
    return text += message;
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

TEST_F(Pipe, AFrameIsOneEventOfSeveralLines) {
  read_all(frame("one\ntwo\n") + frame("three", 1) + frame("") + frame("\n") + frame("four\n\nfive"));
  EXPECT_EQ(lines, (Lines{"one\ntwo", "three", "four\n\nfive"}));
}

TEST_F(Pipe, FramesArriveInPiecesOfAnySize) {
  const std::string all = frame("one\ntwo") + frame("three", 1);
  for (size_t cut = 1; cut < all.size(); ++cut) {
    lines.clear();
    print(all.substr(0, cut));
    pipe->drain();
    print(all.substr(cut));
    pipe->drain();
    EXPECT_EQ(lines, (Lines{"one\ntwo", "three"})) << cut;
  }
}

TEST_F(Pipe, ALongFrameIsCutAndWhatItSaysOfItsLengthCostsNothing) {
  const std::string longest(LogPipe::kLineBytesMax, 'x');
  read_all(frame(longest + "y\nz") + frame("next") +
           std::string("\xa5\x5a\0\1\xff\xff\xff\xff"
                       "begun",
                       13));
  EXPECT_EQ(lines, (Lines{longest, "y\nz", "next", "begun"}));
}

TEST_F(Pipe, LinesAndFramesKeepTheirOrder) {
  read_all("a\n" + frame("b\nc") + "d\nbegun" + frame("e", 1) + "\nf\xa5\n\xa5\x5aZ\ng");
  EXPECT_EQ(lines, (Lines{"a", "b\nc", "d", "begun", "e", "f\xa5", "\xa5\x5aZ", "g"}));
}

TEST_F(Pipe, AFrameThatHasBegunIsNotFlushed) {
  const std::string all = frame("one\ntwo");
  print("x\n" + all.substr(0, 20));
  pipe->drain();
  pipe->flush();
  EXPECT_EQ(lines, Lines{"x"});
  print(all.substr(20));
  pipe->drain();
  EXPECT_EQ(lines, (Lines{"x", "one\ntwo"}));
}

}  // namespace
}  // namespace hearth::execution
