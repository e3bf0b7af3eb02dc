// Where environments leave what happened: log lines and usage records. Both take without waiting and are
// bounded; what they must drop they count and say.
#pragma once
#include <memory>
#include <string>

#include "base/task.h"
#include "execution/invocation.h"

namespace hearth::execution {

struct LogStream {
  std::string account;
  std::string region;
  std::string group;
  std::string name;
  // Who writes: a function, as its role.
  std::string function;  // its name
  std::string function_arn;
  std::string role_arn;
};

// A stream as one of its writers has it.
class LogWriter {
 public:
  virtual ~LogWriter() = default;
  // One thread at a time. Lines keep their order. Waits for nothing that other streams' writers do.
  virtual void write(TimePoint time, std::string line) = 0;
};

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual std::unique_ptr<LogWriter> open(LogStream stream) = 0;  // any thread
};

// What became of usage records.
class UsageHistory {
 public:
  virtual ~UsageHistory() = default;
  // Whether an invoke of the function began then or later. What was recorded last may not be known yet.
  virtual Async<bool> used_since(std::string account, std::string region, std::string function,
                                 TimePoint since) = 0;
};

class UsageSink {
 public:
  virtual ~UsageSink() = default;
  virtual void record(Usage usage) = 0;  // any thread
};

}  // namespace hearth::execution
