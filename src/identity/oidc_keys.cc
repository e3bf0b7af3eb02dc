#include "identity/oidc_keys.h"

#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/log.h"
#include "identity/oidc_discovery.h"
#include "io/run_on.h"

namespace hearth::identity {
namespace {

using namespace std::chrono_literals;

constexpr auto kFreshTime = 1h;         // then it is fetched again
constexpr auto kUsableTime = 24h;       // while the provider cannot be reached
constexpr auto kBetweenAttempts = 10s;  // whatever is asked for
constexpr size_t kEntriesMax = 1000;

Result<OidcKeys::KeySetPtr> read_keys(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return fail("IoError", "the key set " + path + " cannot be read");
  TRY_SYNC(KeySet keys, KeySet::parse(text.str()));
  return std::make_shared<const KeySet>(std::move(keys));
}

}  // namespace

Status OidcKeys::place(const std::string& setting) {
  constexpr std::string_view kScheme = "https://";
  const size_t equals = setting.find('=');
  if (equals == std::string::npos || !setting.starts_with(kScheme) || equals <= kScheme.size()) {
    return fail("InvalidOption", "--oidc-keys wants https://PROVIDER=FILE, and was given " + setting);
  }
  const std::string url = setting.substr(kScheme.size(), equals - kScheme.size());
  std::string file = setting.substr(equals + 1);
  auto keys = read_keys(file);
  if (!keys) return fail(keys.error().code, "--oidc-keys " + setting + ": " + keys.error().message);
  const std::lock_guard lock(mutex_);
  placed_.insert_or_assign(url, Placed{.file = std::move(file), .keys = *std::move(keys)});
  return {};
}

void OidcKeys::reload() {
  const std::lock_guard lock(mutex_);
  for (auto& [url, placed] : placed_) {
    if (auto keys = read_keys(placed.file)) {
      placed.keys = *std::move(keys);
    } else {
      log::error("the keys of https://{} stay as they were: {}", url, keys.error().message);
    }
  }
}

OidcKeys::EntryPtr OidcKeys::entry_of(const Provider& provider) {
  std::string name = provider.url;
  for (const std::string& one : provider.thumbprints) name.append(" ").append(to_lower(one));
  if (entries_.size() >= kEntriesMax && !entries_.contains(name)) entries_.clear();
  EntryPtr& entry = entries_[name];
  if (!entry) entry = std::make_shared<Entry>();
  return entry;
}

std::optional<Result<OidcKeys::KeySetPtr>> OidcKeys::kept(const Entry& entry, const KeySetPtr& unless) const {
  const SteadyTime now = clock_.steady_now();
  if (entry.keys && entry.keys != unless && now - entry.fetched < kFreshTime) return entry.keys;
  if (!entry.asked || now - *entry.asked >= kBetweenAttempts) return std::nullopt;
  if (entry.keys) return entry.keys;
  return std::unexpected(entry.error);
}

io::Loop& OidcKeys::fetch_loop() {
  if (!loops_) {
    loops_ = std::make_unique<io::Loops>(1, clock_);
    loops_->start();
  }
  return (*loops_)[0];
}

Async<OidcKeys::KeySetPtr> OidcKeys::find(Provider provider, KeySetPtr unless) {
  EntryPtr entry;
  io::Loop* loop = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = placed_.find(provider.url); found != placed_.end()) co_return found->second.keys;
    entry = entry_of(provider);
    if (auto known = kept(*entry, unless)) co_return *std::move(known);
    loop = &fetch_loop();
  }
  const auto work = [this, entry, provider, unless] { return fetch(entry, provider, unless); };
  co_return co_await io::run_on(*loop, work);
}

// On the loop for it.
Async<OidcKeys::KeySetPtr> OidcKeys::fetch(EntryPtr entry, Provider provider, KeySetPtr unless) {
  const auto turn = co_await entry->turn.enter();
  {
    const std::lock_guard lock(mutex_);
    if (auto known = kept(*entry, unless)) co_return *std::move(known);
  }
  auto keys = co_await discover_keys(provider.url, provider.thumbprints);
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  entry->asked = now;
  if (keys) {
    entry->keys = std::make_shared<const KeySet>(*std::move(keys));
    entry->fetched = now;
    co_return entry->keys;
  }
  log::warn("the keys of an identity provider could not be fetched: {}", keys.error().message);
  if (entry->keys && now - entry->fetched < kUsableTime) co_return entry->keys;
  entry->keys.reset();
  entry->error = std::move(keys.error());
  co_return entry->error;
}

}  // namespace hearth::identity
