#include "execution/telemetry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "execution/api_answer.h"

namespace hearth::execution {
namespace {

constexpr uint64_t kBodyBytesMax = 64 * 1024;
constexpr size_t kKeptBytesMax = 262'144;

}  // namespace

Task<io::Response> Telemetry::handle(io::Request request, ExtensionsApi& extensions,
                                     sandbox::Sandbox& sandbox) {
  const bool logs_api = request.raw_path().starts_with(kLogsPath);
  const std::string_view family = logs_api ? "Logs" : "Telemetry";
  if (request.method != "PUT") {
    co_return refusal(405, fmt::format("{}.MethodNotAllowed", family), "Method not allowed");
  }
  const std::string id(request.headers.get(ExtensionsApi::kIdentifier));
  if (auto refused = extensions.refuse(id)) co_return *std::move(refused);
  const auto body = co_await request.body.read_all(kBodyBytesMax);
  if (!body) co_return refusal(400, "ValidationError", body.error().message);
  auto asked = TelemetrySubscription::parse(*body, logs_api);
  if (!asked) co_return refusal(400, asked.error().code, asked.error().message);
  // While the body arrived the process may have ended.
  if (auto refused = extensions.refuse(id)) co_return *std::move(refused);
  if (!open_) {
    co_return refusal(403, fmt::format("{}.NotSupported", family),
                      fmt::format("{} API subscription is closed already", family));
  }
  const std::string& name = extensions.named(id);
  const auto same = std::ranges::find(subscribers_, name, &Subscriber::extension);
  if (same != subscribers_.end() && same->sender->asked().logs_api != logs_api) {
    co_return refusal(403, fmt::format("{}.NotSupported", family),
                      "The extension has subscribed by the other interface already");
  }
  auto sender = std::make_unique<TelemetrySubscriber>(*asked, sandbox, clock_);
  for (const Event& event : kept_) {
    if (takes(*asked, event.kind)) sender->add(event.text_for(*asked));
  }
  if (same != subscribers_.end()) {
    same->sender = std::move(sender);
  } else {
    subscribers_.push_back({.extension = name, .sender = std::move(sender)});
  }
  if (tell_) tell_(name, *asked);
  co_return io::Response{.status = 200,
                         .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                         .body = std::string(R"("OK")")};
}

void Telemetry::open(bool keep) {
  open_ = true;
  keeping_ = keep;
}

void Telemetry::close() {
  open_ = keeping_ = false;
  kept_.clear();
  kept_bytes_ = 0;
}

void Telemetry::reset() {
  subscribers_.clear();
}

std::string Telemetry::Event::text_for(const TelemetrySubscription& asked) const {
  const bool as_string = !asked.documents && is_line(kind) && record.starts_with('{');
  return fmt::format(R"({{"time":"{}","type":"{}","record":{}}})", time, name_of(kind),
                     as_string ? to_text(json::value(record)) : record);
}

void Telemetry::publish(TelemetryEvent kind, std::string_view record) {
  if (!wanted()) return;
  Event event{.kind = kind, .time = iso8601_ms(clock_.now()), .record = std::string(record)};
  for (const Subscriber& subscriber : subscribers_) {
    const TelemetrySubscription& asked = subscriber.sender->asked();
    if (takes(asked, kind)) subscriber.sender->add(event.text_for(asked));
  }
  const size_t bytes = name_of(kind).size() + event.time.size() + event.record.size();
  if (!keeping_ || kept_bytes_ + bytes > kKeptBytesMax) return;
  kept_bytes_ += bytes;
  kept_.push_back(std::move(event));
}

void Telemetry::flush() {
  for (const Subscriber& subscriber : subscribers_) subscriber.sender->flush();
}

}  // namespace hearth::execution
