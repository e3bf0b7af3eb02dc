#include "identity/session.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "identity/arn.h"
#include "store/record.h"

namespace hearth::identity {
namespace {

// The mark that lets a token be told from another cloud's at a glance.
constexpr std::string_view kTokenPrefix = "HearthSession/";

// How much is sealed in a token of so many bytes.
size_t sealed_bytes(size_t token_bytes) {
  if (token_bytes <= kTokenPrefix.size()) return 0;
  const size_t groups = (token_bytes - kTokenPrefix.size() + 3) / 4;
  return groups * 3 - std::min(groups * 3, Seal::kOverheadBytes);
}

}  // namespace

Sessions::Sessions(std::string server_key, Random& random)
    : server_key_(std::move(server_key)), seal_(server_key_, "sessions", random), random_(random) {}

SessionCredentials Sessions::issue(Session session, size_t token_bytes_min) const {
  const std::string id = make_session_key_id(random_);
  const size_t bytes = store::encode(session).size(), wanted = sealed_bytes(token_bytes_min);
  if (bytes < wanted) session.padding.assign(wanted - bytes, ' ');
  return {.access_key_id = id,
          .secret_access_key = secret_of(id),
          .session_token = std::string(kTokenPrefix) + base64_encode(seal_.seal(store::encode(session), id)),
          .expires = session.expires};
}

std::string Sessions::secret_of(std::string_view access_key_id) const {
  constexpr size_t kSecretLetters = 40;
  std::string message("secret\0", 7);
  message.append(access_key_id);
  return base64_encode(hmac_sha256(server_key_, message)).substr(0, kSecretLetters);
}

std::optional<Session> Sessions::open(std::string_view access_key_id, std::string_view token) const {
  if (!token.starts_with(kTokenPrefix)) return std::nullopt;
  const auto sealed = base64_decode(token.substr(kTokenPrefix.size()));
  if (!sealed) return std::nullopt;
  const auto bytes = seal_.open(*sealed, access_key_id);
  if (!bytes) return std::nullopt;
  auto session = store::decode<Session>(*bytes);
  if (!session) return std::nullopt;
  session->padding.clear();
  return *std::move(session);
}

}  // namespace hearth::identity
