// The store against plain RocksDB in the same folder and run: durable commits of 64 writers, reads of what is
// in memory, scans. Prints a table of the floor, ours and their ratio.
//   store_bench [folder]
#include <rocksdb/db.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "io/task_scope.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kWriters = 64;
constexpr auto kTime = std::chrono::seconds(3);
constexpr int kRows = 10'000;
const std::string kValue(100, 'v');

std::string key_of(int writer, int64_t number) {
  return store::Key("bench", writer, number).bytes();
}

struct Rates {
  double commits = 0;
  double gets = 0;
  double scans = 0;  // rows
};

double rate(int64_t count, Clock::time_point start) {
  return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename Step>
double repeat(Step step) {
  const auto start = Clock::now();
  int64_t count = 0;
  while (Clock::now() - start < kTime) count += step(count);
  return rate(count, start);
}

Rates floor_rates(const std::string& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  if (!rocksdb::DB::Open(options, folder, &raw).ok()) std::abort();
  const std::unique_ptr<rocksdb::DB> db(raw);
  Rates rates;
  std::atomic<int64_t> count = 0;
  const auto start = Clock::now();
  {
    std::vector<std::jthread> threads;  // NOLINT: the floor is RocksDB as its users run it
    for (int writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&, writer] {
        rocksdb::WriteOptions durable;
        durable.sync = true;
        for (int64_t n = 0; Clock::now() - start < kTime; ++n, ++count) {
          if (!db->Put(durable, key_of(writer, n), kValue).ok()) std::abort();
        }
      });
    }
  }
  rates.commits = rate(count, start);
  for (int n = 0; n < kRows; ++n) (void)db->Put({}, key_of(100, n), kValue);
  std::string value;
  rates.gets = repeat([&](int64_t n) { return db->Get({}, key_of(100, n % kRows), &value).ok(); });
  rates.scans = repeat([&](int64_t) {
    const std::unique_ptr<rocksdb::Iterator> rows(db->NewIterator({}));
    std::vector<store::Row> page;
    for (rows->Seek(key_of(100, 0)); page.size() < 100; rows->Next()) {
      page.push_back({rows->key().ToString(), rows->value().ToString()});
    }
    return static_cast<int>(page.size());
  });
  return rates;
}

Rates our_rates(const std::string& folder) {
  const auto store = store::rocks::open({.folder = folder}).value();
  io::Loop loop;
  Rates rates;
  int64_t count = 0;
  const auto start = Clock::now();
  auto writer = [&](int id) -> Task<void> {
    for (int64_t n = 0; Clock::now() - start < kTime; ++n, ++count) {
      auto body = [&](store::Transaction& tx) -> Async<void> {
        tx.put(key_of(id, n), kValue);
        co_return Status();
      };
      if (!co_await store->transact(body)) std::abort();
    }
  };
  auto writers = [&]() -> Task<void> {
    io::TaskScope scope;
    for (int id = 0; id < kWriters; ++id) scope.spawn(writer(id));
    co_await scope.drained();
  };
  loop.run_until_done(writers());
  rates.commits = rate(count, start);

  auto fill = [&](store::Transaction& tx) -> Async<void> {
    for (int n = 0; n < kRows; ++n) tx.put(key_of(100, n), kValue);
    co_return Status();
  };
  if (!store::testing::run(loop, store->transact(fill))) std::abort();
  auto reads = [&]() -> Task<void> {
    const auto begin = Clock::now();
    int64_t done = 0;
    for (; Clock::now() - begin < kTime; ++done) {
      auto body = [&](store::Transaction& tx) { return tx.get(key_of(100, done % kRows)); };
      if (!co_await store->read(body)) std::abort();
    }
    rates.gets = rate(done, begin);
  };
  loop.run_until_done(reads());
  auto scans = [&]() -> Task<void> {
    const auto begin = Clock::now();
    int64_t rows = 0;
    while (Clock::now() - begin < kTime) {
      auto body = [&](store::Transaction& tx) {
        return tx.scan({.range = {key_of(100, 0), store::Key("c").bytes()}, .rows_max = 100});
      };
      rows += static_cast<int64_t>((co_await store->read(body)).value().rows.size());
    }
    rates.scans = rate(rows, begin);
  };
  loop.run_until_done(scans());
  return rates;
}

void print(const char* what, double floor, double ours) {
  std::printf("%-34s %12.0f %12.0f %7.0f %%\n", what, floor, ours, 100 * ours / floor);
}

void run(const std::string& folder) {
  const Rates floor = floor_rates(folder + "/floor");
  const Rates ours = our_rates(folder + "/ours");
  std::printf("%-34s %12s %12s %9s\n", "per second", "RocksDB", "store", "ratio");
  print("durable commits, 64 writers", floor.commits, ours.commits);
  print("gets of rows in memory, 1 thread", floor.gets, ours.gets);
  print("rows in scans of 100, 1 thread", floor.scans, ours.scans);
}

}  // namespace
}  // namespace hearth

int main(int argc, char** argv) {
  const hearth::store::testing::TemporaryFolder temporary;
  hearth::run(argc > 1 ? argv[1] : temporary.path());
}
