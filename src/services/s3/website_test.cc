// Promise: your AWS code runs unchanged: rules send visitors where they say.
#include "services/s3/website.h"

#include <gtest/gtest.h>

namespace hearth::services::s3 {
namespace {

TEST(WebsiteRules, ReplaceWhatTheyMatchedOrAllOfTheKey) {
  const auto rule = [](std::optional<std::string> prefix, std::optional<std::string> status,
                       api::s3::Redirect to) {
    api::s3::RoutingRule rule{.redirect = std::move(to)};
    if (prefix || status) {
      rule.condition =
          api::s3::Condition{.http_error_code_returned_equals = status, .key_prefix_equals = prefix};
    }
    return rule;
  };
  WebsiteConfiguration site;
  site.routing_rules = {{rule("a/", {}, {.replace_key_prefix_with = "b/"}),
                         rule({}, "404", {.host_name = "h"}), rule("c", "403", {.replace_key_with = "d e"})}};
  EXPECT_EQ(redirect_of_rules(site, "a/x", 0)->key, "b/x");
  EXPECT_EQ(redirect_of_rules(site, "x", 0), std::nullopt);
  EXPECT_EQ(redirect_of_rules(site, "x", 404)->host, "h");
  EXPECT_EQ(redirect_of_rules(site, "x", 403), std::nullopt);
  const auto last = redirect_of_rules(site, "cx", 403);
  EXPECT_EQ(location_of(*last, "http", "here:80"), "http://here:80/d%20e");
}

}  // namespace
}  // namespace hearth::services::s3
