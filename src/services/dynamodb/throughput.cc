#include "services/dynamodb/throughput.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/dynamodb/errors.h"

namespace hearth::services::dynamodb {
namespace {

constexpr double kBurstSeconds = 300;

// What of a request falls to one bucket.
struct Share {
  const IndexRecord* index = nullptr;  // null: the table's
  uint64_t number = 0;
  double rate = 0;
  double units = 0;
};

double rate_of(bool on_demand, const ThroughputRecord& throughput, Access access) {
  const bool reads = access == Access::kRead;
  if (on_demand) return static_cast<double>(reads ? throughput.read_max : throughput.write_max);
  return static_cast<double>(reads ? throughput.read : throughput.write);
}

// Those that are limited, until `visit` (const Share& -> bool) has enough of them.
template <typename Visit>
void each_share(const Table& table, Access access, const Units& units, Visit visit) {
  const TableRecord& record = table.record;
  Share of_table{.number = record.number,
                 .rate = rate_of(record.on_demand, record.throughput, access),
                 .units = units.table};
  for (const auto& [name, of_index] : units.indexes) {
    const IndexRecord* index = table.index(name);
    if (!index) continue;
    if (index->local) {
      of_table.units += of_index;
      continue;
    }
    const Share share{.index = index,
                      .number = index->number,
                      .rate = rate_of(record.on_demand, index->throughput, access),
                      .units = of_index};
    if (share.rate > 0 && share.units > 0 && !visit(share)) return;
  }
  if (of_table.rate > 0 && of_table.units > 0) visit(of_table);
}

Error refusal(const Table& table, const IndexRecord* index, Access access) {
  const bool on_demand = table.record.on_demand;
  const std::string reasons =
      fmt::format(R"([{{"reason":"{}{}{}","resource":"{}"}}])", index ? "Index" : "Table",
                  access == Access::kRead ? "Read" : "Write",
                  on_demand ? "MaxOnDemandThroughputExceeded" : "ProvisionedThroughputExceeded",
                  table.ref.arn() + (index ? "/index/" + index->name : ""));
  if (on_demand) {
    return {.code = "ThrottlingException",
            .message = "Throughput exceeds the maximum OnDemandThroughput configured on table or index",
            .extra = {{"throttlingReasons", reasons}}};
  }
  return {.code = "ProvisionedThroughputExceededException",
          .message = index
                         ? "The level of configured provisioned throughput for one or more global secondary "
                           "indexes of the table was exceeded. Consider increasing your provisioning level "
                           "for the under-provisioned global secondary indexes with the UpdateTable API"
                         : "The level of configured provisioned throughput for the table was exceeded. "
                           "Consider increasing your provisioning level with the UpdateTable API.",
          .extra = {{"ThrottlingReasons", reasons}}};
}

}  // namespace

bool is_throttled(const Error& error) {
  return error.code == "ProvisionedThroughputExceededException" || error.code == "ThrottlingException";
}

Status Throughput::admit(const Table& table, Access access, const Units& units) {
  Status admitted;
  each_share(table, access, units, [&](const Share& share) {
    const std::lock_guard lock(mutex_);
    if (fill({share.number, access}, share.rate).units <= 0) {
      admitted = fail(refusal(table, share.index, access));
    }
    return admitted.has_value();
  });
  return admitted;
}

std::vector<Throughput::Charge> Throughput::charge(const Table& table, Access access, const Units& units) {
  std::vector<Charge> charges;
  each_share(table, access, units, [&](const Share& share) {
    const std::lock_guard lock(mutex_);
    Bucket& bucket = fill({share.number, access}, share.rate);
    const double owed_most = bucket.units + share.rate * kBurstSeconds;
    charges.push_back({.bucket = {share.number, access}, .units = std::min(share.units, owed_most)});
    bucket.units -= charges.back().units;
    return true;
  });
  return charges;
}

void Throughput::give_back(const std::vector<Charge>& charges) {
  const std::lock_guard lock(mutex_);
  for (const Charge& charge : charges) {
    const auto found = buckets_.find(charge.bucket);
    if (found != buckets_.end()) found->second.units += charge.units;
  }
}

Throughput::Bucket& Throughput::fill(std::pair<uint64_t, Access> key, double rate) {
  if (buckets_.size() >= forget_at_) forget_full();
  const SteadyTime now = clock_.steady_now();
  const auto [found, is_new] = buckets_.try_emplace(key, Bucket{.units = rate * kBurstSeconds});
  Bucket& bucket = found->second;
  if (!is_new) {
    const double seconds = std::chrono::duration<double>(now - bucket.filled_at).count();
    bucket.units = std::min(bucket.units + seconds * rate, rate * kBurstSeconds);
  }
  bucket.rate = rate;
  bucket.filled_at = now;
  return bucket;
}

void Throughput::forget_full() {
  const SteadyTime now = clock_.steady_now();
  std::erase_if(buckets_, [&](const auto& entry) {
    const Bucket& bucket = entry.second;
    const double seconds = std::chrono::duration<double>(now - bucket.filled_at).count();
    return bucket.units + seconds * bucket.rate >= bucket.rate * kBurstSeconds;
  });
  forget_at_ = std::max<size_t>(1024, 2 * buckets_.size());
}

void Bill::begin() {
  if (!charges_.empty()) throughput_.give_back(charges_);
  charges_.clear();
}

void Bill::charge(const Table& table, const Units& units) {
  const auto charges = throughput_.charge(table, Access::kWrite, units);
  charges_.insert(charges_.end(), charges.begin(), charges.end());
}

}  // namespace hearth::services::dynamodb
