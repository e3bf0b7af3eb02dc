#include "io/http_client.h"

#include "io/http_connection.h"

namespace hearth::io {

struct HttpClient::Connection {
  std::string key;
  std::unique_ptr<Stream> stream;
  HttpReader reader;
  bool keep_alive = true;

  Connection(std::string k, std::unique_ptr<Stream> s, std::chrono::nanoseconds body_timeout)
      : key(std::move(k)), stream(std::move(s)), reader(*stream, body_timeout) {}
};

// The body of a response, with the connection it arrives on.
class ClientBody final : public BodySource {
 public:
  ClientBody(HttpClient& client, std::unique_ptr<HttpClient::Connection> connection)
      : client_(client), connection_(std::move(connection)) {}

  Async<std::string> read() override {
    if (!connection_) co_return std::string{};
    auto piece = co_await connection_->reader.read_body();
    if (!piece || connection_->reader.body_done()) {
      auto ended = std::move(connection_);
      if (piece && ended->keep_alive) client_.keep(std::move(ended));
    }
    co_return std::move(piece);
  }
  std::optional<uint64_t> remaining_bytes() const override {
    return connection_ ? connection_->reader.body_left_bytes() : 0;
  }

 private:
  HttpClient& client_;
  std::unique_ptr<HttpClient::Connection> connection_;
};

HttpClient::HttpClient(HttpClientOptions options, const TlsContext* tls) : options_(options), tls_(tls) {}
HttpClient::~HttpClient() = default;

void HttpClient::keep(std::unique_ptr<Connection> connection) {
  auto& kept = kept_[connection->key];
  if (kept.size() < options_.kept_per_address_max) kept.push_back(std::move(connection));
}

Async<std::unique_ptr<HttpClient::Connection>> HttpClient::connect(const Address& address, bool tls) {
  const SteadyTime deadline = Loop::here().now() + options_.connect_timeout;
  TRY(Fd fd, co_await connect_to(address, deadline));
  std::unique_ptr<Stream> stream;
  if (tls) {
    if (!tls_) co_return Error{"TlsError", "this client has no TLS configuration"};
    TRY(stream, co_await tls_connect(*tls_, std::move(fd), address.host, deadline));
  } else {
    stream = std::make_unique<SocketStream>(std::move(fd));
  }
  co_return std::make_unique<Connection>((tls ? "https " : "http ") + address.text(), std::move(stream),
                                         options_.body_timeout);
}

Async<Response> HttpClient::exchange(std::unique_ptr<Connection> connection, Request request,
                                     bool& nothing_received) {
  OutgoingHead head = request_head(request);
  const bool is_head = request.method == "HEAD";
  nothing_received = true;
  TRY_VOID(co_await send_message(*connection->stream, std::move(head), std::move(request.body), false,
                                 options_.body_timeout));
  const SteadyTime deadline = Loop::here().now() + options_.response_timeout;
  Response response;
  HttpReader& reader = connection->reader;
  while (true) {
    const ParsedHead parsed = parse_response_head(reader.buffered(), options_.limits, is_head, response);
    if (parsed.state == ParsedHead::State::kBad) co_return Error{"BadResponse", std::string(parsed.reason)};
    if (parsed.state == ParsedHead::State::kComplete) {
      nothing_received = false;
      reader.consume(parsed.consumed_bytes);
      if (response.status < 200) continue;  // 100 Continue and its like
      reader.begin_body(parsed.framing, {});
      connection->keep_alive = parsed.framing.keep_alive;
      response.body = reader.take_body();
      break;
    }
    TRY(const bool more, co_await reader.fill(deadline));
    nothing_received = nothing_received && reader.buffered().empty();
    if (!more) co_return Error{"IoError", "the peer closed the connection before it answered"};
  }
  if (!reader.body_done()) {
    response.body = Body(std::make_unique<ClientBody>(*this, std::move(connection)));
  } else if (connection->keep_alive) {
    keep(std::move(connection));
  }
  co_return std::move(response);
}

Async<Response> HttpClient::send(Address address, Request request, bool tls) {
  if (!request.headers.has("host"))
    request.headers.add("Host", address.is_unix() ? "localhost" : address.text());
  auto found = kept_.find((tls ? "https " : "http ") + address.text());
  // A body that streams can be sent once only, so it gets a connection that is known to be open.
  const std::string* bytes = request.body.bytes();
  if (bytes && found != kept_.end() && !found->second.empty()) {
    std::unique_ptr<Connection> connection = std::move(found->second.back());
    found->second.pop_back();
    Request again{
        .method = request.method, .target = request.target, .headers = request.headers, .body = *bytes};
    bool nothing_received = false;
    auto response = co_await exchange(std::move(connection), std::move(again), nothing_received);
    if (response || !nothing_received || response.error().code == "Timeout") co_return std::move(response);
  }
  TRY(std::unique_ptr<Connection> connection, co_await connect(address, tls));
  bool ignored = false;
  co_return co_await exchange(std::move(connection), std::move(request), ignored);
}

}  // namespace hearth::io
