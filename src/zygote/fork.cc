// fork(), for interpreters whose own fork does more than the kernel's and can not be told to do only that:
// their signals, timers and random numbers. Where LD_PRELOAD has put this library before an interpreter's
// own, its first fork() makes it a zygote (see sandbox/zygote.h) and returns 0 in each process that is forked
// to be a program. To the interpreter each is a child that it has forked.
//
// The program's environment is set then. Its arguments, but for interpreter and script, are in the variable
// HEARTH_OPTIONS, with blanks between them.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/process.h"
#include "sandbox/zygote.h"

namespace {

constexpr size_t kInterpreterAndScript = 2;
// Below are the standard ones and those by which a zygote is reached.
constexpr int kFirstOfInterpreter = 5;

bool next_is_zygotes = false;

[[gnu::constructor]] void look_who_loads() {
  if (::getenv("LD_PRELOAD") == nullptr) return;
  // Nobody else shall see it, nor the programs that it starts.
  ::unsetenv("LD_PRELOAD");
  next_is_zygotes = true;
}

bool is_open(int descriptor) {
  return ::fcntl(descriptor, F_GETFD) >= 0;
}

std::vector<int> numbers_in(const char* folder) {
  std::vector<int> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    all.push_back(std::atoi(entry.path().filename().c_str()));
  return all;
}

std::vector<int> open_descriptors() {
  auto all = numbers_in("/proc/self/fd");
  std::erase_if(all, std::not_fn(is_open));  // the one of the folder itself
  return all;
}

// A loop closed them. What an interpreter had open for itself it closes after a fork by its number, and makes
// anew; it gives up when there is nothing.
void fill_places(const std::vector<int>& descriptors) {
  for (const int descriptor : descriptors) {
    if (descriptor >= kFirstOfInterpreter && !is_open(descriptor))
      ::dup3(STDIN_FILENO, descriptor, O_CLOEXEC);
  }
}

void set_environment(const hearth::sandbox::Command& command) {
  static std::vector<std::string> texts;  // the environment consists of these
  texts = command.environment;
  std::string& options = texts.emplace_back("HEARTH_OPTIONS=");
  for (size_t i = kInterpreterAndScript; i < command.argv.size(); ++i) options += command.argv[i] + ' ';
  ::clearenv();
  for (std::string& text : texts) ::putenv(text.data());
}

pid_t real_fork() {
  static const auto found = reinterpret_cast<pid_t (*)()>(::dlsym(RTLD_NEXT, "fork"));
  return found();
}

// Ends as the child does. The interpreter's handlers are not for this process, which has nothing of theirs.
[[noreturn]] void stand_for(pid_t child) {
  hearth::sandbox::reset_signals();
  (void)::close_range(0, UINT_MAX, 0);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) ::kill(::getpid(), WTERMSIG(status));
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

}  // namespace

extern "C" [[gnu::visibility("default")]] pid_t fork() noexcept {
  if (!std::exchange(next_is_zygotes, false)) return real_fork();
  const std::vector<int> descriptors = open_descriptors();
  const pid_t interpreter = ::getpid();
  // A loop takes a process of one thread, which a fork has. Its end is that of this process, and the reverse.
  if (numbers_in("/proc/self/task").size() > 1) {
    if (const pid_t loop = real_fork(); loop != 0) stand_for(loop);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != interpreter) ::_exit(EXIT_FAILURE);
  }
  const auto command = hearth::sandbox::run_zygote();
  // Interpreters tell a child by its id. Those of a sandbox begin anew, so one may have theirs.
  if (::getpid() == interpreter) {
    if (const pid_t other = real_fork(); other != 0) stand_for(other);
  }
  fill_places(descriptors);
  set_environment(command);
  return 0;
}
