// Pages of other origins: the configuration of a bucket, the questions that browsers ask before a request,
// and what is said of it in every answer to one.
#pragma once
#include "services/s3/access_point_facts.h"
#include "services/s3/cors_rules.h"
#include "services/s3/kept_setting.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class Cors {
 public:
  // Both outlive it.
  Cors(Parts& parts, AccessPointFacts& points);
  void mount(wire::Router& router);

  // Answers a preflight, for which nobody needs to be known: "AccessForbidden" where the request itself would
  // get no headers, "BadRequest" for a question that is none. `headers` are those of the answer, also of an
  // error. Both outlive the task.
  Async<io::Response> preflight(const io::Request& request, std::string path, io::Headers& headers);
  // Adds the headers that let a page see the answer. All outlive the task.
  Task<void> complete(const io::Request& request, std::string path, io::Response& response);

 private:
  Parts& parts_;
  AccessPointFacts& points_;
  KeptSetting<api::s3::CORSConfiguration> kept_;
};

}  // namespace hearth::services::s3
