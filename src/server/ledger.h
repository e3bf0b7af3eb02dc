// The usage ledger: what every invoke used, summed by function and day in the store, so that it can be
// priced.
//
//   ("usage", account, region, day, function)  UsageTotals
//
// Threads: record() on any thread; the rest on one loop.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "execution/sinks.h"
#include "store/table.h"

namespace hearth::server {

struct UsageTotals {
  int64_t requests = 0;
  int64_t billed_mib_ms = 0;  // memory times billed time
  TimePoint last;             // when the last of them began

  void add(const UsageTotals& more) {
    requests += more.requests;
    billed_mib_ms += more.billed_mib_ms;
    last = std::max(last, more.last);
  }
  double gb_seconds() const { return static_cast<double>(billed_mib_ms) / 1024 / 1000; }
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.requests);
    visit(2, self.billed_mib_ms);
    visit(3, self.last);
  }
};

struct UsageLine {
  std::string account;
  std::string region;
  std::string day;  // 2026-01-31
  std::string function;
  UsageTotals totals;
};

class Ledger final : public execution::UsageSink, public execution::UsageHistory {
 public:
  explicit Ledger(store::Store& store) : store_(store) {}

  void record(execution::Usage usage) override;
  Async<bool> used_since(std::string account, std::string region, std::string function,
                         TimePoint since) override;
  // Brings records to the store every second, until its scope ends.
  Task<void> run();
  Async<void> flush();
  Async<std::vector<UsageLine>> lines();

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;

  store::Store& store_;
  std::mutex mutex_;
  std::map<Key, UsageTotals> waiting_;  // bounded by functions times days
};

}  // namespace hearth::server
