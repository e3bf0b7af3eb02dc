// Promise: functions are strangers to each other. Each test tries one way out of the box.
#include <fcntl.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>

#include "sandbox/test_sandbox.h"

namespace hearth::sandbox {
namespace {

using Escape = SandboxTest;

// Makes a raw system call and prints its errno by name, or OK.
std::string syscalls(std::string_view calls) {
  return "import ctypes, errno, os\n"
         "libc = ctypes.CDLL(None, use_errno=True)\n"
         "def call(name, number, *args):\n"
         "  ctypes.set_errno(0)\n"
         "  result = libc.syscall(number, *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])\n"
         "  print(name, errno.errorcode[ctypes.get_errno()] if result == -1 else 'OK')\n" +
         std::string(calls);
}

TEST_F(Escape, FilesOfTheHostAreNotThere) {
  const auto folder = std::filesystem::temp_directory_path() / "hearth-secret";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "key") << "secret";
  const auto outcome =
      run(shell("cat /etc/shadow /root/.bashrc /home/*/.bashrc " + (folder / "key").string() +
                " /proc/1/root/etc/shadow /proc/1/environ /proc/kcore /sys/kernel/* 2>/dev/null | wc -c; ls "
                "-d /root /mnt /srv /boot "
                "/work 2>/dev/null | wc -l; ls -A /home /var /opt /run /sys | tr -d '\\n'"));
  EXPECT_EQ(outcome.output, "0\n0\n/home:/opt:/run:/sys:/var:");
  std::filesystem::remove_all(folder);
}

TEST_F(Escape, NothingButTmpCanBeWritten) {
  const auto outcome =
      run(shell("for d in / /usr /etc /var /dev /proc /proc/sys/kernel /sys /opt /run /home /bin; do"
                " (: > $d/x) 2>/dev/null && echo $d; done; : > /tmp/x && echo tmp; mkdir /dev/shm "
                "2>/dev/null || echo no shm"));
  EXPECT_EQ(outcome.output, "tmp\nno shm\n");
}

TEST_F(Escape, TmpHasItsLimit) {
  auto small = spec();
  small.limits.tmp_bytes = 1 << 20;
  const auto outcome = run(small, shell("head -c 3000000 /dev/zero > /tmp/x; stat -c %s /tmp/x"));
  EXPECT_EQ(outcome.output, "1048576\n");
}

TEST_F(Escape, OtherProcessesAreNeitherSeenNorReached) {
  const auto outcome = run(python(
      "import os, signal\nprint([p for p in os.listdir('/proc') if p.isdigit()] == ['1', str(os.getpid())])\n"
      "for f in (lambda: os.kill(1, signal.SIGKILL), lambda: open('/proc/1/maps').read(), lambda: "
      "os.listdir('/proc/1/fd'),\n"
      "          lambda: os.kill(-1, signal.SIGTERM)):\n"
      "  try: f(); print('reached')\n  except PermissionError: print('refused')\n  except "
      "ProcessLookupError: print('nobody')"));
  EXPECT_EQ(outcome.output, "True\nrefused\nrefused\nrefused\nnobody\n") << outcome.error_output;
}

TEST_F(Escape, UserHasNoPrivilegesAndCannotGainThem) {
  const auto outcome = run(
      shell("id -u; id -g; id -G; grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp:' /proc/self/status; "
            "su -c id 2>/dev/null; mount 2>/dev/null | grep -c nosuid >/dev/null; echo end"));
  EXPECT_EQ(outcome.output,
            "993\n990\n990\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
            "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nend\n");
}

TEST_F(Escape, SetUserIdProgramsGiveNothing) {
  const auto outcome =
      run(python("import os, subprocess\nfor p in ('/usr/bin/su', '/usr/bin/passwd', '/usr/bin/mount'):\n"
                 "  if os.path.exists(p): assert os.statvfs(p).f_flag & os.ST_NOSUID\nprint('nosuid')"));
  EXPECT_EQ(outcome.output, "nosuid\n") << outcome.error_output;
}

TEST_F(Escape, NoDescriptorOfTheServerIsInherited) {
  const auto outcome =
      run(python("import os\nfor fd in sorted(os.listdir('/proc/self/fd'), key=int):\n"
                 "  try: print(fd, os.readlink('/proc/self/fd/' + fd).split(':')[0])\n"
                 "  except FileNotFoundError: pass"));
  EXPECT_EQ(outcome.output, "0 /dev/null\n1 pipe\n2 pipe\n");
}

TEST_F(Escape, DangerousSystemCallsAreRefused) {
  const auto outcome =
      run(python(syscalls("call('mount', 165, 0, 0, 0, 0, 0)\ncall('umount2', 166, 0, 0)\ncall('pivot_root', "
                          "155, 0, 0)\ncall('unshare', 272, 0x10000000)\n"
                          "call('setns', 308, 0, 0)\ncall('clone', 56, 0x10000000 | 17, 0, 0, 0, "
                          "0)\ncall('clone3', 435, 0, 0)\ncall('ptrace', 101, 16, os.getppid(), 0, 0)\n"
                          "call('process_vm_readv', 310, 1, 0, 0, 0, 0, 0)\ncall('bpf', 321, 0, 0, "
                          "0)\ncall('perf_event_open', 298, 0, 0, 0, 0, 0)\n"
                          "call('keyctl', 250, 0, 0, 0)\ncall('add_key', 248, 0, 0, 0, 0, "
                          "0)\ncall('userfaultfd', 323, 0)\ncall('io_uring_setup', 425, 1, 0)\n"
                          "call('open_by_handle_at', 304, 0, 0, 0)\ncall('name_to_handle_at', 303, 0, 0, 0, "
                          "0, 0)\ncall('init_module', 175, 0, 0, 0)\n"
                          "call('kexec_load', 246, 0, 0, 0, 0)\ncall('reboot', 169, 0, 0, 0, "
                          "0)\ncall('swapon', 167, 0, 0)\ncall('acct', 163, 0)\n"
                          "call('syslog', 103, 3, 0, 0)\ncall('sethostname', 170, 0, "
                          "0)\ncall('clock_settime', 227, 0, 0)\ncall('personality', 135, 0x0400000)\n"
                          "call('kcmp', 312, 1, 1, 0, 0, 0)\ncall('chroot', 161, 0)\ncall('open_tree', 428, "
                          "-100, 0, 0)\ncall('fsopen', 430, 0, 0)\n"
                          "call('vsock', 41, 40, 1, 0)\ncall('alg', 41, 38, 5, 0)\ncall('packet', 41, 17, 3, "
                          "0)\ncall('inet', 41, 2, 1, 0)\n"
                          "call('tiocsti', 16, 0, 0x5412, 0)\ncall('personality query', 135, "
                          "0xffffffff)\ncall('fanotify', 300, 0, 0)")));
  EXPECT_EQ(outcome.output,
            "mount EPERM\numount2 EPERM\npivot_root EPERM\nunshare EPERM\nsetns EPERM\nclone EPERM\nclone3 "
            "ENOSYS\nptrace EPERM\n"
            "process_vm_readv EPERM\nbpf EPERM\nperf_event_open EPERM\nkeyctl EPERM\nadd_key "
            "EPERM\nuserfaultfd EPERM\nio_uring_setup EPERM\n"
            "open_by_handle_at EPERM\nname_to_handle_at EPERM\ninit_module EPERM\nkexec_load EPERM\nreboot "
            "EPERM\nswapon EPERM\nacct EPERM\n"
            "syslog EPERM\nsethostname EPERM\nclock_settime EPERM\npersonality EPERM\nkcmp EPERM\nchroot "
            "EPERM\nopen_tree EPERM\nfsopen EPERM\n"
            "vsock EAFNOSUPPORT\nalg EAFNOSUPPORT\npacket EAFNOSUPPORT\ninet OK\ntiocsti EPERM\npersonality "
            "query OK\nfanotify EPERM\n")
      << outcome.error_output;
}

TEST_F(Escape, AForkBombEndsWithEagain) {
  auto small = spec();
  small.limits.processes_max = 32;
  const auto outcome = run(
      small, python("import os, time\nn = 0\ntry:\n  while True:\n    if os.fork() == 0: os.close(1); "
                    "os.close(2); time.sleep(100)\n    n += 1\n"
                    "except BlockingIOError as e: print('EAGAIN', 20 < n < 32, flush=True)\nos._exit(0)\n"));
  EXPECT_EQ(outcome.output, "EAGAIN True\n");
}

TEST_F(Escape, TheNetworkOfTheHostIsOutOfReach) {
  const auto outcome = run(python(
      "import socket\nfor host in ('127.0.0.1', '10.0.0.1', '1.1.1.1'):\n  for port in (22, 80, 4566):\n"
      "    s = socket.socket(); s.settimeout(1)\n    try: s.connect((host, port)); print('reached')\n"
      "    except OSError as e: pass\nprint(socket.if_nameindex())"));
  EXPECT_EQ(outcome.output, "[(1, 'lo')]\n");
}

TEST_F(Escape, AbstractSocketsOfAnotherSandboxAreNotSeen) {
  auto body = [&]() -> Task<void> {
    auto one = co_await spawner_->create(spec());
    auto two = co_await spawner_->create(spec());
    auto server =
        co_await (*one)->start(python("import socket\ns = socket.socket(socket.AF_UNIX); s.bind('\\0meet'); "
                                      "s.listen(); print('up', flush=True); s.accept()"));
    io::Descriptor output(std::move(server->standard_output));
    co_await output.readable();
    const auto outcome = co_await run_in(
        **two,
        python("import socket\ns = socket.socket(socket.AF_UNIX)\ntry: s.connect('\\0meet'); print('met')\n"
               "except ConnectionRefusedError: print('refused')"));
    EXPECT_EQ(outcome->output, "refused\n");
  };
  loop_.run_until_done(body());
}

TEST_F(Escape, OwnLimitsCannotBeRaised) {
  const auto outcome =
      run(python("import resource, os\nfor name in ('NOFILE', 'NPROC', 'MEMLOCK', 'CORE'):\n  r = "
                 "getattr(resource, 'RLIMIT_' + name)\n"
                 "  print(name, resource.getrlimit(r))\n  try: resource.setrlimit(r, (10**9, 10**9)); "
                 "print('raised')\n  except ValueError: pass\n"
                 "for path in ('/sys/fs/cgroup', '/proc/self/oom_score_adj'):\n"
                 "  try: os.write(os.open(path, os.O_WRONLY), b'-1000'); print('written')\n  except OSError "
                 "as e: print(type(e).__name__)"));
  EXPECT_EQ(outcome.output,
            "NOFILE (1024, 1024)\nNPROC (1024, 1024)\nMEMLOCK (65536, 65536)\nCORE (1, "
            "1)\nFileNotFoundError\nPermissionError\n")
      << outcome.error_output;
}

TEST_F(Escape, KernelSettingsCannotBeWritten) {
  const auto outcome = run(shell(
      "for f in $(find /proc/sys /proc/sysrq-trigger /proc/fs /proc/bus -type f 2>/dev/null | head -500); do "
      "(echo 1 > $f) 2>/dev/null && [ $f != /proc/sysrq-trigger ] && echo $f; done; echo end"));
  EXPECT_EQ(outcome.output, "end\n");
}

TEST_F(Escape, OnlyHarmlessDevicesAreThereAndNoneCanBeMade) {
  const auto outcome =
      run(shell("ls /dev | tr '\\n' ' '; mknod /tmp/sda b 8 0 2>/dev/null && echo made; head -c 4 "
                "/dev/urandom | wc -c; echo x > /dev/null && echo ok"));
  EXPECT_EQ(outcome.output, "fd full null random stderr stdin stdout urandom zero 4\nok\n");
}

TEST_F(Escape, ASourceOutsideTheAllowedDirectoriesIsRefusedAlsoThroughALink) {
  const auto folder = std::filesystem::temp_directory_path() / "hearth-roots-test";
  std::filesystem::create_directories(folder);
  std::filesystem::remove(folder / "link");
  std::filesystem::create_symlink("/etc/shadow", folder / "link");
  auto restricted = Spawner::launch({.source_roots = {folder}});
  auto body = [&]() -> Task<void> {
    for (const std::string& source :
         {std::string("/etc/shadow"), (folder / "link").string(), folder.string() + "/../"}) {
      auto wanted = spec();
      wanted.binds = {{source, "/var/task"}};
      const auto box = co_await (*restricted)->create(std::move(wanted));
      EXPECT_FALSE(box);
      if (!box) EXPECT_NE(box.error().message.find("lies outside"), std::string::npos) << box.error().message;
    }
    auto fine = spec();
    fine.binds = {{folder, "/var/task"}};
    const auto box = co_await (*restricted)->create(std::move(fine));
    EXPECT_TRUE(box);
  };
  loop_.run_until_done(body());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace hearth::sandbox
