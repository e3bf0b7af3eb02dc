// The conditions of a statement: those of expressions, and IS [NOT] MISSING, IS [NOT] NULL.
#pragma once
#include "base/result.h"
#include "services/dynamodb/expression/syntax.h"
#include "services/dynamodb/partiql/cursor.h"

namespace hearth::services::dynamodb::partiql {

// "ValidationException", also for what is no syntax error but can hold for no item.
Result<syntax::Predicate> read_condition(Cursor& cursor);

}  // namespace hearth::services::dynamodb::partiql
