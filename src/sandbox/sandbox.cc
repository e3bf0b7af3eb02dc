#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "sandbox/failure.h"
#include "sandbox/message.h"
#include "sandbox/spawner_link.h"

namespace hearth::sandbox {

namespace {

using namespace std::chrono_literals;

constexpr auto kFreezeTimeMax = 2s;

}  // namespace

Sandbox::Sandbox(std::shared_ptr<const SpawnerLink> spawner, Fd control, std::string name, bool forks)
    : spawner_(std::move(spawner)), control_(std::move(control)), name_(std::move(name)), forks_(forks) {}

Sandbox::~Sandbox() {
  // The init ends when its control socket does, but not while it is frozen.
  if (frozen_) (void)cgroup_.set_frozen(false);
}

Async<void> Sandbox::wait_until_ready() {
  while (true) {
    auto message = receive_message(control_.get());
    if (!message && message.error().code == "WouldBlock") {
      co_await control_.readable();
      continue;
    }
    if (!message) co_return std::unexpected(std::move(message).error());
    Reader reader(message->bytes);
    const Kind kind = reader.kind();
    if (kind == Kind::kReady) {
      slot_ = static_cast<uint32_t>(reader.number());
      const size_t listeners = reader.number();
      const auto version = static_cast<CgroupVersion>(reader.number());
      const uint64_t present = reader.number();
      auto& descriptors = message->descriptors;
      CHECK(reader.ok() && listeners <= descriptors.size(), "a sandbox's first message is complete");
      const auto files = descriptors.begin() + static_cast<std::ptrdiff_t>(listeners);
      cgroup_ = CgroupHandle::from_files(version, present,
                                         {std::move_iterator(files), std::move_iterator(descriptors.end())});
      descriptors.resize(listeners);
      listeners_ = std::move(descriptors);
      scope_.spawn(read_messages());
      co_return {};
    }
    alive_ = false;
    const std::string reason = kind == Kind::kFailed ? reader.text() : std::string();
    co_return failed("sandbox " + name_ + ": " + (reason.empty() ? "it ended while it was built" : reason));
  }
}

Fd Sandbox::take_listener(size_t index) {
  CHECK(index < listeners_.size() && listeners_[index].valid(), "a listener is taken once");
  return std::move(listeners_[index]);
}

Task<void> Sandbox::read_messages() {
  while (alive_) {
    auto message = receive_message(control_.get());
    if (!message && message.error().code == "WouldBlock") {
      co_await control_.readable();
    } else if (!message || message->bytes.empty()) {
      end("its first process has ended");
    } else {
      take_message(message->bytes, std::move(message->descriptors));
    }
  }
}

void Sandbox::take_message(std::string_view bytes, std::vector<Fd> descriptors) {
  Reader reader(bytes);
  const Kind kind = reader.kind();
  const auto id = static_cast<uint32_t>(reader.number());
  if (kind == Kind::kAnswer) {
    std::string reason = reader.text();
    const auto question = questions_.find(id);
    if (question == questions_.end()) return;
    if (!descriptors.empty()) sockets_[id] = std::move(descriptors.front());
    const auto promise = std::move(question->second);
    questions_.erase(question);
    promise.set(reason.empty() ? Status() : failed("sandbox " + name_ + ": " + reason));
  } else if (kind == Kind::kExited) {
    ExitStatus status;
    status.code = static_cast<int>(static_cast<int64_t>(reader.number()));
    status.signal = static_cast<int>(reader.number());
    report_exit(id, status);
  }
}

// Out of memory is what the group's own count says: the victim may have been a child of the main process.
void Sandbox::report_exit(uint32_t process, ExitStatus status) {
  const uint64_t kills = cgroup_.oom_kills().value_or(oom_kills_seen_);
  status.out_of_memory = kills > oom_kills_seen_;
  oom_kills_seen_ = kills;
  if (const auto waiting = exits_.find(process); waiting != exits_.end())
    waiting->second.promise().set(status);
}

void Sandbox::end(std::string why) {
  alive_ = false;
  why_ended_ = std::move(why);
  for (const auto& [process, exit] : exits_) {
    if (!exit.ready()) report_exit(process, {.signal = SIGKILL});
  }
  for (const auto& [id, promise] : std::exchange(questions_, {}))
    promise.set(failed("sandbox " + name_ + ": " + why_ended_));
}

Async<void> Sandbox::ask(uint32_t id, std::string request, std::vector<int> descriptors) {
  if (!alive_) co_return failed("sandbox " + name_ + ": " + why_ended_);
  // Its init answers before it reads on, so a few requests at most are under way and the socket has room for
  // them.
  if (auto sent = send_message(control_.get(), request, descriptors); !sent)
    co_return std::unexpected(std::move(sent).error());
  co_return co_await answer_to(id);
}

Async<void> Sandbox::answer_to(uint32_t id) {
  io::Future<Status> answer;
  questions_.emplace(id, answer.promise());
  co_return co_await answer;
}

Async<void> Sandbox::bind(std::vector<Bind> binds, uint64_t tmp_bytes, std::string root) {
  if (!alive_) co_return failed("sandbox " + name_ + ": " + why_ended_);
  const uint32_t id = ++last_id_;
  TRY_VOID(co_await spawner_->send(
      Writer(Kind::kBind).number(slot_).number(id).text(root).binds(binds).number(tmp_bytes).take(), {}));
  co_return co_await answer_to(id);
}

Async<Process> Sandbox::start(Command command) {
  Process process{.id = ++last_id_};
  std::vector<Fd> theirs;
  const auto add_pipe = [&](Fd& ours, bool we_read) -> Status {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return failed_step("sandbox " + name_ + ": make a pipe");
    ours.reset(ends[we_read ? 0 : 1]);
    theirs.emplace_back(ends[we_read ? 1 : 0]);
    return Status();
  };
  TRY_VOID(add_pipe(process.standard_output, true));
  TRY_VOID(add_pipe(process.standard_error, true));
  if (command.piped) {
    TRY_VOID(add_pipe(process.to_process, false));
    TRY_VOID(add_pipe(process.from_process, true));
  }
  std::vector<int> descriptors;
  for (const Fd& end : theirs) descriptors.push_back(end.get());

  exits_.try_emplace(process.id);
  auto started = co_await ask(process.id, Writer(Kind::kStart).number(process.id).command(command).take(),
                              std::move(descriptors));
  if (!started) {
    exits_.erase(process.id);
    co_return std::unexpected(std::move(started).error());
  }
  co_return std::move(process);
}

Task<ExitStatus> Sandbox::exited(uint32_t process) {
  const auto exit = exits_.find(process);
  CHECK(exit != exits_.end(), "the end of a process is waited for once");
  const ExitStatus status = co_await exit->second;
  exits_.erase(process);
  co_return status;
}

Async<void> Sandbox::signal(uint32_t process, int number) {
  const uint32_t id = ++last_id_;
  Writer request(Kind::kSignal);
  request.number(id).number(process).number(static_cast<uint64_t>(number));
  co_return co_await ask(id, request.take(), {});
}

Async<Fd> Sandbox::open_socket() {
  const uint32_t id = ++last_id_;
  TRY_VOID(co_await ask(id, Writer(Kind::kSocket).number(id).take(), {}));
  auto socket = sockets_.extract(id);
  if (socket.empty()) co_return failed("sandbox " + name_ + ": an answer came without a socket");
  co_return std::move(socket.mapped());
}

Async<void> Sandbox::kill() {
  TRY_VOID(co_await thaw());
  const uint32_t id = ++last_id_;
  co_return co_await ask(id, Writer(Kind::kKill).number(id).take(), {});
}

// Its init ends some moments after the spawner, and one that is frozen does not notice.
bool Sandbox::alive() const {
  return alive_ && !spawner_->gone();
}

Async<void> Sandbox::freeze() {
  frozen_ = true;
  TRY_VOID(cgroup_.set_frozen(true));
  const SteadyTime deadline = io::Loop::here().now() + kFreezeTimeMax;
  while (true) {
    TRY(const bool done, cgroup_.all_frozen());
    if (done) co_return {};
    if (io::Loop::here().now() > deadline) co_return failed("freeze: the processes did not stop in time");
    // A real pause: the processes often have to get onto this very core to stop.
    co_await io::sleep_for(1ms);
  }
}

Async<void> Sandbox::thaw() {
  if (!frozen_) co_return {};
  TRY_VOID(cgroup_.set_frozen(false));
  frozen_ = false;
  co_return {};
}

Result<uint64_t> Sandbox::memory_peak_bytes() {
  return cgroup_.memory_peak_bytes();
}
Status Sandbox::limit_memory(uint64_t bytes) {
  return cgroup_.limit_memory(bytes);
}
Status Sandbox::run_behind_others(bool behind) {
  return cgroup_.run_behind_others(behind);
}
Status Sandbox::limit_cpu(uint32_t millicores) {
  return cgroup_.limit_cpu(millicores);
}

}  // namespace hearth::sandbox
