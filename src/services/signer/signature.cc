#include "services/signer/signature.h"

#include "base/encoding.h"
#include "base/whole_number.h"

namespace hearth::services::signer {
namespace {

constexpr size_t kContentsBytes = 48;

std::optional<TimePoint> time_of(std::string_view text) {
  const auto ms = whole_number<int64_t>(text);
  // A bound under which microseconds fit as well.
  constexpr int64_t kMsMax = int64_t{1} << 52;
  if (!ms || *ms < 0 || *ms > kMsMax) return {};
  return from_epoch_ms(*ms);
}

// Takes the line "<name> <value>" off the text; nothing where another one stands.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view name) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return {};
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') return {};
  return line.substr(name.size() + 1);
}

}  // namespace

std::string Statement::text() const {
  return "hearth-signature 1\nprofile " + profile_version_arn + "\njob " + job_arn + "\nsigned " +
         std::to_string(epoch_ms(signed_at)) + "\nexpires " + std::to_string(epoch_ms(expires_at)) +
         "\ncontents " + hex_encode(contents) + "\n";
}

std::string write_signature(const Statement& statement, std::string_view signature) {
  return statement.text() + "signature " + base64_encode(signature) + "\n";
}

std::optional<Signature> read_signature(std::string_view text) {
  if (text.size() > kSignatureBytesMax) return {};
  std::string_view rest = text;
  if (take_line(rest, "hearth-signature") != "1") return {};
  const auto profile = take_line(rest, "profile");
  const auto job = take_line(rest, "job");
  const auto since = take_line(rest, "signed");
  const auto until = take_line(rest, "expires");
  const auto contents = take_line(rest, "contents");
  const auto signature = take_line(rest, "signature");
  if (!profile || !job || !since || !until || !contents || !signature) return {};
  const auto signed_at = time_of(*since), expires_at = time_of(*until);
  const auto hash = hex_decode(*contents), bytes = base64_decode(*signature);
  if (!signed_at || !expires_at || !hash || hash->size() != kContentsBytes || !bytes) return {};
  Signature out{.statement = {.profile_version_arn = std::string(*profile),
                              .job_arn = std::string(*job),
                              .signed_at = *signed_at,
                              .expires_at = *expires_at,
                              .contents = *hash},
                .bytes = *bytes};
  if (write_signature(out.statement, out.bytes) != text) return {};
  return out;
}

}  // namespace hearth::services::signer
