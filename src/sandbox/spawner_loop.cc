#include "sandbox/spawner_loop.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/clock.h"
#include "sandbox/failure.h"
#include "sandbox/init_process.h"
#include "sandbox/late_bind.h"
#include "sandbox/workers.h"

namespace hearth::sandbox {

namespace {

constexpr int kQuietBeforeSpareMs =
    20;                             // before a spare is made: what was just asked for needs the cores first
constexpr int kSurplusMs = 60'000;  // between looks at whether spares are of use still

// What an event of the kernel is about: the server, a box's slot and one of its two descriptors, or a
// descriptor of on_readable().
constexpr uint64_t kServer = UINT64_MAX;
constexpr uint64_t kReadable = uint64_t{1} << 62;
uint64_t process_event(uint32_t slot) {
  return uint64_t{slot} << 1;
}
uint64_t link_event(uint32_t slot) {
  return process_event(slot) | 1;
}

}  // namespace

SpawnerLoop::SpawnerLoop(Fd server, LoopPlan plan, Fd own_mounts)
    : server_(std::move(server)),
      plan_(std::move(plan)),
      own_mounts_(std::move(own_mounts)),
      events_(::epoll_create1(EPOLL_CLOEXEC)) {
  plan_.scratch.take_from(plan_.disks);
  watch(server_.get(), kServer);
}

void SpawnerLoop::run() {
  while (wait()) {
  }
  end_all();
}

void SpawnerLoop::watch(int descriptor, uint64_t what) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = what}};
  (void)::epoll_ctl(events_.get(), EPOLL_CTL_ADD, descriptor, &event);
}

void SpawnerLoop::forget(int descriptor) {
  (void)::epoll_ctl(events_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void SpawnerLoop::on_readable(int descriptor, std::function<void()> call) {
  readable_[descriptor] = std::move(call);
  watch(descriptor, kReadable | static_cast<uint64_t>(descriptor));
}

// One round; false when the server is gone.
bool SpawnerLoop::wait() {
  std::array<epoll_event, 64> ready;
  const int count = ::epoll_wait(events_.get(), ready.data(), ready.size(), patience_ms());
  if (count < 0) return errno == EINTR;
  if (count == 0) make_spare();
  bool asked = false;
  for (const auto& event : std::span(ready).first(static_cast<size_t>(count))) {
    if (event.data.u64 == kServer) {
      asked = true;
    } else {
      take_event(event.data.u64);
    }
  }
  std::erase_if(ended_, [this](uint32_t slot) { return remove(slot); });
  return !asked || serve();
}

int SpawnerLoop::patience_ms() const {
  if (!ended_.empty()) return kRemovalRetryMs;
  if (spares_.missing() != nullptr) return kQuietBeforeSpareMs;
  return spares_.empty() ? -1 : kSurplusMs;
}

void SpawnerLoop::take_event(uint64_t what) {
  if ((what & kReadable) != 0) {
    const int descriptor = static_cast<int>(what & ~kReadable);
    forget(descriptor);
    if (auto found = readable_.extract(descriptor)) found.mapped()();
    return;
  }
  const auto box = boxes_->find(static_cast<uint32_t>(what >> 1));
  if (box == boxes_->end()) return;
  if ((what & 1) != 0) {
    set_ids(box->first, box->second);
  } else {
    reap(box);
  }
}

bool SpawnerLoop::serve() {
  auto message = receive_message(server_.get());
  if (!message || message->bytes.empty()) return false;
  Reader reader(message->bytes);
  const Kind kind = reader.kind();
  if (kind == Kind::kCreate) return serve_create(reader, *message);
  if (kind == Kind::kBind) return serve_bind(reader);
  const auto request = requests_.find(kind);
  return request != requests_.end() && request->second(reader, *message);
}

bool SpawnerLoop::serve_create(Reader& reader, Received& message) {
  if (message.descriptors.size() != 1) return false;
  Fd control = std::move(message.descriptors[0]);
  Spec spec = reader.spec();
  Result<uint32_t> created = failed("create: the request is incomplete");
  if (reader.ok()) {
    const auto spare = spares_.take(message.bytes, system_clock().steady_now());
    if (spare && give_away(*spare, control)) return true;
    created = create(std::move(spec), control);
  }
  if (!created) (void)send_message(control.get(), Writer(Kind::kFailed).text(created.error().message).take());
  return true;
}

// False for one that has just ended.
bool SpawnerLoop::give_away(uint32_t spare, Fd& control) {
  const auto box = boxes_->find(spare);
  if (box == boxes_->end() ||
      !send_message(box->second.link.get(), Writer(Kind::kOwner).take(), {control.get()}))
    return false;
  box->second.control = std::move(control);
  return true;
}

void SpawnerLoop::make_spare() {
  end_surplus();
  const std::string* message = spares_.missing();
  if (message == nullptr || is_building()) return;
  Reader reader(*message);
  (void)reader.kind();
  Fd nobody;
  const auto made = create(reader.spec(), nobody);
  spares_.add(made ? std::optional(*made) : std::nullopt);
}

bool SpawnerLoop::is_building() const {
  return std::ranges::any_of(*boxes_, [](const auto& box) { return !box.second.mounts; });
}

void SpawnerLoop::end_surplus() {
  for (const uint32_t slot : spares_.surplus(system_clock().steady_now())) {
    if (const auto box = boxes_->find(slot); box != boxes_->end())
      ::syscall(SYS_pidfd_send_signal, box->second.process_descriptor.get(), SIGKILL, nullptr, 0);
  }
}

bool SpawnerLoop::serve_bind(Reader& reader) {
  const auto slot = static_cast<uint32_t>(reader.number());
  const uint64_t question = reader.number();
  const LateBind wanted{
      .root = reader.text(), .binds = reader.binds(), .tmp_bytes = reader.number(), .owner = ids(slot).root};
  const auto box = boxes_->find(slot);
  // One that has just ended: the server learns it from its socket.
  if (!reader.ok() || box == boxes_->end()) return reader.ok();
  const Status bound =
      bind_late(box->second.mounts.get(), own_mounts_.get(), wanted, plan_.source_roots, plan_.scratch);
  Writer answer(Kind::kAnswer);
  answer.number(question).text(bound ? "" : bound.error().message);
  (void)send_message(box->second.control.get(), answer.take(), {}, MSG_DONTWAIT);
  return true;
}

// Its slot. Keeps `control` when it succeeds.
Result<uint32_t> SpawnerLoop::create(Spec spec, Fd& control) {
  const auto slot = free_slot();
  if (!slot)
    return failed("create: there are " + std::to_string(Spawner::kSandboxesMax) + " sandboxes already");
  int link[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link) != 0)
    return failed_step("create: make a link");
  Fd own(link[0]);
  Fd theirs(link[1]);
  int descriptor = -1;
  clone_args arguments{};
  arguments.flags = CLONE_NEWPID | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uint64_t>(&descriptor);
  arguments.exit_signal = SIGCHLD;
  const long process = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (process < 0) return failed_step("create: make a process");
  if (process == 0) {
    own.reset();
    let_go();
    run_init({std::move(spec), std::move(control), std::move(theirs), *slot, ids(*slot), plan_.groups,
              plan_.seccomp_filter, plan_.source_roots, plan_.forks, plan_.scratch, plan_.disks});
  }
  watch(descriptor, process_event(*slot));
  watch(own.get(), link_event(*slot));
  slots_.insert(*slot);
  boxes_->emplace(*slot, Box{.process = static_cast<int>(process),
                             .process_descriptor = Fd(descriptor),
                             .link = std::move(own),
                             .control = std::move(control)});
  return *slot;
}

// In a child: nothing here owns a descriptor any more, as run_init() closes all that it does not need.
void SpawnerLoop::let_go() {
  server_.reset();
  own_mounts_.reset();
  events_.reset();
  (void)boxes_.release();  // NOLINT(bugprone-unused-return-value): freeing it would only copy its pages
}

HostIds SpawnerLoop::ids(uint32_t slot) const {
  return {plan_.uid_base + 2 * slot, plan_.uid_base + 2 * slot + 1};
}

// Slots are reused as late as possible, so that a late look at a user id does not find another sandbox.
std::optional<uint32_t> SpawnerLoop::free_slot() {
  if (slots_.size() >= Spawner::kSandboxesMax) return {};
  do {
    next_slot_ = (next_slot_ + 1) % LoopPlan::kSlots;
  } while (slots_.contains(plan_.first_slot + next_slot_));
  return plan_.first_slot + next_slot_;
}

// The init asks once, when all its namespaces are there but for the ids of the last.
void SpawnerLoop::set_ids(uint32_t slot, Box& box) {
  forget(box.link.get());
  char byte = 0;
  if (::read(box.link.get(), &byte, 1) != 1) return;
  box.mounts.reset(
      ::open(("/proc/" + std::to_string(box.process) + "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC));
  byte = map_users(box.process, ids(slot)) ? 'u' : 'x';
  (void)::send(box.link.get(), &byte, 1, MSG_NOSIGNAL);
  spares_.complete(slot);
}

// When its init is gone, the kernel has killed and reaped everything else in the box before.
void SpawnerLoop::reap(Boxes::iterator box) {
  if (::waitpid(box->second.process, nullptr, WNOHANG | __WALL) == 0) return;
  forget(box->second.process_descriptor.get());
  forget(box->second.link.get());
  if (box->second.mounts) unmount_apart(plan_.unmounters, box->second.mounts.get());
  spares_.ended(box->first);
  ended_.push_back(box->first);
  boxes_->erase(box);
}

bool SpawnerLoop::remove(uint32_t slot) {
  if (!plan_.groups.remove(std::to_string(slot))) return false;
  slots_.erase(slot);
  return true;
}

void SpawnerLoop::remove_remains(uint32_t first_slot) {
  for (const uint32_t slot : plan_.groups.numbered(first_slot, first_slot + LoopPlan::kSlots))
    ended_.push_back(slot);
}

void SpawnerLoop::end_all() {
  for (auto& [slot, box] : *boxes_)
    ::syscall(SYS_pidfd_send_signal, box.process_descriptor.get(), SIGKILL, nullptr, 0);
  for (int round = 0; round < kRemovalRetriesMax && !slots_.empty(); ++round) {
    for (auto box = boxes_->begin(); box != boxes_->end();) {
      // Also thaws and kills by group: a frozen process does not die of the signal alone.
      (void)plan_.groups.remove(std::to_string(box->first));
      reap(box++);
    }
    std::erase_if(ended_, [this](uint32_t slot) { return remove(slot); });
    if (!slots_.empty()) ::poll(nullptr, 0, kRemovalRetryMs);
  }
}

}  // namespace hearth::sandbox
