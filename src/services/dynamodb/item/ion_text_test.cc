// Promise: what an export writes as Ion is what the items hold, in the types that the service maps them to.
#include "services/dynamodb/item/ion_text.h"

#include <gtest/gtest.h>

#include "services/dynamodb/item/value_json.h"

namespace hearth::services::dynamodb {
namespace {

std::string ion(std::string_view json) {
  std::string text;
  write_ion(read_item(json).value(), text);
  return text;
}

TEST(IonText, HasATypeForEachType) {
  EXPECT_EQ(
      ion(R"({"a":{"S":"text"},"b":{"BOOL":true},"c":{"BOOL":false},"d":{"NULL":true},"e":{"B":"aGk="}})"),
      R"({a:"text",b:true,c:false,d:null,e:{{aGk=}}})");
  EXPECT_EQ(ion(R"({"l":{"L":[{"S":"x"},{"M":{"k":{"N":"1"}}},{"L":[]}]},"m":{"M":{}}})"),
            R"({l:["x",{k:1.},[]],m:{}})");
  EXPECT_EQ(ion(R"({"b":{"BS":["aGk=","aA=="]},"n":{"NS":["10","-2.5"]},"s":{"SS":["b","a"]}})"),
            R"({b:$dynamodb_BS::[{{aA==}},{{aGk=}}],n:$dynamodb_NS::[-2.5,1d1],s:$dynamodb_SS::["a","b"]})");
}

TEST(IonText, WritesNumbersAsDecimals) {
  EXPECT_EQ(ion(R"({"n":{"N":"103"}})"), "{n:103.}");
  EXPECT_EQ(ion(R"({"n":{"N":"600"}})"), "{n:6d2}");
  EXPECT_EQ(ion(R"({"n":{"N":"-1.5"}})"), "{n:-1.5}");
  EXPECT_EQ(ion(R"({"n":{"N":"0"}})"), "{n:0.}");
}

TEST(IonText, QuotesWhatWouldBeReadAsSomethingElse) {
  EXPECT_EQ(
      ion(R"({"null":{"S":"a\"b\\c\nd\u0001ä"},"it's":{"S":""},"$ion":{"S":""},"1a":{"S":""},"a_1":{"S":""}})"),
      "{'$ion':\"\",'1a':\"\",a_1:\"\",'it\\'s':\"\",'null':\"a\\\"b\\\\c\\nd\\x01ä\"}");
}

}  // namespace
}  // namespace hearth::services::dynamodb
