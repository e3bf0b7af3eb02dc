// What a bucket's website configuration says of a request. Pure.
#pragma once
#include "api/s3.h"

namespace hearth::services::s3 {

using WebsiteConfiguration = api::s3::WebsiteConfiguration;

Status check_website(const WebsiteConfiguration& website);
// Where the header x-amz-website-redirect-location may lead: elsewhere on the site, or to a web page.
Status check_redirect_location(const std::string& location);

// Where a visitor is sent. What is absent stays as in the request.
struct WebsiteRedirect {
  int status = 301;
  std::optional<std::string> protocol = {};
  std::optional<std::string> host = {};
  std::string key;
  bool operator==(const WebsiteRedirect&) const = default;
};
// By the rule for everything.
std::optional<WebsiteRedirect> redirect_of_all(const WebsiteConfiguration& website, const std::string& key);
// By the first routing rule that fits: those without an error code before the object is looked for, `status`
// 0; the others after it could not be had.
std::optional<WebsiteRedirect> redirect_of_rules(const WebsiteConfiguration& website, const std::string& key,
                                                 int status);
// "https://example.com/a%20b" for a request that came by `protocol` to `host`.
std::string location_of(const WebsiteRedirect& redirect, std::string_view protocol, std::string_view host);

// The key of the document that stands for a folder: of the empty key, and of those with a slash at the end.
std::string index_key(const WebsiteConfiguration& website, const std::string& key);

}  // namespace hearth::services::s3
