#include "io/http_parser.h"

#include <array>
#include <charconv>

#include "base/encoding.h"
#include "base/text.h"

namespace hearth::io {
namespace {

constexpr size_t kChunkLineBytesMax = 4096;
constexpr size_t kTrailerBytesMax = 16 * 1024;

constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> token{};
  for (int c = '0'; c <= '9'; ++c) token[static_cast<size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) token[static_cast<size_t>(c)] = token[static_cast<size_t>(c - 32)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) token[static_cast<uint8_t>(c)] = true;
  return token;
}();

bool is_token(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!kTokenChars[static_cast<uint8_t>(c)]) return false;
  }
  return true;
}

bool is_target(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (static_cast<uint8_t>(c) <= 0x20 || c == 0x7f) return false;
  }
  return true;
}

bool is_field_value(std::string_view text) {
  for (const char c : text) {
    if ((static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
  }
  return true;
}

ParsedHead bad(int status, std::string_view reason) {
  return {.state = ParsedHead::State::kBad, .status = status, .reason = reason};
}

std::optional<uint64_t> parse_number(std::string_view text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool list_has(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (iequals(trimmed(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

// What the header fields say about the body. `saw_length` is carried over the fields of one head.
struct FramingFields {
  std::optional<uint64_t> length;
  bool chunked = false;
  bool close = false;
  bool keep_alive = false;
  bool expects_continue = false;
  size_t hosts = 0;
};

// Returns the refusal, if any.
std::optional<ParsedHead> note_field(std::string_view name, std::string_view value, FramingFields& fields) {
  if (iequals(name, "content-length")) {
    const auto length = parse_number(value, 10);
    if (!length || (fields.length && *fields.length != *length)) return bad(400, "invalid Content-Length");
    fields.length = length;
  } else if (iequals(name, "transfer-encoding")) {
    if (fields.chunked || !iequals(value, "chunked")) return bad(501, "unsupported Transfer-Encoding");
    fields.chunked = true;
  } else if (iequals(name, "connection")) {
    fields.close |= list_has(value, "close");
    fields.keep_alive |= list_has(value, "keep-alive");
  } else if (iequals(name, "expect")) {
    // Others may be refused or ignored (RFC 9110, 10.1.1); AWS ignores them.
    fields.expects_continue = iequals(value, "100-continue");
  } else if (iequals(name, "host")) {
    ++fields.hosts;
  }
  return std::nullopt;
}

// Parses the field lines up to the empty line. `rest` starts after the first line.
std::optional<ParsedHead> parse_fields(std::string_view rest, const HttpLimits& limits, Headers& headers,
                                       FramingFields& fields) {
  while (!rest.empty()) {
    const size_t end = rest.find('\r');
    const std::string_view line = rest.substr(0, end);
    if (end == std::string_view::npos || end + 1 >= rest.size() || rest[end + 1] != '\n')
      return bad(400, "malformed header line");
    rest.remove_prefix(end + 2);
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return bad(400, "malformed header line");
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (!is_token(name) || !is_field_value(value)) return bad(400, "malformed header field");
    if (headers.size() >= limits.header_count_max) return bad(431, "too many header fields");
    if (auto refusal = note_field(name, value, fields)) return refusal;
    headers.add(std::string(name), std::string(value));
  }
  if (fields.chunked && fields.length) return bad(400, "both Content-Length and Transfer-Encoding");
  return std::nullopt;
}

// Length of the head at the front, empty line included; 0 when it is not there yet.
size_t head_length(std::string_view bytes, const HttpLimits& limits) {
  const size_t end = bytes.substr(0, limits.head_bytes_max).find("\r\n\r\n");
  return end == std::string_view::npos ? 0 : end + 4;
}

ParsedHead incomplete_or_too_long(std::string_view bytes, const HttpLimits& limits) {
  if (bytes.size() >= limits.head_bytes_max) return bad(431, "request header fields too large");
  return {};
}

}  // namespace

ParsedHead parse_request_head(std::string_view bytes, const HttpLimits& limits, Request& out) {
  size_t skipped = 0;  // RFC 9112 2.2: an empty line before a request line is to be ignored
  while (bytes.starts_with("\r\n") && skipped < 8) bytes.remove_prefix(2), skipped += 2;
  // Who tries TLS first waits for an answer to what will never be a head.
  const bool begins = bytes.empty() || bytes == "\r" || is_token(bytes.substr(0, 1));
  if (!begins) return bad(400, "malformed request line");
  const size_t length = head_length(bytes, limits);
  if (length == 0) return incomplete_or_too_long(bytes, limits);
  const std::string_view head = bytes.substr(0, length);
  const std::string_view line = head.substr(0, head.find("\r\n"));

  const size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return bad(400, "malformed request line");
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || !is_target(target)) return bad(400, "malformed request line");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/") ? bad(505, "HTTP version not supported")
                                        : bad(400, "malformed request line");
  }

  FramingFields fields;
  out.headers.clear();
  if (auto refusal = parse_fields(head.substr(line.size() + 2), limits, out.headers, fields)) return *refusal;
  const bool http_1_0 = version == "HTTP/1.0";
  if (fields.hosts > 1 || (fields.hosts == 0 && !http_1_0))
    return bad(400, "exactly one Host header is required");
  if (http_1_0 && fields.chunked) return bad(400, "Transfer-Encoding in HTTP/1.0");

  out.method = method;
  out.target = target;
  ParsedHead parsed{.state = ParsedHead::State::kComplete, .consumed_bytes = skipped + length};
  Framing& framing = parsed.framing;
  framing.kind = fields.chunked                  ? Framing::Kind::kChunked
                 : fields.length.value_or(0) > 0 ? Framing::Kind::kLength
                                                 : Framing::Kind::kNone;
  framing.length_bytes = fields.length.value_or(0);
  framing.keep_alive = !fields.close && (!http_1_0 || fields.keep_alive);
  framing.expects_continue = fields.expects_continue && !http_1_0;
  framing.http_1_0 = http_1_0;
  return parsed;
}

ParsedHead parse_response_head(std::string_view bytes, const HttpLimits& limits, bool to_head_request,
                               Response& out) {
  const size_t length = head_length(bytes, limits);
  if (length == 0) return incomplete_or_too_long(bytes, limits);
  const std::string_view head = bytes.substr(0, length);
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const bool known = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  const auto status = known && line.size() >= 12 ? parse_number(line.substr(9, 3), 10) : std::nullopt;
  if (!status || *status < 100 || *status > 599 || (line.size() > 12 && line[12] != ' ')) {
    return bad(502, "malformed status line");
  }
  FramingFields fields;
  out.headers.clear();
  if (auto refusal = parse_fields(head.substr(line.size() + 2), limits, out.headers, fields)) return *refusal;

  out.status = static_cast<int>(*status);
  const bool http_1_0 = line[7] == '0';
  const bool bodiless = to_head_request || out.status < 200 || out.status == 204 || out.status == 304;
  ParsedHead parsed{.state = ParsedHead::State::kComplete, .consumed_bytes = length};
  Framing& framing = parsed.framing;
  framing.kind = bodiless             ? Framing::Kind::kNone
                 : fields.chunked     ? Framing::Kind::kChunked
                 : !fields.length     ? Framing::Kind::kUntilClose
                 : *fields.length > 0 ? Framing::Kind::kLength
                                      : Framing::Kind::kNone;
  framing.length_bytes = fields.length.value_or(0);
  framing.http_1_0 = http_1_0;
  framing.keep_alive =
      !fields.close && (!http_1_0 || fields.keep_alive) && framing.kind != Framing::Kind::kUntilClose;
  return parsed;
}

// ----- chunked coding -----

// Collects a line into line_; true when it is whole (without its CRLF).
bool ChunkDecoder::take_line(std::string_view& input) {
  if (line_done_) line_.clear(), line_done_ = false;
  const size_t newline = input.find('\n');
  const size_t count = newline == std::string_view::npos ? input.size() : newline + 1;
  line_.append(input.substr(0, count));
  input.remove_prefix(count);
  if (newline == std::string_view::npos) return false;
  line_done_ = true;
  return true;
}

ChunkDecoder::State ChunkDecoder::decode(std::string_view& input, std::string& output) {
  while (!input.empty()) {
    if (part_ == Part::kData) {
      const size_t count = static_cast<size_t>(std::min<uint64_t>(left_bytes_, input.size()));
      output.append(input.substr(0, count));
      input.remove_prefix(count);
      left_bytes_ -= count;
      if (left_bytes_ == 0) part_ = Part::kDataEnd;
      continue;
    }
    if (!take_line(input)) return line_.size() > kChunkLineBytesMax ? State::kBad : State::kMore;
    if (!line_.ends_with("\r\n") || line_.size() > kChunkLineBytesMax) return State::kBad;
    const std::string_view line = std::string_view(line_).substr(0, line_.size() - 2);
    if (part_ == Part::kDataEnd) {
      if (!line.empty()) return State::kBad;
      part_ = Part::kSize;
    } else if (part_ == Part::kSize) {
      const auto size = parse_number(trimmed(line.substr(0, line.find(';'))), 16);
      if (!size || *size > (uint64_t{1} << 62)) return State::kBad;
      left_bytes_ = *size;
      part_ = *size == 0 ? Part::kTrailer : Part::kData;
    } else {
      if (line.empty()) return State::kDone;
      trailer_bytes_ += line.size();
      const size_t colon = line.find(':');
      if (trailer_bytes_ > kTrailerBytesMax || colon == std::string_view::npos ||
          !is_token(line.substr(0, colon))) {
        return State::kBad;
      }
      trailers_.add(std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1))));
    }
  }
  return State::kMore;
}

}  // namespace hearth::io
