// What the tests of expressions have in common: placeholders that are defined for all of them.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/random.h"
#include "services/dynamodb/expression/placeholders.h"
#include "services/dynamodb/item/value_json.h"

namespace hearth::services::dynamodb::testing {

inline Item item(std::string_view json) {
  auto item = read_item(json);
  EXPECT_TRUE(item.has_value()) << json << ": " << (item ? "" : item.error().message);
  return item.value_or(Item());
}

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) {
      state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
      byte = static_cast<std::byte>(state_ >> 56);
    }
  }

 private:
  uint64_t state_;
};

// One value of each type, and a few more.
inline Placeholders placeholders() {
  return Placeholders(
      Placeholders::Names{{"#a", "a"}, {"#b", "b"}, {"#dotted", "x.y"}, {"#status", "status"}},
      item(R"({":s":{"S":"text"}, ":s2":{"S":"te"}, ":n":{"N":"5"}, ":n1":{"N":"1"}, ":b":{"B":"AQI="},
                               ":bool":{"BOOL":true}, ":null":{"NULL":true}, ":l":{"L":[{"S":"x"}]}, ":m":{"M":{}},
                               ":ss":{"SS":["x","y"]}, ":ns":{"NS":["1","2"]}, ":bs":{"BS":["AQ=="]},
                               ":type":{"S":"SS"}, ":dog":{"S":"DOG"}, ":x":{"S":"x"}})"));
}

// The message of a refusal, which is always a ValidationException.
template <typename T>
std::string refusal(const Result<T>& result) {
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, "ValidationException");
  return result.error().message;
}

}  // namespace hearth::services::dynamodb::testing
