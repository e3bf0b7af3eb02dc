// For tests: policies and requests by chance, of a world so small that they often meet, and with every
// element of the language in them.
#pragma once
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "base/random.h"
#include "base/utf8.h"
#include "identity/policy/evaluate.h"
#include "identity/policy/naive_evaluator.h"

namespace hearth::identity {

// SplitMix64: the same for the same seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}

  void fill(std::span<std::byte> bytes) override {
    for (size_t at = 0; at < bytes.size(); at += sizeof(uint64_t)) {
      uint64_t value = state_ += 0x9e3779b97f4a7c15;
      value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
      value = (value ^ value >> 27) * 0x94d049bb133111eb;
      value ^= value >> 31;
      std::memcpy(bytes.data() + at, &value, std::min(sizeof(value), bytes.size() - at));
    }
  }

 private:
  uint64_t state_;
};

class PolicyGenerator {
 public:
  explicit PolicyGenerator(uint64_t seed) : random_(seed) {}

  Random& random() { return random_; }
  bool chance(int percent) { return random_.below(100) < static_cast<uint64_t>(percent); }

  // Always of valid grammar.
  std::string policy(PolicyKind kind) {
    json::object document;
    if (!chance(15)) document["Version"] = chance(90) ? "2012-10-17" : "2008-10-17";
    if (chance(10)) document["Id"] = "some";
    if (chance(40)) {
      document["Statement"] = statement(kind);
    } else {
      json::array statements;
      for (uint64_t count = 1 + random_.below(3); count > 0; --count) statements.push_back(statement(kind));
      document["Statement"] = std::move(statements);
    }
    return to_text(document);
  }

  AccessRequest request(naive::Context& context) {
    AccessRequest made{.principal = principal(),
                       .action = of(kActions),
                       .resource = chance(6) ? "*" : of(kResources),
                       .resource_account = chance(70)   ? "111111111111"
                                           : chance(70) ? "222222222222"
                                                        : ""};
    for (const Key& key : kKeys) {
      if (chance(25)) continue;
      auto& values = context[to_lower(key.name)];
      const uint64_t count = key.several ? 1 + random_.below(3) : 1;
      for (uint64_t i = 0; i < count; ++i) values.push_back(of(key.values));
    }
    for (const auto& [key, values] : context) made.context.set(chance(50) ? upper(key) : key, values);
    return made;
  }

  Principal principal() {
    const std::string account = chance(65) ? "111111111111" : "222222222222";
    switch (random_.below(12)) {
      case 0:
        return {.kind = PrincipalKind::kRoot,
                .account = account,
                .arn = "arn:aws:iam::" + account + ":root",
                .user_id = account};
      case 1:
        return {.kind = PrincipalKind::kFederatedUser,
                .account = account,
                .arn = "arn:aws:sts::" + account + ":federated-user/fay",
                .user_id = account + ":fay"};
      case 2:
        return {.kind = PrincipalKind::kService, .service = of(kServices)};
      case 3:
        return {.kind = PrincipalKind::kWebIdentity, .provider = of(kProviders)};
      case 4:
        return {};
      case 5:
      case 6:
      case 7: {
        const std::string name = of({"ann", "bob"});
        return {.kind = PrincipalKind::kUser,
                .account = account,
                .arn = "arn:aws:iam::" + account + ":user/" + name,
                .user_id = name == "ann" ? "AIDAANNANNANNANNANNAN" : "AIDABOBBOBBOBBOBBOBBO"};
      }
      default:
        return {.kind = PrincipalKind::kRoleSession,
                .account = account,
                .arn = "arn:aws:sts::" + account + ":assumed-role/job/" + of({"day", "night"}),
                .role_arn = "arn:aws:iam::" + account + ":role/path/job",
                .user_id = "AROAJOBJOBJOBJOBJOBJO:day"};
    }
  }

 private:
  using Pool = std::vector<std::string>;

  struct Key {
    std::string name;
    std::vector<std::string> families;  // of operators that are asked of it
    Pool values;                        // in requests
    Pool operands;                      // in policies
    bool several = false;
  };

  const std::string& of(const Pool& pool) { return pool[random_.below(pool.size())]; }
  std::string of(std::initializer_list<const char*> pool) { return pool.begin()[random_.below(pool.size())]; }

  static std::string upper(std::string text) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return text;
  }

  // A part of it becomes a star, or a character a question mark; from `from` on only.
  std::string with_wildcards(std::string text, size_t from) {
    for (uint64_t i = random_.below(3); i > 0 && text.size() > from; --i) {
      const size_t at = from + random_.below(text.size() - from);
      if (text[at] == ':') continue;
      if (chance(40)) {
        size_t end = at + 1;
        while (end < text.size() && continues_character(text[end])) ++end;
        size_t begin = at;
        while (begin > from && continues_character(text[begin])) --begin;
        text.replace(begin, end - begin, "?");
      } else {
        size_t end = std::min(text.find(':', at), text.size());
        end = chance(50) ? end : std::min(end, at + random_.below(4));
        const bool splits =
            continues_character(text[at]) || (end < text.size() && continues_character(text[end]));
        if (!splits) text.replace(at, end - at, "*");
      }
    }
    return text;
  }

  std::string with_variable(std::string text) {
    static const Pool kVariables = {"${aws:username}",
                                    "${AWS:UserName}",
                                    "${aws:none}",
                                    "${aws:none, 'ann'}",
                                    "${test:star}",
                                    "${aws:TagKeys}",
                                    "${*}",
                                    "${?}",
                                    "${$}",
                                    "${test:text,'x'}"};
    if (const size_t at = text.find("ann"); at != std::string::npos)
      return text.replace(at, 3, of(kVariables));
    return text + of(kVariables);
  }

  json::value listed(const auto& make) {
    if (chance(50)) return json::value(make());
    json::array list;
    for (uint64_t count = 1 + random_.below(3); count > 0; --count) list.push_back(json::value(make()));
    return list;
  }

  std::string action() {
    if (chance(8)) return chance(70) ? "*" : "*:*";
    std::string text = of(kActions);
    if (chance(55)) text = with_wildcards(text, text.find(':') + 1);
    return chance(25) ? upper(text) : text;
  }

  std::string resource() {
    if (chance(25)) return "*";
    std::string text = of(kResources);
    const size_t service_end = text.find(':', 8);
    if (chance(60)) text = with_wildcards(text, service_end + 1);
    if (chance(20)) text = with_variable(text);
    // Without its last fields, where no two colons meet.
    if (chance(8) && text.find("::") == std::string::npos) text.resize(text.rfind(':'));
    return text;
  }

  json::object principals() {
    json::object made;
    if (chance(80)) made["AWS"] = listed([&] { return of(kAwsPrincipals); });
    if (made.empty() || chance(30)) made["Service"] = listed([&] { return of(kServices); });
    if (chance(25)) made["Federated"] = listed([&] { return of(kProviders); });
    return made;
  }

  json::object statement(PolicyKind kind) {
    json::object made;
    made["Effect"] = chance(78) ? "Allow" : "Deny";
    if (kind == PolicyKind::kResource) {
      const bool inverse = made["Effect"] == "Deny" && chance(40);
      made[inverse ? "NotPrincipal" : "Principal"] =
          !inverse && chance(15) ? json::value("*") : json::value(principals());
    }
    made[chance(85) ? "Action" : "NotAction"] = listed([&] { return action(); });
    if (kind != PolicyKind::kResource || chance(80))
      made[chance(85) ? "Resource" : "NotResource"] = listed([&] { return resource(); });
    if (chance(45)) made["Condition"] = conditions();
    return made;
  }

  json::object conditions() {
    json::object blocks;
    for (uint64_t count = 1 + random_.below(2); count > 0; --count) {
      const Key& key = kKeys[random_.below(kKeys.size())];
      if (chance(10)) {
        blocks["Null"] = json::object{{key.name, of({"true", "false"})}};
        continue;
      }
      std::string op = of(key.families);
      if (chance(25)) op += "IfExists";
      if (key.several ? chance(80) : chance(10)) op = (chance(50) ? "ForAnyValue:" : "ForAllValues:") + op;
      const bool patterns = op.find("Like") != std::string::npos || op.find("Arn") != std::string::npos;
      const bool texts = op.find("String") != std::string::npos || op.find("Arn") != std::string::npos;
      const auto operand = [&] {
        std::string text = of(key.operands);
        if (patterns && chance(50)) text = with_wildcards(text, 0);
        if (texts && chance(15)) text = with_variable(text);
        return text;
      };
      json::value& block = blocks[op];
      if (!block.is_object()) block = json::object();
      block.get_object()[chance(20) ? upper(key.name) : key.name] = listed(operand);
    }
    return blocks;
  }

  SeededRandom random_;

  const Pool kActions = {"s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage"};
  const Pool kResources = {"arn:aws:s3:::bucket",
                           "arn:aws:s3:::bucket/ann/a:b",
                           "arn:aws:s3:::bucket/*",
                           "arn:aws:s3:::b\xc3\xbc/ann",
                           "arn:aws:sqs:us-east-1:111111111111:ann",
                           "arn:aws:sqs:eu-west-1:222222222222:queue"};
  const Pool kServices = {"s3.amazonaws.com", "sns.amazonaws.com"};
  const Pool kProviders = {"accounts.google.com", "arn:aws:iam::111111111111:oidc-provider/id.example"};
  const Pool kAwsPrincipals = {"*",
                               "111111111111",
                               "222222222222",
                               "arn:aws:iam::111111111111:root",
                               "arn:aws:iam::222222222222:root",
                               "arn:aws:iam::111111111111:user/ann",
                               "arn:aws:iam::222222222222:user/ann",
                               "arn:aws:iam::111111111111:role/path/job",
                               "arn:aws:iam::222222222222:role/path/job",
                               "arn:aws:sts::111111111111:assumed-role/job/day",
                               "arn:aws:sts::222222222222:assumed-role/job/night",
                               "arn:aws:sts::111111111111:federated-user/fay",
                               "AIDAANNANNANNANNANNAN",
                               "AROAJOBJOBJOBJOBJOBJO"};
  const std::vector<std::string> kStrings = {
      "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
      "StringLike",   "StringNotLike"};
  const std::vector<Key> kKeys = {
      {.name = "aws:username",
       .families = kStrings,
       .values = {"ann", "bob"},
       .operands = {"ann", "Ann", "bob"}},
      {.name = "test:text",
       .families = kStrings,
       .values = {"x", "ann", "X*", ""},
       .operands = {"x", "ann", "X*", ""}},
      {.name = "test:star",
       .families = kStrings,
       .values = {"*", "an?", "ann"},
       .operands = {"*", "ann", "an?"}},
      {.name = "aws:TagKeys",
       .families = kStrings,
       .values = {"a", "b", "Team"},
       .operands = {"a", "b", "team", "Team"},
       .several = true},
      {.name = "test:number",
       .families = {"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
                    "NumericGreaterThan", "NumericGreaterThanEquals"},
       .values = {"1", "2.50", "-3", "10", "1e1", "x"},
       .operands = {"1", "2.5", "-3", "10", "0"}},
      {.name = "aws:CurrentTime",
       .families = {"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
                    "DateGreaterThanEquals"},
       .values = {"2026-01-31T12:00:00Z", "1769860800", "2026-02-01T00:00:00Z", "never"},
       .operands = {"2026-01-31T12:00:00Z", "1769860800", "2025-12-31T23:59:59Z", "2026-02-01T00:00:00Z"}},
      {.name = "aws:SecureTransport",
       .families = {"Bool"},
       .values = {"true", "false", "True", "maybe"},
       .operands = {"true", "false", "FALSE"}},
      {.name = "test:bytes",
       .families = {"BinaryEquals"},
       .values = {"aGk=", "AAEC", "no base64"},
       .operands = {"aGk=", "AAEC"}},
      {.name = "aws:SourceIp",
       .families = {"IpAddress", "NotIpAddress"},
       .values = {"10.1.2.3", "10.1.2.4", "192.0.2.1", "2001:db8::1", "2001:db8:8000::1", "nowhere"},
       .operands = {"10.1.2.3", "10.0.0.0/8", "10.1.2.4/30", "0.0.0.0/0", "2001:db8::/33", "2001:db8::1",
                    "::/0"}},
      {.name = "aws:SourceArn",
       .families = {"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
       .values = {"arn:aws:s3:::bucket", "arn:aws:sns:us-east-1:111111111111:ann", "bucket"},
       .operands = {"arn:aws:s3:::bucket", "arn:aws:sns:us-east-1:111111111111:ann", "arn:aws:sns:*:*:*", "*",
                    "arn:aws:sns"}}};
};

}  // namespace hearth::identity
