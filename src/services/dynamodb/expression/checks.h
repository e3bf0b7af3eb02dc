// What is wrong with an expression although it follows the grammar and needs no item to be seen: functions
// that are used where they may not be, operands that cannot be right, paths that stand in each other's way.
#pragma once
#include <string>
#include <vector>

#include "services/dynamodb/expression/faults.h"
#include "services/dynamodb/expression/path_tree.h"
#include "services/dynamodb/expression/syntax.h"

namespace hearth::services::dynamodb::checks {

void check(const syntax::Predicate& predicate, Faults& faults);
void check(const std::vector<syntax::Change>& changes, Faults& faults);
// Leaves out what cannot stand beside those before it.
PathTree tree_of(const std::vector<Path>& paths, Faults& faults);

}  // namespace hearth::services::dynamodb::checks
