#include "wire/resource.h"

#include <vector>

#include "base/text.h"

namespace hearth::wire {

namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Fills a template in; what a name says of region and account is kept beside.
class Template {
 public:
  Template(const Call& call, const json::object& input)
      : region(call.region), account(call.account), input_(input) {}

  std::string expand(std::string_view text) {
    std::string out;
    bool filled = true;
    while (!text.empty()) {
      const char first = text[0];
      if (first == '{' || first == '[') {
        const size_t end = closing(text);
        const std::string_view inside = text.substr(1, end - 1);
        if (first == '{') {
          const std::optional<std::string> found = value(inside);
          filled = filled && found.has_value();
          out += found.value_or("");
        } else {
          out += optional(inside);
        }
        text.remove_prefix(end + 1);
      } else {
        out += first;
        text.remove_prefix(1);
      }
    }
    filled_ = filled;
    return out;
  }

  std::string region;
  std::string account;

 private:
  // The bracket that closes text[0]; templates come from our own tables and are well formed.
  static size_t closing(std::string_view text) { return text.find(text[0] == '{' ? '}' : ']'); }

  std::string optional(std::string_view text) {
    const std::string out = expand(text);
    return std::exchange(filled_, true) ? out : std::string();
  }

  std::optional<std::string> value(std::string_view alternatives) {
    if (alternatives == "@region") return region;
    if (alternatives == "@account") return account;
    for (const std::string_view alternative : split(alternatives, '|')) {
      const size_t colon = alternative.find(':');
      const json::value* found = input_.if_contains(alternative.substr(0, colon));
      if (found && found->is_int64()) return std::to_string(found->get_int64());
      if (!found || !found->is_string() || found->get_string().empty()) continue;
      const std::string text(found->get_string());
      const std::string part =
          colon == std::string_view::npos ? text : filtered(text, alternative.substr(colon + 1));
      if (!part.empty()) return part;
    }
    return std::nullopt;
  }

  std::string filtered(std::string_view text, std::string_view filter) {
    if (filter == "loggroup") {
      // arn:aws:logs:region:account:log-group:NAME, perhaps with ":*" behind.
      const auto parts = split(text, ':');
      if (!text.starts_with("arn:") || parts.size() < 7) return std::string(text);
      region = parts[3];
      account = parts[4];
      return std::string(parts[6]);
    }
    if (filter == "table" || filter == "stream") {
      // arn:aws:dynamodb:region:account:table/NAME, perhaps with /index/… or the like behind.
      const auto parts = split(text, ':');
      if (!text.starts_with("arn:") || parts.size() < 6) return std::string(text);
      const auto names = split(parts[5], '/');
      if (names.size() < 2 || names[0] != filter) return std::string(text);
      region = parts[3];
      account = parts[4];
      return std::string(names[1]);
    }
    if (filter == "account") {
      account = text;
      return {};
    }
    if (filter == "queue") {
      QueueReference reference = parse_queue_reference(text);
      if (!reference.account.empty()) account = reference.account;
      return reference.name;
    }
    FunctionReference reference = parse_function_reference(text, filter == "layer" ? "layer" : "function");
    if (filter == "qualifier") return reference.qualifier;
    if (!reference.region.empty()) region = reference.region;
    if (!reference.account.empty()) account = reference.account;
    return reference.name;
  }

  const json::object& input_;
  bool filled_ = true;
};

}  // namespace

FunctionReference parse_function_reference(std::string_view text, std::string_view kind) {
  FunctionReference reference;
  std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() >= 3 && parts[0] == "arn")
    parts.erase(parts.begin(), parts.begin() + 3);  // arn:aws:lambda
  size_t at = 0;
  if (parts.size() - at >= 3 && parts[at].find('-') != std::string_view::npos && all_digits(parts[at + 1])) {
    reference.region = parts[at++];
  }
  constexpr size_t kAccountDigits = 12;
  if (parts.size() - at >= 2 && parts[at].size() == kAccountDigits && all_digits(parts[at])) {
    reference.account = parts[at++];
  }
  if (parts.size() - at >= 2 && parts[at] == kind) ++at;
  reference.name = parts[at++];
  if (at < parts.size()) reference.qualifier = parts[at++];
  reference.trailing = at < parts.size();
  return reference;
}

// https://sqs.eu-west-1.amazonaws.com/123456789012/name, or the path of it.
QueueReference parse_queue_reference(std::string_view url) {
  const std::vector<std::string_view> parts = split(url, '/');
  QueueReference reference{.account = {}, .name = std::string(parts.back())};
  if (parts.size() > 1) reference.account = parts[parts.size() - 2];
  return reference;
}

std::string resource_of(const OperationInfo& operation, const Call& call, const json::object& input) {
  if (operation.resource.empty()) return "*";
  Template filled(call, input);
  std::string text = filled.expand(operation.resource);
  if (text.starts_with("arn:") || text == "*") return text;
  const std::string region = operation.service->global ? std::string() : filled.region;
  return "arn:aws:" + std::string(operation.service->signing_name) + ":" + region + ":" + filled.account +
         ":" + text;
}

}  // namespace hearth::wire
