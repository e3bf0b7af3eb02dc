// The load of sqs_bench.py: signs and sends calls of SQS over many connections from one thread.
//
//   sqs_load PORT KEY SECRET QUEUE cycle CONNECTIONS SECONDS   each sends, receives and deletes, again and
//   again sqs_load PORT KEY SECRET QUEUE wait CONNECTIONS            each waits once for a message that does
//   not come
//
// Prints a JSON object: seconds, empty (receives that found nothing), failures, and for each operation its
// calls and the microseconds p50 and p99.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "io/http_client.h"
#include "io/loop.h"
#include "io/task_scope.h"
#include "wire/sigv4.h"

namespace hearth {
namespace {

struct Target {
  io::Address address;
  std::string host;
  std::string key;
  std::string secret;
  std::string queue;
};

class Caller {
 public:
  explicit Caller(const Target& target) : target_(target) {}

  // The answer's document; "{}" for an empty one.
  Async<json::value> call(const char* operation, json::object input) {
    const std::string body = to_text(input);
    io::Request request{.method = "POST", .target = "/"};
    request.headers = {{"Host", target_.host},
                       {"Content-Type", "application/x-amz-json-1.0"},
                       {"X-Amz-Target", std::string("AmazonSQS.") + operation}};
    sign(request, body);
    request.body = body;
    TRY(io::Response response, co_await client_.send(target_.address, std::move(request)));
    TRY(const std::string text, co_await response.body.read_all(4 << 20));
    if (response.status != 200) co_return Error{"Refused", text};
    if (text.empty()) co_return json::value(json::object());
    co_return parse_json(text);
  }

 private:
  void sign(io::Request& request, const std::string& body) const {
    wire::sigv4::Claim claim{.access_key_id = target_.key,
                             .region = "us-east-1",
                             .service = "sqs",
                             .signed_headers = {"host", "x-amz-date", "x-amz-target"}};
    claim.timestamp = amz_basic_date(system_clock().now());
    claim.date = claim.timestamp.substr(0, 8);
    request.headers.set("X-Amz-Date", claim.timestamp);
    const auto rules = wire::sigv4::PathRules::for_service(claim.service);
    const std::string text = wire::sigv4::string_to_sign(
        claim, wire::sigv4::canonical_request(request, claim, hex_encode(sha256(body)), rules));
    claim.signature = wire::sigv4::signature_of(wire::sigv4::signing_key(target_.secret, claim), text);
    request.headers.set("Authorization",
                        "AWS4-HMAC-SHA256 Credential=" + target_.key + "/" + claim.scope() +
                            ", SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + claim.signature);
  }

  const Target& target_;
  io::HttpClient client_{{.response_timeout = std::chrono::seconds(60)}};
};

class Load {
 public:
  Load(Target target, double seconds) : target_(std::move(target)), seconds_(seconds) {}

  Task<void> run(size_t connections, bool cycle) {
    io::TaskScope workers;
    began_ = io::Loop::here().now();
    for (size_t index = 0; index < connections; ++index) workers.spawn(cycle ? work() : wait());
    co_await workers.drained();
    ended_ = io::Loop::here().now();
  }

  void print() {
    json::object out{{"seconds", std::chrono::duration<double>(ended_ - began_).count()},
                     {"empty", empty_},
                     {"failures", failures_}};
    for (auto& [operation, times] : times_) {
      std::ranges::sort(times);
      const auto at = [&](double share) {
        return times[std::min(times.size() - 1,
                              static_cast<size_t>(share * static_cast<double>(times.size())))];
      };
      out[operation] = json::object{{"calls", times.size()}, {"p50", at(0.5)}, {"p99", at(0.99)}};
    }
    std::printf("%s\n", to_text(out).c_str());
  }

 private:
  Task<std::optional<json::value>> timed(Caller& caller, const char* operation, json::object input) {
    const SteadyTime start = io::Loop::here().now();
    input["QueueUrl"] = target_.queue;
    auto answer = co_await caller.call(operation, std::move(input));
    times_[operation].push_back(
        std::chrono::duration<double, std::micro>(io::Loop::here().now() - start).count());
    if (answer) co_return *std::move(answer);
    if (failures_++ == 0) std::fprintf(stderr, "%s: %s\n", operation, answer.error().message.c_str());
    co_return std::nullopt;
  }

  Task<void> work() {
    Caller caller(target_);
    const SteadyTime end = began_ + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::duration<double>(seconds_));
    const std::string body(1024, 'x');
    while (io::Loop::here().now() < end) {
      (void)co_await timed(caller, "SendMessage", {{"MessageBody", body}});
      const auto got = co_await timed(caller, "ReceiveMessage", {});
      const json::value* messages = got ? got->as_object().if_contains("Messages") : nullptr;
      if (!messages) {
        ++empty_;
        continue;
      }
      for (const json::value& message : messages->as_array()) {
        (void)co_await timed(caller, "DeleteMessage", {{"ReceiptHandle", message.at("ReceiptHandle")}});
      }
    }
  }

  Task<void> wait() {
    Caller caller(target_);
    (void)co_await timed(caller, "ReceiveMessage", {{"WaitTimeSeconds", 20}});
  }

  Target target_;
  double seconds_;
  SteadyTime began_;
  SteadyTime ended_;
  size_t empty_ = 0;
  size_t failures_ = 0;
  std::map<std::string, std::vector<double>> times_;
};

}  // namespace
}  // namespace hearth

int main(int argc, char** argv) {
  if (argc < 7) {
    std::fprintf(stderr,
                 "usage: sqs_load PORT KEY SECRET QUEUE cycle CONNECTIONS SECONDS | wait CONNECTIONS\n");
    return 2;
  }
  rlimit files{};
  (void)getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &files);
  const std::string host = std::string("127.0.0.1:") + argv[1];
  const auto address = hearth::io::Address::parse(host);
  if (!address) return 2;
  const bool cycle = std::string_view(argv[5]) == "cycle";
  hearth::Load load({.address = *address, .host = host, .key = argv[2], .secret = argv[3], .queue = argv[4]},
                    argc > 7 ? std::atof(argv[7]) : 0);
  hearth::io::Loop loop;
  loop.run_until_done(load.run(static_cast<size_t>(std::atoi(argv[6])), cycle));
  load.print();
}
