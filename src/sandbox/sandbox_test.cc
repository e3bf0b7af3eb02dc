// Promise: functions are strangers to each other.
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "sandbox/cgroup.h"
#include "sandbox/probe.h"
#include "sandbox/test_sandbox.h"

namespace hearth::sandbox {
namespace {

using namespace std::chrono_literals;

using SandboxLife = SandboxTest;

TEST_F(SandboxLife, RunsACommandAndTellsItsOutputAndExitCode) {
  const auto outcome = run(shell("echo out; echo err >&2; hostname; pwd; exit 3"));
  EXPECT_EQ(outcome.output, "out\nbox\n/\n");
  EXPECT_EQ(outcome.error_output, "err\n");
  EXPECT_EQ(outcome.status.code, 3);
}

TEST_F(SandboxLife, TellsTheSignalThatEndedAProcess) {
  const auto outcome = run(shell("kill -SEGV $$"));
  EXPECT_EQ(outcome.status.signal, SIGSEGV);
  EXPECT_EQ(outcome.status.code, -1);
}

TEST_F(SandboxLife, AProgramThatIsNotThereIsNamed) {
  auto body = [&]() -> Task<void> {
    auto box = co_await spawner_->create(spec());
    auto process = co_await (*box)->start({{"/var/task/bootstrap"}, {}, "/"});
    EXPECT_FALSE(process);
    EXPECT_EQ(process.error().message, "sandbox test: start /var/task/bootstrap: No such file or directory");
    auto next = co_await run_in(**box, shell("echo fine"));
    EXPECT_EQ(next->output, "fine\n");
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, ABadBindFailsWithTheStepNamed) {
  auto body = [&]() -> Task<void> {
    auto bad = spec();
    bad.binds.push_back({"/nowhere/at/all", "/var/task"});
    auto box = co_await spawner_->create(std::move(bad));
    EXPECT_FALSE(box);
    EXPECT_EQ(box.error().message, "sandbox test: open /nowhere/at/all: No such file or directory");
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, TemporaryFilesSurviveTheRestartOfTheMainProcessAndNoMore) {
  auto body = [&]() -> Task<void> {
    auto box = co_await spawner_->create(spec());
    const auto first = co_await run_in(**box, shell("echo kept > /tmp/x; kill -9 $$"));
    EXPECT_EQ(first->status.signal, SIGKILL);
    const auto killed = co_await (*box)->kill();
    EXPECT_TRUE(killed);
    const auto again = co_await run_in(**box, shell("cat /tmp/x"));
    EXPECT_EQ(again->output, "kept\n");
    const auto other = co_await spawner_->create(spec());
    const auto fresh = co_await run_in(**other, shell("ls -A /tmp"));
    EXPECT_EQ(fresh->output, "");
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, KillReachesGrandchildrenInSessionsOfTheirOwn) {
  auto body = [&]() -> Task<void> {
    auto box = co_await spawner_->create(spec());
    const auto first =
        co_await run_in(**box, shell("setsid sh -c 'echo $$ > /tmp/id; exec sleep 1000' >/dev/null 2>&1 & "
                                     "until [ -s /tmp/id ]; do :; done; echo started"));
    EXPECT_EQ(first->output, "started\n");
    const std::string look = "[ -d /proc/$(cat /tmp/id) ] && echo alive || echo gone";
    const auto before = co_await run_in(**box, shell(look));
    EXPECT_EQ(before->output, "alive\n");
    const auto killed = co_await (*box)->kill();
    EXPECT_TRUE(killed);
    const auto after = co_await run_in(**box, shell(look));
    EXPECT_EQ(after->output, "gone\n");
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, AFrozenProcessMakesNoProgressAndCanStillBeKilled) {
  auto body = [&]() -> Task<void> {
    auto box = co_await spawner_->create(spec());
    auto counter = co_await (*box)->start(shell("while :; do echo x; done"));
    const auto frozen = co_await (*box)->freeze();
    EXPECT_TRUE(frozen);
    io::Descriptor output(std::move(counter->standard_output));
    char buffer[65536];
    while (::read(output.get(), buffer, sizeof buffer) > 0) {
    }
    // The pipe is empty now: a running process would fill it at once.
    const bool wrote_frozen = co_await output.readable(io::Loop::here().now() + 50ms);
    EXPECT_FALSE(wrote_frozen);
    const auto thawed = co_await (*box)->thaw();
    EXPECT_TRUE(thawed);
    const bool wrote_thawed = co_await output.readable();
    EXPECT_TRUE(wrote_thawed);
    const auto frozen_again = co_await (*box)->freeze();
    EXPECT_TRUE(frozen_again);
    const auto killed = co_await (*box)->kill();
    EXPECT_TRUE(killed);
    const ExitStatus status = co_await (*box)->exited(counter->id);
    EXPECT_EQ(status.signal, SIGKILL);
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, OutOfMemoryIsTold) {
  auto small = spec();
  small.limits.memory_bytes = 64 << 20;
  const auto outcome = run(small, python("x = bytearray(200 << 20); print(len(x))"));
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.status.signal, SIGKILL);
  EXPECT_TRUE(outcome.status.out_of_memory);
}

TEST_F(SandboxLife, TheMemoryPeakIsRead) {
  auto body = [&]() -> Task<void> {
    auto box = co_await spawner_->create(spec());
    (void)co_await run_in(**box, python("x = bytearray(50 << 20)"));
    const auto peak = (*box)->memory_peak_bytes();
    EXPECT_GT(peak.value_or(0), 50u << 20);
    EXPECT_LE(peak.value_or(0), 128u << 20);
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, TheServerListensInsideTheSandbox) {
  auto body = [&]() -> Task<void> {
    auto wanted = spec();
    wanted.listen_ports = {9001, 80};
    auto box = co_await spawner_->create(std::move(wanted));
    io::Descriptor listener((*box)->take_listener(0));
    auto process = co_await (*box)->start(
        python("import socket; s = socket.create_connection(('127.0.0.1', 9001)); print(s.recv(9))"));
    co_await listener.readable();
    const Fd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    EXPECT_TRUE(connection.valid());
    EXPECT_EQ(::send(connection.get(), "hello", 5, 0), 5);
    const std::string output = co_await read_all(std::move(process->standard_output));
    EXPECT_EQ(output, "b'hello'\n");
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, TheServerReachesWhatListensInsideTheSandbox) {
  auto body = [&]() -> Task<void> {
    auto box = co_await spawner_->create(spec());
    auto process = co_await (*box)->start(
        python("import socket; s = socket.create_server(('127.0.0.1', 8081)); print(flush=True); "
               "print(s.accept()[0].recv(9))"));
    io::Descriptor output(Fd(::dup(process->standard_output.get())));
    co_await output.readable();  // it listens
    const auto socket = co_await (*box)->open_socket();
    EXPECT_TRUE(socket);
    if (!socket) co_return;
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(8081), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    (void)::connect(socket->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    EXPECT_EQ(::send(socket->get(), "hello", 5, 0), 5);
    const std::string said = co_await read_all(std::move(process->standard_output));
    EXPECT_EQ(said, "\nb'hello'\n");
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, BindsAreSeenAndCannotBeWritten) {
  const auto folder = std::filesystem::temp_directory_path() / "hearth-bind-test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "handler.py") << "print('mine')\n";
  std::filesystem::permissions(folder, std::filesystem::perms::all);
  auto bound = spec();
  bound.binds = {{folder, "/var/task"}, {folder / "handler.py", "/opt/one/file.py"}};
  const auto outcome = run(
      bound, shell("cd /var/task && ls && cat /opt/one/file.py; echo x > new 2>/dev/null || echo refused"));
  EXPECT_EQ(outcome.output, "handler.py\nprint('mine')\nrefused\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));
  std::filesystem::remove_all(folder);
}

TEST_F(SandboxLife, WhatIsBoundLateIsSeenByAProcessThatRunsAlready) {
  const auto folder = std::filesystem::temp_directory_path() / "hearth-late-bind-test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "app.py") << "late";
  auto body = [&]() -> Task<void> {
    auto early = spec();
    early.mount_points = {"/var/task"};
    early.limits.tmp_bytes = 1 << 20;  // a memory file system
    auto box = co_await spawner_->create(early);
    auto process = co_await (*box)->start(
        shell("until cat /var/task/app.py 2>/dev/null; do sleep 0.01; done; df -k /tmp | tail -1; "
              "echo x > /var/task/new || echo no"));
    const auto absent = co_await (*box)->bind({{folder / "none", "/var/task"}}, 0);
    EXPECT_FALSE(absent);
    const auto bound = co_await (*box)->bind({{folder, "/var/task"}}, 3 << 20);
    EXPECT_TRUE(bound) << bound.error().message;
    const std::string output = co_await read_all(std::move(process->standard_output));
    EXPECT_TRUE(output.starts_with("late")) << output;
    EXPECT_NE(output.find(" 3072 "), std::string::npos) << output;
    EXPECT_TRUE(output.ends_with("no\n")) << output;
  };
  loop_.run_until_done(body());
  std::filesystem::remove_all(folder);
}

TEST_F(SandboxLife, TmpIsADiskThatGrowsAndDoesNotCountAsMemory) {
  if (!probe_host().scratch) GTEST_SKIP() << "this host has no loop devices or no mkfs.ext4";
  auto body = [&]() -> Task<void> {
    auto small = spec();
    small.limits.memory_bytes = 64 << 20;
    auto box = co_await spawner_->create(std::move(small));
    const std::string free = "echo $(( $(stat -f -c '%a * %S' /tmp) >> 20 )); ls -A /tmp";
    const auto before = co_await run_in(**box, shell(free));
    EXPECT_GE(std::stoi(before->output), 512);
    EXPECT_LE(std::stoi(before->output), 530);
    const auto bound = co_await (*box)->bind({}, 2ull << 30);
    EXPECT_TRUE(bound) << bound.error().message;
    const auto after = co_await run_in(**box, shell(free));
    EXPECT_GE(std::stoi(after->output), 2048);
    EXPECT_LE(std::stoi(after->output), 2100);
    const auto written =
        co_await run_in(**box, shell("head -c 300000000 /dev/zero > /tmp/x && stat -c %s /tmp/x"));
    EXPECT_EQ(written->output, "300000000\n") << written->error_output;
    EXPECT_FALSE(written->status.out_of_memory);
  };
  loop_.run_until_done(body());
}

// A root with a shell, that came after the sandbox was made.
std::filesystem::path root_with_a_shell() {
  namespace fs = std::filesystem;
  std::string name = fs::temp_directory_path() / "hearth-root.XXXXXX";
  const fs::path folder = ::mkdtemp(name.data());
  fs::permissions(folder, fs::perms(0755));
  for (const char* each : {"bin", "dev", "proc", "tmp", "etc"}) fs::create_directory(folder / each);
  fs::copy_file("/bin/busybox", folder / "bin/sh");
  std::ofstream(folder / "etc/hosts") << "of the image";
  std::ofstream(folder / "etc/passwd") << "of the image";
  return folder;
}

TEST_F(SandboxLife, AnotherRootTakesThePlaceOfTheFirst) {
  if (!std::filesystem::exists("/bin/busybox"))
    GTEST_SKIP() << "needs busybox-static, whose shell runs anywhere";
  const auto folder = root_with_a_shell();
  auto body = [&]() -> Task<void> {
    auto box = co_await spawner_->create(spec());
    (void)co_await run_in(**box, shell("echo kept > /tmp/x"));
    const auto bound = co_await (*box)->bind({}, 0, folder);
    EXPECT_TRUE(bound) << bound.error().message;
    const auto outcome = co_await run_in(
        **box,
        shell("echo /*; for file in /etc/hosts /etc/passwd /tmp/x; do read line < $file; echo $line; done; "
              "echo y > /y || echo refused; echo z > /tmp/z && echo > /dev/null && echo written"));
    EXPECT_EQ(outcome->output,
              "/bin /dev /etc /proc /tmp\n127.0.0.1 localhost sandbox sandbox.localdomain box\nof the "
              "image\nkept\nrefused\nwritten\n")
        << outcome->error_output;
  };
  loop_.run_until_done(body());
  EXPECT_FALSE(std::filesystem::exists(folder / "y"));
  std::filesystem::remove_all(folder);
}

// As all of them are where systemd runs.
class SharedMount {
 public:
  explicit SharedMount(std::filesystem::path folder) : folder_(std::move(folder)) {
    EXPECT_EQ(::mount(folder_.c_str(), folder_.c_str(), nullptr, MS_BIND, nullptr), 0);
    EXPECT_EQ(::mount(nullptr, folder_.c_str(), nullptr, MS_SHARED, nullptr), 0);
  }
  ~SharedMount() {
    ::umount2(folder_.c_str(), MNT_DETACH);
    std::filesystem::remove_all(folder_);
  }
  SharedMount(const SharedMount&) = delete;

  std::vector<std::string> mounts() const {
    std::vector<std::string> all;
    std::ifstream list("/proc/self/mountinfo");
    for (std::string line; std::getline(list, line);) {
      if (line.contains(folder_.string())) all.push_back(line);
    }
    return all;
  }

 private:
  const std::filesystem::path folder_;
};

TEST_F(SandboxLife, WhatIsMountedInsideIsNotSeenOnTheHost) {
  if (!std::filesystem::exists("/bin/busybox"))
    GTEST_SKIP() << "needs busybox-static, whose shell runs anywhere";
  const auto folder = root_with_a_shell();
  const SharedMount mount(folder);
  auto body = [&]() -> Task<void> {
    auto box = co_await spawner_->create(spec());
    const auto bound = co_await (*box)->bind({}, 0, folder);
    EXPECT_TRUE(bound) << bound.error().message;
    EXPECT_THAT(mount.mounts(), ::testing::SizeIs(1));
  };
  loop_.run_until_done(body());
}

// What is a stranger's holds links where the sandbox's own goes.
TEST_F(SandboxLife, ARootOfWhichALinkLeadsElsewhereIsRefusedOrStaysInside) {
  namespace fs = std::filesystem;
  if (!fs::exists("/bin/busybox")) GTEST_SKIP() << "needs busybox-static, whose shell runs anywhere";
  auto body = [&]() -> Task<void> {
    for (const char* each : {"dev", "proc", "tmp", "etc"}) {
      const auto folder = root_with_a_shell();
      fs::remove_all(folder / each);
      fs::create_directory_symlink("../../../../../../etc", folder / each);
      auto box = co_await spawner_->create(spec());
      const auto bound = co_await (*box)->bind({}, 0, folder);
      EXPECT_EQ(bool(bound), std::string_view(each) == "etc");
      fs::remove_all(folder);
    }
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, ManySandboxesAreMadeAtOnce) {
  constexpr int kCount = 12;
  auto body = [&]() -> Task<void> {
    io::TaskScope scope;
    int fine = 0;
    auto one = [&](int number) -> Task<void> {
      auto box = co_await spawner_->create(spec());
      if (!box) co_return;
      const auto outcome = co_await run_in(**box, shell("echo " + std::to_string(number)));
      if (outcome && outcome->output == std::to_string(number) + "\n") ++fine;
    };
    for (int number = 0; number < kCount; ++number) scope.spawn(one(number));
    co_await scope.drained();
    EXPECT_EQ(fine, kCount);
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, OneThatIsAskedForAgainHasBeenMadeBefore) {
  auto body = [&]() -> Task<void> {
    // Hundredths of a second that the first process is old.
    const auto age_of = [&](Spec wanted) -> Task<int> {
      auto box = co_await spawner_->create(std::move(wanted));
      const auto outcome =
          co_await run_in(**box, shell("read up rest < /proc/uptime; set -- $(cut -d')' -f2 /proc/1/stat); "
                                       "echo $(( ${up%.*}${up#*.} - ${20} )); ls -A /tmp"));
      EXPECT_EQ(outcome->status.code, 0) << outcome->error_output;
      co_return std::stoi(outcome->output);
    };
    EXPECT_LT(co_await age_of(spec()), 50);
    co_await io::sleep_for(std::chrono::seconds(1));
    EXPECT_GE(co_await age_of(spec()), 50);
    Spec other = spec();
    other.hostname = "other";
    EXPECT_LT(co_await age_of(other), 50);
  };
  loop_.run_until_done(body());
}

// The group directories of a supervisor, wherever this host has its control groups.
std::vector<std::string> groups_of(int spawner) {
  std::vector<std::string> found;
  const CgroupHost host = CgroupHost::find();
  for (const auto& directory : host.directories) {
    if (directory.empty()) continue;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().filename().string().starts_with("hearth-" + std::to_string(spawner) + "-"))
        found.push_back(entry.path());
    }
  }
  return found;
}

TEST_F(SandboxLife, NothingIsLeftWhenTheServerIsKilled) {
  int report[2];
  ASSERT_EQ(::pipe2(report, O_CLOEXEC), 0);
  spawner_.reset();
  const pid_t server = ::fork();
  if (server == 0) {
    auto own = Spawner::launch({});
    io::Loop loop;
    auto body = [&]() -> Task<void> {
      auto running = co_await (*own)->create(spec());
      auto frozen = co_await (*own)->create(spec());
      auto one = co_await (*running)->start(shell("sleep 1000"));
      auto two = co_await (*frozen)->start(shell("sleep 1000"));
      const auto stopped = co_await (*frozen)->freeze();
      const int supervisor = (*own)->process_id();
      (void)!::write(report[1], &supervisor, sizeof supervisor);
      co_await io::sleep_for(1000s);
    };
    loop.run_until_done(body());
    ::_exit(0);
  }
  int supervisor = 0;
  ASSERT_EQ(::read(report[0], &supervisor, sizeof supervisor), static_cast<ssize_t>(sizeof supervisor));
  EXPECT_FALSE(groups_of(supervisor).empty());
  const Fd watched(static_cast<int>(::syscall(SYS_pidfd_open, supervisor, 0)));
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  pollfd wait{watched.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 20'000), 1) << "the supervisor lives on";
  EXPECT_TRUE(groups_of(supervisor).empty());
  ::close(report[0]);
  ::close(report[1]);
}

// The group directories of its sandboxes.
std::set<std::pair<dev_t, ino_t>> boxes_of(int supervisor) {
  std::set<std::pair<dev_t, ino_t>> found;
  for (const auto& group : groups_of(supervisor)) {
    for (const auto& entry : std::filesystem::directory_iterator(group)) {
      struct stat info{};
      if (entry.is_directory() && ::stat(entry.path().c_str(), &info) == 0)
        found.emplace(info.st_dev, info.st_ino);
    }
  }
  return found;
}

int child_of(int process) {
  const auto task = "/proc/" + std::to_string(process) + "/task/" + std::to_string(process);
  int child = 0;
  std::ifstream(task + "/children") >> child;
  return child;
}

TEST_F(SandboxLife, AfterTheSpawnerWasKilledItsSandboxesEndAndNewOnesAreMade) {
  auto body = [&]() -> Task<void> {
    auto running = co_await spawner_->create(spec());
    auto frozen = co_await spawner_->create(spec());
    auto one = co_await (*running)->start(shell("sleep 1000"));
    auto two = co_await (*frozen)->start(shell("sleep 1000"));
    const auto stopped = co_await (*frozen)->freeze();
    EXPECT_TRUE(stopped);
    const int spawner = child_of(spawner_->process_id());
    EXPECT_GT(spawner, 1);
    const auto before = boxes_of(spawner_->process_id());
    EXPECT_FALSE(before.empty());
    ::kill(spawner, SIGKILL);
    const ExitStatus first = co_await (*running)->exited(one->id);
    const ExitStatus second = co_await (*frozen)->exited(two->id);
    EXPECT_EQ(first.signal, SIGKILL);
    EXPECT_EQ(second.signal, SIGKILL);
    EXPECT_FALSE((*running)->alive());
    EXPECT_FALSE((*frozen)->alive());
    auto next = co_await spawner_->create(spec());
    EXPECT_TRUE(next) << next.error().message;
    for (const auto& box : boxes_of(spawner_->process_id()))
      EXPECT_FALSE(before.contains(box)) << "one is left over";
    const auto outcome = co_await run_in(**next, shell("echo fine"));
    EXPECT_EQ(outcome->output, "fine\n");
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, SandboxesThatAreBeingMadeWhenTheSpawnerIsKilledAreMadeByTheNext) {
  constexpr int kCount = 8;
  auto body = [&]() -> Task<void> {
    io::TaskScope scope;
    int made = 0;
    auto one = [&]() -> Task<void> {
      const auto box = co_await spawner_->create(spec());
      if (box) {
        ++made;
      } else {
        ADD_FAILURE() << box.error().message;
      }
    };
    for (int number = 0; number < kCount; ++number) scope.spawn(one());
    ::kill(child_of(spawner_->process_id()), SIGKILL);
    co_await scope.drained();
    EXPECT_EQ(made, kCount);
  };
  loop_.run_until_done(body());
}

TEST_F(SandboxLife, WithoutASupervisorNoSandboxIsMadeAndTheErrorSaysSo) {
  auto body = [&]() -> Task<void> {
    auto box = co_await spawner_->create(spec());
    auto process = co_await (*box)->start(shell("sleep 1000"));
    ::kill(spawner_->process_id(), SIGKILL);
    const ExitStatus status = co_await (*box)->exited(process->id);
    EXPECT_EQ(status.signal, SIGKILL);
    const auto next = co_await spawner_->create(spec());
    EXPECT_FALSE(next);
    EXPECT_THAT(next.error().message,
                testing::HasSubstr("no sandbox can be made until the server is restarted"));
  };
  loop_.run_until_done(body());
}

TEST(CgroupHost, FindsItsOwnGroupsOnV1AlsoWhenControllersShareAMount) {
  const auto host = CgroupHost::parse(
      "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
      "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
      "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
      "4:memory:/own/group\n1:cpu,cpuacct:/\n0::/x\n", "hugetlb\n");
  EXPECT_EQ(host.version, CgroupVersion::kV1);
  EXPECT_EQ(host.directories[CgroupHost::kMemory], "/sys/fs/cgroup/memory/own/group");
  EXPECT_EQ(host.directories[CgroupHost::kCpu], "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(host.directories[CgroupHost::kFreezer], "");
}

TEST(CgroupHost, FindsItsOwnGroupOnV2BelowWhatAContainerShows) {
  const auto host =
      CgroupHost::parse("30 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw,nsdelegate\n",
                        "0::/docker/abc/init\n", "cpuset cpu io memory pids\n");
  EXPECT_EQ(host.version, CgroupVersion::kV2);
  EXPECT_EQ(host.directories[CgroupHost::kMemory], "/sys/fs/cgroup/init");
  EXPECT_EQ(host.directories[CgroupHost::kFreezer], "/sys/fs/cgroup/init");
}

}  // namespace
}  // namespace hearth::sandbox
