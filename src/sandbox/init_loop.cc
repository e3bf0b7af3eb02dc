#include "sandbox/init_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>
#include <optional>

#include "sandbox/failure.h"
#include "sandbox/message.h"
#include "sandbox/process.h"
#include "sandbox/user.h"

namespace hearth::sandbox {

namespace {

// In the new child: becomes the program, or says why not.
Status become_program(const Program& program, const std::vector<int>& standard) {
  ::setsid();
  reset_signals();
  TRY_SYNC_VOID(become_inner_user());
  TRY_SYNC_VOID(place_descriptors(standard, 1));  // 0 is /dev/null already
  return program.execute();
}

// In the new child of a zygote's sandbox: the image goes on.
Status become_command(Command command, const std::vector<int>& standard) {
  ::setsid();
  unblock_signals();  // what they do is as the program set it up
  TRY_SYNC_VOID(become_inner_user());
  return leave_for(std::move(command), standard);
}

class InitLoop {
 public:
  InitLoop(Fd control, Fd spawner, bool forks)
      : control_(std::move(control)), spawner_(std::move(spawner)), forks_(forks) {
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    signals_.reset(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  // Until one of the two others is gone.
  void run() {
    while (true) {
      std::array<pollfd, 3> waits = {pollfd{control_.get(), POLLIN, 0}, pollfd{spawner_.get(), POLLIN, 0},
                                     pollfd{signals_.get(), POLLIN, 0}};
      if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
      if (waits[1].revents != 0) return;
      if (waits[2].revents != 0) reap();
      if (waits[0].revents != 0 && !serve()) return;
    }
  }

 private:
  bool serve() {
    auto message = receive_message(control_.get());
    if (!message || message->bytes.empty()) return false;
    Reader reader(message->bytes);
    const Kind kind = reader.kind();
    const uint64_t question = reader.number();
    switch (kind) {
      case Kind::kStart:
        answer(question, start(question, reader.command(), message->descriptors));
        return true;
      case Kind::kSignal: {
        const auto process = processes_.find(reader.number());
        const int number = static_cast<int>(reader.number());
        if (process != processes_.end()) ::kill(process->second, number);
        answer(question, {});
        return true;
      }
      case Kind::kSocket:
        give_socket(question);
        return true;
      case Kind::kKill:
        killing_ = question;
        reap();
        return true;
      default:
        return false;
    }
  }

  void answer(uint64_t question, const Status& status) {
    (void)send_message(
        control_.get(),
        Writer(Kind::kAnswer).number(question).text(status ? "" : status.error().message).take());
  }

  void give_socket(uint64_t question) {
    const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return answer(question, failed_step("make a socket"));
    (void)send_message(control_.get(), Writer(Kind::kAnswer).number(question).text("").take(),
                       {socket.get()});
  }

  Status start(uint64_t id, Command command, const std::vector<Fd>& descriptors) {
    if (command.argv.empty() || descriptors.size() != (command.piped ? 4 : 2))
      return failed("start a process: the request is incomplete");
    if (command.forked && !forks_) return failed("start a process: there is nothing to fork it from");
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0) return failed_step("start " + command.argv[0]);
    const Fd report_end(report[0]);
    Fd report_start(report[1]);
    std::vector<int> standard;
    for (const Fd& descriptor : descriptors) standard.push_back(descriptor.get());
    const Program program(command);
    // A program's child borrows our memory until it has its own.
    const pid_t child = command.forked ? ::fork() : ::vfork();
    if (child < 0) return failed_step("start " + command.argv[0]);
    if (child == 0) {
      {
        const auto status =
            command.forked ? become_command(std::move(command), standard) : become_program(program, standard);
        (void)!::write(report_start.get(), status.error().message.data(), status.error().message.size());
      }
      ::_exit(127);
    }
    report_start.reset();
    std::array<char, 4096> reason;
    // Ends without a byte when the new program has taken over.
    const ssize_t size = ::read(report_end.get(), reason.data(), reason.size());
    if (size > 0) {
      ::waitpid(child, nullptr, 0);
      return failed(std::string(reason.data(), static_cast<size_t>(size)));
    }
    processes_[id] = child;
    return {};
  }

  // Collects all that have ended. While killing, goes on killing what is left, as a process may have been
  // born meanwhile, and answers when nobody is left.
  void reap() {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof info) > 0) {
    }
    if (killing_) ::kill(-1, SIGKILL);
    int status = 0;
    pid_t process = 0;
    while ((process = ::waitpid(-1, &status, WNOHANG)) > 0) report_exit(process, status);
    if (process < 0 && errno == ECHILD && killing_) {
      answer(*killing_, {});
      killing_.reset();
    }
  }

  void report_exit(pid_t process, int status) {
    for (auto entry = processes_.begin(); entry != processes_.end(); ++entry) {
      if (entry->second != process) continue;
      const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
      (void)send_message(control_.get(), Writer(Kind::kExited)
                                             .number(entry->first)
                                             .number(static_cast<uint64_t>(static_cast<int64_t>(code)))
                                             .number(static_cast<uint64_t>(signal))
                                             .take());
      processes_.erase(entry);
      return;
    }
  }

  Fd control_;
  Fd spawner_;
  const bool forks_;
  Fd signals_;
  std::map<uint64_t, pid_t> processes_;
  std::optional<uint64_t> killing_;
};

}  // namespace

void serve_as_init(Fd control, Fd spawner, bool forks) {
  InitLoop(std::move(control), std::move(spawner), forks).run();
  ::_exit(0);
}

}  // namespace hearth::sandbox
