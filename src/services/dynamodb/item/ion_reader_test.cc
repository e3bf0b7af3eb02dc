// Promise: an import reads from Ion what an export wrote there, and refuses what no attribute can hold.
#include "services/dynamodb/item/ion_reader.h"

#include <gtest/gtest.h>

#include "services/dynamodb/item/ion_text.h"
#include "services/dynamodb/item/value_json.h"

namespace hearth::services::dynamodb {
namespace {

std::string read(std::string_view text) {
  const auto item = read_ion_item(text);
  return item ? to_json(*item) : item.error().code + ": " + item.error().message;
}
std::string of(std::string_view fields) {
  return read("$ion_1_0 {Item:{" + std::string(fields) + "}}");
}

TEST(IonReader, ReadsWhatIsWritten) {
  const std::string json =
      R"({"$odd name's":{"S":"a\"b\\c\nd\u0001ä€"},"all":{"M":{"b":{"B":"AP8="},"bs":{"BS":["aGk="]},)"
      R"("l":{"L":[{"S":""},{"L":[]},{"M":{}},{"NULL":true},{"BOOL":false}]},"ns":{"NS":["-2.5","10"]},)"
      R"("ss":{"SS":["a","b"]}}},"n":{"N":"103"},"z":{"N":"0"}})";
  std::string text;
  write_ion(read_item(json).value(), text);
  EXPECT_EQ(read("$ion_1_0 {Item:" + text + "}"), json);
}

TEST(IonReader, ReadsWhatPeopleWrite) {
  EXPECT_EQ(read("\t{ \"Item\" : { 'a b' : 1 , c:[1.50,2,] , } , } "),
            R"({"a b":{"N":"1"},"c":{"L":[{"N":"1.5"},{"N":"2"}]}})");
  EXPECT_EQ(
      of("a:6d2,b:1_000,c:-0.5d-1,d:1e3,e:103.,f:2.d1"),
      R"({"a":{"N":"600"},"b":{"N":"1000"},"c":{"N":"-0.05"},"d":{"N":"1000"},"e":{"N":"103"},"f":{"N":"20"}})");
  EXPECT_EQ(of("a:null.string,b:null,c:'''long ''' '''string'''"),
            R"({"a":{"NULL":true},"b":{"NULL":true},"c":{"S":"long string"}})");
  EXPECT_EQ(of(R"(a:"\x41\u00e4\U0001F600\t",b:{{ aG k= }})"),
            "{\"a\":{\"S\":\"Aä😀\\t\"},\"b\":{\"B\":\"aGk=\"}}");
}

TEST(IonReader, RefusesEverythingElse) {
  for (const char* fields : {"a:2015-01-01T",
                             "a:symbol",
                             "a:{{\"clob\"}}",
                             "a:(1 2)",
                             "a:other::[1]",
                             "a:$dynamodb_XX::[1]",
                             "a:0x1F",
                             "a:$dynamodb_SS::[1]",
                             "a:$dynamodb_NS::[\"1\"]",
                             "a:$dynamodb_SS::[\"a\",\"a\"]",
                             "a:$dynamodb_SS::[]",
                             "a:\"open",
                             "a:\"\\q\"",
                             "a:\"\\uZZZZ\"",
                             "a:1 b:2",
                             "a:",
                             "a",
                             ":1",
                             "a:1.2.3",
                             "a:{{aGk=",
                             "a:nan",
                             "a::1"}) {
    EXPECT_TRUE(of(fields).starts_with("ValidationException") ||
                of(fields).starts_with("SerializationException"))
        << fields << " was read as " << of(fields);
  }
  for (const char* text : {"", "{", "{Item:1}", "{Item:{}", "{Item:{}} {Item:{}}", "{Item:{},b:1}",
                           "{item:{}}", "[{Item:{}}]"}) {
    EXPECT_FALSE(read_ion_item(text).has_value()) << text;
  }
  std::string deep = "{Item:{a:";
  for (int at = 0; at < 100'000; ++at) deep += '[';
  EXPECT_FALSE(read_ion_item(deep).has_value());
}

}  // namespace
}  // namespace hearth::services::dynamodb
