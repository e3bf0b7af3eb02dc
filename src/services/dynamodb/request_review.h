// What is refused of a request before its shapes are asked: names of tables, which are judged alone; and what
// has words of its own.
#pragma once
#include "base/json.h"
#include "base/result.h"
#include "wire/operation.h"

namespace hearth::services::dynamodb {

Status review(const wire::OperationInfo& operation, const json::object& input);

// The first item or value of an input that has the wrong form.
Status misread(const wire::OperationInfo& operation, const json::object& input);

}  // namespace hearth::services::dynamodb
