#include "server/serve.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/json.h"
#include "base/log.h"
#include "execution/executor.h"
#include "execution/snapshots.h"
#include "identity/oidc_keys.h"
#include "io/http_server.h"
#include "server/admin.h"
#include "server/image_options.h"
#include "server/ledger.h"
#include "server/privileges.h"
#include "server/services.h"
#include "services/s3/names.h"
#include "store/data_folder.h"
#include "store/rocks/rocks.h"
#include "wire/pipeline.h"

namespace hearth::server {
namespace {

using namespace std::chrono_literals;

constexpr size_t kReadingThreads = 4;
// What is read often stays in memory: a sixteenth of it, of which a quarter is for rows alone.
size_t cache_bytes() {
  constexpr size_t kLeast = size_t{64} << 20U;
  constexpr size_t kMost = size_t{768} << 20U;
  constexpr size_t kShare = 16;
  const auto pages = static_cast<size_t>(::sysconf(_SC_PHYS_PAGES));
  return std::clamp(pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE)) / kShare, kLeast, kMost);
}
constexpr auto kDrainTime = 30s;
// A caller that goes on at once sends its next request within this.
constexpr auto kAwakeForCaller = 50us;
constexpr auto kSweepTime = 10s;

// What must happen before the process has threads and while it still has its privileges.
struct Early {
  std::vector<Fd> listeners;
  std::unique_ptr<io::TlsContext> tls;
  std::unique_ptr<identity::OidcKeys> oidc_keys;
  std::unique_ptr<sandbox::Spawner> spawner;
  oci::ImageSourceOptions images;
  sandbox::Interpreters interpreters{std::vector<sandbox::Interpreter>()};
  Fd signals;
};

Result<Early> prepare(const ServeOptions& options, const std::string& data) {
  Early early;
  for (const std::string& text : options.listen) {
    TRY_SYNC(const auto address, io::Address::parse(text));
    TRY_SYNC(Fd listener, io::listen_on(address));
    early.listeners.push_back(std::move(listener));
  }
  if (!options.certificate.empty()) {
    TRY_SYNC(early.tls, io::TlsContext::for_server(options.certificate, options.key));
  }
  early.oidc_keys = std::make_unique<identity::OidcKeys>(system_clock());
  for (const std::string& setting : options.oidc_keys) TRY_SYNC_VOID(early.oidc_keys->place(setting));
  const char* path = std::getenv("PATH");
  early.interpreters = sandbox::Interpreters::find(path ? path : "");
  for (const std::string& setting : options.packages) {
    TRY_SYNC_VOID(execution::Runtimes::offer(early.interpreters, setting));
  }
  std::vector<std::string> roots = {data};
  for (const auto& interpreter : early.interpreters.all()) {
    for (const auto& bind : interpreter.binds) roots.push_back(bind.source);
  }
  TRY_SYNC(early.images, image_options(options));
  std::ranges::copy(early.images.folders, std::back_inserter(roots));
  TRY_SYNC(early.spawner,
           sandbox::Spawner::launch({.source_roots = roots,
                                     .scratch_folder = data,
                                     .zygotes = execution::Runtimes::zygotes(early.interpreters)}));

  signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  early.signals = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  return early;
}

// The usual soft limit of 1024 is for programs that use select().
void allow_many_descriptors() {
  constexpr rlimit kWanted{1 << 20, 1 << 20};
  rlimit files{};
  if (setrlimit(RLIMIT_NOFILE, &kWanted) == 0 || getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &files);
}

// The kernel makes a process's table of descriptors twice as large when it is full. A process with threads
// waits until none of them can be reading the old one, 10 to 25 ms in which whoever wanted a descriptor
// stands still. REQUIRES a process of one thread, for which it is nothing.
void make_room_for_descriptors() {
  constexpr rlim_t kRoom = 1 << 16;  // half a megabyte
  rlimit files{};
  (void)getrlimit(RLIMIT_NOFILE, &files);
  const Fd lowest(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Fd highest(
      fcntl(lowest.get(), F_DUPFD_CLOEXEC, static_cast<int>(std::min(kRoom, files.rlim_cur)) - 1));
}

// As many as there are descriptors for, when connections, the store and slots made ahead have theirs.
size_t environments_max() {
  constexpr rlim_t kOthersMax = 4096;
  rlimit files{};
  (void)getrlimit(RLIMIT_NOFILE, &files);
  const rlim_t others = std::min(kOthersMax, files.rlim_cur / 2);
  return std::max<size_t>(1, (files.rlim_cur - others) / execution::kDescriptorsOfEnvironment);
}

std::optional<identity::AccessKey> key_from_environment() {
  const char* id = std::getenv("HEARTH_ROOT_ACCESS_KEY_ID");
  const char* secret = std::getenv("HEARTH_ROOT_SECRET_ACCESS_KEY");
  if (!id || !secret || !*id || !*secret) return std::nullopt;
  return identity::AccessKey{.id = id, .secret = secret};
}

io::Response health(const execution::Executor& executor, const services::s3::Scrubber& scrubber) {
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}},
          .body = to_text(json::object{{"status", "ok"},
                                       {"version", HEARTH_VERSION},
                                       {"environments", executor.environments()},
                                       {"slotsReady", executor.ready()},
                                       {"bodiesVerified", scrubber.verified()},
                                       {"bodiesDamaged", scrubber.damaged()}})};
}

// Keys that are not checked are for this machine alone.
Status check_development(const ServeOptions& options) {
  for (const std::string& text : options.listen) {
    TRY_SYNC(const auto address, io::Address::parse(text));
    const bool local = address.is_unix() || address.host == "localhost" || address.host == "::1" ||
                       address.host.starts_with("127.");
    if (!local)
      return fail("InvalidOption", "--dev serves on loopback addresses only, which " + text + " is not");
  }
  return {};
}

// Waits for signals: SIGHUP reads the certificate and placed keys again, the others end the wait.
Task<void> until_told_to_stop(Fd signals, io::TlsContext* tls, identity::OidcKeys& oidc_keys) {
  io::Descriptor descriptor(std::move(signals));
  for (;;) {
    signalfd_siginfo info{};
    if (read(descriptor.get(), &info, sizeof info) != sizeof info) {
      co_await descriptor.readable();
      continue;
    }
    if (info.ssi_signo != SIGHUP) co_return;
    oidc_keys.reload();
    if (!tls) continue;
    const auto reloaded = tls->reload();
    if (reloaded) {
      log::info("the certificate was read again");
    } else {
      log::error("the certificate could not be read again: {}", reloaded.error().message);
    }
  }
}

Task<void> sweep_blobs(store::Blobs& blobs) {
  for (bool orphans = true;; orphans = false) {
    const auto swept = co_await blobs.sweep(orphans);
    if (!swept) log::warn("unused packages could not be removed: {}", swept.error().message);
    co_await io::sleep_for(kSweepTime);
  }
}

// The server's parts in the order in which they stand on each other; they go in reverse.
class Server {
 public:
  Server(const ServeOptions& options, Early early, std::string data, std::unique_ptr<store::Store> store,
         std::unique_ptr<store::Blobs> blobs, io::ThreadPool& pool, io::Loops& loops,
         execution::Runtimes runtimes, identity::FileKey root_key, const std::string& server_key,
         const std::string& master_key)
      : early_(std::move(early)),
        loops_(loops),
        store_holder_(std::move(store)),
        store_(*store_holder_),
        blobs_(std::move(blobs)),
        development_(options.development),
        identities_(store_, options, std::move(root_key), key_from_environment(), server_key),
        admin_(identities_.accounts, options.account),
        ingest_(store_, system_clock()),
        ledger_(store_),
        runtimes_(std::move(runtimes)),
        concurrency_(system_clock(), static_cast<int>(options.concurrency)),
        snapshots_("snapshots", data + "/snapshots", pool),
        host_(make_host(options, loops)),
        executor_(host_),
        services_({.store = store_,
                   .blobs = *blobs_,
                   .pool = pool,
                   .identities = identities_,
                   .oidc_keys = *early_.oidc_keys,
                   .ingest = ingest_,
                   .executor = executor_,
                   .concurrency = concurrency_,
                   .usage = ledger_,
                   .images = early_.images,
                   .data = data,
                   .server_key = server_key,
                   .master_key = master_key},
                  options),
        pipeline_(services_.router(), identities_.access, system_clock(), system_random(),
                  {.region = options.region, .account = options.account}),
        http_(
            loops, [this](io::Request request) { return serve(std::move(request)); },
            {.awake_time = kAwakeForCaller}, early_.tls.get()),
        admin_http_(loops, [this](io::Request request) { return admin_.serve(std::move(request)); }) {
    pipeline_.watch(identities_.last_use);
  }

  // Operations that are listed as served and have no handler.
  std::vector<std::string> missing() const { return services_.router().missing(); }

  Task<void> run() {
    io::TaskScope background;
    if (const auto ready = co_await identities_.begin(); !ready) {
      log::error("the account {} could not be written: {}", identities_.first_account, ready.error().message);
    }
    services_.start(background);
    background.spawn(ingest_.run());
    background.spawn(ledger_.run());
    background.spawn(identities_.last_use.run());
    background.spawn(sweep_blobs(*blobs_));
    background.spawn(executor_.run());
    std::string where;
    for (Fd& listener : early_.listeners) {
      where += (where.empty() ? "" : ", ") + io::local_address(listener.get()).text();
      http_.serve(std::move(listener));
    }
    serve_admin();
    std::printf("hearth %s is ready on %s\n", HEARTH_VERSION, where.c_str());
    std::fflush(stdout);
    co_await until_told_to_stop(std::move(early_.signals), early_.tls.get(), *early_.oidc_keys);
    log::info("stopping: no new connections, requests under way have {} s", kDrainTime.count());
    services_.answer_waiting();
    co_await http_.drain(kDrainTime);
    co_await admin_http_.drain(kDrainTime);
    background.cancel();
    (void)co_await services_.release();
    const auto flushed = co_await ingest_.flush();
    if (!flushed) log::error("the last log lines were lost: {}", flushed.error().message);
    const auto counted = co_await ledger_.flush();
    if (!counted) log::error("the last usage records were lost: {}", counted.error().message);
    const auto used = co_await identities_.last_use.flush();
    if (!used) log::error("the last use of keys was lost: {}", used.error().message);
    loops_.stop();
  }

 private:
  // REQUIRES the members before host_.
  execution::Host make_host(const ServeOptions& options, io::Loops& loops) {
    return {.loops = loops,
            .spawner = *early_.spawner,
            .runtimes = runtimes_,
            .logs = ingest_,
            .usage = ledger_,
            .roles = identities_.roles,
            .clock = system_clock(),
            .random = system_random(),
            .snapshots = snapshots_,
            .platform = [this](io::Request request) { return pipeline_.serve(std::move(request)); },
            .idle_time = std::chrono::minutes(options.idle_minutes),
            .memory_free_percent_min = options.memory_free_percent_min,
            .slots_max = options.slots_max,
            .environments_max = options.environments_max ? options.environments_max : environments_max()};
  }

  void serve_admin() {
    auto listener = io::listen_on({.path = std::string(kAdminSocket)});
    if (!listener) return log::error("`hearth keys` will not work: {}", listener.error().message);
    // The directory may be walked by others; this is not theirs.
    (void)::chmod(std::string(kAdminSocket).c_str(), S_IRUSR | S_IWUSR);
    admin_http_.serve(*std::move(listener));
  }

  // All that was kept is gone, as if the server had been started for the first time.
  Task<io::Response> reset() {
    auto body = [](store::Transaction& tx) -> Async<void> {
      tx.erase_range({.begin = std::string(1, '\0'), .end = "\xff"});  // all but the store's own
      co_return {};
    };
    ingest_.forget();
    const auto erased = co_await store_.transact(body);
    executor_.retire_all();
    const auto ready = co_await identities_.begin();
    const bool good = erased && ready;
    co_return io::Response{.status = good ? 200 : 500,
                           .headers = {{"Content-Type", "application/json"}},
                           .body = std::string(good ? "{\"status\":\"ok\"}\n" : "{\"status\":\"failed\"}\n")};
  }

  Task<io::Response> serve(io::Request request) {
    return development_ ? serve_development(std::move(request)) : answer(std::move(request));
  }

  Task<io::Response> serve_development(io::Request request) {
    const bool resetting = request.method == "POST" && request.raw_path() == "/_hearth/reset";
    io::Response response = resetting ? co_await reset() : co_await answer(std::move(request));
    response.headers.set("X-Hearth-Development", "test keys are not checked");
    co_return response;
  }

  // No frame of its own stands beside a request for as long as that takes.
  Task<io::Response> answer(io::Request request) {
    if (auto host = services::lambda::UrlFront::parse_host(request.headers.get("Host"))) {
      return services_.lambda().url_front().serve(*std::move(host), std::move(request));
    }
    if (auto bucket = services::s3::bucket_of_site(request.headers.get("Host"))) {
      return services_.s3().website().serve(*std::move(bucket), std::move(request));
    }
    if (services_.is_for_registry(request)) return services_.registry().serve(std::move(request));
    const std::string_view path = request.raw_path();
    if (path == "/_hearth/health") return tell_health();
    if (path.starts_with(services::lambda::CodeLinks::kPathPrefix)) {
      return services_.lambda().links().serve(std::move(request));
    }
    return pipeline_.serve(std::move(request));
  }

  Task<io::Response> tell_health() { co_return health(executor_, services_.scrubber()); }

  Early early_;
  io::Loops& loops_;
  std::unique_ptr<store::Store> store_holder_;
  store::Store& store_;
  std::unique_ptr<store::Blobs> blobs_;
  const bool development_;
  Identities identities_;
  Admin admin_;
  services::logs::Ingest ingest_;
  Ledger ledger_;
  execution::Runtimes runtimes_;
  execution::Concurrency concurrency_;
  execution::Snapshots snapshots_;
  execution::Host host_;
  execution::Executor executor_;
  Services services_;
  wire::Pipeline pipeline_;
  io::HttpServer http_;
  io::HttpServer admin_http_;
};

Status run_server(const ServeOptions& options) {
  const std::string data =
      std::filesystem::absolute(options.data.empty() ? default_data_folder() : options.data)
          .lexically_normal();
  // Everything of ours is reached from inside, whoever may walk the path to it.
  const std::string master_key_file =
      options.master_key_file.empty() ? "" : std::filesystem::absolute(options.master_key_file).string();
  std::error_code error;
  std::filesystem::create_directories(data, error);
  if (chdir(data.c_str()) != 0) return fail("IoError", "cannot enter " + data);
  TRY_SYNC(const auto folder, store::DataFolder::open("."));
  allow_many_descriptors();
  TRY_SYNC(Early early, prepare(options, data));
  make_room_for_descriptors();
  // Its file may be for root alone, and what has been forked is not to have it.
  TRY_SYNC(const std::string master_key, identity::master_key(".", master_key_file, system_random()));
  TRY_SYNC_VOID(drop_privileges(data, options.user));
  umask(022);
  TRY_SYNC(auto root, identity::root_key(".", system_random()));
  TRY_SYNC(const std::string server_key, identity::server_key(".", system_random()));
  TRY_SYNC(auto runtimes, execution::Runtimes::lay_out("runtimes", data + "/runtimes", early.interpreters));

  if (options.development) TRY_SYNC_VOID(check_development(options));
  log::start(options.debug ? log::Level::kDebug : log::Level::kInfo);
  for (const std::string& warning : early.spawner->warnings()) log::warn("{}", warning);
  if (options.development) {
    log::warn(
        "development: the keys `test` and account numbers are roots, and their signatures are NOT checked");
  }
  io::ThreadPool pool(kReadingThreads);
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  io::Loop main_loop;
  io::Loops loops(options.loops ? options.loops : cores);
  TRY_SYNC(auto store, store::rocks::open({.folder = folder.state_path(),
                                           .block_cache_bytes = cache_bytes() / 4 * 3,
                                           .row_cache_bytes = cache_bytes() / 4}));
  TRY_SYNC(auto blobs, store::Blobs::open(folder.blobs_path(), *store, pool));
  Server server(options, std::move(early), data, std::move(store), std::move(blobs), pool, loops,
                std::move(runtimes), std::move(root), server_key, master_key);
  if (const auto missing = server.missing(); !missing.empty()) {
    return fail("NotImplemented", "no handler for " + missing.front());
  }
  loops.start();
  main_loop.run_until_done(server.run());
  return {};
}

}  // namespace

std::string default_data_folder() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state)
    return std::string(state) + "/hearth";
  const char* home = std::getenv("HOME");
  return std::string(home && *home ? home : "/var/lib") + "/.local/state/hearth";
}

int serve(const ServeOptions& options) {
  const Status done = run_server(options);
  if (!done) std::fprintf(stderr, "hearth: %s\n", done.error().message.c_str());
  log::stop();
  return done ? 0 : 1;
}

}  // namespace hearth::server
