#include "sandbox/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string_view>

#include "sandbox/failure.h"
#include "sandbox/message.h"

namespace hearth::sandbox {

namespace {

constexpr uint64_t kBlockBytes = 4096;
constexpr uint64_t kGroupBytes = 128ull << 20;  // of one bitmap of blocks
constexpr size_t kFormatsMax = 64;
constexpr int kAttemptsMax = 200;

// Without an id, so that nothing on the host takes two of them for the same disk.
constexpr std::array kFormat = {
    "-q", "-F",
    "-O", "none,extent,filetype,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,uninit_bg",
    "-b", "4096",
    "-I", "256",
    "-i", "16384",
    "-m", "0",
    "-U", "clear",
    "-E", "lazy_itable_init=1,nodiscard"};

// From ext4.h of the kernel, which has no header for others.
constexpr unsigned long kShutDown = _IOR('X', 125, uint32_t);
constexpr uint32_t kShutDownWithoutWriting = 2;

// Room for the file system's own: bitmaps and inodes by group, and what ext4 keeps back for itself.
uint64_t device_bytes(uint64_t bytes) {
  constexpr uint64_t kOwnOfGroup = (2ull << 20) + (64 << 10);
  constexpr uint64_t kKeptBack = 17ull << 20;
  const uint64_t groups = (bytes + kKeptBack) / (kGroupBytes - kOwnOfGroup) + 1;
  return (bytes + kKeptBack + groups * kOwnOfGroup + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

std::string device_path(int number) {
  return "/dev/loop" + std::to_string(number);
}

Status run(const std::string& program, const std::string& last_argument) {
  const pid_t process = ::fork();
  if (process < 0) return failed_step("start " + program);
  if (process == 0) {
    std::vector<const char*> argv = {program.c_str()};
    argv.insert(argv.end(), kFormat.begin(), kFormat.end());
    argv.insert(argv.end(), {last_argument.c_str(), nullptr});
    const char* environment[] = {"MKE2FS_CONFIG=/dev/null", nullptr};
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int stream : {0, 1, 2}) ::dup2(nowhere, stream);
    ::execve(program.c_str(), const_cast<char**>(argv.data()), const_cast<char**>(environment));
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 ? Status() : failed(program + " failed");
}

struct Device {
  Fd descriptor;
  std::string path;
};

// Puts the file behind a loop device that ends with its last user.
Result<Device> attach(const Fd& file, uint32_t more_flags) {
  const Fd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control) return failed_step("open /dev/loop-control");
  loop_config config{};
  config.fd = static_cast<uint32_t>(file.get());
  config.block_size = kBlockBytes;
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR | more_flags;
  // Others may take the device that was free a moment ago.
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return failed_step("find a free loop device");
    Device device{Fd(::open(device_path(number).c_str(), O_RDWR | O_CLOEXEC)), device_path(number)};
    if (!device.descriptor) return failed_step("open " + device.path);
    if (::ioctl(device.descriptor.get(), LOOP_CONFIGURE, &config) == 0) return device;
    if (errno != EBUSY && errno != ENXIO) return failed_step("set up " + device.path);
  }
  return failed("set up a loop device: others took every one that was free");
}

// Of the mount.
Result<Fd> open_root(const Fd& mount) {
  Fd root(::openat(mount.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return failed_step("open a disk");
  return root;
}

Result<Fd> mount_detached(const std::string& device) {
  const Fd context(::fsopen("ext4", FSOPEN_CLOEXEC));
  if (!context) return failed_step("find ext4");
  const auto set = [&](unsigned command, const char* key, const char* value) {
    return ::fsconfig(context.get(), command, key, value, 0) == 0;
  };
  if (!set(FSCONFIG_SET_STRING, "source", device.c_str())) return failed_step("choose " + device);
  // It never outlives the host's run, so nothing need be in order on it; space that is freed goes back.
  // Bitmaps are read when they are needed.
  for (const char* option : {"discard", "noinit_itable", "nobarrier", "no_prefetch_block_bitmaps"}) {
    if (!set(FSCONFIG_SET_FLAG, option, nullptr)) return failed_step(std::string("set ") + option);
  }
  if (!set(FSCONFIG_CMD_CREATE, nullptr, nullptr)) return failed_step("mount " + device);
  Fd mount(
      ::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME));
  if (!mount) return failed_step("mount " + device);
  return mount;
}

// Once for all disks of a format, each of which would have to read and write several blocks for it.
Status furnish(const Fd& file) {
  TRY_SYNC(const Device device, attach(file, 0));
  TRY_SYNC(const Fd mount, mount_detached(device.path));
  TRY_SYNC(const Fd root, open_root(mount));
  if (::unlinkat(root.get(), "lost+found", AT_REMOVEDIR) != 0 || ::fchmod(root.get(), 01777) != 0)
    return failed_step("furnish " + device.path);
  return {};
}

bool is_empty(int directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(::dup(directory)), &::closedir);
  if (!entries) return false;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return false;
  }
  return true;
}

}  // namespace

std::string find_mkfs() {
  for (const char* path : {"/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4", "/usr/bin/mkfs.ext4"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return {};
}

Scratch Scratch::create(const std::string& folder) {
  Scratch scratch;
  if (folder.empty()) return scratch;
  scratch.folder_ = folder;
  const auto made = scratch.make(kBytesMin, 0, "/tmp");
  if (!made) {
    scratch.formats_.clear();
    scratch.warnings_.push_back("No disk for /tmp (" + made.error().message +
                                "): what functions write there is memory and counts against their limit.");
  }
  return scratch;
}

Result<const Scratch::Format*> Scratch::format_of(uint64_t bytes) {
  if (const auto known = formats_.find(bytes); known != formats_.end()) return &known->second;
  const std::string program = find_mkfs();
  if (program.empty()) return failed("there is no mkfs.ext4");
  const Fd file(::memfd_create("scratch", 0));  // the program inherits it
  if (!file || ::ftruncate(file.get(), static_cast<off_t>(device_bytes(bytes))) != 0)
    return failed_step("make a file in memory");
  TRY_SYNC_VOID(run(program, "/proc/self/fd/" + std::to_string(file.get())));
  TRY_SYNC_VOID(furnish(file));
  Format format;
  const std::string zeros(kBlockBytes, '\0');
  std::string block(kBlockBytes, '\0');
  for (off_t at = 0; (at = ::lseek(file.get(), at, SEEK_DATA)) >= 0; at += kBlockBytes) {
    if (::pread(file.get(), block.data(), block.size(), at) != static_cast<ssize_t>(block.size()))
      return failed_step("read a file in memory");
    if (block == zeros) continue;
    if (format.empty() || format.back().at + static_cast<off_t>(format.back().bytes.size()) != at)
      format.push_back({.at = at, .bytes = {}});
    format.back().bytes += block;
  }
  if (formats_.size() >= kFormatsMax)
    std::erase_if(formats_, [](auto& one) { return one.first != kBytesMin; });
  return &(formats_[bytes] = std::move(format));
}

Result<Fd> Scratch::make_file(uint64_t bytes, const Format& format) const {
  Fd file(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) {  // file systems that know no file without a name
    std::string path = folder_ + "/scratch-XXXXXX";
    file.reset(::mkostemp(path.data(), O_CLOEXEC));
    if (!file || ::unlink(path.c_str()) != 0) return failed_step("make a file in " + folder_);
  }
  if (::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0)
    return failed_step("make a sparse file in " + folder_);
  for (const auto& blocks : format) {
    const ssize_t written = ::pwrite(file.get(), blocks.bytes.data(), blocks.bytes.size(), blocks.at);
    if (written != static_cast<ssize_t>(blocks.bytes.size())) return failed_step("write to " + folder_);
  }
  return file;
}

Result<Fd> Scratch::make_disk(uint64_t bytes) {
  TRY_SYNC(const Format* format, format_of(bytes));
  TRY_SYNC(const Fd file, make_file(device_bytes(bytes), *format));
  // Past the page cache, which would hold everything twice.
  TRY_SYNC(const Device device, attach(file, LO_FLAGS_DIRECT_IO));
  return mount_detached(device.path);
}

// One that waits, or nothing.
Fd Scratch::take_disk(uint64_t bytes) const {
  if (worker_ < 0 || bytes != kBytesMin) return Fd();
  auto message = receive_message(worker_, MSG_DONTWAIT);
  if (!message || message->descriptors.size() != 1) return Fd();
  (void)send_message(worker_, Writer(Kind::kDisk).take(), {}, MSG_DONTWAIT);
  return std::move(message->descriptors[0]);
}

Result<MountTree> Scratch::make(uint64_t bytes, uint32_t owner, std::string target) {
  Fd disk = take_disk(bytes);
  if (!disk) {
    TRY_SYNC(disk, make_disk(bytes));
  }
  TRY_SYNC(const Fd root, open_root(disk));
  if (::fchown(root.get(), owner, owner) != 0) return failed_step("give a disk to its owner");
  return MountTree::of_directory(std::move(disk), std::move(target));
}

void Scratch::abandon(int directory) {
  struct statfs info{};
  // The kernel tells the host's console of each; one that holds nothing has nothing to write.
  if (::fstatfs(directory, &info) == 0 && info.f_type == EXT4_SUPER_MAGIC && !is_empty(directory))
    (void)::ioctl(directory, kShutDown, &kShutDownWithoutWriting);
}

}  // namespace hearth::sandbox
