// Promise: it is fast.
// What a zygote has loaded is there in every sandbox of it, and nothing else of it is.
#include "sandbox/zygote.h"

#include <signal.h>

#include <filesystem>
#include <fstream>

#include "sandbox/test_sandbox.h"

extern "C" const char hearth_zygote_image_begin[];  // NOLINT(modernize-avoid-c-arrays): of the assembler
extern "C" const char hearth_zygote_image_end[];    // NOLINT(modernize-avoid-c-arrays)

namespace hearth::sandbox {
namespace {

// What it loaded is a list of its own process id; argv[1] is run as the program.
constexpr std::string_view kProgram = R"(
import ctypes, os
loaded = [os.getpid()]
library = ctypes.PyDLL('/zygote.so')
library.hearth_zygote_run.restype = ctypes.c_void_p
size = ctypes.c_size_t()
ctypes.pythonapi.PyOS_BeforeFork()
texts = library.hearth_zygote_run(ctypes.byref(size))
ctypes.pythonapi.PyOS_AfterFork_Child()
arguments = ctypes.string_at(texts, size.value).split(b'\0\0')[0].split(b'\0')
exec(arguments[1])
os.sys.stdout.flush()
os._exit(0)
)";

// The same for one that forks itself. A descriptor that it had has its number still.
constexpr std::string_view kForking = R"(
import ctypes, os, sys, threading, time
if 'threads' in sys.argv:
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
variable = ctypes.CDLL(None).getenv
variable.restype = ctypes.c_char_p
before, held = os.getpid(), os.open('/dev/zero', os.O_RDONLY)
forked = os.fork()
kept = 'kept' if os.fstat(held) else ''
os.close(held)
print(forked, os.getpid() != before, variable(b'HEARTH_OPTIONS').split(), variable(b'GIVEN'),
      variable(b'LD_PRELOAD'), sorted(os.listdir('/proc/self/fd')), kept, len(os.listdir('/proc/self/task')),
      flush=True)
os._exit(0)
)";

int parent_of(int process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;) {
    if (word != "PPid:") continue;
    int parent = -1;
    status >> parent;
    return parent;
  }
  return -1;
}

// The zygote of this supervisor's spawner, or -1.
int zygote_of(int supervisor) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int process = std::atoi(entry.path().filename().c_str());
    std::string name;
    if (process > 0) std::getline(std::ifstream(entry.path() / "comm") >> std::ws, name);
    if (name == "hearth-zygote" && parent_of(parent_of(process)) == supervisor) return process;
  }
  return -1;
}

class ZygoteTest : public SandboxTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: sandboxes are made by a privileged spawner";
    const std::string_view library(hearth_zygote_image_begin, hearth_zygote_image_end);
    const Zygote good{.name = "good",
                      .argv = {"/usr/bin/python3", "/main.py"},
                      .environment = {"PATH=/usr/bin:/bin"},
                      .files = {{"/main.py", kProgram}, {"/zygote.so", library}}};
    Zygote broken = good;
    broken.name = "broken";
    broken.files[0].bytes = "raise SystemExit(1)\n";
    Zygote absent = good;
    absent.name = "absent";
    absent.argv[0] = "/usr/bin/there-is-no-such-program";
    Zygote forking = good;
    forking.name = "forking";
    forking.environment.emplace_back("LD_PRELOAD=/zygote.so");
    forking.files[0].bytes = kForking;
    Zygote threaded = forking;
    threaded.name = "threaded";
    threaded.argv.insert(threaded.argv.end(), {"/main.py", "threads"});
    auto launched = Spawner::launch({.scratch_folder = std::filesystem::temp_directory_path(),
                                     .zygotes = {good, broken, absent, forking, threaded}});
    ASSERT_TRUE(launched) << launched.error().message;
    spawner_ = *std::move(launched);
  }

  static Command forked(std::string script) {
    Command command = python(std::move(script));
    command.argv.erase(command.argv.begin() + 1);  // "-c"
    command.forked = true;
    return command;
  }
};

TEST_F(ZygoteTest, ItsProcessesHaveWhatItLoadedAndAreInTheSandboxLikeOthers) {
  auto body = [](Spawner& spawner) -> Task<void> {
    auto box = co_await spawner.create(spec(), "good");
    EXPECT_TRUE(box) << box.error().message;
    if (!box) co_return;
    EXPECT_TRUE((*box)->forks());
    const std::string probe =
        "print(len(loaded), loaded[0] != os.getpid(), os.getpid() < 10, os.getuid() != 0, "
        "os.path.exists('/zygote.so'), os.uname().nodename, sorted(os.listdir('/proc/self/fd')), "
        "os.path.exists('/root/.bashrc'), "
        "open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0])";
    const auto ran = co_await run_in(**box, forked(probe));
    EXPECT_TRUE(ran) << ran.error().message;
    if (!ran) co_return;
    EXPECT_EQ(ran->output, "1 True True True False box ['0', '1', '2', '3'] False 1\n") << ran->error_output;
    // Ordinary programs run there too, and each fork begins where the zygote stood.
    const auto plain = co_await run_in(**box, shell("echo plain"));
    EXPECT_EQ(plain ? plain->output : plain.error().message, "plain\n");
    const auto marked = co_await run_in(**box, forked("loaded.append(1); print(len(loaded))"));
    EXPECT_EQ(marked ? marked->output : marked.error().message, "2\n");
    const auto again = co_await run_in(**box, forked("print(len(loaded))"));
    EXPECT_EQ(again ? again->output : again.error().message, "1\n");
  };
  loop_.run_until_done(body(*spawner_));
}

TEST_F(ZygoteTest, OneThatForksItselfHasChildrenThatAreItsPrograms) {
  auto body = [](Spawner& spawner) -> Task<void> {
    Command command = forked("");
    command.argv = {"/usr/bin/python3", "/main.py", "one", "two"};
    command.environment = {"GIVEN=here"};
    for (const char* name : {"forking", "forking", "threaded"}) {
      auto box = co_await spawner.create(spec(), name);
      EXPECT_TRUE(box && (*box)->forks()) << name;
      if (!box) continue;
      const auto ran = co_await run_in(**box, command);
      EXPECT_EQ(ran ? ran->output : ran.error().message,
                "0 True [b'one', b'two'] b'here' None ['0', '1', '2', '3'] kept 1\n");
    }
  };
  loop_.run_until_done(body(*spawner_));
}

TEST_F(ZygoteTest, WhereOneDoesNotWorkSandboxesAreOrdinaryOnes) {
  auto body = [](Spawner& spawner) -> Task<void> {
    for (const char* name : {"broken", "absent", "unknown", ""}) {
      auto box = co_await spawner.create(spec(), name);
      EXPECT_TRUE(box) << name << ": " << box.error().message;
      if (!box) continue;
      EXPECT_FALSE((*box)->forks()) << name;
      const auto plain = co_await run_in(**box, shell("echo plain"));
      EXPECT_EQ(plain ? plain->output : plain.error().message, "plain\n") << name;
      const auto refused = co_await (*box)->start(forked("print(1)"));
      EXPECT_FALSE(refused) << name;
    }
  };
  loop_.run_until_done(body(*spawner_));
}

TEST_F(ZygoteTest, WhoDoesNotWaitForItHasAnOrdinarySandboxUntilItIsReady) {
  auto body = [](Spawner& spawner) -> Task<void> {
    auto first = co_await spawner.create(spec(), "good", Spawner::Unready::kOrdinary);
    EXPECT_TRUE(first && !(*first)->forks());
    const auto plain = co_await run_in(**first, shell("echo plain"));
    EXPECT_EQ(plain ? plain->output : plain.error().message, "plain\n");
    bool forks = false;
    for (int round = 0; round < 200 && !forks; ++round) {
      co_await io::sleep_for(std::chrono::milliseconds(50));
      auto next = co_await spawner.create(spec(), "good", Spawner::Unready::kOrdinary);
      EXPECT_TRUE(next);
      if (!next) co_return;
      forks = (*next)->forks();
    }
    EXPECT_TRUE(forks);
  };
  loop_.run_until_done(body(*spawner_));
}

TEST_F(ZygoteTest, OneThatIsKilledTakesItsSandboxesAlongAndIsStartedAgain) {
  auto body = [](Spawner& spawner) -> Task<void> {
    auto first = co_await spawner.create(spec(), "good");
    auto other = co_await spawner.create(spec());
    EXPECT_TRUE(first && other);
    if (!first || !other) co_return;
    const int zygote = zygote_of(spawner.process_id());
    EXPECT_GT(zygote, 0);
    if (zygote > 0) ::kill(zygote, SIGKILL);
    while ((*first)->alive()) co_await io::sleep_for(std::chrono::milliseconds(5));
    auto second = co_await spawner.create(spec(), "good");
    EXPECT_TRUE(second) << second.error().message;
    if (!second) co_return;
    EXPECT_TRUE((*second)->forks());
    const auto ran = co_await run_in(**second, forked("print('again')"));
    EXPECT_EQ(ran ? ran->output : ran.error().message, "again\n");
    const auto kept = co_await run_in(**other, shell("echo unharmed"));
    EXPECT_EQ(kept ? kept->output : kept.error().message, "unharmed\n");
  };
  loop_.run_until_done(body(*spawner_));
}

TEST_F(ZygoteTest, ItIsNotGivenUpForTheDeathsOfOthers) {
  auto body = [](Spawner& spawner) -> Task<void> {
    for (int death = 0; death < 8; ++death) {
      auto box = co_await spawner.create(spec(), "good");
      EXPECT_TRUE(box) << box.error().message;
      if (!box) co_return;
      EXPECT_TRUE((*box)->forks()) << death;
      // By turns the zygote alone and the spawner with it.
      const int zygote = zygote_of(spawner.process_id());
      const int victim = death % 2 == 0 || zygote < 0 ? zygote : parent_of(zygote);
      EXPECT_GT(victim, 1);
      if (victim <= 1) co_return;
      ::kill(victim, SIGKILL);
      while ((*box)->alive()) co_await io::sleep_for(std::chrono::milliseconds(5));
    }
  };
  loop_.run_until_done(body(*spawner_));
}

}  // namespace
}  // namespace hearth::sandbox
