#include "sandbox/spawner.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "sandbox/failure.h"
#include "sandbox/message.h"
#include "sandbox/supervisor.h"

namespace hearth::sandbox {

namespace {

using namespace std::chrono_literals;

constexpr auto kRetryTime = 5ms;
constexpr auto kRestartTime = 5s;
constexpr auto kZygoteTime = 10s;
constexpr int kZygoteStartsMax = 5;

Status check_process() {
  if (::geteuid() != 0) {
    return failed(
        "create sandboxes: this needs to be started as root (the part that serves the network gives it up)");
  }
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  if (std::distance(begin(tasks), end(tasks)) != 1)
    return failed("launch the spawner: the process has threads already");
  return {};
}

// The socket to the spawner that the supervisor has started; "WouldBlock" as receive_message() has it.
Result<Fd> receive_link(int supervisor, int flags) {
  TRY_SYNC(auto message, receive_message(supervisor, flags));
  if (message.descriptors.size() != 1)
    return failed("the spawner's supervisor has ended: no sandbox can be made until the server is restarted");
  return std::move(message.descriptors[0]);
}

// What a spawner or a zygote says first: the warnings, or why it cannot work.
Result<std::vector<std::string>> receive_hello(int link, int flags) {
  TRY_SYNC(const auto hello, receive_message(link, flags));
  if (hello.bytes.empty()) return failed("the process that makes sandboxes ended at once");
  Reader reader(hello.bytes);
  (void)reader.kind();
  std::string reason = reader.text();
  if (!reason.empty()) return failed(std::move(reason));
  return reader.texts();
}

}  // namespace

Result<std::unique_ptr<Spawner>> Spawner::launch(SpawnerOptions options) {
  TRY_SYNC_VOID(check_process());
  TRY_SYNC(auto sockets, message_sockets());
  const std::vector<Zygote> zygotes = options.zygotes;
  const pid_t process = ::fork();
  if (process < 0) return failed_step("launch the spawner");
  if (process == 0) {
    sockets.first.reset();
    run_supervisor(std::move(sockets.second), std::move(options));
  }
  sockets.second.reset();
  std::unique_ptr<Spawner> spawner(new Spawner(std::move(sockets.first), process, zygotes));
  TRY_SYNC(Fd link, receive_link(spawner->supervisor_.get(), 0));
  TRY_SYNC(spawner->warnings_, receive_hello(link.get(), 0));
  spawner->link_ = std::make_shared<SpawnerLink>(std::move(link));
  return spawner;
}

Spawner::Spawner(Fd supervisor, int process_id, const std::vector<Zygote>& zygotes)
    : supervisor_(std::move(supervisor)), process_id_(process_id) {
  for (const auto& zygote : zygotes) zygotes_.push_back({.name = zygote.name});
}

Spawner::~Spawner() {
  link_.reset();
  zygotes_.clear();
  supervisor_.reset();
  ::waitpid(process_id_, nullptr, 0);
}

Spawner::Link Spawner::link() const {
  const std::lock_guard lock(mutex_);
  return link_;
}

Async<std::unique_ptr<Sandbox>> Spawner::create(Spec spec, std::string zygote, Unready unready) {
  while (true) {
    const Link spawner = link();
    TRY(const Link forking, co_await link_of(zygote, unready));
    const Link used = forking ? forking : spawner;
    auto made = co_await create_over(used, spec, used == forking);
    if (made && forking) trust(zygote);
    if (made) co_return made;
    // Of a process that dies its sandboxes may be gone before its socket is.
    if (!used->gone()) co_await io::sleep_for(kRetryTime);
    if (!used->gone()) co_return made;
    if (spawner->gone()) TRY_VOID(co_await replace(spawner));
  }
}

Async<std::unique_ptr<Sandbox>> Spawner::create_over(Link link, Spec spec, bool forks) {
  TRY(auto sockets, message_sockets());
  TRY_VOID(co_await link->send(Writer(Kind::kCreate).spec(spec).take(), {sockets.second.get()}));
  sockets.second.reset();
  Fd& own = sockets.first;
  std::unique_ptr<Sandbox> sandbox(new Sandbox(std::move(link), std::move(own), spec.name, forks));
  TRY_VOID(co_await sandbox->wait_until_ready());
  co_return std::move(sandbox);
}

// None where it does not work: when it ended so often before it had made a sandbox.
Async<Spawner::Link> Spawner::link_of(std::string zygote, Unready unready) {
  for (bool waited = false;; waited = true) {
    size_t index = 0;
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      while (index < zygotes_.size() && zygotes_[index].name != zygote) ++index;
      if (index == zygotes_.size()) co_return nullptr;
      ZygoteLink& known = zygotes_[index];
      if (known.link && !known.link->gone()) co_return known.link;
      if (!known.starting && (waited || known.starts >= kZygoteStartsMax)) co_return nullptr;
      first = !std::exchange(known.starting, true);
      if (first) ++known.starts;
    }
    if (first) io::Loop::here().visitors().spawn(start(index));
    if (unready == Unready::kOrdinary) co_return nullptr;
    co_await io::sleep_for(kRetryTime);
  }
}

Task<void> Spawner::prepare(std::string zygote) {
  (void)co_await link_of(std::move(zygote), Unready::kOrdinary);
}

Task<void> Spawner::start(size_t zygote) {
  const Link spawner = link();
  auto started = co_await start_zygote(zygote, spawner);
  const std::lock_guard lock(mutex_);
  ZygoteLink& known = zygotes_[zygote];
  known.starting = false;
  known.link = started ? *started : nullptr;
  if (!started && spawner->gone()) {
    --known.starts;  // it was not to blame
  } else if (!started) {
    log::warn("a zygote of {} could not be started: {}", known.name, started.error().message);
  }
}

void Spawner::trust(const std::string& zygote) {
  const std::lock_guard lock(mutex_);
  std::ranges::find(zygotes_, zygote, &ZygoteLink::name)->starts = 0;
}

Async<Spawner::Link> Spawner::start_zygote(size_t index, Link spawner) {
  TRY(auto sockets, message_sockets());
  TRY_VOID(co_await spawner->send(Writer(Kind::kZygote).number(index).take(), {sockets.second.get()}));
  sockets.second.reset();
  const SteadyTime deadline = io::Loop::here().now() + kZygoteTime;
  while (io::Loop::here().now() < deadline) {
    const auto hello = receive_hello(sockets.first.get(), MSG_DONTWAIT);
    if (hello) co_return std::make_shared<SpawnerLink>(std::move(sockets.first));
    if (hello.error().code != "WouldBlock") co_return std::unexpected(hello.error());
    co_await io::sleep_for(kRetryTime);
  }
  co_return failed("it was not ready in time");
}

Async<void> Spawner::replace(Link dead) {
  const SteadyTime deadline = io::Loop::here().now() + kRestartTime;
  while (io::Loop::here().now() < deadline) {
    TRY(const bool replaced, try_replace(dead));
    if (replaced) co_return {};
    co_await io::sleep_for(kRetryTime);
  }
  co_return failed("the spawner has ended and was not started again in time");
}

Result<bool> Spawner::try_replace(const Link& dead) {
  const std::lock_guard lock(mutex_);
  if (link_ != dead) return true;
  auto next = receive_link(supervisor_.get(), MSG_DONTWAIT);
  if (!next && next.error().code == "WouldBlock") return false;
  if (!next) {
    log::error("{}", next.error().message);
    return std::unexpected(std::move(next).error());
  }
  log::error("the spawner has ended, and its sandboxes with it; it was started again");
  link_ = std::make_shared<SpawnerLink>(*std::move(next));
  return true;
}

}  // namespace hearth::sandbox
