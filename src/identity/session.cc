#include "identity/session.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"

namespace hearth::identity {
namespace {

constexpr std::string_view kKeyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr size_t kMacBytes = 32;

// The mark that lets a token be told from another cloud's at a glance.
constexpr std::string_view kTokenPrefix = "HearthSession/";

std::string base32_like(std::string_view bytes, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text.push_back(kKeyLetters[static_cast<unsigned char>(bytes[i]) % 32]);
  return text;
}

std::string sealed(std::string_view key, std::string_view access_key_id, std::string_view claims) {
  std::string message("token\0", 6);
  message.append(access_key_id).append(1, '\0').append(claims);
  return hmac_sha256(key, message);
}

}  // namespace

std::string Session::role_name() const {
  return role_arn.substr(role_arn.rfind('/') + 1);
}

std::string Session::assumed_role_arn() const {
  return "arn:aws:sts::" + account + ":assumed-role/" + role_name() + "/" + session_name;
}

std::string Session::role_id() const {
  return "AROA" + base32_like(sha256(role_arn), 17);
}

Sessions::Sessions(std::string server_key, Random& random)
    : server_key_(std::move(server_key)), random_(random) {}

SessionCredentials Sessions::issue(const Session& session) const {
  const std::string id = "ASIA" + random_.letters(16, kKeyLetters);
  const std::string claims = to_text(json::object{{"account", session.account},
                                                  {"role", session.role_arn},
                                                  {"name", session.session_name},
                                                  {"expires", epoch_ms(session.expires)}});
  return {
      .access_key_id = id,
      .secret_access_key = secret_of(id),
      .session_token = std::string(kTokenPrefix) + base64_encode(sealed(server_key_, id, claims) + claims),
      .expires = session.expires};
}

std::string Sessions::secret_of(std::string_view access_key_id) const {
  std::string message("secret\0", 7);
  message.append(access_key_id);
  return base64_encode(hmac_sha256(server_key_, message)).substr(0, 40);
}

std::optional<Session> Sessions::open(std::string_view access_key_id, std::string_view token) const {
  if (!token.starts_with(kTokenPrefix)) return std::nullopt;
  const auto bytes = base64_decode(token.substr(kTokenPrefix.size()));
  if (!bytes || bytes->size() < kMacBytes) return std::nullopt;
  const std::string_view claims = std::string_view(*bytes).substr(kMacBytes);
  if (!constant_time_equal(std::string_view(*bytes).substr(0, kMacBytes),
                           sealed(server_key_, access_key_id, claims))) {
    return std::nullopt;
  }
  const auto document = parse_json(claims);
  if (!document || !document->is_object()) return std::nullopt;
  const json::object& object = document->as_object();
  return Session{.account = std::string(object.at("account").as_string()),
                 .role_arn = std::string(object.at("role").as_string()),
                 .session_name = std::string(object.at("name").as_string()),
                 .expires = from_epoch_ms(object.at("expires").to_number<int64_t>())};
}

}  // namespace hearth::identity
