// Promise: what was acknowledged is never lost.
// Kills, full disks and failing disks: what was acknowledged is there, what was refused is not, nothing is
// half.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/random.h"
#include "io/task_scope.h"
#include "store/data_folder.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::store::rocks {
namespace {

using namespace std::chrono_literals;
using store::testing::run;
using store::testing::TemporaryFolder;

constexpr int kWriters = 16;

Result<std::unique_ptr<Store>> open_in(const std::string& folder, Faults* faults = nullptr) {
  return open({.folder = folder + "/state", .memtable_bytes = 64 * 1024, .faults = faults});
}

// A transaction of three rows and an add, so that a half of it would show.
Async<void> write_one(Store& store, int writer, int64_t number, std::string filler) {
  auto body = [&](Transaction& tx) -> Async<void> {
    for (int part = 0; part < 3; ++part) tx.put(Key("row", writer, number, part).bytes(), filler);
    tx.put(Key("last", writer).bytes(), counter_bytes(number));
    tx.add(Key("sum", writer).bytes(), 1);
    co_return Status();
  };
  co_return co_await store.transact(body);
}

struct Found {
  int64_t last = -1;
  int64_t sum = 0;
  size_t rows = 0;
};

Found look(io::Loop& loop, Store& store, int writer) {
  auto body = [&](Transaction& tx) -> Async<Found> {
    Found found;
    TRY(const auto values, co_await tx.multi_get({Key("last", writer).bytes(), Key("sum", writer).bytes()}));
    if (values[0]) {
      TRY(found.last, counter_value(*values[0]));
      TRY(found.sum, counter_value(*values[1]));
    }
    KeyRange range = Key("row", writer).under();
    for (bool more = true; more;) {
      TRY(const Page page, co_await tx.scan({.range = range}));
      found.rows += page.rows.size();
      more = page.more;
      if (more) range.begin = key_after(page.rows.back().key);
    }
    co_return found;
  };
  auto found = run(loop, store.read(body));
  EXPECT_TRUE(found) << found.error().code << ": " << found.error().message;
  return found.value_or(Found{});
}

// ----- kill -9 -----

// In the child: writes for ever, and tells the parent of every acknowledged transaction.
[[noreturn]] void write_until_killed(const std::string& folder, int acknowledged) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto opened = open_in(folder);
  if (!opened) {
    fprintf(stderr, "%s\n", opened.error().message.c_str());
    _exit(2);
  }
  const auto& store = *opened;
  io::Loop loop;
  io::TaskScope scope;
  auto writer = [&](int id) -> Task<void> {
    auto start = [&](Transaction& tx) { return tx.get(Key("last", id).bytes()); };
    const auto last = (co_await store->read(start)).value();
    for (int64_t number = last ? counter_value(*last).value() + 1 : 0;; ++number) {
      std::string filler(system_random().below(400), 'x');
      if (!co_await write_one(*store, id, number, std::move(filler))) _exit(3);
      const int64_t line[2] = {id, number};
      if (::write(acknowledged, line, sizeof line) != sizeof line) _exit(4);
    }
  };
  auto all = [&]() -> Task<void> {
    for (int id = 0; id < kWriters; ++id) scope.spawn(writer(id));
    co_await scope.drained();
  };
  loop.run_until_done(all());
  _exit(5);
}

using Acknowledged = std::map<int64_t, int64_t>;  // by writer: the number of its last transaction

bool read_one(int pipe_end, Acknowledged& last) {
  int64_t line[2];
  if (::read(pipe_end, line, sizeof line) != sizeof line) return false;
  last[line[0]] = line[1];
  return true;
}

// Runs one child, and kills it some time after its start or after its first acknowledged transaction.
void run_and_kill(const std::string& folder, Acknowledged& last, bool while_it_starts) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe_ends[0]);
    write_until_killed(folder, pipe_ends[1]);
  }
  ::close(pipe_ends[1]);
  if (!while_it_starts) EXPECT_TRUE(read_one(pipe_ends[0], last)) << "the child never wrote";
  ::usleep(static_cast<useconds_t>(system_random().below(30'000)));
  ::kill(child, SIGKILL);
  while (read_one(pipe_ends[0], last)) {
  }
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
}

TEST(Durability, TwoHundredKillsLoseNothingAcknowledgedAndLeaveNoHalfTransaction) {
  TemporaryFolder folder;
  Acknowledged last;
  for (int round = 0; round < 200; ++round) {
    run_and_kill(folder.path(), last, round % 4 == 0);
    if (HasFatalFailure()) return;
    if (round % 10 != 9)
      continue;  // the next child reads what this one left, so most rounds check by going on
    io::Loop loop;
    const auto opened = open_in(folder.path());
    ASSERT_TRUE(opened) << opened.error().message;
    const auto& store = *opened;
    for (int id = 0; id < kWriters; ++id) {
      const Found found = look(loop, *store, id);
      if (last.contains(id)) ASSERT_GE(found.last, last[id]) << "acknowledged and lost";
      ASSERT_EQ(found.sum, found.last + 1);
      ASSERT_EQ(found.rows, static_cast<size_t>(found.last + 1) * 3);
    }
  }
}

// ----- failing disks -----

class FailingDisk : public ::testing::Test {
 protected:
  void TearDown() override { store.reset(); }

  std::string write(int64_t number) {
    const Status done = run(loop, write_one(*store, 0, number, std::string(100, 'x')));
    return done ? "ok" : done.error().code;
  }
  // Without a clean end, as after a crash: a copy of what is on disk now. Taken again when tables came or
  // went meanwhile.
  void expect_after_restart(int64_t count) {
    Result<std::unique_ptr<Store>> restarted = fail("NotTried", "");
    for (int attempt = 0; attempt < 50 && !restarted; ++attempt) {
      const std::string target = copy.path() + "/" + std::to_string(copies++);
      std::error_code gone;
      std::filesystem::copy(folder.path(), target, std::filesystem::copy_options::recursive, gone);
      if (!gone) restarted = open_in(target);
    }
    ASSERT_TRUE(restarted) << restarted.error().message;
    const Found found = look(loop, **restarted, 0);
    EXPECT_EQ(found.sum, count);
    EXPECT_EQ(found.rows, static_cast<size_t>(count) * 3);
  }

  int copies = 0;
  TemporaryFolder folder;
  TemporaryFolder copy;
  Faults faults;
  io::Loop loop;
  std::unique_ptr<Store> store = open_in(folder.path(), &faults).value();
};

TEST_F(FailingDisk, AGroupWhoseSyncFailedIsRefusedAndDoesNotComeBack) {
  EXPECT_EQ(write(0), "ok");
  faults.log_sync_error = EIO;
  EXPECT_EQ(write(99), "StoreIo");
  expect_after_restart(1);
  EXPECT_EQ(look(loop, *store, 0).sum, 1) << "reads go on";
  faults.log_sync_error = 0;
  EXPECT_EQ(write(1), "ok");
  EXPECT_EQ(look(loop, *store, 0).rows, 6u);
  expect_after_restart(2);
}

TEST_F(FailingDisk, AGroupThatReachedTheLogInPartOrWholeIsRefusedAndDoesNotComeBack) {
  int64_t good = 0;
  for (const size_t kept : {size_t{0}, size_t{3}, size_t{100}, size_t{1} << 20}) {
    EXPECT_EQ(write(good++), "ok");
    faults.log_write_bytes_kept = kept;
    faults.log_write_error = ENOSPC;
    EXPECT_EQ(write(99), "StoreFull");
    EXPECT_EQ(write(98), "StoreFull");
    expect_after_restart(good);
    faults.log_write_error = 0;
    EXPECT_EQ(write(good++), "ok");
    expect_after_restart(good);
  }
}

TEST_F(FailingDisk, AFailureThatCannotBeUndoneIsUnknownOnceAndTheStoreRecovers) {
  EXPECT_EQ(write(0), "ok");
  faults.log_sync_error = EIO;
  faults.log_cut_fails = true;
  EXPECT_EQ(write(99), "StoreUnknown");
  faults.log_sync_error = 0;
  faults.log_cut_fails = false;
  EXPECT_EQ(write(1), "ok");
  expect_after_restart(2);
}

TEST(FullDisk, CommitsAreRefusedUntilThereIsSpaceAgainAndNothingRefusedComesBack) {
  TemporaryFolder mount_point;
  if (::mount("none", mount_point.path().c_str(), "tmpfs", 0, "size=6m") != 0) {
    GTEST_SKIP() << "needs root to mount a small disk: " << std::strerror(errno);
  }
  int64_t written = 0;
  {
    io::Loop loop;
    auto store = open({.folder = mount_point.path() + "/state", .memtable_bytes = 256 * 1024}).value();
    const auto filler = [] { return system_random().hex(20'000); };
    const std::string ballast = mount_point.path() + "/ballast";
    for (int round = 0; round < 3; ++round) {
      std::ofstream(ballast) << std::string(2'000'000, 'b');
      Status done;
      while (done) {
        done = run(loop, write_one(*store, 0, written, filler()));
        if (done) ++written;
      }
      EXPECT_EQ(done.error().code, "StoreFull") << done.error().message;
      EXPECT_EQ(look(loop, *store, 0).sum, written) << "reads go on";
      ASSERT_TRUE(std::filesystem::remove(ballast));
      // A little work frees the rest: what is erased is compacted away.
      const Status again = run(loop, write_one(*store, 0, written, "small"));
      EXPECT_TRUE(again) << again.error().message;
      if (again) ++written;
      auto erase = [](Transaction& tx) -> Async<void> {
        tx.put(Key("note").bytes(), "x");
        co_return Status();
      };
      EXPECT_TRUE(run(loop, store->transact(erase)));
    }
    store.reset();
    const auto restarted = open({.folder = mount_point.path() + "/state"});
    EXPECT_TRUE(restarted) << restarted.error().message;
    if (restarted) {
      const Found found = look(loop, **restarted, 0);
      EXPECT_EQ(found.sum, written);
      EXPECT_EQ(found.rows, static_cast<size_t>(written) * 3);
    }
  }
  ::umount2(mount_point.path().c_str(), MNT_DETACH);
}

// ----- opening -----

TEST(Open, ADamagedLogIsToldAndNotReadInPart) {
  TemporaryFolder folder;
  TemporaryFolder copy;
  io::Loop loop;
  const auto store = open({.folder = folder.path() + "/state"}).value();
  for (int64_t i = 0; i < 20; ++i) ASSERT_TRUE(run(loop, write_one(*store, 0, i, std::string(50, 'x'))));
  std::filesystem::copy(folder.path(), copy.path() + "/c", std::filesystem::copy_options::recursive);
  for (const auto& entry : std::filesystem::directory_iterator(copy.path() + "/c/state")) {
    if (entry.path().extension() != ".log") continue;
    std::fstream log(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    log.seekp(500);
    log << "damage";
  }
  const auto damaged = open_in(copy.path() + "/c");
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, "StoreCorrupt");
}

TEST(Open, WorksByARelativePath) {
  TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  for (int64_t i = 0; i < 2; ++i) {
    auto data = DataFolder::open(".").value();
    auto store = open({.folder = data.state_path()}).value();
    io::Loop loop;
    EXPECT_TRUE(run(loop, write_one(*store, 0, i, "x")));
    EXPECT_EQ(look(loop, *store, 0).sum, i + 1);
  }
  std::filesystem::current_path(before);
}

TEST(Open, ASecondServerAndANewerFormatAreRefusedWithAReason) {
  TemporaryFolder folder;
  {
    const auto first = DataFolder::open(folder.path());
    ASSERT_TRUE(first);
    const auto second = DataFolder::open(folder.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "DataFolderBusy");
    EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos);
  }
  EXPECT_TRUE(DataFolder::open(folder.path()));
  std::ofstream(folder.path() + "/FORMAT") << "hearth 2\n";
  EXPECT_EQ(DataFolder::open(folder.path()).error().code, "DataFolderFormat");
  std::ofstream(folder.path() + "/FORMAT") << "something else\n";
  EXPECT_EQ(DataFolder::open(folder.path()).error().code, "DataFolderFormat");
}

}  // namespace
}  // namespace hearth::store::rocks
