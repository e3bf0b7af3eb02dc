#include "sandbox/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <climits>

#include "sandbox/failure.h"

namespace hearth::sandbox {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

Status enter_directory(const std::string& directory) {
  if (directory.empty() || ::chdir(directory.c_str()) == 0) return {};
  return failed_step("enter " + directory);
}

// Where none of them is in another's place.
Result<std::vector<Fd>> copies(const std::vector<int>& descriptors) {
  constexpr int kOutOfTheWay = 16;
  std::vector<Fd> copied;
  for (const int descriptor : descriptors) {
    copied.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, kOutOfTheWay));
    if (!copied.back()) return failed_step("set up descriptors");
  }
  return copied;
}

}  // namespace

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  unblock_signals();
}

void unblock_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

Status place_descriptors(const std::vector<int>& descriptors, int first) {
  TRY_SYNC(const auto moved, copies(descriptors));
  int place = first;
  for (const Fd& descriptor : moved) {
    if (::dup2(descriptor.get(), place++) < 0) return failed_step("set up descriptors");
  }
  if (::close_range(static_cast<unsigned>(place), UINT_MAX, CLOSE_RANGE_CLOEXEC) != 0)
    return failed_step("close descriptors");
  return {};
}

Status execute(Command command) {
  TRY_SYNC_VOID(enter_directory(command.directory));
  ::execve(command.argv[0].c_str(), pointers(command.argv).data(), pointers(command.environment).data());
  return failed_step("start " + command.argv[0]);
}

Status leave_for(Command command, const std::vector<int>& descriptors) {
  TRY_SYNC_VOID(enter_directory(command.directory));
  const std::string& program = command.argv[0];
  ::prctl(PR_SET_NAME, program.substr(program.rfind('/') + 1).c_str());
  // A change of user takes this away, and an exec would give it back: what is in /proc of itself is its own.
  ::prctl(PR_SET_DUMPABLE, 1);
  TRY_SYNC(auto own, copies(descriptors));
  throw ForkedProgram{std::move(command), std::move(own)};
}

Status go_on(const ForkedProgram& program) {
  std::vector<int> own;
  for (const Fd& descriptor : program.descriptors) own.push_back(descriptor.get());
  TRY_SYNC_VOID(place_descriptors(own, 1));
  if (::close_range(static_cast<unsigned>(own.size()) + 1, UINT_MAX, 0) != 0)
    return failed_step("close descriptors");
  return {};
}

}  // namespace hearth::sandbox
