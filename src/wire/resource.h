// The ARN that an operation's permission is asked for, made from its overlay's template and its input.
//
//   function:{FunctionName:function}[:{Qualifier|FunctionName:qualifier}]
//
// {Member} stands for the input's member, {A|B} for the first of them that is there; [...] is left out when
// nothing inside it is there. A filter behind a member's name picks a part of a name that comes in several
// forms: `function` and `qualifier` of a Lambda function's, `layer` of a layer's, `loggroup` of a log
// group's. "arn:aws:<service>:<region>: <account>:" goes in front, with region and account of the name where
// the name says them; a template that becomes an ARN or "*" by itself stays as it is.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "wire/call.h"

namespace hearth::wire {

std::string resource_of(const OperationInfo& operation, const Call& call, const json::object& input);

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

}  // namespace hearth::wire
