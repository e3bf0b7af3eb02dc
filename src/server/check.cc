#include "server/check.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "identity/root.h"
#include "io/loop.h"
#include "server/options.h"
#include "services/s3/check.h"
#include "store/data_folder.h"
#include "store/rocks/rocks.h"

namespace hearth::server {
namespace {

constexpr size_t kCheckingThreads = 2;
constexpr int kSound = 0, kUnknown = 1, kLeftovers = 2, kDamaged = 3;

void print(const services::s3::CheckResult& result, bool repaired) {
  for (const std::string& line : result.damaged) fmt::print("damaged: {}\n", line);
  for (const std::string& line : result.leftovers) {
    fmt::print("{}: {}\n", repaired ? "removed" : "left over", line);
  }
  fmt::print("{} bodies of {} bytes were read: {} damaged, {} left over{}\n", result.bodies,
             result.size_bytes, result.damaged.size(), result.leftovers.size(),
             repaired ? " and removed" : "");
}

Result<int> run_check(const CheckOptions& options) {
  const std::string folder = options.data.empty() ? default_data_folder() : options.data;
  if (!std::filesystem::exists(folder + "/FORMAT")) {
    return fail("DataFolderFormat", folder + " is no data directory");
  }
  TRY_SYNC(const auto data, store::DataFolder::open(folder));
  TRY_SYNC(std::string master_key, identity::master_key(folder, options.master_key_file, system_random()));
  io::ThreadPool pool(kCheckingThreads);
  io::Loop loop;
  TRY_SYNC(const auto store, store::rocks::open({.folder = data.state_path()}));
  TRY_SYNC(const auto blobs, store::Blobs::open(data.blobs_path(), *store, pool));
  const services::s3::Keyring keyring(std::move(master_key), system_random());
  services::s3::Bodies bodies(*blobs, pool, keyring, system_random());
  services::s3::Check check(*store, *blobs, bodies);
  Result<services::s3::CheckResult> result;
  Status repaired;
  auto checking = [&]() -> Task<void> {
    result = co_await check.run();
    if (result && options.repair) repaired = co_await check.repair();
  };
  loop.run_until_done(checking());
  if (!result) return std::unexpected(result.error());
  if (!repaired) return std::unexpected(repaired.error());
  print(*result, options.repair);
  if (!result->damaged.empty()) return kDamaged;
  return result->leftovers.empty() || options.repair ? kSound : kLeftovers;
}

}  // namespace

int check(const CheckOptions& options) {
  const auto code = run_check(options);
  if (code) return *code;
  std::fprintf(stderr, "hearth: %s\n", code.error().message.c_str());
  return kUnknown;
}

}  // namespace hearth::server
