#include "server/usage.h"

#include <fmt/format.h>

#include <cstdio>

#include "io/loop.h"
#include "server/ledger.h"
#include "server/options.h"
#include "store/data_folder.h"
#include "store/rocks/rocks.h"

namespace hearth::server {
namespace {

// List prices of the service in us-east-1, in dollars.
constexpr double kPerRequest = 0.20 / 1e6;
constexpr double kPerGbSecond = 0.0000166667;

Status print_usage(const std::string& folder) {
  TRY_SYNC(const auto data, store::DataFolder::open(folder));
  io::Loop loop;
  TRY_SYNC(const auto store, store::rocks::open({.folder = data.state_path()}));
  Ledger ledger(*store);
  Result<std::vector<UsageLine>> lines;
  auto read = [&]() -> Task<void> { lines = co_await ledger.lines(); };
  loop.run_until_done(read());
  TRY_SYNC(const auto found, std::move(lines));
  fmt::print("{:<12}{:<16}{:<40}{:>12}{:>14}{:>14}\n", "day", "region", "function", "requests", "GB-seconds",
             "USD");
  for (const UsageLine& line : found) {
    const double price =
        static_cast<double>(line.totals.requests) * kPerRequest + line.totals.gb_seconds() * kPerGbSecond;
    fmt::print("{:<12}{:<16}{:<40}{:>12}{:>14.3f}{:>14.8f}\n", line.day, line.region, line.function,
               line.totals.requests, line.totals.gb_seconds(), price);
  }
  return {};
}

}  // namespace

int usage(const std::string& data_folder) {
  const Status done = print_usage(data_folder.empty() ? default_data_folder() : data_folder);
  if (!done) std::fprintf(stderr, "hearth: %s\n", done.error().message.c_str());
  return done ? 0 : 1;
}

}  // namespace hearth::server
