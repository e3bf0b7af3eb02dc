// Promise: an import reads each item of its source, or says what is wrong with that one.
#include "services/dynamodb/item_lines.h"

#include <gtest/gtest.h>

#include "services/dynamodb/item/value_json.h"

namespace hearth::services::dynamodb {
namespace {

// The items as JSON, and "!" for those that are refused; the text comes in pieces of that size.
std::vector<std::string> read(LineFormat format, std::string_view text, size_t piece = 1) {
  std::vector<std::string> items;
  ItemLines lines(std::move(format));
  const auto drain = [&] {
    while (const auto item = lines.next()) items.push_back(*item ? to_json(**item) : "!");
  };
  for (size_t at = 0; at < text.size(); at += piece) {
    lines.add(text.substr(at, piece));
    drain();
  }
  lines.end();
  drain();
  return items;
}
using Items = std::vector<std::string>;

TEST(ItemLines, JsonHasAnItemALine) {
  const std::string_view text =
      "{\"Item\":{\"a\":{\"S\":\"x}\"}}}\n\r\n  { \"Item\" : {\"a\":{\"N\":\"1\"}} } \r\n"
      "{\"a\":{\"S\":\"\"}}\n{\"Item\":{\"a\":{\"S\":\"y\"}},\"b\":1}\nno\n{\"Item\":{\"a\":{\"BOOL\":true}}"
      "}";
  for (const size_t piece : {size_t{1}, size_t{7}, text.size()}) {
    EXPECT_EQ(read({}, text, piece),
              (Items{R"({"a":{"S":"x}"}})", R"({"a":{"N":"1"}})", "!", "!", "!", R"({"a":{"BOOL":true}})"}));
  }
}

TEST(ItemLines, IonHasAnItemALineAndMayHaveItsMarkerOnOne) {
  EXPECT_EQ(read({.kind = LineFormat::Kind::kIon},
                 "$ion_1_0\n$ion_1_0 {Item:{a:\"x\",n:6d2}}\n{Item:{a:b}}\n{Item:{a:1}}"),
            (Items{R"({"a":{"S":"x"},"n":{"N":"600"}})", "!", R"({"a":{"N":"1"}})"}));
}

TEST(ItemLines, CsvHasNamesInItsFirstLineAndQuotesAroundWhatNeedsThem) {
  const std::string_view text =
      "id,n,text\r\na,1,plain\r\n\"b\",02,\"a \"\"quoted\"\", one\nof two lines\"\nc\nd,x,not a "
      "number\ne,1,2,3\n"
      "f,1,\"open\"s\ng,,\nh,1.50,ä";
  const LineFormat format{.kind = LineFormat::Kind::kCsv, .types = {{"n", Type::kNumber}}};
  for (const size_t piece : {size_t{1}, size_t{5}, text.size()}) {
    EXPECT_EQ(read(format, text, piece),
              (Items{R"({"id":{"S":"a"},"n":{"N":"1"},"text":{"S":"plain"}})",
                     R"({"id":{"S":"b"},"n":{"N":"2"},"text":{"S":"a \"quoted\", one\nof two lines"}})",
                     R"({"id":{"S":"c"}})", "!", "!", "!", "!",
                     R"({"id":{"S":"h"},"n":{"N":"1.5"},"text":{"S":"ä"}})"}));
  }
}

TEST(ItemLines, NamesGivenBeforehandMakeTheFirstLineAnItem) {
  EXPECT_EQ(read({.kind = LineFormat::Kind::kCsv,
                  .delimiter = ';',
                  .headers = {"a", "b"},
                  .types = {{"b", Type::kBinary}}},
                 "1,2;aGk=\n3;no base64\n;\n"),
            (Items{R"({"a":{"S":"1,2"},"b":{"B":"aGk="}})", "!", R"({"a":{"S":""},"b":{"B":""}})"}));
}

TEST(ItemLines, AHeaderThatIsNoneEndsIt) {
  for (const char* text : {"a,a\n1,2\n", "a,\n1,2\n", "\"a\n1\n"}) {
    ItemLines lines({.kind = LineFormat::Kind::kCsv});
    lines.add(text);
    lines.end();
    const auto first = lines.next();
    ASSERT_TRUE(first.has_value());
    EXPECT_FALSE(first->has_value()) << text;
    EXPECT_TRUE(lines.broken());
    EXPECT_FALSE(lines.next().has_value());
  }
}

TEST(ItemLines, ALineThatNeverEndsIsNotKept) {
  ItemLines lines({});
  lines.add(std::string(ItemLines::kLineBytesMax, ' '));
  EXPECT_FALSE(lines.next().has_value());
  lines.add("  ");
  EXPECT_FALSE(lines.next()->has_value());
  EXPECT_TRUE(lines.broken());
}

}  // namespace
}  // namespace hearth::services::dynamodb
