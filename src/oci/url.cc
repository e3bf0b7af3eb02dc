#include "oci/url.h"

#include "base/encoding.h"

namespace hearth::oci {
namespace {

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, std::min(host.find(']'), host.size() - 1) + 1);
  return host.substr(0, host.find(':'));
}

bool has_port(std::string_view host) {
  return without_port(host).size() < host.size();
}

std::unexpected<Error> malformed(std::string_view text) {
  return fail("ImageUnavailable", "the registry names what is no address of its kind: " + std::string(text));
}

// The next `name="value"` or `name=value`, and what follows it.
bool next_parameter(std::string_view& rest, std::string& name, std::string& value) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" ,\t"), rest.size()));
  const size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return false;
  name = to_lower(rest.substr(0, equals));
  rest.remove_prefix(equals + 1);
  value.clear();
  if (!rest.starts_with('"')) {
    const size_t end = std::min(rest.find_first_of(" ,\t"), rest.size());
    value = rest.substr(0, end);
    rest.remove_prefix(end);
    return true;
  }
  for (size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return true;
    }
    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
    value += rest[at];
  }
  return false;
}

}  // namespace

bool is_loopback(std::string_view host) {
  const std::string_view name = without_port(host);
  return name == "localhost" || name == "[::1]" ||
         (name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos);
}

Result<Url> Url::parse(std::string_view text) {
  Url url{.tls = !text.starts_with("http://")};
  const std::string_view scheme = url.tls ? "https://" : "http://";
  if (!text.starts_with(scheme)) return malformed(text);
  const std::string_view rest = text.substr(scheme.size());
  const size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  url.host = rest.substr(0, slash);
  url.target = rest.substr(slash, rest.find('#') - slash);
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
  for (const char c : text) {
    if (c <= ' ' || c == '\x7f') return malformed(text);
  }
  if (url.host.contains('@') || (!url.tls && !is_loopback(url.host))) return malformed(text);
  TRY_SYNC(const io::Address address, url.address());
  return url;
}

Result<io::Address> Url::address() const {
  auto address = io::Address::parse(has_port(host) ? host : host + (tls ? ":443" : ":80"));
  if (!address || address->is_unix()) return malformed(host);
  return address;
}

Challenge Challenge::parse(std::string_view header, std::string_view scheme) {
  Challenge challenge;
  const size_t space = std::min(header.find(' '), header.size());
  if (!iequals(header.substr(0, space), scheme)) return challenge;
  challenge.given_ = true;
  std::string_view rest = header.substr(space);
  std::string name, value;
  while (next_parameter(rest, name, value)) {
    if (name == "realm") challenge.realm_ = value;
    if (name == "service") challenge.service_ = value;
    if (name == "scope") challenge.scope_ = value;
  }
  return challenge;
}

}  // namespace hearth::oci
