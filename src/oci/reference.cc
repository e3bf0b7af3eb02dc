#include "oci/reference.h"

#include <algorithm>

#include "base/ascii.h"

namespace hearth::oci {
namespace {

constexpr size_t kRepositoryBytesMax = 255;
constexpr size_t kHostBytesMax = 255;
constexpr size_t kTagBytesMax = 128;

bool is_lower_or_digit(char c) {
  return is_lower(c) || is_digit(c);
}

// Between two letters or digits of a component stands one of: . _ __ or any number of -
bool is_separator(std::string_view text) {
  return text == "." || text == "_" || text == "__" || text.find_first_not_of('-') == std::string_view::npos;
}

bool is_component(std::string_view text) {
  if (text.empty() || !is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back())) return false;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && !is_lower_or_digit(text[end])) ++end;
    if (end > at && !is_separator(text.substr(at, end - at))) return false;
    at = end + 1;
  }
  return true;
}

bool is_label(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit) &&
         std::stoi(std::string(text)) <= 65535;
}

bool is_address6(std::string_view text) {
  return text.size() > 2 && text.front() == '[' && text.back() == ']' &&
         text.find_first_not_of("0123456789abcdefABCDEF:.", 1) == text.size() - 1;
}

// A host is told from a repository's first component by a dot, a port, or the name localhost.
bool is_host(std::string_view text) {
  if (text.size() > kHostBytesMax) return false;
  const size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && !text.ends_with(']');
  if (has_port && !is_port(text.substr(colon + 1))) return false;
  const std::string_view name = has_port ? text.substr(0, colon) : text;
  if (is_address6(name)) return true;
  if (!has_port && name != "localhost" && name.find('.') == std::string_view::npos) return false;
  for (size_t start = 0; start <= name.size();) {
    const size_t end = std::min(name.find('.', start), name.size());
    if (!is_label(name.substr(start, end - start))) return false;
    start = end + 1;
  }
  return true;
}

std::unexpected<Error> invalid_reference(std::string message) {
  return fail("ReferenceInvalid", std::move(message));
}

}  // namespace

bool is_repository_name(std::string_view text) {
  if (text.size() > kRepositoryBytesMax) return false;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('/', start), text.size());
    if (!is_component(text.substr(start, end - start))) return false;
    start = end + 1;
  }
  return true;
}

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > kTagBytesMax || text.front() == '.' || text.front() == '-') return false;
  return std::ranges::all_of(
      text, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; });
}

Result<Reference> Reference::parse(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || !is_host(text.substr(0, slash))) {
    return invalid_reference("an image's name begins with the host of its registry");
  }
  Reference reference{.host = std::string(text.substr(0, slash))};
  std::string_view rest = text.substr(slash + 1);
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    auto digest = Digest::parse(rest.substr(at + 1));
    if (!digest) return invalid_reference(digest.error().message);
    reference.digest = *std::move(digest);
    rest = rest.substr(0, at);
  }
  if (const size_t colon = rest.find(':'); colon != std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    if (!is_tag(reference.tag))
      return invalid_reference("an image's tag has characters or a length that none has");
    rest = rest.substr(0, colon);
  }
  if (!is_repository_name(rest))
    return invalid_reference("a repository's name has characters or a length that none has");
  reference.repository = rest;
  if (reference.tag.empty() && !reference.digest) reference.tag = "latest";
  return reference;
}

std::string Reference::text() const {
  std::string text = host + "/" + repository;
  if (!tag.empty()) text += ":" + tag;
  if (digest) text += "@" + digest->text();
  return text;
}

}  // namespace hearth::oci
