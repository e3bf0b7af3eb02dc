// The HTTP/1.1 client: keeps connections for reuse by address, streams bodies both ways. One per loop.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/http_parser.h"
#include "io/stream.h"
#include "io/tls.h"

namespace hearth::io {

struct HttpClientOptions {
  HttpLimits limits;
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(5);
  std::chrono::nanoseconds response_timeout = std::chrono::seconds(60);  // for the head
  std::chrono::nanoseconds body_timeout = std::chrono::seconds(60);      // without progress
  size_t kept_per_address_max = 16;
};

class HttpClient {
 public:
  struct Connection;

  // `tls` null refuses https. References outlive the client, which outlives the bodies it hands out.
  explicit HttpClient(HttpClientOptions options = {}, const TlsContext* tls = nullptr);
  ~HttpClient();

  // Sends the request and gives the response when its head has arrived. A Host header is added when absent.
  // A kept connection that the peer had closed meanwhile is replaced once, for requests whose body can be
  // sent again. Codes "IoError", "Timeout", "BadResponse", "TlsError", "UntrustedPeer".
  Async<Response> send(Address address, Request request, bool tls = false);

 private:
  friend class ClientBody;
  Async<std::unique_ptr<Connection>> connect(const Address& address, bool tls);
  Async<Response> exchange(std::unique_ptr<Connection> connection, Request request, bool& nothing_received);
  void keep(std::unique_ptr<Connection> connection);

  HttpClientOptions options_;
  const TlsContext* tls_;
  std::map<std::string, std::vector<std::unique_ptr<Connection>>> kept_;
};

}  // namespace hearth::io
