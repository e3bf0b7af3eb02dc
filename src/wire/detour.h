// What calls of a service take another way by than straight to their operation: names that stand for
// something else than what they are names of. The router knows one detour of a service, see
// Router::detour_with.
//
// Threads: the call's own loop, several at once.
#pragma once
#include "base/json.h"
#include "base/task.h"
#include "wire/call.h"
#include "wire/document.h"

namespace hearth::wire {

class Detour {
 public:
  virtual ~Detour() = default;
  // Whether the call may have to. Asked of each; `input` is complete.
  virtual bool takes(const Call& call, const json::object& input) const = 0;
  // Leads on to Router::perform(), or answers itself. Nobody has authorized the caller yet.
  virtual Async<Message> lead(Call call, Message input) = 0;
};

}  // namespace hearth::wire
