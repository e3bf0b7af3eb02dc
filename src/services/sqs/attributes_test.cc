// Promise: your AWS code runs unchanged: a queue's attributes are read, checked and shown as by the service.
#include "services/sqs/attributes.h"

#include <gtest/gtest.h>

#include "services/sqs/permissions.h"

namespace hearth::services::sqs {
namespace {

const QueueRef kRef{.account = "000000000000", .region = "us-east-1", .name = "q"};

std::string refusal(const AttributeTexts& given, bool creating = true, QueueRecord queue = {}) {
  const Status applied = apply(queue, given, creating);
  return applied ? "" : applied.error().code + ": " + applied.error().message;
}

TEST(QueueName, IsOfLettersDigitsHyphensAndUnderscores) {
  EXPECT_TRUE(check_name("a-B_9", false));
  EXPECT_TRUE(check_name(std::string(80, 'a'), false));
  for (const std::string& bad :
       {std::string(), std::string(81, 'a'), std::string("a.b"), std::string("a b"), std::string("a.fifo")}) {
    EXPECT_FALSE(check_name(bad, false)) << bad;
  }
  EXPECT_TRUE(check_name(std::string(75, 'a') + ".fifo", true));
  for (const std::string& bad : {std::string(76, 'a') + ".fifo", std::string("a"), std::string(".fifo")}) {
    EXPECT_FALSE(check_name(bad, true)) << bad;
  }
}

TEST(Attributes, NumbersHaveTheirRanges) {
  EXPECT_EQ(refusal({{"VisibilityTimeout", "43200"}, {"DelaySeconds", "0"}, {"MaximumMessageSize", "1024"}}),
            "");
  for (const auto& [name, text] :
       std::vector<std::pair<std::string, std::string>>{{"VisibilityTimeout", "43201"},
                                                        {"DelaySeconds", "901"},
                                                        {"MessageRetentionPeriod", "59"},
                                                        {"MaximumMessageSize", "1048577"},
                                                        {"ReceiveMessageWaitTimeSeconds", "21"},
                                                        {"DelaySeconds", "-1"},
                                                        {"DelaySeconds", "1.5"},
                                                        {"DelaySeconds", ""}}) {
    EXPECT_EQ(refusal({{name, text}}),
              "InvalidAttributeValue: Invalid value for the parameter " + name + ".");
  }
}

TEST(Attributes, UnknownOnesAndThoseThatAreOnlyReadAreRefused) {
  for (const auto* name :
       {"Nonsense", "All", "QueueArn", "ApproximateNumberOfMessages", "CreatedTimestamp"}) {
    EXPECT_EQ(refusal({{name, "1"}}), std::string("InvalidAttributeName: Unknown Attribute ") + name + ".");
  }
}

TEST(Attributes, AQueuesTypeIsForLife) {
  EXPECT_EQ(refusal({{"FifoQueue", "false"}}), "InvalidAttributeName: Unknown Attribute FifoQueue.");
  EXPECT_EQ(
      refusal({{"FifoQueue", "true"}}, false),
      "InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not "
      "supported.");
  EXPECT_EQ(
      refusal({{"DeduplicationScope", "queue"}}),
      "InvalidAttributeName: You can specify the DeduplicationScope only when FifoQueue is set to true.");
  EXPECT_NE(refusal({{"FifoQueue", "true"}, {"FifoThroughputLimit", "perMessageGroupId"}}), "");
  EXPECT_EQ(refusal({{"FifoQueue", "true"},
                     {"FifoThroughputLimit", "perMessageGroupId"},
                     {"DeduplicationScope", "messageGroup"}}),
            "");
}

TEST(Attributes, ARedrivePolicyKeepsItsSpelling) {
  const std::string arn = "arn:aws:sqs:us-east-1:000000000000:d";
  for (const std::string& count : {std::string("3"), std::string("\"3\"")}) {
    QueueRecord queue;
    const std::string text = R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":)" + count + "}";
    ASSERT_TRUE(apply(queue, {{"RedrivePolicy", text}}, true));
    EXPECT_EQ(queue.receives_max, 3);
    EXPECT_EQ(queue.dead_letter_arn, arn);
    EXPECT_EQ(texts_of(queue, kRef)["RedrivePolicy"], text);
    ASSERT_TRUE(apply(queue, {{"RedrivePolicy", ""}}, false));
    EXPECT_EQ(queue.receives_max, 0);
    EXPECT_FALSE(texts_of(queue, kRef).contains("RedrivePolicy"));
  }
  for (const std::string& bad :
       {std::string("x"), std::string("{}"), R"({"deadLetterTargetArn":")" + arn + "\"}",
        R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":0})",
        R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":"many"})",
        std::string(R"({"deadLetterTargetArn":"d","maxReceiveCount":1})")}) {
    EXPECT_TRUE(refusal({{"RedrivePolicy", bad}}).starts_with("InvalidParameterValueException")) << bad;
  }
}

TEST(Attributes, OneKindOfEncryptionTurnsTheOtherOff) {
  QueueRecord queue;
  EXPECT_EQ(texts_of(queue, kRef)["SqsManagedSseEnabled"], "true");
  ASSERT_TRUE(apply(queue, {{"KmsMasterKeyId", "alias/k"}}, false));
  EXPECT_EQ(texts_of(queue, kRef)["SqsManagedSseEnabled"], "false");
  EXPECT_EQ(texts_of(queue, kRef)["KmsDataKeyReusePeriodSeconds"], "300");
  ASSERT_TRUE(apply(queue, {{"SqsManagedSseEnabled", "true"}}, false));
  EXPECT_FALSE(texts_of(queue, kRef).contains("KmsMasterKeyId"));
  EXPECT_NE(refusal({{"KmsMasterKeyId", "k"}, {"SqsManagedSseEnabled", "true"}}), "");
}

TEST(QueueRef, AnArnIsTakenApart) {
  const auto ref = QueueRef::of_arn("arn:aws:sqs:eu-west-1:123456789012:q.fifo");
  ASSERT_TRUE(ref);
  EXPECT_EQ(ref->arn(), "arn:aws:sqs:eu-west-1:123456789012:q.fifo");
  EXPECT_EQ(ref->account, "123456789012");
  for (const auto* bad :
       {"", "q", "arn:aws:sns:eu-west-1:123456789012:q", "arn:aws:sqs:eu-west-1:123456789012",
        "arn:aws:sqs:eu-west-1:123456789012:", "arn:aws:sqs:eu-west-1:123456789012:q:x"}) {
    EXPECT_FALSE(QueueRef::of_arn(bad)) << bad;
  }
}

TEST(Permission, StatementsComeAndGoByTheirLabels) {
  api::sqs::AddPermissionRequest input;
  input.label = "one";
  input.aws_account_ids = {"123456789012"};
  input.actions = {"SendMessage"};
  const auto one = with_statement("", kRef, input);
  ASSERT_TRUE(one);
  EXPECT_EQ(
      *one,
      R"({"Version":"2008-10-17","Id":"arn:aws:sqs:us-east-1:000000000000:q/SQSDefaultPolicy","Statement":[)"
      R"({"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},)"
      R"("Action":"SQS:SendMessage","Resource":"arn:aws:sqs:us-east-1:000000000000:q"}]})");
  EXPECT_EQ(with_statement(*one, kRef, input).error().message,
            "Value one for parameter Label is invalid. Reason: Already exists.");
  input.label = "two";
  input.aws_account_ids.push_back("210987654321");
  const auto two = with_statement(*one, kRef, input);
  ASSERT_TRUE(two);
  EXPECT_NE(two->find(R"("AWS":["arn:aws:iam::123456789012:root","arn:aws:iam::210987654321:root"])"),
            std::string::npos);
  EXPECT_FALSE(without_statement(*two, "three"));
  EXPECT_EQ(without_statement(*without_statement(*two, "two"), "one"), "");
  EXPECT_EQ(without_statement(*two, "two"), *one);
  input.actions = {"Nonsense"};
  EXPECT_FALSE(with_statement("", kRef, input));
}

}  // namespace
}  // namespace hearth::services::sqs
