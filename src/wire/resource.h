// The ARN that an operation's permission is asked for, made from its overlay's template and its input.
//
//   function:{FunctionName:function}[:{Qualifier|FunctionName:qualifier}]
//
// {Member} stands for the input's member, {A|B} for the first of them that is there; [...] is left out when
// nothing inside it is there. A filter behind a member's name picks a part of a name that comes in several
// forms: `function` and `qualifier` of a Lambda function's, `layer` of a layer's, `loggroup` of a log
// group's, `table` or `stream` of such an ARN, `queue` of a queue's URL; `account` stands for nothing and
// says whose the resource is. {@region} and {@account} are the call's, for ARNs of another service than the
// operation's. "arn:aws:<service>:<region>:<account>:" goes in front, with region and account of the name
// where the name says them, and no region for services that are global; a template that becomes an ARN or "*"
// by itself stays as it is.
//
// Where an ARN says more than a request does (the path of a role), the service's ResourceResolver completes
// it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/task.h"
#include "wire/call.h"

namespace hearth::wire {

std::string resource_of(const OperationInfo& operation, const Call& call, const json::object& input);

// Knows the ARNs of a service's resources, beyond what their names say. Set for a service with
// Router::resolve_with().
class ResourceResolver {
 public:
  virtual ~ResourceResolver() = default;
  // `resource` is what the operation's template gave; the answer is the ARN of the resource that stands
  // behind it, or `resource` when there is none. Asked before the caller is authorized: an error must not
  // tell what exists. `call` outlives the task.
  virtual Async<std::string> resolve(const Call& call, std::string resource) = 0;
};

// A function's name in any of the forms that callers may use: `f`, `f:q`, `account:f`,
// `account:function:f:q`, `function:f`, `region:account:f`, a whole ARN. Parts that are not said are empty.
// Layers are named likewise, with `layer` for the kind and their version for the qualifier.
struct FunctionReference {
  std::string region;
  std::string account;
  std::string name;
  std::string qualifier;
  bool trailing = false;  // more stands behind the qualifier: no form at all
};
FunctionReference parse_function_reference(std::string_view text, std::string_view kind = "function");

// A queue's URL, whatever its host, or a bare name; the account is empty when it is not said.
struct QueueReference {
  std::string account;
  std::string name;
};
QueueReference parse_queue_reference(std::string_view url);

}  // namespace hearth::wire
