// Promise: who may see some attributes only names no others unseen.
#include "services/dynamodb/expression/named_attributes.h"

#include <gtest/gtest.h>

namespace hearth::services::dynamodb {
namespace {

using Names = std::set<std::string>;

Names of_condition(std::string_view text) {
  return named_attributes(ExpressionForm::kOther, text, {{"#n", "real.name"}});
}
Names of_update(std::string_view text) {
  return named_attributes(ExpressionForm::kUpdate, text, {{"#n", "name"}});
}

TEST(NamedAttributes, AreFoundWhereverTheyStand) {
  EXPECT_EQ(of_condition("a.b[0].c = :v AND NOT size(d) in (:v, e) or begins_with ( f , :p)"),
            (Names{"a", "d", "e", "f"}));
  EXPECT_EQ(of_condition("#n.#n, remove, #missing . x"), (Names{"real.name", "remove", "#missing"}));
  EXPECT_EQ(of_update("set a = if_not_exists(b, :v) + c REMOVE #n[1] add d :v Delete e :v"),
            (Names{"a", "b", "c", "d", "e", "name"}));
  EXPECT_EQ(of_condition(""), Names{});
}

TEST(NamedAttributes, AreFoundInWhatIsNoExpression) {
  EXPECT_EQ(of_condition("a b ) ( = = c"), (Names{"a", "b", "c"}));
}

}  // namespace
}  // namespace hearth::services::dynamodb
