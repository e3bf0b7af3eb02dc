// What tables and their global indexes may be read and written in a second: provisioned throughput, and the
// maxima of on-demand tables. For each there is a bucket of units, which fills at the rate that the table's
// record says at that moment, so a change of it counts at once; it holds what comes in five minutes, so much
// may go in a burst. That of a new table is full.
//
// A request is admitted while there is anything in the bucket, whatever it will turn out to cost: that is
// known when its items were read. It may leave a debt, of one full bucket at most, which is paid before the
// next one is admitted. Local indexes have the throughput of their table.
//
// Buckets lie in memory: a limit of speed is no promise that outlives the process. One that is full again is
// forgotten. Tables without limits have none, and cost a look at their record.
//
// Threads: any.
#pragma once
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "services/dynamodb/capacity.h"

namespace hearth::services::dynamodb {

enum class Access : uint8_t { kRead, kWrite };

// Of a request for a table itself, whose cost is not known yet.
inline const Units kSomeUnits{.table = 1};

class Throughput {
 public:
  // What was taken from a bucket.
  struct Charge {
    std::pair<uint64_t, Access> bucket;  // by number of the table or index
    double units = 0;
  };

  // The clock outlives this.
  explicit Throughput(const Clock& clock) : clock_(clock) {}
  Throughput(const Throughput&) = delete;

  // Looks whether there is something left for all that has units here.
  // "ProvisionedThroughputExceededException"; "ThrottlingException" of on-demand tables.
  Status admit(const Table& table, Access access, const Units& units);
  std::vector<Charge> charge(const Table& table, Access access, const Units& units);
  void give_back(const std::vector<Charge>& charges);

 private:
  struct Bucket {
    double units = 0;
    double rate = 0;  // as it was when it was last looked at
    SteadyTime filled_at;
  };

  // REQUIRES the lock.
  Bucket& fill(std::pair<uint64_t, Access> key, double rate);
  void forget_full();

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::pair<uint64_t, Access>, Bucket> buckets_;
  size_t forget_at_ = 1024;
};

// Whether it is a refusal of Throughput's.
bool is_throttled(const Error& error);

// What a transaction that writes is charged. Its body may run again, so each run begins a new bill, and what
// is not kept in the end is given back.
class Bill {
 public:
  explicit Bill(Throughput& throughput) : throughput_(throughput) {}
  Bill(const Bill&) = delete;
  ~Bill() { begin(); }

  void begin();
  Status admit(const Table& table, const Units& units) {
    return throughput_.admit(table, Access::kWrite, units);
  }
  void charge(const Table& table, const Units& units);
  void keep() { charges_.clear(); }

 private:
  Throughput& throughput_;
  std::vector<Throughput::Charge> charges_;
};

}  // namespace hearth::services::dynamodb
