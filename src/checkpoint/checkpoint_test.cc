// Promise: it is fast. A process that is made of an image goes on where the first one was written down, and
// what cannot be written down or restored says so.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/membarrier.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>

#include "base/fd.h"
#include "checkpoint/image.h"
#include "checkpoint/take.h"

namespace hearth::checkpoint {
namespace {

using ::testing::HasSubstr;

constexpr uint8_t kFrame = 9;
constexpr int kReport = 1;
constexpr int kWriter = 4;
constexpr int kStranger = 77;  // a descriptor that the program was started with besides
constexpr uint64_t kBytesMax = uint64_t{1} << 30;

struct Ended {
  std::string report;  // what it wrote to its standard output
  std::string frames;  // and to kWriter
  int status = -1;
};

// The second process of its own numbers, with its own /tmp, as in a sandbox; or a later one.
[[noreturn]] void be_in_a_box(const std::function<void()>& program, int processes_before) {
  if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) ::_exit(99);
  const pid_t init = ::fork();
  if (init != 0) {
    int status = 0;
    ::waitpid(init, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
  }
  ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  ::mount("proc", "/proc", "proc", 0, nullptr);
  ::mount("tmpfs", "/tmp", "tmpfs", 0, nullptr);
  for (; processes_before > 0; --processes_before) {
    const pid_t other = ::fork();
    if (other == 0) ::_exit(0);
    ::waitpid(other, nullptr, 0);
  }
  const pid_t process = ::fork();
  if (process == 0) {
    program();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

Ended run_in_a_box(const std::function<void()>& program, int processes_before = 0) {
  std::array<int, 2> report{};
  std::array<int, 2> frames{};
  EXPECT_EQ(::pipe2(report.data(), O_CLOEXEC) | ::pipe2(frames.data(), O_CLOEXEC), 0);
  const pid_t outside = ::fork();
  if (outside == 0) {
    const int null = ::open("/dev/null", O_RDWR);
    const int frames_end = ::fcntl(frames[1], F_DUPFD, 100);
    ::dup2(report[1], kReport);
    ::dup2(null, 3);
    ::dup2(frames_end, kWriter);
    ::close_range(kWriter + 1, ~0u, 0);
    be_in_a_box(program, processes_before);
  }
  Ended ended;
  ::close(report[1]);
  ::close(frames[1]);
  std::array<pollfd, 2> ends = {pollfd{report[0], POLLIN, 0}, pollfd{frames[0], POLLIN, 0}};
  std::array<std::string*, 2> texts = {&ended.report, &ended.frames};
  for (int open = 2; open > 0;) {
    ::poll(ends.data(), ends.size(), -1);
    for (size_t index = 0; index < ends.size(); ++index) {
      if (ends[index].fd < 0 || ends[index].revents == 0) continue;
      std::array<char, 65536> piece;
      const ssize_t size = ::read(ends[index].fd, piece.data(), piece.size());
      if (size > 0) texts[index]->append(piece.data(), static_cast<size_t>(size));
      if (size > 0) continue;
      ::close(ends[index].fd);
      ends[index].fd = -1;
      --open;
    }
  }
  ::waitpid(outside, &ended.status, 0);
  ended.status = WEXITSTATUS(ended.status);
  return ended;
}

void say(const std::string& line) {
  const std::string text = line + "\n";
  (void)!::write(kReport, text.data(), text.size());
}

// Of each frame a length, a kind, and so many bytes.
std::string body_of(const std::string& frames) {
  std::string body;
  for (size_t here = 0; here + 5 <= frames.size();) {
    uint32_t bytes = 0;
    std::memcpy(&bytes, frames.data() + here, sizeof bytes);
    body.append(frames, here + 5, bytes);
    here += 5 + bytes;
  }
  return body;
}

class Checkpoint : public ::testing::Test {
 protected:
  void SetUp() override {
#if !defined(__x86_64__)
    GTEST_SKIP() << "there are no checkpoints on this kind of machine";
#endif
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP() << "what the checker keeps lies where images have nothing";
#endif
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to make a box";
  }

  // A process that does `before`, is written down, and does `after` in what is made of it.
  static std::function<void()> written(std::function<void()> before, std::function<void()> after,
                                       uint64_t bytes_max = kBytesMax) {
    return [=] {
      before();
      std::array<char, 256> why{};
      const int outcome = take(kWriter, kFrame, bytes_max, why.data());
      if (outcome == kFailed) say(std::string("refused: ") + why.data());
      if (outcome == kRestored) after();
      ::_exit(0);
    };
  }

  static Ended restored(const std::string& image, int processes_before = 0) {
    return run_in_a_box(
        [&] {
          const int file = ::memfd_create("image", 0);
          (void)!::write(file, image.data(), image.size());
          const std::string path = "/proc/self/fd/" + std::to_string(file);
          ::dup2(file, kStranger);
          ::execl(HEARTH_RESTORER, "restore", path.c_str(), "4", nullptr);
        },
        processes_before);
  }

  // What it reports when it was written down and made again.
  static std::string round_trip(std::function<void()> before, std::function<void()> after) {
    const Ended first = run_in_a_box(written(std::move(before), std::move(after)));
    EXPECT_EQ(first.report, "");
    EXPECT_EQ(first.status, 0);
    const Ended second = restored(body_of(first.frames));
    EXPECT_EQ(second.status, 0) << body_of(second.frames);
    EXPECT_EQ(body_of(second.frames), "");
    return second.report;
  }

  static std::string refusal(std::function<void()> before, uint64_t bytes_max = kBytesMax) {
    return run_in_a_box(written(std::move(before), [] {}, bytes_max)).report;
  }
};

TEST_F(Checkpoint, ThreadsGoOnWithTheirNumbers) {
  static std::mutex mutex;
  static std::condition_variable changed;
  static int turn = 0;
  static std::atomic<long> beats = 0;
  static std::array<std::thread, 3> threads;
  const auto before = [] {
    std::thread([] {}).join();
    for (int number = 0; number < 3; ++number) {
      threads[static_cast<size_t>(number)] = std::thread([number] {
        const long own = ::syscall(SYS_gettid);
        thread_local int calls = 0;
        for (;;) {
          std::unique_lock lock(mutex);
          changed.wait(lock, [number] { return turn % 4 == number; });
          if (++calls == 2)
            say(std::to_string(number) + (own == ::syscall(SYS_gettid) ? " goes on" : " is another"));
          ++turn;
          changed.notify_all();
          if (calls == 2) return;
        }
      });
      std::thread([] {}).join();
    }
    std::thread([] {
      for (double x = 1;; x *= 1.0000001) {
        if (x > 2) x = 1;
        ++beats;
      }
    }).detach();
    std::unique_lock lock(mutex);
    changed.wait(lock, [] { return turn == 3; });
  };
  const auto after = [] {
    const long had = beats;
    {
      const std::lock_guard lock(mutex);
      ++turn;
      changed.notify_all();
    }
    for (std::thread& thread : threads) thread.join();
    while (beats < had + 1000) std::this_thread::yield();
    say("beats");
  };
  EXPECT_EQ(round_trip(before, after), "0 goes on\n1 goes on\n2 goes on\nbeats\n");
}

TEST_F(Checkpoint, MemoryIsWhatItWas) {
  static char* sparse = nullptr;
  static char* mapped = nullptr;
  constexpr size_t kSparse = size_t{1} << 36;
  const auto before = [] {
    sparse = static_cast<char*>(
        ::mmap(nullptr, kSparse, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    sparse[kSparse / 2] = 'm';
    ::mprotect(sparse + kSparse / 2, 4096, PROT_NONE);
    const Fd file(::open("/proc/self/exe", O_RDONLY));
    mapped =
        static_cast<char*>(::mmap(nullptr, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.get(), 0));
    mapped[2 * 4096] = 'w';
  };
  const auto after = [] {
    ::mprotect(sparse + kSparse / 2, 4096, PROT_READ);
    say(std::string(1, sparse[kSparse / 2]) + std::to_string(sparse[0]) + std::string(mapped + 1, 3) +
        mapped[2 * 4096]);
    const void* heap = ::sbrk(0);
    say(::sbrk(1 << 20) == heap ? "the heap grows" : "the heap is full");
    for (int n = 0; n < 100; ++n) ::free(::malloc(size_t{1} << (n % 24)));
  };
  EXPECT_EQ(round_trip(before, after), "m0ELFw\nthe heap grows\n");
}

TEST_F(Checkpoint, VariablesAreThoseThatTheProgramWasGiven) {
  ::setenv("GIVEN", "before", 1);
  const Ended first = run_in_a_box(written([] { EXPECT_EQ(variables(), ""); },
                                           [] {
                                             const std::string all(variables());
                                             const size_t place = all.find("GIVEN=");
                                             say(all.c_str() + std::min(place, all.size()));
                                             say(std::getenv("GIVEN"));
                                           }));
  ::setenv("GIVEN", "afterwards", 1);
  EXPECT_EQ(restored(body_of(first.frames)).report, "GIVEN=afterwards\nbefore\n");
  ::unsetenv("GIVEN");
}

TEST_F(Checkpoint, TheKernelKnowsOfItWhatItKnew) {
  static void* robust = nullptr;
  static size_t robust_bytes = 0;
  const auto before = [] {
    ::prctl(PR_SET_NAME, "of the image");
    ::umask(027);
    ::mkdir("/tmp/here", 0755);
    (void)!::chdir("/tmp/here");
    ::syscall(SYS_get_robust_list, 0, &robust, &robust_bytes);
  };
  const auto after = [] {
    std::array<char, 16> name{};
    ::prctl(PR_GET_NAME, name.data());
    const mode_t mask = ::umask(0);
    std::array<char, 64> folder{};
    say(std::string(name.data()) + " " + std::to_string(mask) + " " + ::getcwd(folder.data(), folder.size()));
    void* now = nullptr;
    size_t bytes = 0;
    ::syscall(SYS_get_robust_list, 0, &now, &bytes);
    say(now == robust && bytes == robust_bytes ? "locks are given back" : "locks are lost");
    say("barriers: " + std::to_string(::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0)));
    auto* const sequences = static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset;
    constexpr int kUnregister = 1;
    say("sequences: " + std::to_string(::syscall(SYS_rseq, sequences, 32, kUnregister, RSEQ_SIG)));
    say("strangers: " + std::to_string(::fcntl(kStranger, F_GETFD)));
  };
  EXPECT_EQ(round_trip(before, after),
            "of the image 23 /tmp/here\nlocks are given back\nbarriers: 0\nsequences: 0\nstrangers: -1\n");
}

TEST_F(Checkpoint, SignalsDoWhatTheyDid) {
  static volatile sig_atomic_t seen = 0;
  alignas(16) static std::array<char, 65536> other_stack;
  const auto before = [] {
    const stack_t stack{.ss_sp = other_stack.data(), .ss_flags = 0, .ss_size = other_stack.size()};
    ::sigaltstack(&stack, nullptr);
    struct sigaction action{};
    action.sa_handler = [](int) {
      const char here = 0;
      seen = &here >= other_stack.data() && &here < other_stack.data() + other_stack.size() ? 2 : 1;
    };
    action.sa_flags = SA_ONSTACK;
    ::sigaction(SIGUSR1, &action, nullptr);
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR2);
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  };
  const auto after = [] {
    ::raise(SIGUSR1);
    ::raise(SIGUSR2);  // would end the process
    struct sigaction stop{};
    ::sigaction(62, nullptr, &stop);
    say("on its stack: " + std::to_string(seen) +
        (stop.sa_handler == SIG_DFL ? "" : ", the stop is still handled"));
  };
  EXPECT_EQ(round_trip(before, after), "on its stack: 2\n");
}

TEST_F(Checkpoint, DescriptorsAreOpenedAgain) {
  static int file, ends[2], pair[2], lone[2], counter, set, listener, connection, copy;
  const auto before = [] {
    ::mkdir("/tmp/folder", 0750);
    file = ::open("/tmp/folder/file", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    (void)!::write(file, "one two", 7);
    ::lseek(file, 4, SEEK_SET);
    ::symlink("folder/file", "/tmp/link");
    (void)!::pipe2(ends, O_NONBLOCK);
    ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    ::socketpair(AF_UNIX, SOCK_STREAM, 0, lone);
    ::close(lone[1]);
    counter = ::eventfd(5, EFD_SEMAPHORE);
    set = ::epoll_create1(0);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = 0x123456789abcdef}};
    ::epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);
    listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener, 5);
    socklen_t size = sizeof address;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    connection = ::socket(AF_INET, SOCK_STREAM, 0);
    ::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address);
    copy = ::dup(kReport);
  };
  const auto after = [] {
    std::array<char, 16> bytes{};
    (void)!::read(file, bytes.data(), 3);
    struct stat info{};
    ::fstat(file, &info);
    say(std::string("file: ") + bytes.data() + " " + std::to_string(info.st_mode & 0777) +
        ((::fcntl(file, F_GETFL) & O_APPEND) != 0 ? " appends" : "") +
        (::fcntl(file, F_GETFD) == FD_CLOEXEC ? " closes" : ""));
    std::ifstream link("/tmp/link");
    std::string word;
    link >> word;
    say("link: " + word);
    (void)!::write(ends[1], "x", 1);
    epoll_event event{};
    say("set: " + std::to_string(::epoll_wait(set, &event, 1, 1000)) +
        (event.data.u64 == 0x123456789abcdef ? " its own" : ""));
    say(std::string("pipe: ") + ((::fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0 ? "does not wait" : "waits"));
    (void)!::write(pair[1], "p", 1);
    (void)!::read(pair[0], bytes.data(), 1);
    say(std::string("pair: ") + bytes[0] + std::to_string(::read(lone[0], bytes.data(), 1)));
    uint64_t count = 0;
    int counted = 0;
    for (; counted < 5; ++counted) (void)!::read(counter, &count, sizeof count);
    say("counter: " + std::to_string(count * static_cast<uint64_t>(counted)));
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    say("connection: " + std::to_string(::read(connection, bytes.data(), 1)));
    const Fd caller(::socket(AF_INET, SOCK_STREAM, 0));
    say("listener: " +
        std::to_string(::connect(caller.get(), reinterpret_cast<sockaddr*>(&address), sizeof address)));
    (void)!::write(copy, "copy\n", 5);
  };
  EXPECT_EQ(
      round_trip(before, after),
      "file: two 416 appends closes\nlink: one\nset: 1 its own\npipe: does not wait\npair: p0\ncounter: "
      "5\nconnection: 0\n"
      "listener: 0\ncopy\n");
}

TEST_F(Checkpoint, WhatCannotBeWrittenDownIsTold) {
  EXPECT_EQ(refusal([] {
              if (::fork() == 0) ::pause();
            }),
            "refused: it has child processes\n");
  EXPECT_THAT(
      refusal([] { ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); }),
      HasSubstr("refused: it shares memory with others"));
  EXPECT_THAT(refusal([] { (void)::memfd_create("mine", 0); }),
              HasSubstr("refused: it has /memfd:mine (deleted) open"));
  EXPECT_THAT(refusal([] {
                int ends[2];
                (void)!::pipe(ends);
                (void)!::write(ends[1], "x", 1);
              }),
              HasSubstr("refused: it has not read all of a pipe"));
  EXPECT_THAT(refusal([] {
                int ends[2];
                ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
                (void)!::write(ends[1], "x", 1);
              }),
              HasSubstr("refused: it has not read all of a pipe"));
  EXPECT_THAT(refusal([] { (void)::socket(AF_NETLINK, SOCK_RAW, 0); }),
              HasSubstr("refused: it has a socket"));
  EXPECT_THAT(refusal([] { ::mkfifo("/tmp/fifo", 0600); }),
              HasSubstr("refused: /tmp/fifo is neither file nor directory"));
  EXPECT_THAT(refusal([] {
                const int file = ::open("/tmp/large", O_WRONLY | O_CREAT, 0600);
                (void)!::ftruncate(file, 65 << 20);
              }),
              HasSubstr("refused: its /tmp holds more than 64 MiB"));
  EXPECT_THAT(run_in_a_box(written([] {}, [] {}), 1).report,
              HasSubstr("refused: it is not the first process"));
  EXPECT_THAT(refusal([] {}, 4096), HasSubstr("refused: it is larger than"));
}

TEST_F(Checkpoint, AProcessGoesOnAfterARefusal) {
  const auto ended = run_in_a_box([] {
    std::atomic<bool> done = false;
    std::thread waits([&] {
      while (!done) std::this_thread::yield();
      say("the thread, too");
    });
    (void)::memfd_create("mine", 0);
    std::array<char, 256> why{};
    if (take(kWriter, kFrame, kBytesMax, why.data()) == kFailed) say("it goes on");
    done = true;
    waits.join();
  });
  EXPECT_EQ(ended.report, "it goes on\nthe thread, too\n");
}

TEST_F(Checkpoint, WhatIsNotTheImagesPlaceIsRefusedBeforeItIsChanged) {
  const std::string folder = ::testing::TempDir() + "checkpoint_test";
  std::string image = body_of(run_in_a_box(written([] {}, [] { say("restored"); })).frames);
  EXPECT_EQ(restored(image).report, "restored\n");
  const Ended late = restored(image, 1);
  EXPECT_EQ(body_of(late.frames), "another process was there before it");
  EXPECT_EQ(late.status, 0);
  EXPECT_EQ(body_of(restored("").frames), "there is no image");
  EXPECT_EQ(body_of(restored(image.substr(0, 64)).frames), "there is no image");
  EXPECT_EQ(body_of(restored(std::string(1 << 20, 'x')).frames), "there is no image");
  // What lacks its memory ends when it is used.
  const Ended cut = restored(image.substr(0, whole_pages(sizeof(Tables)) + kPage));
  EXPECT_EQ(cut.report, "");
  EXPECT_NE(cut.status, 0);
}

TEST_F(Checkpoint, AFileThatChangedMeanwhileIsNotTakenForWhatItWas) {
  // Where its sandbox would have the function's code.
  const std::string path = "/var/tmp/checkpoint_test." + std::to_string(::getpid());
  const auto open = [path] { (void)::open(path.c_str(), O_RDONLY); };
  const auto map = [path] {
    const Fd file(::open(path.c_str(), O_RDONLY));
    ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, file.get(), 0);
  };
  for (const std::function<void()>& before : {std::function<void()>(open), std::function<void()>(map)}) {
    std::ofstream(path) << "code";
    const std::string image = body_of(run_in_a_box(written(before, [] { say("restored"); })).frames);
    EXPECT_EQ(restored(image).report, "restored\n");
    std::ofstream(path) << "other code";
    EXPECT_EQ(body_of(restored(image).frames), "a file is not what it was: " + path);
  }
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace hearth::checkpoint
