// Where environments leave what happened: log lines and usage records. Both take without waiting and are
// bounded; what they must drop they count and say.
#pragma once
#include <string>

#include "execution/invocation.h"

namespace hearth::execution {

struct LogStream {
  std::string account;
  std::string region;
  std::string group;
  std::string name;
};

class LogSink {
 public:
  virtual ~LogSink() = default;
  // Any thread. Lines of one stream keep their order.
  virtual void write(const LogStream& stream, TimePoint time, std::string line) = 0;
};

class UsageSink {
 public:
  virtual ~UsageSink() = default;
  virtual void record(Usage usage) = 0;  // any thread
};

}  // namespace hearth::execution
