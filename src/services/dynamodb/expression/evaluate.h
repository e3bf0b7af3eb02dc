// Whether a condition holds for an item. A filter runs over whole pages of items: nothing here allocates.
//
// What is not there equals nothing and differs from everything, and so do values of different types. The
// order of values is that of strings, numbers and binaries among themselves; comparing anything else is
// false.
#pragma once
#include "services/dynamodb/expression/syntax.h"

namespace hearth::services::dynamodb {

bool holds(const syntax::Predicate& predicate, const Item& item);

}  // namespace hearth::services::dynamodb
