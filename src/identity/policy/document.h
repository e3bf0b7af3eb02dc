// The JSON text of a policy as a tree that remembers where each part stands, how a number was spelled, and
// refuses what no policy may have: two members of one name, more nesting than the language knows. Simulation
// tells positions, numbers in conditions have more digits than a double, and a member that is there twice
// means different things to different readers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::identity {

// Both count from 1; columns count code points.
struct TextPosition {
  uint32_t line = 1;
  uint32_t column = 1;

  bool operator==(const TextPosition&) const = default;
};

// `end` is behind the last character.
struct TextSpan {
  TextPosition begin = {};
  TextPosition end = {};

  bool operator==(const TextSpan&) const = default;
};

struct PolicyMember;

struct PolicyNode {
  enum class Kind { kNull, kBool, kNumber, kText, kList, kObject };

  Kind kind = Kind::kNull;
  std::string text = {};  // of a string its characters, of a number or boolean its spelling
  std::vector<PolicyMember> members;
  std::vector<PolicyNode> items;
  TextSpan span = {};

  bool is_text() const { return kind == Kind::kText; }
  bool is_object() const { return kind == Kind::kObject; }
  bool is_scalar() const { return kind == Kind::kBool || kind == Kind::kNumber || kind == Kind::kText; }
  const PolicyNode* find(std::string_view name) const;  // null when there is no such member
};

struct PolicyMember {
  std::string name;
  PolicyNode value;
};

enum class DocumentFault { kNotJson, kTooDeep, kTooLarge, kTwice };

struct PolicyDocument {
  PolicyNode root = {};
  std::optional<DocumentFault> fault = {};  // then there is no root
};

// Takes time and memory in proportion to the text, of which no more than kPolicyBytesMax is looked at.
PolicyDocument read_policy_document(std::string_view text);

// More than any entity may have: 131072 characters of up to two bytes.
inline constexpr size_t kPolicyBytesMax = 262'144;

}  // namespace hearth::identity
