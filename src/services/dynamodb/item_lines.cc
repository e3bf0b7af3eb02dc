#include "services/dynamodb/item_lines.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/text.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item/ion_reader.h"
#include "services/dynamodb/item/value_json.h"

namespace hearth::services::dynamodb {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kIonMarker = "$ion_1_0";

bool skip(std::string_view& text, std::string_view expected) {
  text = trimmed(text, kBlanks);
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

Result<Item> json_item(std::string_view line) {
  const bool wrapped =
      skip(line, "{") && skip(line, "\"Item\"") && skip(line, ":") && trimmed(line, kBlanks).ends_with('}');
  if (!wrapped) return fail(errors::validation("Expected 'Item' top level container"));
  line = trimmed(line, kBlanks);
  line.remove_suffix(1);
  return read_item(line);
}

Result<std::vector<std::string>> csv_fields(std::string_view line, char delimiter) {
  std::vector<std::string> fields(1);
  for (size_t at = 0; at < line.size();) {
    if (line[at] == delimiter) {
      fields.emplace_back();
      ++at;
    } else if (line[at] != '"') {
      const size_t end = std::min(line.find(delimiter, at), line.size());
      fields.back() = line.substr(at, end - at);
      if (fields.back().contains('"')) return fail(errors::validation("A quote is not escaped"));
      at = end;
    } else {
      bool closed = false;
      for (++at; at < line.size() && !closed; ++at) {
        if (line[at] != '"') {
          fields.back() += line[at];
        } else if (at + 1 < line.size() && line[at + 1] == '"') {
          fields.back() += line[++at];
        } else {
          closed = true;
        }
      }
      if (!closed || (at < line.size() && line[at] != delimiter)) {
        return fail(errors::validation("A quote is not escaped"));
      }
    }
  }
  return fields;
}

Status check_headers(const std::vector<std::string>& headers) {
  const std::set<std::string> names(headers.begin(), headers.end());
  if (names.size() == headers.size() && !names.contains("")) return {};
  return fail(errors::validation("The header has a column without a name, or two of one name"));
}

// A value as it would stand in an item's JSON, so that it is read and checked by the same rules.
Result<Value> csv_value(Type type, const std::string& text) {
  std::string json = "{\"" + std::string(type_name(type)) + "\":";
  write_string(text, json);
  json += '}';
  return read_value(json);
}

}  // namespace

void ItemLines::add(std::string_view text) {
  text_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  text_ += text;
}

std::optional<std::string_view> ItemLines::line() {
  const std::string_view all = text_;
  while (scanned_ < all.size()) {
    // A line of values goes on where a quote is open.
    const bool csv = format_.kind == LineFormat::Kind::kCsv;
    const size_t found = csv ? all.find_first_of("\"\n", scanned_) : all.find('\n', scanned_);
    if (found == std::string_view::npos) {
      scanned_ = all.size();
      break;
    }
    scanned_ = found + 1;
    if (all[found] == '"') quoted_ = !quoted_;
    if (all[found] == '"' || quoted_) continue;
    const std::string_view line = all.substr(begin_, found - begin_);
    begin_ = scanned_;
    return line;
  }
  if (!ended_ || begin_ == all.size()) return {};
  return all.substr(std::exchange(begin_, all.size()));
}

std::optional<Result<Item>> ItemLines::next() {
  while (!broken_) {
    const auto found = line();
    if (!found && text_.size() - begin_ <= kLineBytesMax) return {};
    if (!found || found->size() > kLineBytesMax) {
      broken_ = true;
      return fail(errors::validation("A line is too long to be an item"));
    }
    if (trimmed(*found, kBlanks).empty()) continue;
    if (auto item = item_of(found->substr(0, found->find_last_not_of('\r') + 1))) return item;
  }
  return {};
}

// Nothing of the line that has the names, or says that this is Ion.
std::optional<Result<Item>> ItemLines::item_of(std::string_view line) {
  if (format_.kind == LineFormat::Kind::kJson) return json_item(line);
  if (format_.kind == LineFormat::Kind::kIon) {
    if (trimmed(line, kBlanks) == kIonMarker) return {};
    return read_ion_item(line);
  }
  if (!format_.headers.empty()) return csv_item(line);
  auto headers = csv_fields(line, format_.delimiter);
  const Status good = headers ? check_headers(*headers) : std::unexpected(headers.error());
  if (!good) {
    broken_ = true;
    return std::unexpected(good.error());
  }
  format_.headers = *std::move(headers);
  return {};
}

Result<Item> ItemLines::csv_item(std::string_view line) {
  TRY_SYNC(const auto fields, csv_fields(line, format_.delimiter));
  if (fields.size() > format_.headers.size()) {
    return fail(errors::validation("The line has more values than the header has names"));
  }
  Item item;
  for (size_t at = 0; at < fields.size(); ++at) {
    const std::string& name = format_.headers[at];
    const auto type = format_.types.find(name);
    TRY_SYNC(Value value, csv_value(type == format_.types.end() ? Type::kString : type->second, fields[at]));
    item.set(name, std::move(value));
  }
  return item;
}

}  // namespace hearth::services::dynamodb
