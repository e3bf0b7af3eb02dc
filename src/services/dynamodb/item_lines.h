// Items in a text that comes in pieces, one a line: as DynamoDB's JSON, {"Item":{...}}, as the same in Ion,
// or as values between commas, the names of which stand in the first line or were given beforehand.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/item/value.h"

namespace hearth::services::dynamodb {

struct LineFormat {
  enum class Kind : uint8_t { kJson, kIon, kCsv };
  Kind kind = Kind::kJson;
  char delimiter = ',';
  std::vector<std::string> headers = {};   // of CSV; empty: the first line has them
  std::map<std::string, Type> types = {};  // of CSV: those of keys; all else are strings
};

class ItemLines {
 public:
  // No item has a longer line; what has one cannot be read further.
  static constexpr size_t kLineBytesMax = 4 * 1024 * 1024;

  explicit ItemLines(LineFormat format) : format_(std::move(format)) {}

  void add(std::string_view text);
  void end() { ended_ = true; }
  // The next item, or what is wrong with it ("ValidationException"); nothing when there is none before more
  // text is added.
  std::optional<Result<Item>> next();
  // Whether the rest cannot be read, whatever it is; the last error said why.
  bool broken() const { return broken_; }

 private:
  std::optional<std::string_view> line();
  std::optional<Result<Item>> item_of(std::string_view line);
  Result<Item> csv_item(std::string_view line);

  LineFormat format_;
  std::string text_;
  size_t begin_ = 0;    // of the line
  size_t scanned_ = 0;  // up to where there is no end of it
  bool quoted_ = false;
  bool ended_ = false;
  bool broken_ = false;
};

}  // namespace hearth::services::dynamodb
