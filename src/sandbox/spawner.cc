#include "sandbox/spawner.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "sandbox/failure.h"
#include "sandbox/message.h"
#include "sandbox/spawner_process.h"

namespace hearth::sandbox {

namespace {

using namespace std::chrono_literals;

constexpr auto kRetryTime = 1ms;

Status check_single_thread() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  if (std::distance(begin(tasks), end(tasks)) != 1)
    return failed("launch the spawner: the process has threads already");
  return {};
}

}  // namespace

Result<std::unique_ptr<Spawner>> Spawner::launch(SpawnerOptions options) {
  TRY_SYNC_VOID(check_single_thread());
  TRY_SYNC(auto sockets, message_sockets());
  const pid_t process = ::fork();
  if (process < 0) return failed_step("launch the spawner");
  if (process == 0) {
    sockets.first.reset();
    run_spawner(std::move(sockets.second), std::move(options));
  }
  sockets.second.reset();
  auto hello = receive_message(sockets.first.get());
  std::string reason = "launch the spawner: it ended at once";
  if (hello && !hello->bytes.empty()) {
    Reader reader(hello->bytes);
    (void)reader.kind();
    reason = reader.text();
    if (reason.empty()) {
      return std::unique_ptr<Spawner>(new Spawner(std::move(sockets.first), process, reader.texts()));
    }
  }
  ::waitpid(process, nullptr, 0);
  return failed(std::move(reason));
}

Spawner::Spawner(Fd socket, int process_id, std::vector<std::string> warnings)
    : socket_(std::move(socket)), process_id_(process_id), warnings_(std::move(warnings)) {}

Spawner::~Spawner() {
  socket_.reset();
  ::waitpid(process_id_, nullptr, 0);
}

Async<void> Spawner::send(std::string request, std::vector<int> descriptors) {
  while (true) {
    // Without waiting, as all loops share this socket; it is full only in a burst of hundreds.
    auto sent = send_message(socket_.get(), request, descriptors, MSG_DONTWAIT);
    if (sent) co_return {};
    if (sent.error().code != "WouldBlock") co_return std::unexpected(std::move(sent).error());
    co_await io::sleep_for(kRetryTime);
  }
}

Async<std::unique_ptr<Sandbox>> Spawner::create(Spec spec) {
  TRY(auto sockets, message_sockets());
  TRY_VOID(co_await send(Writer(Kind::kCreate).spec(spec).take(), {sockets.second.get()}));
  sockets.second.reset();
  const uint32_t processes_max = spec.limits.processes_max;
  std::unique_ptr<Sandbox> sandbox(new Sandbox(*this, std::move(sockets.first), spec.name, processes_max));
  TRY_VOID(co_await sandbox->wait_until_ready());
  co_return std::move(sandbox);
}

}  // namespace hearth::sandbox
