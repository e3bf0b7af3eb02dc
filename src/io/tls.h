// TLS for streams, over OpenSSL. Certificates can be replaced while the server runs: connections made before
// keep the ones they started with.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/stream.h"

namespace hearth::io {

// A certificate chain and its key, for a server; or the trust in some authorities, for a client.
class TlsContext {
 public:
  struct State;

  // PEM files. Code "TlsError" with the cause and the file's name.
  static Result<std::unique_ptr<TlsContext>> for_server(std::string certificate_path, std::string key_path);
  // Trusts the authorities of the PEM file, or the system's when the path is empty.
  static Result<std::unique_ptr<TlsContext>> for_client(std::string authorities_path);
  // Trusts the system's authorities, and beside them those certificates of a peer's chain, as it sends it,
  // whose SHA-1 fingerprint (hex, in any case) is given: an authority, or the peer's own. Its name is checked
  // in either case.
  static Result<std::unique_ptr<TlsContext>> for_client_of(const std::vector<std::string>& thumbprints);
  ~TlsContext();

  // Reads the files again. On failure the old certificate stays in use. Any thread.
  Status reload();
  std::shared_ptr<State> state() const;

 private:
  TlsContext() = default;
  std::string certificate_path_;
  std::string key_path_;
  mutable std::mutex mutex_;
  std::shared_ptr<State> state_;
};

// Performs the handshake on a connected socket. Codes "TlsError", "Timeout", "IoError", and "UntrustedPeer"
// for a certificate that is refused, with why.
Async<std::unique_ptr<Stream>> tls_accept(const TlsContext& context, Fd fd,
                                          std::optional<SteadyTime> deadline);
Async<std::unique_ptr<Stream>> tls_connect(const TlsContext& context, Fd fd, std::string host,
                                           std::optional<SteadyTime> deadline);

}  // namespace hearth::io
