#include "identity/arn.h"

namespace hearth::identity {
namespace {

constexpr std::string_view kIdLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kSecretLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr size_t kIdLength = 21;
constexpr size_t kKeyIdLength = 20;
constexpr size_t kSecretLength = 40;
constexpr size_t kAccountDigits = 12;
constexpr std::string_view kIamPrefix = "arn:aws:iam::";

}  // namespace

std::string iam_arn(std::string_view account, std::string_view kind, std::string_view path,
                    std::string_view name) {
  std::string arn(kIamPrefix);
  return arn.append(account).append(":").append(kind).append(path).append(name);
}

std::string root_arn(std::string_view account) {
  return iam_arn(account, "root", "", "");
}

std::optional<IamArn> parse_iam_arn(std::string_view text) {
  if (!text.starts_with(kIamPrefix)) return std::nullopt;
  text.remove_prefix(kIamPrefix.size());
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  IamArn arn{.account = std::string(text.substr(0, colon))};
  if (arn.account != "aws" && !is_account_id(arn.account)) return std::nullopt;
  text.remove_prefix(colon + 1);
  if (text == "root") {
    arn.kind = text;
    arn.path.clear();
    return arn;
  }
  const size_t first = text.find('/'), last = text.rfind('/');
  if (first == 0 || first == std::string_view::npos || last + 1 == text.size()) return std::nullopt;
  arn.kind = text.substr(0, first);
  arn.path = text.substr(first, last - first + 1);
  arn.name = text.substr(last + 1);
  return arn;
}

std::string make_id(Random& random, std::string_view prefix) {
  return std::string(prefix) + random.letters(kIdLength - prefix.size(), kIdLetters);
}

AccessKey make_access_key(Random& random) {
  constexpr std::string_view kPrefix = "AKIA";
  return {.id = std::string(kPrefix) + random.letters(kKeyIdLength - kPrefix.size(), kIdLetters),
          .secret = random.letters(kSecretLength, kSecretLetters)};
}

std::string make_session_key_id(Random& random) {
  constexpr std::string_view kPrefix = "ASIA";
  return std::string(kPrefix) + random.letters(kKeyIdLength - kPrefix.size(), kIdLetters);
}

bool is_account_id(std::string_view text) {
  return text.size() == kAccountDigits && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace hearth::identity
