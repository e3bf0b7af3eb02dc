#include "services/s3/post_form.h"

#include <algorithm>

#include "api/s3.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/names.h"
#include "wire/auth_errors.h"
#include "wire/codec.h"
#include "wire/credentials.h"
#include "wire/sigv2.h"
#include "wire/xml_writer.h"

namespace hearth::services::s3 {
namespace {

namespace ops = api::s3::ops;
namespace sigv4 = wire::sigv4;

constexpr int kOk = 200, kCreated = 201, kNoContent = 204, kSeeOther = 303;

Error missing(std::string field) {
  return errors::invalid_argument("Bucket POST must contain a field named '" + field +
                                      "'.  If it is specified, please check the order of the fields.",
                                  field, "");
}

// The file on its way into the object, held to the size that the policy lets it have.
class FormFile final : public io::BodySource {
 public:
  FormFile(std::unique_ptr<MultipartReader> form, PostPolicy::SizeRange range)
      : form_(std::move(form)), range_(range) {}

  Async<std::string> read() override {
    TRY(std::string piece, co_await form_->read());
    size_bytes_ += piece.size();
    if (size_bytes_ > range_.max) {
      co_return Error{.code = "EntityTooLarge",
                      .message = "Your proposed upload exceeds the maximum allowed size",
                      .extra = {{"ProposedSize", std::to_string(size_bytes_)},
                                {"MaxSizeAllowed", std::to_string(range_.max)}},
                      .status = 400};
    }
    if (piece.empty() && size_bytes_ < range_.min) {
      co_return Error{.code = "EntityTooSmall",
                      .message = "Your proposed upload is smaller than the minimum allowed size",
                      .extra = {{"ProposedSize", std::to_string(size_bytes_)},
                                {"MinSizeAllowed", std::to_string(range_.min)}},
                      .status = 400};
    }
    co_return std::move(piece);
  }

 private:
  std::unique_ptr<MultipartReader> form_;
  PostPolicy::SizeRange range_;
  uint64_t size_bytes_ = 0;
};

struct Form {
  FormFields fields;
  MultipartReader::Part file;
};

// The fields, up to the file.
Async<Form> read_fields(MultipartReader& reader) {
  Form form;
  size_t bytes = 0;
  while (true) {
    TRY(auto part, co_await reader.next());
    if (!part) {
      co_return errors::invalid_argument("POST requires exactly one file upload per request.", "file", "0");
    }
    if (iequals(part->name, "file")) {
      form.file = *std::move(part);
      co_return std::move(form);
    }
    std::string value;
    bytes += part->name.size();
    do {
      TRY(const std::string piece, co_await reader.read());
      if (piece.empty()) break;
      value += piece;
    } while (bytes + value.size() <= limits::kFormFieldsBytesMax);
    bytes += value.size();
    if (bytes > limits::kFormFieldsBytesMax) {
      co_return Error{.code = "MaxPostPreDataLengthExceeded",
                      .message = "Your POST request fields preceding the upload file were too large.",
                      .status = 400};
    }
    form.fields.insert_or_assign(to_lower(part->name), std::move(value));
  }
}

std::string field_of(const FormFields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

// Where a form names one of these, it must name them all.
Result<bool> is_signed(const FormFields& fields, std::initializer_list<const char*> names) {
  const auto has = [&fields](const char* name) { return fields.contains(to_lower(name)); };
  if (std::ranges::none_of(names, has)) return false;
  for (const char* name : names) {
    if (!has(name)) return fail(missing(name));
  }
  if (!has("policy")) return fail(missing("policy"));
  return true;
}

Result<std::optional<sigv4::Claim>> claim_of(const FormFields& fields) {
  sigv4::Claim claim{.service = "s3", .session_token = field_of(fields, "x-amz-security-token")};
  TRY_SYNC(const bool is_new,
           is_signed(fields, {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"}));
  if (is_new) {
    if (const std::string name = field_of(fields, "x-amz-algorithm"); name != sigv4::kAlgorithm) {
      return fail(errors::invalid_argument("Only " + std::string(sigv4::kAlgorithm) + " is supported",
                                           "X-Amz-Algorithm", name));
    }
    const std::string credential = field_of(fields, "x-amz-credential");
    if (const auto parsed = sigv4::parse_credential(credential, claim); !parsed) {
      return fail(errors::invalid_argument(parsed.error().message, "X-Amz-Credential", credential));
    }
    claim.timestamp = field_of(fields, "x-amz-date");
    claim.signature = field_of(fields, "x-amz-signature");
    return claim;
  }
  TRY_SYNC(const bool is_old, is_signed(fields, {"AWSAccessKeyId", "Signature"}));
  if (is_old) {
    claim.form = sigv4::Claim::Form::kOldLink;
    claim.access_key_id = field_of(fields, "awsaccesskeyid");
    claim.signature = field_of(fields, "signature");
    return claim;
  }
  if (fields.contains("policy")) return fail(missing("AWSAccessKeyId"));
  return std::optional<sigv4::Claim>();
}

bool is_signature(const sigv4::Claim& claim, const std::string& secret, const std::string& policy) {
  const std::string signature = claim.is_old()
                                    ? wire::sigv2::signature_of(secret, policy)
                                    : sigv4::signature_of(sigv4::signing_key(secret, claim), policy);
  return constant_time_equal(signature, claim.signature);
}

// Tags come as the document that PutObjectTagging takes; PutObject has them as a query.
Result<std::string> tagging_of(const std::string& xml) {
  const wire::UriLabels labels;
  TRY_SYNC(auto message,
           wire::codec_for(wire::Protocol::kRestXml)
               .decode(ops::PutObjectTagging::kInfo, {.request = {}, .labels = labels, .body = xml}));
  TRY_SYNC(const auto input, wire::from_document<api::s3::PutObjectTaggingRequest>(std::move(message)));
  std::string text;
  for (const auto& tag : input.tagging.tag_set) {
    text += (text.empty() ? "" : "&") + percent_encode(tag.key) + "=" + percent_encode(tag.value);
  }
  return text;
}

// The request of PutObject that says what the fields say.
Result<wire::Message> message_of(const std::string& bucket, const FormFields& fields, io::Body file) {
  constexpr std::string_view kHeaders[] = {"cache-control",    "content-type",     "content-disposition",
                                           "content-encoding", "content-language", "content-md5",
                                           "expires"};
  io::Request plain{.method = "PUT", .target = "/"};
  for (const auto& [name, value] : fields) {
    if (name.starts_with("x-amz-") || std::ranges::find(kHeaders, name) != std::ranges::end(kHeaders)) {
      plain.headers.add(name, value);
    }
  }
  // Forms have another name for what SDKs say in a header of their own.
  if (fields.contains("x-amz-checksum-algorithm")) {
    plain.headers.set("x-amz-sdk-checksum-algorithm", field_of(fields, "x-amz-checksum-algorithm"));
  }
  if (fields.contains("acl")) plain.headers.set("x-amz-acl", field_of(fields, "acl"));
  if (fields.contains("tagging")) {
    TRY_SYNC(std::string tagging, tagging_of(field_of(fields, "tagging")));
    plain.headers.set("x-amz-tagging", std::move(tagging));
  }
  const wire::UriLabels labels{{"Bucket", bucket}, {"Key", field_of(fields, "key")}};
  const auto& operation = ops::PutObject::kInfo;
  TRY_SYNC(auto message,
           wire::codec_for(wire::Protocol::kRestXml)
               .decode(operation, {.request = plain, .labels = labels, .stream = std::move(file)}));
  TRY_SYNC_VOID(wire::complete(operation, message));
  return message;
}

std::string created_document(const std::string& location, const std::string& bucket, const std::string& key,
                             std::string_view etag) {
  wire::XmlWriter writer;
  writer.declaration();
  writer.open("PostResponse");
  writer.element("Location", location);
  writer.element("Bucket", bucket);
  writer.element("Key", key);
  writer.element("ETag", etag);
  writer.close("PostResponse");
  return writer.take();
}

// Turns PutObject's answer into what the form asks for.
void answer_form(const io::Request& request, const std::string& bucket, const FormFields& fields,
                 io::Response& response) {
  const std::string key = field_of(fields, "key"), etag(response.headers.get("ETag"));
  std::string redirect = field_of(fields, "success_action_redirect");
  if (redirect.empty()) redirect = field_of(fields, "redirect");
  if (redirect.starts_with("http://") || redirect.starts_with("https://")) {
    redirect += redirect.find('?') == std::string::npos ? '?' : '&';
    response.status = kSeeOther;
    response.headers.set("Location", redirect + "bucket=" + percent_encode(bucket) +
                                         "&key=" + percent_encode(key) + "&etag=" + percent_encode(etag));
    return;
  }
  std::string base = (request.tls ? "https://" : "http://") + std::string(request.headers.get("Host")) +
                     std::string(request.raw_path());
  if (!base.ends_with('/')) base += '/';
  const std::string location = base + percent_encode(key, "/");
  response.headers.set("Location", location);
  const std::string status = field_of(fields, "success_action_status");
  response.status = status == "200" ? kOk : status == "201" ? kCreated : kNoContent;
  if (response.status != kCreated) return;
  response.headers.set("Content-Type", "application/xml");
  response.body = created_document(location, bucket, key, etag);
}

}  // namespace

Async<std::optional<PostPolicy>> PostForms::authenticate(wire::Call& call, const FormFields& fields) {
  TRY(const auto claim, claim_of(fields));
  if (!claim) co_return std::optional<PostPolicy>();
  const auto& service = api::s3::kService;
  TRY(wire::Credential credential,
      co_await wire::find_credential(credentials_, service, *claim, call.received_at));
  const std::string text = field_of(fields, "policy");
  if (!credential.unchecked && !is_signature(*claim, credential.secret, text)) {
    co_return wire::auth_error(service, sigv4::wrong_signature(*claim, text, {}));
  }
  call.region = claim->region;
  call.identity = std::move(credential.identity);
  call.account = call.identity.account;
  TRY(auto policy, PostPolicy::parse(text));
  co_return std::optional(std::move(policy));
}

Async<io::Response> PostForms::serve(wire::Call& call, io::Request& request, std::string path) {
  const std::string bucket = split_path(path).bucket;
  const auto boundary = boundary_of(request.headers.get("Content-Type"));
  if (!boundary) {
    co_return errors::precondition_failed("Bucket POST must be of the enclosure-type multipart/form-data");
  }
  auto reader = std::make_unique<MultipartReader>(std::move(request.body), *boundary);
  TRY(Form form, co_await read_fields(*reader));
  FormFields& fields = form.fields;
  if (!fields.contains("key")) co_return missing("key");
  std::string& key = fields["key"];
  constexpr std::string_view kFilename = "${filename}";
  const size_t mark = key.find(kFilename);
  if (mark != std::string::npos && form.file.filename)
    key.replace(mark, kFilename.size(), *form.file.filename);
  if (key.empty()) {
    co_return errors::invalid_argument("User key must have a length greater than 0.", "key", "");
  }
  TRY(const auto policy, co_await authenticate(call, fields));
  PostPolicy::SizeRange range;
  if (policy) {
    FormFields said = fields;
    said.insert_or_assign("bucket", bucket);
    TRY_VOID(policy->check(said, call.received_at));
    range = policy->size_range().value_or(range);
  }
  io::Body file(std::unique_ptr<io::BodySource>(std::make_unique<FormFile>(std::move(reader), range)));
  TRY(wire::Message message, message_of(bucket, fields, std::move(file)));
  call.operation = &ops::PutObject::kInfo;
  TRY(wire::Message output, co_await router_.dispatch(call, std::move(message)));
  io::Response response =
      wire::codec_for(wire::Protocol::kRestXml).encode(*call.operation, std::move(output), call.request_id);
  answer_form(request, bucket, fields, response);
  co_return std::move(response);
}

}  // namespace hearth::services::s3
