// URLs that registries give: of tokens, and where content really lies.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/stream.h"

namespace hearth::oci {

// Whether the host ("localhost:5000") is this machine.
bool is_loopback(std::string_view host);

struct Url {
  bool tls = true;
  std::string host;    // with the port, where one is given
  std::string target;  // path and query

  // HTTPS, and HTTP to this machine. Code "ImageUnavailable".
  static Result<Url> parse(std::string_view text);
  Result<io::Address> address() const;
};

// The parameters of a challenge (WWW-Authenticate), by name: `Bearer realm="...",service="..."`. Empty when
// it is of another scheme than `scheme`, or malformed.
class Challenge {
 public:
  static Challenge parse(std::string_view header, std::string_view scheme);
  bool given() const { return given_; }
  const std::string& realm() const { return realm_; }
  const std::string& service() const { return service_; }
  const std::string& scope() const { return scope_; }

 private:
  bool given_ = false;
  std::string realm_, service_, scope_;
};

}  // namespace hearth::oci
