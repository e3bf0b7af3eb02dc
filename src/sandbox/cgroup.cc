#include "sandbox/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>

#include "sandbox/failure.h"
#include "sandbox/file.h"

namespace hearth::sandbox {

namespace {

constexpr std::string_view kPrefix = "hearth-";
constexpr std::string_view kServerLeaf = "-server";

constexpr std::array<std::string_view, CgroupHost::kControllers> kControllerNames = {"memory", "cpu", "pids",
                                                                                     "freezer"};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    if (end != 0) parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

bool contains(const std::vector<std::string_view>& list, std::string_view what) {
  return std::ranges::find(list, what) != list.end();
}

// The path of `group` as seen through a mount that shows the hierarchy from `root` on.
std::string below_mount(std::string_view mount_point, std::string_view root, std::string_view group) {
  std::string path(mount_point);
  if (root != "/" && group.starts_with(root)) group.remove_prefix(root.size());
  if (group.starts_with("/..")) group = "/";  // our group lies above what a container shows: take its top
  if (group != "/" && !group.empty()) path += group;
  return path;
}

struct Mount {
  std::string_view root, point, type;
  std::vector<std::string_view> options;
};

std::vector<Mount> cgroup_mounts(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  for (const auto line : split(mountinfo, '\n')) {
    const size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const auto before = split(line.substr(0, dash), ' ');
    const auto after = split(line.substr(dash + 3), ' ');
    if (before.size() < 5 || after.size() < 3 || !after[0].starts_with("cgroup")) continue;
    mounts.push_back({before[3], before[4], after[0], split(after[2], ',')});
  }
  return mounts;
}

// The group named in /proc/self/cgroup for a v1 controller, or with an empty name for v2.
std::string_view own_group(std::string_view own_groups, std::string_view controller) {
  for (const auto line : split(own_groups, '\n')) {
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const auto names = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? names.empty() : contains(split(names, ','), controller))
      return line.substr(second + 1);
  }
  return "/";
}

// Whether this v2 group offers what the host does, and has no processes but ours, which can go to a leaf.
bool can_hand_on(const CgroupHost& host) {
  const std::string& group = host.directories[CgroupHost::kMemory];
  const std::string text = read_file(group + "/cgroup.controllers");
  const auto offered = split(std::string_view(text).substr(0, text.find('\n')), ' ');
  for (size_t index = 0; index < CgroupHost::kFreezer; ++index) {
    if (!host.directories[index].empty() && !contains(offered, kControllerNames[index])) return false;
  }
  const std::string members = read_file(group + "/cgroup.procs");
  return std::ranges::all_of(split(members, '\n'), [](std::string_view member) {
    return member == std::to_string(::getpid()) || member == std::to_string(::getppid());
  });
}

// Which name space of process ids this is.
std::string process_space() {
  struct stat found{};
  (void)::stat("/proc/self/ns/pid", &found);
  return std::to_string(found.st_ino);
}

// Start time of a process in clock ticks; tells a process from a later one with the same id.
std::string start_time(std::string_view process) {
  const std::string stat = read_file("/proc/" + std::string(process) + "/stat");
  const size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string::npos) return {};
  const auto fields = split(std::string_view(stat).substr(end_of_name + 1), ' ');
  return fields.size() > 19 ? std::string(fields[19]) : std::string();
}

void kill_members(const std::string& directory) {
  const std::string members = read_file(directory + "/cgroup.procs");
  for (const auto line : split(members, '\n')) {
    int id = 0;
    std::from_chars(line.data(), line.data() + line.size(), id);
    if (id > 1) ::kill(id, SIGKILL);
  }
}

std::vector<std::string> subdirectories(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), &::closedir);
  if (!open) return names;
  while (const dirent* entry = ::readdir(open.get())) {
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  return names;
}

bool remove_group(const std::string& directory) {
  // A frozen process cannot die.
  (void)write_file(directory + "/freezer.state", "THAWED");
  (void)write_file(directory + "/cgroup.freeze", "0");
  kill_members(directory);
  for (const auto& name : subdirectories(directory)) remove_group(directory + "/" + name);
  return ::rmdir(directory.c_str()) == 0 || errno == ENOENT;
}

Fd open_group_file(const std::string& directory, std::string_view name) {
  if (directory.empty() || name.empty()) return Fd();
  const std::string path = directory + "/" + std::string(name);
  Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) file.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file;
}

}  // namespace

CgroupHost CgroupHost::parse(std::string_view mountinfo, std::string_view own_groups,
                             std::string_view v2_controllers) {
  CgroupHost host;
  const auto mounts = cgroup_mounts(mountinfo);
  const auto offered = split(v2_controllers.substr(0, v2_controllers.find('\n')), ' ');
  for (const auto& mount : mounts) {
    if (mount.type != "cgroup2" || !contains(offered, "memory")) continue;
    host.version = CgroupVersion::kV2;
    const std::string directory = below_mount(mount.point, mount.root, own_group(own_groups, ""));
    for (size_t index = 0; index < kControllers; ++index) {
      if (index == kFreezer || contains(offered, kControllerNames[index]))
        host.directories[index] = directory;
    }
  }
  if (host.version == CgroupVersion::kV2) return host;
  for (const auto& mount : mounts) {
    if (mount.type != "cgroup") continue;
    for (size_t index = 0; index < kControllers; ++index) {
      if (!contains(mount.options, kControllerNames[index])) continue;
      host.version = CgroupVersion::kV1;
      host.directories[index] =
          below_mount(mount.point, mount.root, own_group(own_groups, kControllerNames[index]));
    }
  }
  return host;
}

CgroupHost CgroupHost::find() {
  const std::string mountinfo = read_file("/proc/self/mountinfo");
  std::string top;
  for (const auto& mount : cgroup_mounts(mountinfo)) {
    if (mount.type == "cgroup2") top = mount.point;
  }
  CgroupHost host = parse(mountinfo, read_file("/proc/self/cgroup"), read_file(top + "/cgroup.controllers"));
  // Started from a terminal we are in a group with others. Then ours stands at the top, where the kernel lets
  // groups hand controllers on although they have processes.
  if (host.version == CgroupVersion::kV2 && !can_hand_on(host)) {
    for (auto& directory : host.directories) {
      if (!directory.empty()) directory = top;
    }
  }
  return host;
}

CgroupRoot CgroupRoot::create(CgroupHost host) {
  CgroupRoot root;
  root.host_ = std::move(host);
  root.name_ =
      std::string(kPrefix) + std::to_string(::getpid()) + "-" + start_time("self") + "-" + process_space();
  root.remove_stale();
  root.make();
  static constexpr std::array<std::string_view, CgroupHost::kControllers> kLost = {
      "memory limits and OutOfMemory reports", "CPU shares by memory size", "limit on processes (fork bombs)",
      "freezing between invokes"};
  for (size_t index = 0; index < CgroupHost::kControllers; ++index) {
    if (!root.host_.directories[index].empty()) continue;
    root.host_.warnings.push_back("No usable cgroup controller \"" + std::string(kControllerNames[index]) +
                                  "\" on this host: no " + std::string(kLost[index]) + ".");
  }
  return root;
}

void CgroupRoot::remove_stale() const {
  const std::string space = process_space();
  for (const auto& directory : distinct_directories()) {
    for (const auto& name : subdirectories(directory)) {
      if (!name.starts_with(kPrefix)) continue;
      const auto parts = split(std::string_view(name).substr(kPrefix.size()), '-');
      // One of another space of processes, a container's for instance, may have a server that is not seen
      // here.
      if (parts.size() < 3 || parts[2] != space || start_time(parts[0]) == parts[1]) continue;
      if (name.ends_with(kServerLeaf)) {
        // Its server may live on without the supervisor that the name speaks of; then this does nothing.
        (void)::rmdir((directory + "/" + name).c_str());
        continue;
      }
      // Members die in their own time; a second round a moment later finds the group empty.
      for (int round = 0; round < 100 && !remove_group(directory + "/" + name); ++round)
        ::usleep(10'000);  // NOLINT: the spawner has no loop
    }
  }
}

std::string CgroupRoot::v2_controllers() const {
  std::string wanted;
  for (size_t index = 0; index < CgroupHost::kFreezer; ++index) {
    if (!host_.directories[index].empty()) wanted += "+" + std::string(kControllerNames[index]) + " ";
  }
  return wanted;
}

bool CgroupRoot::enable_v2_controllers() {
  const std::string& own = host_.directories[CgroupHost::kMemory];
  const std::string wanted = v2_controllers();
  if (write_file(own + "/cgroup.subtree_control", wanted)) return true;
  // A v2 group with processes of its own cannot hand controllers on, so all move to a leaf. They are the
  // server and we, or what else runs in our container.
  const std::string leaf = own + "/" + name_ + std::string(kServerLeaf);
  if (::mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) return false;
  const std::string members = read_file(own + "/cgroup.procs");
  for (const auto member : split(members, '\n'))
    (void)write_file(leaf + "/cgroup.procs", std::string(member));
  return write_file(own + "/cgroup.subtree_control", wanted).has_value();
}

void CgroupRoot::make() {
  if (host_.version == CgroupVersion::kV2 && !enable_v2_controllers()) {
    host_.warnings.push_back("The cgroup " + host_.directories[CgroupHost::kMemory] +
                             " is not delegated to Hearth (systemd: Delegate=yes).");
    for (auto& directory : host_.directories) directory.clear();
  }
  for (auto& directory : host_.directories) {
    if (directory.empty()) continue;
    const std::string path = directory + "/" + name_;
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) continue;
    host_.warnings.push_back("Cannot make the cgroup " + path + ": " + std::strerror(errno) + ".");
    directory.clear();
  }
  if (host_.version == CgroupVersion::kV2 && !host_.directories[CgroupHost::kMemory].empty()) {
    const std::string path = host_.directories[CgroupHost::kMemory] + "/" + name_ + "/cgroup.subtree_control";
    if (!write_file(path, v2_controllers())) host_.warnings.push_back("Cannot write " + path + ".");
  }
}

std::vector<std::string> CgroupRoot::distinct_directories() const {
  std::vector<std::string> distinct;
  for (const auto& directory : host_.directories) {
    if (!directory.empty() && std::ranges::find(distinct, directory) == distinct.end())
      distinct.push_back(directory);
  }
  return distinct;
}

std::string CgroupRoot::directory(CgroupHost::Controller controller, const std::string& name) const {
  const std::string& base = host_.directories[controller];
  return base.empty() ? base : base + "/" + name_ + "/" + name;
}

Result<CgroupHandle> CgroupRoot::enter(const std::string& name, const Limits& limits) const {
  for (const auto& base : distinct_directories()) {
    const std::string path = base + "/" + name_ + "/" + name;
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return failed_step("make the cgroup " + path);
  }
  const bool v2 = host_.version == CgroupVersion::kV2;
  const std::string memory = directory(CgroupHost::kMemory, name);
  const std::string cpu = directory(CgroupHost::kCpu, name);
  const std::string pids = directory(CgroupHost::kPids, name);
  const std::string freezer = directory(CgroupHost::kFreezer, name);
  const auto pick = [v2](std::string_view one, std::string_view two) { return v2 ? two : one; };

  std::vector<Fd> files(CgroupHandle::kFiles);
  files[CgroupHandle::kFreezer] = open_group_file(freezer, pick("freezer.state", "cgroup.freeze"));
  files[CgroupHandle::kFreezerState] = open_group_file(freezer, pick("freezer.state", "cgroup.events"));
  files[CgroupHandle::kMemoryPeak] =
      open_group_file(memory, pick("memory.max_usage_in_bytes", "memory.peak"));
  // Linux before 5.19 counts no peak on v2: then what is used at the time of asking must do.
  if (!files[CgroupHandle::kMemoryPeak] && v2)
    files[CgroupHandle::kMemoryPeak] = open_group_file(memory, "memory.current");
  files[CgroupHandle::kMemoryLimit] = open_group_file(memory, pick("memory.limit_in_bytes", "memory.max"));
  files[CgroupHandle::kSwapLimit] =
      open_group_file(memory, pick("memory.memsw.limit_in_bytes", "memory.swap.max"));
  files[CgroupHandle::kMemoryEvents] = open_group_file(memory, pick("memory.oom_control", "memory.events"));
  files[CgroupHandle::kCpuLimit] = open_group_file(cpu, pick("cpu.cfs_quota_us", "cpu.max"));
  files[CgroupHandle::kCpuShares] = open_group_file(cpu, pick("cpu.shares", "cpu.weight"));
  CgroupHandle handle(host_.version, std::move(files));

  if (!memory.empty()) TRY_SYNC_VOID(handle.limit_memory(limits.memory_bytes));
  // A new group has no limit, and to say so costs the kernel as much as to set one.
  if (!cpu.empty() && limits.cpu_millicores > 0) TRY_SYNC_VOID(handle.limit_cpu(limits.cpu_millicores));
  if (!pids.empty()) {
    // One more for the sandbox's own init.
    TRY_SYNC_VOID(write_file(pids + "/pids.max", std::to_string(limits.processes_max + 1)));
  }
  for (const auto& base : distinct_directories()) {
    TRY_SYNC_VOID(write_file(base + "/" + name_ + "/" + name + "/cgroup.procs", "0"));
  }
  return handle;
}

bool CgroupRoot::remove(const std::string& name) const {
  bool gone = true;
  for (const auto& base : distinct_directories()) gone &= remove_group(base + "/" + name_ + "/" + name);
  return gone;
}

bool CgroupRoot::remove_all() const {
  bool gone = true;
  for (const auto& base : distinct_directories()) {
    const std::string own = base + "/" + name_;
    for (const auto& name : subdirectories(own)) gone &= remove_group(own + "/" + name);
  }
  return gone;
}

std::vector<uint32_t> CgroupRoot::numbered(uint32_t first, uint32_t end) const {
  std::set<uint32_t> found;
  for (const auto& base : distinct_directories()) {
    for (const auto& name : subdirectories(base + "/" + name_)) {
      uint32_t number = 0;
      const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
      if (read.ec == std::errc() && number >= first && number < end) found.insert(number);
    }
  }
  return {found.begin(), found.end()};
}

bool CgroupRoot::remove_self() const {
  bool gone = true;
  for (const auto& base : distinct_directories()) gone &= remove_group(base + "/" + name_);
  return gone;
}

}  // namespace hearth::sandbox
