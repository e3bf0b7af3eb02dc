#include "services/s3/website.h"

#include "base/encoding.h"
#include "services/s3/errors.h"
#include "services/s3/names.h"
#include "wire/codec.h"

namespace hearth::services::s3 {
namespace {

constexpr SettingForm kWebsite{
    .kind = "website",
    .member = "WebsiteConfiguration",
    .absent_code = "NoSuchWebsiteConfiguration",
    .absent_message = "The specified bucket does not have a website configuration"};

constexpr int kFound = 302, kNotModified = 304, kBadRequest = 400, kForbidden = 403, kNotFound = 404,
              kNotAllowed = 405, kServerError = 500;

auto check = [](Tables&, const BucketRecord&, const auto& input) -> Async<void> {
  TRY_VOID(check_website(input.website_configuration));
  co_return {};
};

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    if (c == '&') {
      html += "&amp;";
    } else if (c == '<') {
      html += "&lt;";
    } else if (c == '>') {
      html += "&gt;";
    } else {
      html += c;
    }
  }
  return html;
}

std::string item(std::string_view name, std::string_view value) {
  return "<li>" + std::string(name) + ": " + escaped(value) + "</li>\n";
}

std::string list_of(const Error& error) {
  std::string html = item("Code", error.code) + item("Message", error.message);
  for (const auto& [name, value] : error.extra) html += item(name, value);
  return html;
}

// `behind` is what also went wrong, when the document that should have told of it could not be had.
io::Response page(const Error& error, const std::string& request_id, const Error* behind = nullptr) {
  const std::string title = std::to_string(error.status) + " " + std::string(io::reason_phrase(error.status));
  std::string html = "<html>\n<head><title>" + title + "</title></head>\n<body>\n<h1>" + title +
                     "</h1>\n<ul>\n" + list_of(error) + item("RequestId", request_id) +
                     item("HostId", wire::host_id(request_id)) + "</ul>\n";
  if (behind) {
    html += "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n" +
            list_of(*behind) + "</ul>\n";
  }
  io::Response response{.status = error.status, .headers = {{"x-amz-error-code", error.code}}};
  response.headers.add("x-amz-error-message", error.message);
  for (const auto& [name, value] : error.extra) {
    response.headers.add("x-amz-error-detail-" + name, percent_encode(value, " /:'\",;?&=()*+@!$"));
  }
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.body = html + "<hr/>\n</body>\n</html>\n";
  return response;
}

// With a status. A failure of our own is nobody's business.
Error shown(Error error) {
  if (error.code == "AccessDenied") return errors::access_denied();
  if (error.status != 0) return error;
  return {.code = "InternalError",
          .message = "We encountered an internal error. Please try again.",
          .status = kServerError};
}

bool is_client_error(const Error& error) {
  return error.status >= kBadRequest && error.status < kServerError;
}

}  // namespace

struct Website::Visit {
  io::Request request;
  io::Headers headers;  // of the answer
  wire::Call call;
  std::string bucket;
  std::string key;
  WebsiteConfiguration site;
};

Website::Website(Parts& parts, Cors& cors, const wire::Router& router)
    : parts_(parts), cors_(cors), router_(router), kept_(parts.store, kWebsite) {}

void Website::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  mount_get<ops::GetBucketWebsite>(router, parts_, kWebsite);
  mount_put<ops::PutBucketWebsite>(router, parts_, kWebsite, check);
  mount_delete<ops::DeleteBucketWebsite>(router, parts_, kWebsite);
}

Task<io::Response> Website::serve(std::string bucket, io::Request request) {
  Visit visit{.request = std::move(request), .bucket = std::move(bucket)};
  visit.call = {.request_id = wire::short_request_id(parts_.random.uuid()),
                .identity = {.anonymous = true},
                .clock = &parts_.clock,
                .received_at = parts_.clock.now(),
                .source_ip = visit.request.peer.substr(0, visit.request.peer.rfind(':')),
                .tls = visit.request.tls,
                .request = &visit.request,
                .response_headers = &visit.headers};
  const std::string path = "/" + percent_encode(visit.bucket) + std::string(visit.request.raw_path());
  visit.key = split_path(path).key;
  io::Response response;
  auto answered = visit.request.method == "OPTIONS"
                      ? co_await cors_.preflight(visit.request, path, visit.headers)
                      : co_await answer(visit);
  if (answered) {
    response = *std::move(answered);
  } else {
    response = co_await refuse(visit, shown(std::move(answered.error())));
  }
  for (const auto& [name, value] : visit.headers) response.headers.set(name, value);
  response.headers.set("x-amz-request-id", visit.call.request_id);
  response.headers.set("x-amz-id-2", wire::host_id(visit.call.request_id));
  response.headers.set("Server", "AmazonS3");
  co_await cors_.complete(visit.request, path, response);
  co_return response;
}

Async<io::Response> Website::answer(Visit& visit) {
  const std::string& method = visit.request.method;
  if (method != "GET" && method != "HEAD") {
    co_return Error{.code = "MethodNotAllowed",
                    .message = "The specified method is not allowed against this resource.",
                    .extra = {{"Method", method}, {"ResourceType", "OBJECT"}},
                    .status = kNotAllowed};
  }
  if (const std::string* signature = visit.request.headers.find("Authorization")) {
    co_return errors::invalid_argument("Unsupported Authorization Type", "Authorization", *signature);
  }
  TRY(const auto found, co_await kept_.of(visit.bucket));
  if (!found) co_return errors::no_such_bucket(visit.bucket);
  if (!found->setting) {
    co_return errors::no_setting(kWebsite.absent_code, kWebsite.absent_message, visit.bucket);
  }
  visit.site = *found->setting;
  visit.call.account = found->bucket.account;
  visit.call.region = found->bucket.region;
  if (const auto to = redirect_of_all(visit.site, visit.key)) co_return redirect(visit, *to);
  if (const auto to = redirect_of_rules(visit.site, visit.key, 0)) co_return redirect(visit, *to);
  co_return co_await find(visit);
}

// The object, or the folder of that name.
Async<io::Response> Website::find(Visit& visit) {
  auto response = co_await read(visit, index_key(visit.site, visit.key), true);
  if (response) co_return response;
  Error error = shown(std::move(response.error()));
  const bool missing = error.status == kNotFound || error.status == kForbidden;
  if (missing && !visit.key.empty() && !visit.key.ends_with('/')) {
    const auto folder = co_await read(visit, index_key(visit.site, visit.key + "/"), false);
    if (folder) {
      io::Response found =
          page({.code = "Found", .message = "Resource Found", .status = kFound}, visit.call.request_id);
      found.headers.add("Location", "/" + percent_encode(visit.key, "/") + "/");
      co_return std::move(found);
    }
  }
  if (const auto to = redirect_of_rules(visit.site, visit.key, error.status)) co_return redirect(visit, *to);
  co_return error;
}

// Reads as anyone may, by the operation that the method stands for; of the request only its conditions and
// range count.
Async<io::Response> Website::read(Visit& visit, std::string key, bool conditions) {
  namespace ops = api::s3::ops;
  const bool head = visit.request.method == "HEAD";
  const wire::OperationInfo& operation = head ? ops::HeadObject::kInfo : ops::GetObject::kInfo;
  io::Request plain{.method = visit.request.method, .target = "/"};
  for (const char* name :
       {"Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"}) {
    const std::string* value = conditions ? visit.request.headers.find(name) : nullptr;
    if (value) plain.headers.add(name, *value);
  }
  visit.call.operation = &operation;
  const wire::UriLabels labels{{"Bucket", visit.bucket}, {"Key", key}};
  const wire::Codec& codec = wire::codec_for(wire::Protocol::kRestXml);
  TRY(wire::Message input, codec.decode(operation, {.request = plain, .labels = labels}));
  TRY_VOID(wire::complete(operation, input));
  TRY(wire::Message output, co_await router_.dispatch(visit.call, std::move(input)));
  io::Response response = codec.encode(operation, std::move(output), visit.call.request_id);
  const std::string* location = response.headers.find("x-amz-website-redirect-location");
  if (!location) co_return std::move(response);
  co_return io::Response{.status = WebsiteRedirect{}.status, .headers = {{"Location", *location}}};
}

// Tells of an error as the site wants it.
Task<io::Response> Website::refuse(Visit& visit, Error error) {
  if (error.status == kNotModified) co_return io::Response{.status = kNotModified};
  const bool own = visit.site.error_document && is_client_error(error);
  if (!own) co_return page(error, visit.call.request_id);
  auto document = co_await read(visit, visit.site.error_document->key, false);
  if (!document) {
    const Error behind = shown(std::move(document.error()));
    co_return page(error, visit.call.request_id, &behind);
  }
  document->status = error.status;
  document->headers.set("x-amz-error-code", error.code);
  document->headers.set("x-amz-error-message", error.message);
  co_return *std::move(document);
}

io::Response Website::redirect(const Visit& visit, const WebsiteRedirect& to) {
  const std::string_view protocol = visit.request.tls ? "https" : "http";
  return {.status = to.status,
          .headers = {{"Location", location_of(to, protocol, visit.request.headers.get("Host"))}}};
}

}  // namespace hearth::services::s3
