// The event that a function gets of a request to its URL: payload version 2.0. Pure.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "io/http_message.h"
#include "wire/call.h"

namespace hearth::services::lambda {

struct UrlRequest {
  const io::Request& request;  // its head
  std::string body;
  std::string url_id;
  std::string request_id;
  std::string trace_id;
  TimePoint received_at;
  // Who signed; nobody on URLs that are open to everyone.
  std::optional<wire::Identity> caller = {};
};

std::string url_event(const UrlRequest& request);

}  // namespace hearth::services::lambda
