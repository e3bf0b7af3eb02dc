#include "wire/sigv4.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/text.h"
#include "wire/sigv2.h"

namespace hearth::wire::sigv4 {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr auto kSkew = std::chrono::minutes(5);
constexpr auto kSkewWide = std::chrono::minutes(15);
constexpr int64_t kExpiresSecondsMax = 604'800;

std::unexpected<Failure> incomplete(std::string message) {
  return std::unexpected(Failure{Refusal::kIncomplete, std::move(message)});
}

std::unexpected<Failure> incomplete_link(std::string message) {
  return std::unexpected(Failure{Refusal::kIncompleteLink, std::move(message)});
}

// Names and values of a query, decoded. A literal '+' stands for itself: clients that mean a blank send %20.
Pairs query_pairs(std::string_view query) {
  Pairs pairs;
  if (query.empty()) return pairs;
  for (const std::string_view part : split(query, '&')) {
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    pairs.emplace_back(percent_decode(name).value_or(std::string(name)),
                       percent_decode(value).value_or(std::string(value)));
  }
  return pairs;
}

const std::string* find(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return &value;
  }
  return nullptr;
}

void parse_signed_headers(std::string_view text, Claim& claim) {
  for (const std::string_view name : split(text, ';')) claim.signed_headers.push_back(to_lower(name));
}

std::expected<std::optional<Claim>, Failure> parse_header_form(std::string_view header,
                                                               const io::Request& request) {
  Claim claim;
  bool has_credential = false, has_headers = false, has_signature = false;
  std::string_view rest = trimmed(header.substr(kAlgorithm.size()));
  for (const std::string_view part : split(rest, ',')) {
    const std::string_view field = trimmed(part);
    const size_t equals = field.find('=');
    const std::string_view name = field.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : field.substr(equals + 1);
    if (name == "Credential") {
      if (auto parsed = parse_credential(value, claim); !parsed)
        return std::unexpected(std::move(parsed).error());
      has_credential = true;
    } else if (name == "SignedHeaders") {
      parse_signed_headers(value, claim);
      has_headers = !value.empty();
    } else if (name == "Signature") {
      claim.signature = value;
      has_signature = !value.empty();
    }
  }
  claim.timestamp = request.headers.get("x-amz-date");
  if (claim.timestamp.empty()) claim.timestamp = request.headers.get("date");
  claim.session_token = request.headers.get("x-amz-security-token");
  std::string missing;
  if (!has_credential) missing += "Authorization header requires 'Credential' parameter. ";
  if (!has_signature) missing += "Authorization header requires 'Signature' parameter. ";
  if (!has_headers) missing += "Authorization header requires 'SignedHeaders' parameter. ";
  if (claim.timestamp.empty()) {
    missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!missing.empty()) return incomplete(missing + "Authorization=" + std::string(kAlgorithm));
  return claim;
}

std::expected<int64_t, Failure> parse_expires(const std::string& text) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return incomplete_link("X-Amz-Expires should be a number");
  }
  if (seconds < 0) return incomplete_link("X-Amz-Expires must be non-negative");
  if (seconds > kExpiresSecondsMax) {
    return incomplete_link(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
        "than 604800 seconds");
  }
  return seconds;
}

std::expected<std::optional<Claim>, Failure> parse_query_form(const Pairs& query) {
  Claim claim{.form = Claim::Form::kQuery};
  for (const char* name :
       {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"}) {
    if (!find(query, name))
      return incomplete_link(std::string("AWS query-string parameters must include '") + name + "'.");
  }
  if (auto parsed = parse_credential(*find(query, "X-Amz-Credential"), claim); !parsed) {
    return incomplete_link(std::move(parsed.error().message));
  }
  parse_signed_headers(*find(query, "X-Amz-SignedHeaders"), claim);
  claim.signature = *find(query, "X-Amz-Signature");
  claim.timestamp = *find(query, "X-Amz-Date");
  if (const std::string* token = find(query, "X-Amz-Security-Token")) claim.session_token = *token;
  claim.expires_seconds = 900;
  const std::string* expires = find(query, "X-Amz-Expires");
  if (!expires && claim.service == "s3") {
    return incomplete_link("AWS query-string parameters must include 'X-Amz-Expires'.");
  }
  if (expires) {
    const auto seconds = parse_expires(*expires);
    if (!seconds) return std::unexpected(seconds.error());
    claim.expires_seconds = *seconds;
  }
  return claim;
}

// RFC 3986 dot segments removed, runs of slashes collapsed, a trailing slash kept.
std::string normalize(std::string_view path) {
  std::vector<std::string_view> kept;
  const auto segments = split(path, '/');
  for (const std::string_view segment : segments) {
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else {
      kept.push_back(segment);
    }
  }
  std::string normalized = "/";
  for (const std::string_view segment : kept) {
    if (normalized.size() > 1) normalized += '/';
    normalized += segment;
  }
  const bool trailing = segments.back().empty() || segments.back() == "." || segments.back() == "..";
  if (trailing && normalized.size() > 1) normalized += '/';
  return normalized;
}

std::string canonical_path(std::string_view raw, PathRules rules) {
  std::string path = rules.normalize ? normalize(raw) : std::string(raw);
  if (path.empty()) path = "/";
  return rules.encode_again ? percent_encode(path, "/") : path;
}

std::string canonical_query(std::string_view raw, const Claim& claim, bool with_token) {
  Pairs encoded;
  for (const auto& [name, value] : query_pairs(raw)) {
    if (claim.form == Claim::Form::kQuery) {
      if (name == "X-Amz-Signature") continue;
      if (!with_token && name == "X-Amz-Security-Token") continue;
    }
    encoded.emplace_back(percent_encode(name), percent_encode(value));
  }
  std::ranges::sort(encoded);
  std::string query;
  for (const auto& [name, value] : encoded) {
    if (!query.empty()) query += '&';
    query += name + '=' + value;
  }
  return query;
}

// Blanks at the ends dropped, inner runs (folded lines among them) collapsed to one.
void append_collapsed(std::string& out, std::string_view value) {
  bool blank = false;
  const size_t start = out.size();
  for (const char c : value) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      blank = true;
    } else {
      if (blank && out.size() > start) out += ' ';
      blank = false;
      out += c;
    }
  }
}

std::string canonical_headers(const io::Request& request, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += name;
    text += ':';
    bool first = true;
    for (const auto& [field, value] : request.headers) {
      if (!iequals(field, name)) continue;
      if (!std::exchange(first, false)) text += ',';
      append_collapsed(text, value);
    }
    text += '\n';
  }
  return text;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ';';
    text += name;
  }
  return text;
}

// Whoever passes a request on must not add to what it says. Only S3 has links, and looks.
std::optional<Failure> check_signed_headers(const io::Request& request, const Claim& claim) {
  if (claim.service != "s3") return std::nullopt;
  std::string missing;
  for (const auto& [name, value] : request.headers) {
    const std::string lower = to_lower(name);
    if (!lower.starts_with("x-amz-")) continue;
    if (std::ranges::find(claim.signed_headers, lower) != claim.signed_headers.end()) continue;
    missing += (missing.empty() ? "" : ", ") + lower;
  }
  if (missing.empty()) return std::nullopt;
  return Failure{Refusal::kMissingToken,
                 "There were headers present in the request which were not signed",
                 {{"HeadersNotSigned", missing}}};
}

// Signed with a key that is of another day than the request.
Failure other_day(const Claim& claim) {
  const bool link = claim.form == Claim::Form::kQuery;
  const std::string day = claim.timestamp.substr(0, claim.timestamp.find('T'));
  Failure failure{link && claim.service == "s3" ? Refusal::kIncompleteLink : Refusal::kWrongScope,
                  "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                  "'" +
                      claim.date + "' != '" + day + "', from '" + claim.timestamp + "'."};
  if (claim.service != "s3") return failure;
  const bool is_day = claim.date.size() == day.size() && std::ranges::all_of(claim.date, is_digit);
  if (!is_day) {
    failure.message = "incorrect date format \"" + claim.date +
                      "\". This date in the credential must be in the format \"yyyyMMdd\".";
  } else {
    failure.message = "Invalid credential date \"" + claim.date +
                      "\". This date is not the same as X-Amz-Date: \"" + day + "\".";
  }
  return failure;
}

std::optional<Failure> check_time(const Claim& claim, TimePoint now) {
  const auto signed_at = parse_amz_date(claim.timestamp);
  if (!signed_at) {
    const bool link = claim.form == Claim::Form::kQuery;
    return Failure{link ? Refusal::kIncompleteLink : Refusal::kIncomplete,
                   "Date must be in ISO-8601 'basic format'. Got '" + claim.timestamp +
                       "'. See http://en.wikipedia.org/wiki/ISO_8601"};
  }
  if (!claim.timestamp.starts_with(claim.date)) return other_day(claim);
  const bool patient = claim.service == "s3" || claim.service == "dynamodb";
  const auto skew = patient ? kSkewWide : kSkew;
  const std::string minutes = std::to_string(skew.count()) + " min.)";
  const std::string server_time = amz_basic_date(now);
  if (*signed_at > now + skew) {
    return skewed(Refusal::kNotYet,
                  "Signature not yet current: " + claim.timestamp + " is still later than " +
                      amz_basic_date(now + skew) + " (" + server_time + " + " + minutes,
                  claim.timestamp, now);
  }
  const bool presigned = claim.form == Claim::Form::kQuery;
  const auto valid_for = presigned ? std::chrono::seconds(claim.expires_seconds) : std::chrono::seconds(skew);
  if (*signed_at + valid_for < now) {
    const std::string seconds = std::to_string(claim.expires_seconds);
    const std::string message = "Signature expired: " + claim.timestamp + " is now earlier than " +
                                amz_basic_date(now - valid_for) + " (" + server_time + " - " +
                                (presigned ? seconds + " sec.)" : minutes);
    if (!presigned) return skewed(Refusal::kExpired, message, claim.timestamp, now);
    return Failure{Refusal::kLinkExpired,
                   message,
                   {{"X-Amz-Expires", seconds},
                    {"Expires", iso8601_seconds(*signed_at + valid_for)},
                    {"ServerTime", iso8601_seconds(now)}}};
  }
  return std::nullopt;
}

// "41 57 53"
std::string spaced_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += (text.empty() ? "" : " ") + hex_encode(std::string_view(&byte, 1));
  return text;
}

}  // namespace

std::expected<void, Failure> parse_credential(std::string_view text, Claim& claim) {
  // An access key id may hold slashes in theory; the last four parts are the scope.
  const auto parts = split(text, '/');
  if (parts.size() < 5 || parts.back() != "aws4_request") {
    return incomplete(
        "Credential must have at least 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term, got '" +
        std::string(text) + "'");
  }
  const size_t n = parts.size();
  claim.service = parts[n - 2];
  claim.region = parts[n - 3];
  claim.date = parts[n - 4];
  const size_t tail = claim.service.size() + claim.region.size() + claim.date.size() + 16;
  claim.access_key_id = text.substr(0, text.size() - tail);
  return {};
}

std::expected<std::optional<Claim>, Failure> parse_claim(const io::Request& request) {
  if (auto link = sigv2::parse_claim(request); !link || *link) return link;
  const std::string* header = request.headers.find("authorization");
  if (header && header->empty()) header = nullptr;  // it says nothing
  const std::string_view raw = request.raw_query();
  const bool in_query = raw.find("X-Amz-Algorithm=") != std::string_view::npos;
  if (header && in_query) {
    return std::unexpected(
        Failure{Refusal::kTwoForms,
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."});
  }
  if (header) {
    if (header->starts_with(kAlgorithm)) return parse_header_form(*header, request);
    if (!header->starts_with("AWS4-")) {
      return std::unexpected(Failure{Refusal::kOtherScheme, "Missing Authentication Token"});
    }
    return incomplete("Unsupported signing algorithm. Only " + std::string(kAlgorithm) + " is accepted.");
  }
  if (raw.find("X-Amz-") == std::string_view::npos) return std::nullopt;
  const Pairs query = query_pairs(raw);
  const std::string* algorithm = find(query, "X-Amz-Algorithm");
  if (!algorithm && !find(query, "X-Amz-Signature")) return std::nullopt;
  if (algorithm && *algorithm != kAlgorithm) {
    return incomplete_link("Unsupported X-Amz-Algorithm '" + *algorithm + "'");
  }
  return parse_query_form(query);
}

std::string canonical_request(const io::Request& request, const Claim& claim, std::string_view payload_hash,
                              PathRules rules, bool with_token) {
  std::string text = request.method;
  text += '\n';
  text += canonical_path(request.raw_path(), rules);
  text += '\n';
  text += canonical_query(request.raw_query(), claim, with_token);
  text += '\n';
  text += canonical_headers(request, claim.signed_headers);
  text += '\n';
  text += joined(claim.signed_headers);
  text += '\n';
  text += payload_hash;
  return text;
}

std::string string_to_sign(const Claim& claim, std::string_view canonical_request) {
  return std::string(kAlgorithm) + "\n" + claim.timestamp + "\n" + claim.scope() + "\n" +
         hex_encode(sha256(canonical_request));
}

// Four MACs that are the same for all requests of a day, so those of the last callers are kept.
std::string signing_key(std::string_view secret, const Claim& claim) {
  struct Kept {
    std::string secret, date, region, service, key;
  };
  constexpr size_t kKept = 8;
  static thread_local std::array<Kept, kKept> all;
  static thread_local size_t next = 0;
  for (const Kept& kept : all) {
    if (kept.secret == secret && kept.date == claim.date && kept.region == claim.region &&
        kept.service == claim.service && !kept.key.empty()) {
      return kept.key;
    }
  }
  const std::string date_key = hmac_sha256("AWS4" + std::string(secret), claim.date);
  const std::string region_key = hmac_sha256(date_key, claim.region);
  Kept& kept = all[next++ % kKept];
  kept = {std::string(secret), claim.date, claim.region, claim.service,
          hmac_sha256(hmac_sha256(region_key, claim.service), "aws4_request")};
  return kept.key;
}

std::string signature_of(std::string_view signing_key, std::string_view string_to_sign) {
  return hex_encode(hmac_sha256(signing_key, string_to_sign));
}

std::optional<std::string> declared_payload_hash(const io::Request& request, const Claim& claim) {
  if (claim.is_old()) return std::string(kUnsignedPayload);
  if (const std::string* header = request.headers.find("x-amz-content-sha256")) return *header;
  if (claim.form == Claim::Form::kQuery) {
    const Pairs query = query_pairs(request.raw_query());
    if (const std::string* hash = find(query, "X-Amz-Content-Sha256")) return *hash;
    if (claim.service == "s3") return std::string(kUnsignedPayload);
  }
  return std::nullopt;
}

std::optional<Failure> verify(const io::Request& request, const Claim& claim, std::string_view signing_key,
                              std::string_view body_sha256, TimePoint now) {
  if (std::ranges::find(claim.signed_headers, "host") == claim.signed_headers.end()) {
    return Failure{Refusal::kWrongSignature,
                   "'Host' or ':authority' must be a 'SignedHeader' in the AWS "
                   "Authorization."};
  }
  if (auto failure = check_signed_headers(request, claim)) return failure;
  if (auto failure = check_time(claim, now)) return failure;
  const std::string hash = declared_payload_hash(request, claim).value_or(std::string(body_sha256));
  const auto rules = PathRules::for_service(claim.service);
  const auto matches = [&](const std::string& canonical) {
    return constant_time_equal(signature_of(signing_key, string_to_sign(claim, canonical)), claim.signature);
  };
  const std::string canonical = canonical_request(request, claim, hash, rules, true);
  if (matches(canonical)) return std::nullopt;
  if (claim.form == Claim::Form::kQuery && !claim.session_token.empty() &&
      matches(canonical_request(request, claim, hash, rules, false))) {
    return std::nullopt;
  }
  return wrong_signature(claim, string_to_sign(claim, canonical), canonical);
}

Failure skewed(Refusal refusal, std::string message, const std::string& timestamp, TimePoint now) {
  return {refusal,
          std::move(message),
          {{"RequestTime", timestamp},
           {"ServerTime", iso8601_seconds(now)},
           {"MaxAllowedSkewMilliseconds",
            std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(kSkewWide).count())}}};
}

Failure wrong_signature(const Claim& claim, std::string_view string_to_sign,
                        std::string_view canonical_request) {
  Failure failure{
      Refusal::kWrongSignature,
      "The request signature we calculated does not match the signature you provided. Check your AWS "
      "Secret Access Key and signing method. Consult the service documentation for details.",
      {{"AWSAccessKeyId", claim.access_key_id},
       {"StringToSign", std::string(string_to_sign)},
       {"SignatureProvided", claim.signature},
       {"StringToSignBytes", spaced_hex(string_to_sign)}}};
  if (canonical_request.empty()) return failure;
  failure.extra.emplace_back("CanonicalRequest", canonical_request);
  failure.extra.emplace_back("CanonicalRequestBytes", spaced_hex(canonical_request));
  return failure;
}

std::optional<TimePoint> parse_amz_date(std::string_view text) {
  // 20150830T123600Z
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const auto number = [&](size_t at, size_t count) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + count, value);
    return error == std::errc{} && end == text.data() + at + count ? value : -1;
  };
  const int hour = number(9, 2), minute = number(11, 2), second = number(13, 2);
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(4, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(6, 2))));
  if (!day.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
    return std::nullopt;
  }
  return TimePoint(std::chrono::sys_days(day)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace hearth::wire::sigv4
