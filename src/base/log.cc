#include "base/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace hearth::log {
namespace {

constexpr size_t kQueueLines = 8192;

// Write-only globals are the one kind we keep (see the style rules on singletons).
std::shared_ptr<spdlog::logger> logger;  // NOLINT: set once at start, before other threads
std::shared_ptr<spdlog::details::thread_pool> pool;
Level threshold = Level::kInfo;

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void start(Level level) {
  threshold = level;
  pool = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  logger = std::make_shared<spdlog::async_logger>("hearth", std::move(sink), pool,
                                                  spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(to_spdlog(level));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::warn);
}

void stop() {
  if (logger) logger->flush();
  logger.reset();
  pool.reset();
}

void write(Level level, std::string_view line) {
  if (logger) {
    logger->log(to_spdlog(level), line);
  } else if (level >= Level::kWarn) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  }
}

bool enabled(Level level) {
  return logger && level >= threshold;
}

}  // namespace hearth::log
