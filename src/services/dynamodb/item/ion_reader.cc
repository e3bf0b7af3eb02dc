#include "services/dynamodb/item/ion_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "base/utf8.h"
#include "services/dynamodb/item/validation.h"
#include "services/dynamodb/item/value_json.h"

namespace hearth::services::dynamodb {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kSetPrefix = "$dynamodb_";

std::unexpected<Error> malformed(std::string_view what) {
  return fail(errors::validation("The data is not in ION format: " + std::string(what)));
}

bool stands_in_symbol(char c) {
  return is_letter_or_digit(c) || c == '_' || c == '$';
}

// Writes what it reads as the JSON that items have, so that the same rules are kept by the same reader.
class IonReader {
 public:
  explicit IonReader(std::string_view text) : rest_(text) {}

  Result<Item> item() {
    skip_blanks();
    constexpr std::string_view kMarker = "$ion_1_0";
    if (rest_.starts_with(kMarker)) rest_.remove_prefix(kMarker.size());
    std::string json;
    if (!take("{")) return malformed("Expected a struct");
    TRY_SYNC(const std::string name, field());
    if (name != "Item") return malformed("Expected 'Item' top level container");
    skip_blanks();
    if (!rest_.starts_with('{')) return malformed("Item is no struct");
    TRY_SYNC_VOID(fields(json));
    take(",");
    if (!take("}")) return malformed("Expected nothing beside 'Item'");
    skip_blanks();
    if (!rest_.empty()) return malformed("Expected one value in a line");
    return read_item(json);
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }
  bool take(std::string_view expected) {
    skip_blanks();
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  // A name and the colon behind it.
  Result<std::string> field() {
    skip_blanks();
    std::string name;
    if (rest_.starts_with('"') || rest_.starts_with('\'')) {
      TRY_SYNC(name, quoted());
    } else {
      name = symbol();
      if (name.empty()) return malformed("Expected the name of a field");
    }
    if (rest_.starts_with("::") || !take(":")) return malformed("Expected a colon behind a name");
    return name;
  }

  std::string symbol() {
    const auto end = std::ranges::find_if_not(rest_, stands_in_symbol);
    const std::string symbol(rest_.begin(), end);
    rest_.remove_prefix(symbol.size());
    return symbol;
  }

  // {"a":{"S":"…"}} out of {a:"…"}.
  Status fields(std::string& json) {
    take("{");
    json += '{';
    for (bool first = true; !take("}"); first = false) {
      if (!first && !take(",")) return malformed("Expected a comma or the end of a struct");
      if (take("}")) break;
      TRY_SYNC(const std::string name, field());
      if (!first) json += ',';
      write_string(name, json);
      json += ':';
      TRY_SYNC_VOID(value(json));
    }
    json += '}';
    return {};
  }

  Status value(std::string& json) {
    // The reader of items says so of what is too deep; this only keeps the stack.
    if (++depth_ > kDepthMax) return fail(errors::validation(std::string(kTooDeep)));
    skip_blanks();
    const Status read = typed(json);
    --depth_;
    return read;
  }

  Status typed(std::string& json) {
    if (rest_.starts_with("{{")) return wrapped("B", json, [&] { return blob(json); });
    if (rest_.starts_with('{')) return wrapped("M", json, [&] { return fields(json); });
    if (take("[")) return wrapped("L", json, [&] { return elements(json, {}); });
    if (rest_.starts_with('"') || rest_.starts_with("'''")) {
      return wrapped("S", json, [&] { return string(json); });
    }
    if (!rest_.empty() && (kDigits.contains(rest_[0]) || rest_[0] == '-')) {
      return wrapped("N", json, [&] { return number(json); });
    }
    return word(json);
  }

  template <typename Write>
  static Status wrapped(std::string_view type, std::string& json, Write write) {
    json.append("{\"").append(type).append("\":");
    TRY_SYNC_VOID(write());
    json += '}';
    return {};
  }

  Status word(std::string& json) {
    const std::string word = symbol();
    if (word == "true" || word == "false") {
      json.append("{\"BOOL\":").append(word).append("}");
      return {};
    }
    if (word == "null") {
      if (rest_.starts_with('.')) {
        rest_.remove_prefix(1);
        symbol();  // null.string
      }
      json += R"({"NULL":true})";
      return {};
    }
    if (!word.starts_with(kSetPrefix) || !take("::"))
      return malformed("'" + word + "' is no value of an attribute");
    const std::string type = word.substr(kSetPrefix.size());
    if ((type != "SS" && type != "NS" && type != "BS") || !take("[")) return malformed("Unknown annotation");
    return wrapped(type, json, [&] { return elements(json, type); });
  }

  // Of a list, or of a set of that type: those are plain strings.
  Status elements(std::string& json, std::string_view set) {
    json += '[';
    for (bool first = true; !take("]"); first = false) {
      if (!first && !take(",")) return malformed("Expected a comma or the end of a list");
      if (take("]")) break;
      if (!first) json += ',';
      skip_blanks();
      TRY_SYNC_VOID(set.empty()   ? value(json)
                    : set == "SS" ? string(json)
                    : set == "NS" ? number(json)
                                  : blob(json));
    }
    json += ']';
    return {};
  }

  Status string(std::string& json) {
    if (!rest_.starts_with('"') && !rest_.starts_with("'''")) return malformed("Expected a string");
    std::string text;
    if (rest_.starts_with('"')) {
      TRY_SYNC(text, quoted());
    } else {
      while (take("'''")) {
        TRY_SYNC_VOID(until("'''", text));
      }
    }
    write_string(text, json);
    return {};
  }

  // 6d2 as 6e2, 103. as 103.
  Status number(std::string& json) {
    const size_t size = std::min(rest_.find_first_not_of("0123456789+-._dDeE"), rest_.size());
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    std::erase(text, '_');
    std::ranges::replace(text, 'd', 'e');
    std::ranges::replace(text, 'D', 'e');
    const size_t point = text.find('.');
    if (point != std::string::npos && text.find_first_of(kDigits, point) != point + 1) text.erase(point, 1);
    write_string(text, json);
    return {};
  }

  Status blob(std::string& json) {
    if (!take("{{")) return malformed("Expected a blob");
    const size_t end = rest_.find("}}");
    if (end == std::string_view::npos) return malformed("A blob does not end");
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 2);
    std::erase_if(text, [](char c) { return kBlanks.contains(c); });
    write_string(text, json);
    return {};
  }

  Result<std::string> quoted() {
    const std::string_view quote = rest_.substr(0, 1);
    rest_.remove_prefix(1);
    std::string text;
    TRY_SYNC_VOID(until(quote, text));
    return text;
  }

  Status until(std::string_view quote, std::string& text) {
    while (!rest_.starts_with(quote)) {
      if (rest_.empty()) return malformed("A string does not end");
      const char c = rest_[0];
      rest_.remove_prefix(1);
      if (c != '\\') {
        text += c;
      } else {
        TRY_SYNC_VOID(escaped(text));
      }
    }
    rest_.remove_prefix(quote.size());
    return {};
  }

  Status escaped(std::string& text) {
    constexpr std::string_view kNames = "0abtnfrv\"'?\\/";
    constexpr std::string_view kMeant("\0\a\b\t\n\f\r\v\"'?\\/", kNames.size());
    if (rest_.empty()) return malformed("A string does not end");
    const char name = rest_[0];
    rest_.remove_prefix(1);
    if (const size_t at = kNames.find(name); at != std::string_view::npos) {
      text += kMeant[at];
      return {};
    }
    const size_t digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
    if (digits == 0 || rest_.size() < digits) return malformed("Unknown escape in a string");
    uint32_t point = 0;
    constexpr int kHex = 16;
    const std::string_view hex = rest_.substr(0, digits);
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), point, kHex);
    constexpr uint32_t kLast = 0x10FFFF;
    if (end != hex.data() + hex.size() || point > kLast) return malformed("Unknown escape in a string");
    rest_.remove_prefix(digits);
    append_utf8(point, text);
    return {};
  }

  static constexpr size_t kDepthMax = 100;

  std::string_view rest_;
  size_t depth_ = 0;
};

}  // namespace

Result<Item> read_ion_item(std::string_view text) {
  return IonReader(text).item();
}

}  // namespace hearth::services::dynamodb
