#include "identity/policy/document.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/utf8.h"

namespace hearth::identity {
namespace {

// The deepest policy has six levels.
constexpr int kDepthMax = 16;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int hex_digit(char c) {
  return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

bool has_twins(const std::vector<PolicyMember>& members) {
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const PolicyMember& member : members) names.emplace_back(member.name);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

// Walks a text that is known to be one JSON document.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  PolicyNode read(int depth = 0) {
    skip_blanks();
    PolicyNode node;
    node.span.begin = here_;
    switch (peek()) {
      case '{':
        read_object(node, depth);
        break;
      case '[':
        read_list(node, depth);
        break;
      case '"':
        node.kind = PolicyNode::Kind::kText;
        node.text = read_text();
        break;
      default:
        read_word(node);
    }
    node.span.end = here_;
    return node;
  }

  std::optional<DocumentFault> fault() const { return fault_; }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  char take() {
    const char c = peek();
    ++at_;
    if (c == '\n') {
      here_ = {.line = here_.line + 1, .column = 1};
    } else if (!continues_character(c)) {
      ++here_.column;
    }
    return c;
  }

  void skip_blanks() {
    while (is_blank(peek())) take();
  }

  // Past the blanks and the character behind a part; whether another part follows.
  bool another() {
    skip_blanks();
    return take() == ',';
  }

  bool opens_too_deep(int depth) {
    if (depth < kDepthMax) return false;
    fault_ = DocumentFault::kTooDeep;
    return true;
  }

  void read_object(PolicyNode& node, int depth) {
    node.kind = PolicyNode::Kind::kObject;
    if (opens_too_deep(depth)) return;
    take();
    skip_blanks();
    if (peek() == '}') {
      take();
      return;
    }
    do {
      skip_blanks();
      std::string name = read_text();
      skip_blanks();
      take();  // the colon
      node.members.push_back({std::move(name), read(depth + 1)});
    } while (!fault_ && another());
    if (!fault_ && has_twins(node.members)) fault_ = DocumentFault::kTwice;
  }

  void read_list(PolicyNode& node, int depth) {
    node.kind = PolicyNode::Kind::kList;
    if (opens_too_deep(depth)) return;
    take();
    skip_blanks();
    if (peek() == ']') {
      take();
      return;
    }
    do node.items.push_back(read(depth + 1));
    while (!fault_ && another());
  }

  void read_word(PolicyNode& node) {
    while (at_ < text_.size() && !is_blank(peek()) && peek() != ',' && peek() != ']' && peek() != '}')
      node.text += take();
    if (node.text == "null") {
      node.text.clear();
    } else {
      node.kind =
          node.text == "true" || node.text == "false" ? PolicyNode::Kind::kBool : PolicyNode::Kind::kNumber;
    }
  }

  std::string read_text() {
    std::string text;
    take();
    while (at_ < text_.size() && peek() != '"') {
      if (const char c = take(); c != '\\') {
        text += c;
      } else {
        read_escape(text);
      }
    }
    take();
    return text;
  }

  void read_escape(std::string& text) {
    switch (const char c = take()) {
      case 'b':
        text += '\b';
        break;
      case 'f':
        text += '\f';
        break;
      case 'n':
        text += '\n';
        break;
      case 'r':
        text += '\r';
        break;
      case 't':
        text += '\t';
        break;
      case 'u': {
        uint32_t code = read_code_unit();
        if (code >= 0xd800 && code < 0xdc00) {
          take();
          take();
          code = 0x10000 + ((code - 0xd800) << 10) + (read_code_unit() - 0xdc00);
        }
        append_utf8(code, text);
        break;
      }
      default:
        text += c;
    }
  }

  uint32_t read_code_unit() {
    uint32_t unit = 0;
    for (int i = 0; i < 4; ++i) unit = unit << 4 | static_cast<uint32_t>(hex_digit(take()));
    return unit;
  }

  std::string_view text_;
  size_t at_ = 0;
  TextPosition here_ = {};
  std::optional<DocumentFault> fault_ = {};
};

}  // namespace

const PolicyNode* PolicyNode::find(std::string_view name) const {
  for (const PolicyMember& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

PolicyDocument read_policy_document(std::string_view text) {
  if (text.size() > kPolicyBytesMax) return {.fault = DocumentFault::kTooLarge};
  if (!check_json(text)) return {.fault = DocumentFault::kNotJson};
  Reader reader(text);
  PolicyDocument document{.root = reader.read()};
  document.fault = reader.fault();
  return document;
}

}  // namespace hearth::identity
