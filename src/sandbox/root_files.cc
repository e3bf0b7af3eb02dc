#include "sandbox/root_files.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/fd.h"
#include "sandbox/failure.h"
#include "sandbox/file.h"
#include "sandbox/mount_tree.h"
#include "sandbox/user.h"

namespace hearth::sandbox {

namespace {

struct Link {
  std::string path, target;
};

struct Sources {
  std::vector<MountTree> system;
  std::vector<MountTree> devices;
  std::vector<MountTree> binds;
  std::vector<MountTree> tmp;  // one, or none when it is to be memory
  std::vector<Link> links;
};

// What programs need from the host. None of it holds secrets of the host.
constexpr std::array kSystemDirectories = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
constexpr std::array kSystemFiles = {
    "/etc/ld.so.cache",     "/etc/ld.so.conf",      "/etc/ld.so.conf.d",    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf", "/etc/pki/tls",         "/etc/pki/ca-trust",    "/etc/ca-certificates",
    "/etc/crypto-policies", "/etc/localtime",       "/etc/alternatives",    "/etc/mime.types",
    "/etc/java-8-openjdk",  "/etc/java-11-openjdk", "/etc/java-17-openjdk", "/etc/java-21-openjdk",
    "/etc/java-25-openjdk", "/etc/fonts",           "/etc/protocols",       "/etc/services"};
constexpr std::array kDevices = {"null", "zero", "full", "random", "urandom"};
// Parts of /proc that say or change something about the host.
constexpr std::array kHiddenFiles = {
    "/proc/kcore",      "/proc/keys",          "/proc/key-users",   "/proc/kallsyms",
    "/proc/kmsg",       "/proc/timer_list",    "/proc/sched_debug", "/proc/latency_stats",
    "/proc/slabinfo",   "/proc/config.gz",     "/proc/modules",     "/proc/mdstat",
    "/proc/diskstats",  "/proc/partitions",    "/proc/iomem",       "/proc/ioports",
    "/proc/kpagecount", "/proc/kpageflags",    "/proc/kpagecgroup", "/proc/vmallocinfo",
    "/proc/interrupts", "/proc/sysrq-trigger", "/proc/cmdline"};
constexpr std::array kHiddenDirectories = {"/proc/acpi", "/proc/asound", "/proc/scsi",
                                           "/proc/irq",  "/proc/driver", "/proc/tty"};
constexpr std::array kFrozenDirectories = {"/proc/sys", "/proc/fs", "/proc/bus"};

Status collect_system(Sources& sources) {
  for (const std::string path : kSystemDirectories) {
    std::error_code error;
    const auto status = std::filesystem::symlink_status(path, error);
    if (std::filesystem::is_symlink(status)) {
      sources.links.push_back({path, std::filesystem::read_symlink(path, error).string()});
    } else if (std::filesystem::is_directory(status)) {
      TRY_SYNC(auto tree, MountTree::clone(path, path, kReadOnlyMount, {}));
      sources.system.push_back(std::move(tree));
    }
  }
  for (const std::string path : kSystemFiles) {
    if (::access(path.c_str(), F_OK) != 0) continue;
    TRY_SYNC(auto tree, MountTree::clone(path, path, kReadOnlyMount, {}));
    sources.system.push_back(std::move(tree));
  }
  return {};
}

Result<Sources> collect(const RootPlan& plan) {
  Sources sources;
  TRY_SYNC_VOID(collect_system(sources));
  for (const std::string name : kDevices) {
    TRY_SYNC(auto tree,
             MountTree::clone("/dev/" + name, "/dev/" + name, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, {}));
    sources.devices.push_back(std::move(tree));
  }
  for (const auto& bind : plan.spec.binds) {
    TRY_SYNC(auto tree, MountTree::clone(bind.source, bind.target, kReadOnlyMount, plan.source_roots));
    sources.binds.push_back(std::move(tree));
  }
  if (plan.scratch.serves(plan.spec.limits.tmp_bytes)) {
    TRY_SYNC(auto disk, plan.scratch.make(plan.spec.limits.tmp_bytes, plan.owner, "/tmp"));
    sources.tmp.push_back(std::move(disk));
  }
  return sources;
}

// A fresh tmpfs over /tmp of the private mount namespace serves as the new root. It is made read-only once it
// is furnished.
Status mount_new_root() {
  if (::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=16m") != 0)
    return failed_step("mount the root");
  return ::chdir("/tmp") == 0 ? Status() : failed_step("enter the root");
}

Status leave_old_root() {
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return failed_step("change the root");
  if (::umount2(".", MNT_DETACH) != 0) return failed_step("leave the old root");
  return ::chdir("/") == 0 ? Status() : failed_step("enter the new root");
}

Status place_all(const std::vector<MountTree>& trees) {
  for (const auto& tree : trees) TRY_SYNC_VOID(tree.place());
  return {};
}

Status furnish_etc(const RootPlan& plan) {
  const Spec& spec = plan.spec;
  TRY_SYNC_VOID(make_file("/etc/passwd",
                          "root:x:0:0:root:/root:/usr/sbin/nologin\n" + std::string(kUserName) +
                              ":x:" + std::to_string(kUserId) + ":" + std::to_string(kGroupId) + "::/home/" +
                              kUserName + ":/usr/sbin/nologin\nnobody:x:65534:65534::/:/usr/sbin/nologin\n"));
  TRY_SYNC_VOID(make_file("/etc/group", "root:x:0:\n" + std::string(kUserName) +
                                            ":x:" + std::to_string(kGroupId) + ":\nnogroup:x:65534:\n"));
  TRY_SYNC_VOID(
      make_file("/etc/nsswitch.conf",
                "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"));
  TRY_SYNC_VOID(make_file("/etc/hostname", spec.hostname + "\n"));
  std::string hosts = "127.0.0.1 localhost sandbox sandbox.localdomain " + spec.hostname;
  for (const std::string& name : spec.local_names) hosts += " " + name;
  TRY_SYNC_VOID(make_file("/etc/hosts", hosts + "\n::1 localhost ip6-localhost\n"));
  // There is no resolver inside; this makes a lookup fail at once instead of after a timeout.
  return make_file("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
}

Status furnish_dev(const std::vector<MountTree>& devices) {
  TRY_SYNC_VOID(make_directory("/dev"));
  if (::mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755,size=64k") != 0)
    return failed_step("mount /dev");
  TRY_SYNC_VOID(place_all(devices));
  const std::array<Link, 4> links = {Link{"/dev/fd", "/proc/self/fd"}, Link{"/dev/stdin", "/proc/self/fd/0"},
                                     Link{"/dev/stdout", "/proc/self/fd/1"},
                                     Link{"/dev/stderr", "/proc/self/fd/2"}};
  for (const auto& link : links) {
    if (::symlink(link.target.c_str(), link.path.c_str()) != 0) return failed_step("make " + link.path);
  }
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(AT_FDCWD, "/dev", 0, &attr, sizeof attr) != 0)
    return failed_step("make /dev read-only");
  return {};
}

Status furnish_proc() {
  TRY_SYNC_VOID(make_directory("/proc"));
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return failed_step("mount /proc");
  for (const char* path : kHiddenFiles) {
    if (::access(path, F_OK) != 0) continue;
    if (::mount("/dev/null", path, nullptr, MS_BIND, nullptr) != 0)
      return failed_step(std::string("hide ") + path);
  }
  for (const char* path : kHiddenDirectories) {
    if (::access(path, F_OK) != 0) continue;
    if (::mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "size=0,mode=0555") != 0) {
      return failed_step(std::string("hide ") + path);
    }
  }
  for (const std::string path : kFrozenDirectories) {
    if (::access(path.c_str(), F_OK) != 0) continue;
    TRY_SYNC(const auto tree, MountTree::clone(path, path, kReadOnlyMount | MOUNT_ATTR_NOEXEC, {}));
    TRY_SYNC_VOID(tree.place());
  }
  return {};
}

Status furnish_tmp(const RootPlan& plan, const std::vector<MountTree>& disk) {
  if (!disk.empty()) return place_all(disk);
  TRY_SYNC_VOID(make_directory("/tmp"));
  const std::string options = "mode=1777,size=" + std::to_string(plan.spec.limits.tmp_bytes) +
                              ",uid=" + std::to_string(plan.owner) + ",gid=" + std::to_string(plan.owner);
  if (::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0)
    return failed_step("mount /tmp");
  return {};
}

}  // namespace

Status enter_root(const RootPlan& plan) {
  ::umask(0022);
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return failed_step("make mounts private");
  TRY_SYNC(const Sources sources, collect(plan));
  TRY_SYNC_VOID(mount_new_root());
  TRY_SYNC_VOID(leave_old_root());

  TRY_SYNC_VOID(place_all(sources.system));
  for (const auto& link : sources.links) {
    if (::symlink(link.target.c_str(), link.path.c_str()) != 0) return failed_step("make " + link.path);
  }
  TRY_SYNC_VOID(furnish_etc(plan));
  TRY_SYNC_VOID(furnish_dev(sources.devices));
  TRY_SYNC_VOID(furnish_proc());
  for (const char* path : {"/sys", "/run", "/var", "/opt", "/home"}) TRY_SYNC_VOID(make_directory(path));
  for (const auto& path : plan.spec.mount_points) TRY_SYNC_VOID(make_directory(path));
  for (const auto& file : plan.files) TRY_SYNC_VOID(make_file(file.path, file.bytes));
  TRY_SYNC_VOID(furnish_tmp(plan, sources.tmp));
  TRY_SYNC_VOID(place_all(sources.binds));

  mount_attr attr{};
  attr.attr_set = kReadOnlyMount;
  if (::mount_setattr(AT_FDCWD, "/", 0, &attr, sizeof attr) != 0)
    return failed_step("make the root read-only");
  return {};
}

}  // namespace hearth::sandbox
