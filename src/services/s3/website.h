// Buckets as websites. Visitors come by host names of their own and sign nothing:
//
//   <bucket>.s3-website.<region>.<domain>, <bucket>.s3-website-<region>.<domain>
//   <bucket>.s3-website.localhost             the same, by a name that leads to this machine by itself
//
// each with or without a port. Objects are read by the operations that anyone else reads them by.
//
// Threads: any loop.
#pragma once
#include "services/s3/cors.h"
#include "services/s3/website_rules.h"

namespace hearth::services::s3 {

class Website {
 public:
  // All outlive it.
  Website(Parts& parts, Cors& cors, const wire::Router& router);
  void mount(wire::Router& router);

  Task<io::Response> serve(std::string bucket, io::Request request);

 private:
  struct Visit;  // one request on its way

  Async<io::Response> answer(Visit& visit);
  Async<io::Response> find(Visit& visit);
  Async<io::Response> read(Visit& visit, std::string key, bool conditions);
  Task<io::Response> refuse(Visit& visit, Error error);
  static io::Response redirect(const Visit& visit, const WebsiteRedirect& to);

  Parts& parts_;
  Cors& cors_;
  const wire::Router& router_;
  KeptSetting<WebsiteConfiguration> kept_;
};

}  // namespace hearth::services::s3
