// Promise: each record of a stream comes to its function at least once and in order, and what a function
// cannot handle is given up by the rules of its mapping and no other.
#include "services/lambda/stream_batch.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

using Records = StreamBatch::Records;

std::vector<delivery::StreamRecord> records(const std::string& names) {
  std::vector<delivery::StreamRecord> made;
  for (const char name : names) {
    made.push_back({.sequence_number = std::string(1, name), .arrived = from_epoch_ms(1000 * (name - 'a'))});
  }
  return made;
}

std::string names(Records records) {
  std::string text;
  for (const auto& record : records) text += record.sequence_number;
  return text;
}

// Tries pieces until all are over; a piece with one of `bad` fails, from its first bad record on when
// failures are reported. Gives what was tried, and in brackets what was given up, in order.
std::string trace(StreamBatch batch, const std::string& bad, bool reports = false) {
  std::string text;
  while (!batch.done()) {
    const std::string piece = names(batch.piece());
    text += piece + " ";
    const size_t first = piece.find_first_of(bad);
    if (first == std::string::npos) {
      batch.succeeded();
    } else if (const auto over = batch.failed(reports ? first : 0)) {
      text += "[" + names(over->records) + "] ";
    }
    if (text.size() > 200) return text + "...";
  }
  return text.empty() ? text : text.substr(0, text.size() - 1);
}

TEST(StreamBatch, WhatSucceedsIsOverAtOnce) {
  EXPECT_EQ(trace({records("abc"), {}}, ""), "abc");
  EXPECT_EQ(trace({records(""), {}}, ""), "");
}

TEST(StreamBatch, WithoutRulesItIsTriedForEver) {
  EXPECT_TRUE(trace({records("ab"), {}}, "b").ends_with("ab ab ab ..."));
}

TEST(StreamBatch, RetriesAreCountedBehindTheFirstTry) {
  EXPECT_EQ(trace({records("ab"), {.retries_max = 0}}, "b"), "ab [ab]");
  EXPECT_EQ(trace({records("ab"), {.retries_max = 2}}, "b"), "ab ab ab [ab]");
}

TEST(StreamBatch, HalvingFindsTheBadOneAndUsesUpNoRetry) {
  EXPECT_EQ(trace({records("abcd"), {.retries_max = 0, .bisects = true}}, "c"), "abcd ab cd c [c] d");
  EXPECT_EQ(trace({records("abcd"), {.retries_max = 1, .bisects = true}}, "c"), "abcd ab cd c c [c] d");
  EXPECT_EQ(trace({records("abc"), {.retries_max = 0, .bisects = true}}, "ac"), "abc a [a] bc b c [c]");
}

TEST(StreamBatch, ReportedFailuresMoveTheBeginning) {
  EXPECT_EQ(trace({records("abcd"), {.retries_max = 1}}, "c", true), "abcd cd [cd]");
  EXPECT_EQ(trace({records("abcd"), {.retries_max = 0, .bisects = true}}, "c", true), "abcd cd c [c] d");
}

TEST(StreamBatch, NothingIsPassedOver) {
  // Over all batches of up to six records and all sets of bad ones: every record succeeds or is given up,
  // once, in order, and only bad ones are given up when pieces are halved.
  for (const bool reports : {false, true}) {
    for (const std::string all : {"a", "ab", "abc", "abcde", "abcdef"}) {
      for (size_t set = 0; set < size_t{1} << all.size(); ++set) {
        std::string bad = "-";
        for (size_t i = 0; i < all.size(); ++i) {
          if (set >> i & 1) bad += all[i];
        }
        StreamBatch batch(records(all), {.retries_max = 1, .bisects = true});
        std::string over;
        std::string given_up = "-";
        while (!batch.done()) {
          const std::string piece = names(batch.piece());
          const size_t first = piece.find_first_of(bad);
          if (first == std::string::npos) {
            over += piece;
            batch.succeeded();
            continue;
          }
          if (reports) over += piece.substr(0, first);
          if (const auto left = batch.failed(reports ? first : 0)) {
            over += names(left->records);
            given_up += names(left->records);
          }
        }
        EXPECT_EQ(over, all);
        EXPECT_EQ(given_up, bad);
        EXPECT_EQ(batch.last_over()->sequence_number, all.substr(all.size() - 1));
      }
    }
  }
}

TEST(StreamBatch, OldRecordsAreTakenFromTheFrontOnly) {
  StreamBatch batch(records("abcd"), {.age_seconds_max = 60});
  EXPECT_FALSE(batch.give_up_old(from_epoch_ms(59'000)));
  const auto old = batch.give_up_old(from_epoch_ms(61'000));
  ASSERT_TRUE(old);
  EXPECT_EQ(names(old->records), "ab");
  EXPECT_EQ(old->condition, kAgeExceeded);
  EXPECT_EQ(old->tries, 0);
  EXPECT_EQ(names(batch.piece()), "cd");
  EXPECT_FALSE(batch.failed());
  const auto rest = batch.give_up_old(from_epoch_ms(100'000));
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->tries, 1);
  EXPECT_TRUE(batch.done());
}

TEST(StreamBatch, TriesAreTold) {
  StreamBatch batch(records("a"), {.retries_max = 2});
  EXPECT_FALSE(batch.failed());
  EXPECT_FALSE(batch.failed());
  const auto over = batch.failed();
  ASSERT_TRUE(over);
  EXPECT_EQ(over->tries, 3);
  EXPECT_EQ(over->condition, kRetriesExhausted);
}

}  // namespace
}  // namespace hearth::services::lambda
