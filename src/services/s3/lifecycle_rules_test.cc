// Promise: your AWS code runs unchanged.
// What a bucket's rules say is due, and when: to the day, in the order of storage classes, and to nothing
// else.
#include "services/s3/lifecycle_rules.h"

#include <gtest/gtest.h>

#include "services/s3/settings.h"

namespace hearth::services::s3 {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr TimePoint kMidnight{std::chrono::sys_days(std::chrono::year(2026) / 3 / 10)};
constexpr TimePoint kNoon = kMidnight + hours(12);
constexpr uint64_t kLarge = 200'000, kSmall = 10;

Lifecycle rules(std::string_view text, Calendar calendar = Calendar()) {
  return Lifecycle(parse_setting<LifecycleDocument>(std::string(text)).value(), calendar);
}
ObjectRecord object(uint64_t size_bytes = kLarge, TimePoint modified = kNoon) {
  ObjectRecord object{.modified = modified};
  object.body.size_bytes = size_bytes;
  return object;
}

TEST(Calendar, RealDaysEndAtTheNextMidnight) {
  const Calendar calendar;
  EXPECT_EQ(calendar.after(kNoon, 1), kMidnight + days(2));
  EXPECT_EQ(calendar.after(kNoon, 0), kMidnight + days(1));
  EXPECT_EQ(calendar.after(kMidnight, 1), kMidnight + days(1));
  EXPECT_EQ(calendar.last_due(kNoon), kMidnight);
}

TEST(Calendar, OtherDaysEndToTheSecond) {
  const Calendar calendar(std::chrono::seconds(10));
  EXPECT_EQ(calendar.after(kNoon, 3), kNoon + std::chrono::seconds(30));
  EXPECT_EQ(calendar.last_due(kNoon), kNoon);
}

TEST(LifecycleRules, TheFirstOfSeveralExpiriesIsTold) {
  const Lifecycle lifecycle = rules(R"({"Rules": [
      {"ID": "five", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 5}},
      {"ID": "two", "Status": "Enabled", "Filter": {"Prefix": "a"}, "Expiration": {"Days": 2}},
      {"ID": "off", "Status": "Disabled", "Filter": {}, "Expiration": {"Days": 1}}]})");
  EXPECT_EQ(lifecycle.expiry("abc", object())->rule_id, "two");
  EXPECT_EQ(lifecycle.expiry("abc", object())->at, kMidnight + days(3));
  EXPECT_EQ(lifecycle.expiry("xyz", object())->rule_id, "five");
}

TEST(LifecycleRules, SizesAreBoundsThatAreNotReached) {
  const Lifecycle lifecycle = rules(R"({"Rules": [{"ID": "r", "Status": "Enabled", "Expiration": {"Days": 1},
      "Filter": {"And": {"ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 9}}}]})");
  EXPECT_FALSE(lifecycle.expiry("k", object(5)));
  EXPECT_TRUE(lifecycle.expiry("k", object(6)));
  EXPECT_TRUE(lifecycle.expiry("k", object(8)));
  EXPECT_FALSE(lifecycle.expiry("k", object(9)));
}

TEST(LifecycleRules, AllTagsOfARuleAreNeeded) {
  const Lifecycle lifecycle = rules(R"({"Rules": [{"ID": "r", "Status": "Enabled", "Expiration": {"Days": 1},
      "Filter": {"And": {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}}}]})");
  ObjectRecord tagged = object();
  tagged.head.tags = {{"a", "1"}, {"b", "3"}};
  EXPECT_FALSE(lifecycle.expiry("k", tagged));
  tagged.head.tags = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
  EXPECT_TRUE(lifecycle.expiry("k", tagged));
}

constexpr std::string_view kMoves =
    R"({"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {}, "Transitions": [
    {"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}]}]})";

TEST(LifecycleRules, ObjectsGoOnlyToColderClassesAndToTheLastThatIsDue) {
  const Lifecycle lifecycle = rules(kMoves);
  ObjectRecord one = object();
  EXPECT_EQ(lifecycle.next_class("k", one, kMidnight + days(31) - hours(1)), std::nullopt);
  EXPECT_EQ(lifecycle.next_class("k", one, kMidnight + days(31)), "STANDARD_IA");
  EXPECT_EQ(lifecycle.next_class("k", one, kMidnight + days(99)), "GLACIER");
  one.head.storage_class = "DEEP_ARCHIVE";
  EXPECT_EQ(lifecycle.next_class("k", one, kMidnight + days(99)), std::nullopt);
}

TEST(LifecycleRules, SmallObjectsStayUnlessSomethingIsSaidOfSizes) {
  EXPECT_EQ(rules(kMoves).next_class("k", object(kSmall), kMidnight + days(99)), std::nullopt);
  const Lifecycle sized = rules(R"({"Rules": [{"ID": "r", "Status": "Enabled", "Transitions": [
      {"Days": 30, "StorageClass": "STANDARD_IA"}], "Filter": {"ObjectSizeGreaterThan": 5}}]})");
  EXPECT_EQ(sized.next_class("k", object(kSmall), kMidnight + days(99)), "STANDARD_IA");
  std::string varies(kMoves);
  varies.insert(1, R"("TransitionDefaultMinimumObjectSize": "varies_by_storage_class", )");
  EXPECT_EQ(rules(varies).next_class("k", object(kSmall), kMidnight + days(31)), std::nullopt);
  EXPECT_EQ(rules(varies).next_class("k", object(kSmall), kMidnight + days(99)), "GLACIER");
}

TEST(LifecycleRules, OlderVersionsCountFromWhenTheyWereReplaced) {
  const Lifecycle lifecycle = rules(R"({"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {},
      "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2}}]})");
  const ObjectRecord old = object(kSmall, kNoon - days(900));
  const TimePoint due = kMidnight + days(4);
  EXPECT_FALSE(lifecycle.expires("k", old, {.since = kNoon, .newer = 2}, due - hours(1)));
  EXPECT_TRUE(lifecycle.expires("k", old, {.since = kNoon, .newer = 2}, due));
  EXPECT_FALSE(lifecycle.expires("k", old, {.since = kNoon, .newer = 1}, due));
  EXPECT_TRUE(lifecycle.about_versions());
  EXPECT_FALSE(lifecycle.about_uploads());
}

TEST(LifecycleRules, LoneMarkersGoBySomeRulesOnly) {
  const ObjectRecord marker{.marker = true, .modified = kNoon};
  EXPECT_TRUE(rules(R"({"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {},
      "Expiration": {"ExpiredObjectDeleteMarker": true}}]})")
                  .marker_expires("k", marker, kNoon));
  const Lifecycle by_days =
      rules(R"({"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]})");
  EXPECT_FALSE(by_days.marker_expires("k", marker, kNoon + hours(1)));
  EXPECT_TRUE(by_days.marker_expires("k", marker, kMidnight + days(2)));
  EXPECT_FALSE(
      rules(R"({"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Tag": {"Key": "k", "Value": "v"}},
      "Expiration": {"Days": 1}}]})")
          .marker_expires("k", marker, kMidnight + days(9)));
}

TEST(LifecycleRules, DatesAreForEverythingThatIsThere) {
  const Lifecycle lifecycle = rules(
      R"({"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Date": 1773100800}}]})");
  EXPECT_EQ(lifecycle.expiry("k", object(kSmall, kNoon + days(50)))->at, kMidnight);
}

}  // namespace
}  // namespace hearth::services::s3
