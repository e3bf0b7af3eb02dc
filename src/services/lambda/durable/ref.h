// Names of durable executions, and what callers get to speak of one later: tokens of checkpoints, ids of
// callbacks. All of them are read here, once.
#pragma once
#include <optional>
#include <string>

#include "base/result.h"
#include "services/lambda/function_ref.h"
#include "store/tuple.h"
#include "wire/call.h"

namespace hearth::services::lambda {

struct ExecutionRef {
  FunctionRef function;  // its qualifier is a version
  std::string name;
  std::string id;

  // "<ARN of the function's version>/durable-execution/<name>/<id>"
  std::string arn() const;
  // (account, region, function, id)
  store::Key key() const { return {store::Key(function.account, function.region, function.name, id)}; }

  static std::optional<ExecutionRef> parse(std::string_view arn);
  // As the service words it: another region, or no such ARN at all.
  static Result<ExecutionRef> parse(const wire::Call& call, std::string_view arn);
};

// Which checkpoint comes next: those of one invocation follow each other.
struct CheckpointToken {
  std::string run;
  int64_t number = 0;

  std::string text() const;
  static std::optional<CheckpointToken> parse(std::string_view text);

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.run);
    visit(2, self.number);
  }
};

struct CallbackId {
  std::string execution_arn;
  std::string operation;
  std::string secret;

  std::string text() const;
  static std::optional<CallbackId> parse(std::string_view text);

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.execution_arn);
    visit(2, self.operation);
    visit(3, self.secret);
  }
};

}  // namespace hearth::services::lambda
