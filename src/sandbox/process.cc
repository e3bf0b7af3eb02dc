#include "sandbox/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "base/check.h"
#include "sandbox/failure.h"

namespace hearth::sandbox {

namespace {

constexpr size_t kPlacedMax = 8;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// Where a command's program may be.
std::vector<std::string> candidates(const Command& command) {
  constexpr std::string_view kVariable = "PATH=";
  const std::string& program = command.argv[0];
  if (program.contains('/')) return {program};
  std::vector<std::string> paths;
  for (const std::string& variable : command.environment) {
    if (!variable.starts_with(kVariable)) continue;
    const std::string_view folders = std::string_view(variable).substr(kVariable.size());
    for (size_t start = 0; start <= folders.size();) {
      const size_t end = std::min(folders.find(':', start), folders.size());
      if (end > start) paths.push_back(std::string(folders.substr(start, end - start)) + "/" + program);
      start = end + 1;
    }
  }
  return paths;
}

Status enter_directory(const std::string& directory) {
  if (directory.empty() || ::chdir(directory.c_str()) == 0) return {};
  return failed_step("enter " + directory);
}

// One where it is in no other's place.
Result<int> out_of_the_way(int descriptor) {
  constexpr int kOutOfTheWay = 16;
  const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, kOutOfTheWay);
  if (copy < 0) return failed_step("set up descriptors");
  return copy;
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

Status place_descriptors(std::span<const int> descriptors, int first) {
  std::array<int, kPlacedMax> copies{};
  CHECK(descriptors.size() <= copies.size(), "a process has few descriptors");
  for (size_t index = 0; index < descriptors.size(); ++index) {
    TRY_SYNC(copies[index], out_of_the_way(descriptors[index]));
  }
  int place = first;
  for (const int copy : std::span(copies).first(descriptors.size())) {
    if (::dup2(copy, place++) < 0) return failed_step("set up descriptors");
  }
  if (::close_range(static_cast<unsigned>(place), UINT_MAX, CLOSE_RANGE_CLOEXEC) != 0)
    return failed_step("close descriptors");
  return {};
}

Program::Program(Command& command)
    : command_(command),
      paths_(candidates(command)),
      argv_(pointers(command.argv)),
      environment_(pointers(command.environment)) {}

Status Program::execute() const {
  TRY_SYNC_VOID(enter_directory(command_.directory));
  int reason = ENOENT;
  for (const std::string& path : paths_) {
    ::execve(path.c_str(), argv_.data(), environment_.data());
    if (errno != ENOENT && errno != ENOTDIR) reason = errno;
    if (reason != ENOENT && reason != EACCES) break;
  }
  return failed_step("start " + command_.argv[0], reason);
}

Status leave_for(Command command, const std::vector<int>& descriptors) {
  TRY_SYNC_VOID(enter_directory(command.directory));
  const std::string& program = command.argv[0];
  ::prctl(PR_SET_NAME, program.substr(program.rfind('/') + 1).c_str());
  // A change of user takes this away, and an exec would give it back: what is in /proc of itself is its own.
  ::prctl(PR_SET_DUMPABLE, 1);
  std::vector<Fd> own;
  for (const int descriptor : descriptors) {
    TRY_SYNC(const int copy, out_of_the_way(descriptor));
    own.emplace_back(copy);
  }
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
