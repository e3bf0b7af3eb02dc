// An event on its way to a target, and on whose behalf it goes.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"

namespace hearth::delivery {

// Who sends: a service for one of somebody's resources, as a role of theirs or by itself.
struct Sender {
  std::string service;  // "lambda.amazonaws.com"
  std::string arn;      // of the resource: a function, a rule, a bucket
  std::string account;  // whose it is
  std::string region;
  // Empty: the service is the principal, and the target's policy decides, by aws:SourceArn and
  // aws:SourceAccount.
  std::string role_arn = {};
  std::string session_name = {};

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.service);
    visit(2, self.arn);
    visit(3, self.account);
    visit(4, self.region);
    visit(5, self.role_arn);
    visit(6, self.session_name);
  }
};

// Targets that have something like it show it: a queue's messages.
struct Attribute {
  std::string type;  // "String", "Number"
  std::string value;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.type);
    visit(2, self.value);
  }
};

struct Retries {
  int64_t tries_max = 186;  // the first included
  std::chrono::seconds age_max = std::chrono::hours(24);
};

struct Delivery {
  Sender sender;
  std::string target_arn;
  std::string body;
  std::string key = {};  // under which a target that keeps things by name keeps it: a bucket
  std::map<std::string, Attribute> attributes = {};
  std::string trace = {};  // X-Amzn-Trace-Id
  // For targets that keep an order.
  std::optional<std::string> group = {};
  std::optional<std::string> deduplication_id = {};
  // Deliveries of one sender to one target with the same key are first tried in the order of their commits.
  std::string order = {};
  Retries retries = {};
  // Where it goes, with its attributes and the error's, when the target does not take it. Empty: nowhere.
  std::string dead_letter_arn = {};
  std::string id = {};     // the same in all tries; the outbox gives one where there is none
  std::string about = {};  // what it is, for the log: "the record of invoke 1234"
};

}  // namespace hearth::delivery
