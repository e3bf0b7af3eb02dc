#include "io/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/encoding.h"

namespace hearth::io {

struct TlsContext::State {
  SSL_CTX* context = nullptr;
  std::vector<std::string> thumbprints = {};  // lower case
  ~State() { SSL_CTX_free(context); }
};

namespace {

std::unexpected<Error> tls_error(const std::string& what) {
  char text[256] = "unknown error";
  if (const unsigned long code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return fail("TlsError", what + ": " + text);
}

Result<std::shared_ptr<TlsContext::State>> load_server(const std::string& certificate,
                                                       const std::string& key) {
  auto state = std::make_shared<TlsContext::State>();
  state->context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_min_proto_version(state->context, TLS1_2_VERSION);
  SSL_CTX_set_mode(state->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                       SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(state->context, certificate.c_str()) != 1) {
    return tls_error("cannot use the certificate " + certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(state->context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(state->context) != 1) {
    return tls_error("cannot use the key " + key);
  }
  return state;
}

std::string thumbprint_of(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (X509_digest(certificate, EVP_sha1(), digest, &length) != 1) return {};
  return hex_encode({reinterpret_cast<const char*>(digest), length});
}

// Checks a chain again, with one of its certificates as the only one that is trusted.
bool verify_from(X509_STORE_CTX* chain, STACK_OF(X509) * sent, X509* trusted) {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> again(X509_STORE_CTX_new(),
                                                                              X509_STORE_CTX_free);
  if (X509_STORE_add_cert(store.get(), trusted) != 1 ||
      X509_STORE_CTX_init(again.get(), store.get(), X509_STORE_CTX_get0_cert(chain), sent) != 1)
    return false;
  // The peer's name and purpose, as the connection wants them.
  X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(again.get());
  if (X509_VERIFY_PARAM_set1(wanted, X509_STORE_CTX_get0_param(chain)) != 1) return false;
  X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_PARTIAL_CHAIN);
  const bool good = X509_verify_cert(again.get()) == 1;
  X509_STORE_CTX_set_error(chain, good ? X509_V_OK : X509_STORE_CTX_get_error(again.get()));
  return good;
}

// OpenSSL's check, and where that fails the one by thumbprints; `state` is the context's.
int verify_chain(X509_STORE_CTX* chain, void* state) {
  if (X509_verify_cert(chain) == 1) return 1;
  const auto& known = static_cast<TlsContext::State*>(state)->thumbprints;
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(chain);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* certificate = sk_X509_value(sent, i);
    if (std::ranges::find(known, thumbprint_of(certificate)) == known.end()) continue;
    if (verify_from(chain, sent, certificate)) return 1;
  }
  return 0;
}

class TlsStream final : public Stream {
 public:
  TlsStream(Fd fd, SSL* ssl) : descriptor_(std::move(fd)), ssl_(ssl) { SSL_set_fd(ssl_, descriptor_.get()); }
  ~TlsStream() override { SSL_free(ssl_); }

  // Runs one OpenSSL call until it no longer asks for the socket. Gives its positive result, 0 at the end.
  template <typename Call>
  Async<size_t> perform(Call call, std::optional<SteadyTime> deadline) {
    while (true) {
      ERR_clear_error();
      const int n = call();
      if (n > 0) co_return static_cast<size_t>(n);
      const int error = SSL_get_error(ssl_, n);
      bool in_time = true;
      if (error == SSL_ERROR_WANT_READ) {
        in_time = co_await descriptor_.readable(deadline);
      } else if (error == SSL_ERROR_WANT_WRITE) {
        in_time = co_await descriptor_.writable(deadline);
      } else if (error == SSL_ERROR_ZERO_RETURN || (error == SSL_ERROR_SYSCALL && ERR_peek_error() == 0)) {
        co_return size_t{0};
      } else {
        co_return tls_error("TLS");
      }
      if (!in_time) co_return Error{"Timeout", "the peer took too long"};
    }
  }

  Async<void> handshake(std::optional<SteadyTime> deadline) {
    auto call = [this] { return SSL_do_handshake(ssl_); };
    const auto done = co_await perform(call, deadline);
    if (const long verdict = SSL_get_verify_result(ssl_); !done && verdict != X509_V_OK) {
      co_return Error{"UntrustedPeer", std::string("the peer's certificate is refused: ") +
                                           X509_verify_cert_error_string(verdict)};
    }
    if (!done) co_return done.error();
    if (*done == 0) co_return Error{"TlsError", "the peer closed the connection during the handshake"};
    co_return {};
  }

  Async<size_t> read(std::span<char> buffer, std::optional<SteadyTime> deadline) override {
    auto call = [this, buffer] { return SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size())); };
    co_return co_await perform(call, deadline);
  }

  Async<void> write(std::string_view bytes, std::optional<SteadyTime> deadline) override {
    while (!bytes.empty()) {
      const int count = static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20));
      auto call = [this, bytes, count] { return SSL_write(ssl_, bytes.data(), count); };
      TRY(const size_t n, co_await perform(call, deadline));
      if (n == 0) co_return Error{"IoError", "the peer closed the connection"};
      bytes.remove_prefix(n);
    }
    co_return {};
  }

  void close_write() override {
    SSL_shutdown(ssl_);
    ::shutdown(descriptor_.get(), SHUT_WR);
  }
  bool encrypted() const override { return true; }

 private:
  Descriptor descriptor_;
  SSL* ssl_;
};

}  // namespace

TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::for_server(std::string certificate_path,
                                                           std::string key_path) {
  std::unique_ptr<TlsContext> context(new TlsContext);
  context->certificate_path_ = std::move(certificate_path);
  context->key_path_ = std::move(key_path);
  TRY_SYNC_VOID(context->reload());
  return context;
}

Result<std::unique_ptr<TlsContext>> TlsContext::for_client(std::string authorities_path) {
  auto state = std::make_shared<State>();
  state->context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(state->context, TLS1_2_VERSION);
  SSL_CTX_set_verify(state->context, SSL_VERIFY_PEER, nullptr);
  const int loaded = authorities_path.empty()
                         ? SSL_CTX_set_default_verify_paths(state->context)
                         : SSL_CTX_load_verify_locations(state->context, authorities_path.c_str(), nullptr);
  if (loaded != 1) return tls_error("cannot load authorities from " + authorities_path);
  std::unique_ptr<TlsContext> context(new TlsContext);
  context->state_ = std::move(state);
  return context;
}

Result<std::unique_ptr<TlsContext>> TlsContext::for_client_of(const std::vector<std::string>& thumbprints) {
  TRY_SYNC(auto context, for_client({}));
  State& state = *context->state_;
  for (const std::string& one : thumbprints) state.thumbprints.push_back(to_lower(one));
  SSL_CTX_set_cert_verify_callback(state.context, verify_chain, &state);
  return context;
}

Status TlsContext::reload() {
  TRY_SYNC(auto state, load_server(certificate_path_, key_path_));
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
  return {};
}

std::shared_ptr<TlsContext::State> TlsContext::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Async<std::unique_ptr<Stream>> tls_accept(const TlsContext& context, Fd fd,
                                          std::optional<SteadyTime> deadline) {
  SSL* ssl = SSL_new(context.state()->context);
  SSL_set_accept_state(ssl);
  auto stream = std::make_unique<TlsStream>(std::move(fd), ssl);
  TRY_VOID(co_await stream->handshake(deadline));
  co_return std::unique_ptr<Stream>(std::move(stream));
}

Async<std::unique_ptr<Stream>> tls_connect(const TlsContext& context, Fd fd, std::string host,
                                           std::optional<SteadyTime> deadline) {
  SSL* ssl = SSL_new(context.state()->context);
  SSL_set_connect_state(ssl);
  SSL_set_tlsext_host_name(ssl, host.c_str());
  SSL_set1_host(ssl, host.c_str());
  auto stream = std::make_unique<TlsStream>(std::move(fd), ssl);
  TRY_VOID(co_await stream->handshake(deadline));
  co_return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace hearth::io
