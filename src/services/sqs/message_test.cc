// Promise: your AWS code runs unchanged: messages are checked as by the service, and have the digests that
// SDKs compare.
#include "services/sqs/message.h"

#include <gtest/gtest.h>

#include "services/sqs/digests.h"
#include "services/sqs/handles.h"

namespace hearth::services::sqs {
namespace {

using Values = std::map<std::string, api::sqs::MessageAttributeValue>;

api::sqs::MessageAttributeValue text(std::string type, std::string value) {
  api::sqs::MessageAttributeValue made;
  made.data_type = std::move(type);
  made.string_value = std::move(value);
  return made;
}

std::string refusal(std::string name, api::sqs::MessageAttributeValue value) {
  const auto attributes = attributes_of(std::optional(Values{{std::move(name), std::move(value)}}));
  return attributes ? "" : attributes.error().message;
}

TEST(Digest, OfAttributesIsTheRecordedOne) {
  EXPECT_EQ(attributes_digest({{"attr1", {"Number", "99.12"}}}), "d302007e9aa062660afc85fd0a482472");
  EXPECT_EQ(attributes_digest({}), "");
}

TEST(Digest, OfAttributesCoversNameTypeAndKindOfValue) {
  const std::string one = attributes_digest({{"a", {"String", "x"}}});
  EXPECT_NE(one, attributes_digest({{"b", {"String", "x"}}}));
  EXPECT_NE(one, attributes_digest({{"a", {"String.custom", "x"}}}));
  EXPECT_NE(one, attributes_digest({{"a", {"Binary", "x"}}}));
}

TEST(Digest, OfABodyIsItsMd5) {
  EXPECT_EQ(body_digest("hello"), "5d41402abc4b2a76b9719d911017c592");
}

TEST(Attribute, NamesFollowTheServicesRules) {
  for (const auto* good : {"a", "a.b", "A-1_2"}) EXPECT_EQ(refusal(good, text("String", "x")), "") << good;
  for (const auto* bad : {"", ".a", "a.", "a..b", "AWS.x", "amazon.x", "a b", "ü"}) {
    EXPECT_NE(refusal(bad, text("String", "x")), "") << bad;
  }
  EXPECT_NE(refusal(std::string(257, 'a'), text("String", "x")), "");
}

TEST(Attribute, HasATypeAndAValue) {
  EXPECT_EQ(refusal("a", text("String.label", "x")), "");
  EXPECT_EQ(refusal("a", text("Number", "-1.5e3")), "");
  EXPECT_EQ(refusal("X", text("String", "")),
            "Message (user) attribute 'X' must contain a non-empty value of type 'String'.");
  EXPECT_NE(refusal("a", text("Number", "one")), "");
  EXPECT_NE(refusal("a", text("Float", "1")), "");
  EXPECT_NE(refusal("a", text("", "1")), "");
  EXPECT_NE(refusal("a", text("Binary", "in the wrong field")), "");
}

TEST(Attribute, ThereAreTenAtMost) {
  Values values;
  for (int at = 0; at < 10; ++at) values["a" + std::to_string(at)] = text("String", "x");
  EXPECT_TRUE(attributes_of(std::optional(values)));
  values["more"] = text("String", "x");
  EXPECT_FALSE(attributes_of(std::optional(values)));
}

TEST(Message, ItsSizeCountsNamesTypesAndValues) {
  EXPECT_EQ((NewMessage{.body = "12345", .attributes = {{"ab", {"String", "xyz"}}}}).size_bytes(),
            5U + 2 + 6 + 3);
}

TEST(Message, BodiesHaveOnlyCharactersOfXml) {
  const QueueRecord queue;
  const auto good = [&](std::string body) { return check({.body = std::move(body)}, queue).has_value(); };
  EXPECT_TRUE(good("\t\n\r ü 🦊 \xef\xbf\xbd"));
  for (const auto* bad : {"\x01", "\x1f", "\xef\xbf\xbe", "\xef\xbf\xbf", "\xff", "\xed\xa0\x80"})
    EXPECT_FALSE(good(bad));
  EXPECT_FALSE(good(std::string(1, '\0')));
  EXPECT_FALSE(good(""));
}

TEST(Message, WhatOnlyOneTypeOfQueueKnowsIsRefusedByTheOther) {
  const QueueRecord standard;
  QueueRecord fifo;
  fifo.fifo = true;
  const auto code = [](const Status& status) { return status ? "" : status.error().code; };
  EXPECT_EQ(code(check({.body = "b", .group = "tenant"}, standard)), "");
  EXPECT_EQ(code(check({.body = "b", .deduplication_id = "d"}, standard)), "InvalidParameterValueException");
  EXPECT_EQ(code(check({.body = "b", .deduplication_id = "d"}, fifo)), "MissingRequiredParameterException");
  EXPECT_EQ(code(check({.body = "b", .group = "g"}, fifo)), "InvalidParameterValueException");
  EXPECT_EQ(code(check({.body = "b", .delay_s = 1, .group = "g", .deduplication_id = "d"}, fifo)),
            "InvalidParameterValueException");
  EXPECT_EQ(code(check({.body = "b", .delay_s = 0, .group = "g", .deduplication_id = "d"}, fifo)), "");
  fifo.by_content = true;
  EXPECT_EQ(code(check({.body = "b", .group = "g"}, fifo)), "");
}

TEST(Handle, OpensOnlyForItsQueueAndUnchanged) {
  const Handles handles("a key");
  const QueueRecord queue{.id = 7};
  const Handle made{
      .queue = 7, .contents = 9, .message = {.since_us = 5, .id = std::string(16, 'x')}, .receives = 3};
  const std::string text = handles.seal(made);
  ASSERT_TRUE(handles.open(text, queue));
  EXPECT_EQ(*handles.open(text, queue), made);
  EXPECT_FALSE(handles.open(text, QueueRecord{.id = 8}));
  EXPECT_FALSE(Handles("another key").open(text, queue));
  EXPECT_FALSE(handles.open("x", queue));
  EXPECT_FALSE(handles.open("", queue));
  for (size_t at = 0; at + 4 < text.size(); at += 7) {
    std::string changed = text;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(handles.open(changed, queue).error().code, "ReceiptHandleIsInvalid");
  }
}

}  // namespace
}  // namespace hearth::services::sqs
