// Promise: a request that any SDK signed correctly is accepted, and one that was changed is not.
#include "wire/sigv4.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "io/loop.h"
#include "wire/aws_chunked.h"

namespace hearth::wire::sigv4 {
namespace {

std::filesystem::path vectors_folder() {
  if (const char* set = std::getenv("HEARTH_CONFORMANCE")) return std::filesystem::path(set) / "sigv4/v4";
  return std::filesystem::path(HEARTH_SOURCE_DIR) / "../shared/conformance/sigv4/v4";
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The vectors' requests are looser than HTTP: blanks in the target, folded header lines.
io::Request parse_vector(const std::string& text) {
  io::Request request;
  const size_t line_end = text.find('\n');
  const std::string line = text.substr(0, line_end);
  const size_t first = line.find(' '), last = line.rfind(' ');
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  std::vector<std::pair<std::string, std::string>> fields;
  size_t at = line_end + 1;
  while (at < text.size()) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    const std::string field = text.substr(at, end - at);
    at = end + 1;
    if (field.empty()) break;
    if (field[0] == ' ') {
      fields.back().second += "\n" + field;
    } else {
      fields.emplace_back(field.substr(0, field.find(':')), field.substr(field.find(':') + 1));
    }
  }
  for (auto& [name, value] : fields) request.headers.add(name, value);
  if (at < text.size()) request.body = text.substr(at);
  return request;
}

class Vectors : public testing::TestWithParam<const char*> {};

void check_vector(const std::filesystem::path& folder, const std::string& form) {
  SCOPED_TRACE(folder.filename().string() + " " + form);
  const json::value context = *parse_json(read_file(folder / "context.json"));
  io::Request request = parse_vector(read_file(folder / (form + "-signed-request.txt")));
  const auto claim = parse_claim(request);
  ASSERT_TRUE(claim && *claim) << (claim ? "unsigned" : claim.error().message);
  const std::string secret(context.at("credentials").at("secret_access_key").as_string());
  const bool normalize = context.at("normalize").as_bool();
  const json::value* omit = context.as_object().if_contains("omit_session_token");
  const bool omit_token = omit && omit->as_bool();
  const std::string body = request.body.bytes() ? *request.body.bytes() : "";
  const bool sign_body = context.at("sign_body").as_bool();
  const std::string hash = hex_encode(sha256(form == "header" || sign_body ? body : ""));

  const std::string canonical =
      canonical_request(request, **claim, hash, {.normalize = normalize, .encode_again = true}, !omit_token);
  EXPECT_EQ(canonical, read_file(folder / (form + "-canonical-request.txt")));
  EXPECT_EQ(string_to_sign(**claim, canonical), read_file(folder / (form + "-string-to-sign.txt")));
  const std::string key = signing_key(secret, **claim);
  EXPECT_EQ(signature_of(key, string_to_sign(**claim, canonical)),
            read_file(folder / (form + "-signature.txt")));
  EXPECT_EQ((*claim)->signature, read_file(folder / (form + "-signature.txt")));
  if (!normalize) return;

  const TimePoint now = *parse_amz_date((*claim)->timestamp) + std::chrono::minutes(1);
  EXPECT_FALSE(verify(request, **claim, key, hash, now));
  EXPECT_TRUE(verify(request, **claim, signing_key("wrong", **claim), hash, now));
  request.headers.set("host", "other.example.com");
  EXPECT_EQ(verify(request, **claim, key, hash, now)->refusal, Refusal::kWrongSignature);
}

TEST(SigV4, PublishedVectorsInHeaderAndQueryForm) {
  if (!std::filesystem::exists(vectors_folder())) {
    GTEST_SKIP() << "the published signing vectors are not at " << vectors_folder();
  }
  size_t folders = 0;
  for (const auto& entry : std::filesystem::directory_iterator(vectors_folder())) {
    if (!entry.is_directory()) continue;
    ++folders;
    for (const char* form : {"header", "query"}) {
      if (std::filesystem::exists(entry.path() / (std::string(form) + "-signed-request.txt"))) {
        check_vector(entry.path(), form);
      }
    }
  }
  EXPECT_GE(folders, 38u);
}

io::Request signed_request(std::string_view timestamp, const std::string& secret) {
  io::Request request{.method = "GET", .target = "/2015-03-31/functions/arn%3Aaws%3Alambda"};
  request.headers = {{"Host", "localhost:4566"}, {"X-Amz-Date", std::string(timestamp)}};
  Claim claim{.date = std::string(timestamp.substr(0, 8)),
              .region = "eu-west-1",
              .service = "lambda",
              .signed_headers = {"host", "x-amz-date"},
              .timestamp = std::string(timestamp)};
  const std::string text = string_to_sign(
      claim, canonical_request(request, claim, hex_encode(sha256("")), PathRules::for_service("lambda")));
  request.headers.add("Authorization", "AWS4-HMAC-SHA256 Credential=AK/" + claim.scope() +
                                           ",SignedHeaders=host;x-amz-date,Signature=" +
                                           signature_of(signing_key(secret, claim), text));
  return request;
}

TEST(SigV4, RefusesAnOldOrFutureSignatureWithTheServicesText) {
  const io::Request request = signed_request("20260131T120000Z", "s");
  const Claim claim = **parse_claim(request);
  const std::string key = signing_key("s", claim), hash = hex_encode(sha256(""));
  const TimePoint at = *parse_amz_date("20260131T120000Z");
  EXPECT_FALSE(verify(request, claim, key, hash, at + std::chrono::minutes(5)));
  const auto late = verify(request, claim, key, hash, at + std::chrono::minutes(9));
  ASSERT_TRUE(late);
  EXPECT_EQ(late->refusal, Refusal::kExpired);
  EXPECT_EQ(
      late->message,
      "Signature expired: 20260131T120000Z is now earlier than 20260131T120400Z (20260131T120900Z - 5 min.)");
  const auto early = verify(request, claim, key, hash, at - std::chrono::minutes(9));
  ASSERT_TRUE(early);
  EXPECT_EQ(early->message,
            "Signature not yet current: 20260131T120000Z is still later than 20260131T115600Z "
            "(20260131T115100Z + 5 "
            "min.)");
}

TEST(SigV4, NamesWhatIsMissingInTheHeader) {
  io::Request request{.method = "GET", .target = "/"};
  EXPECT_FALSE(*parse_claim(request));
  request.headers.add("Authorization", "AWS4-HMAC-SHA256 Signature=ab");
  const auto claim = parse_claim(request);
  ASSERT_FALSE(claim);
  EXPECT_EQ(claim.error().refusal, Refusal::kIncomplete);
  EXPECT_TRUE(claim.error().message.starts_with("Authorization header requires 'Credential' parameter. "));
}

// ----- aws-chunked -----

struct Uploaded {
  std::string bytes;
  std::string error;
  std::string trailer;
};

Uploaded decode(std::string coded, ChunkedRules rules, std::optional<uint64_t> length) {
  Uploaded uploaded;
  io::Loop loop;
  auto body = [&]() -> Task<void> {
    AwsChunkedBody source(std::move(coded), std::move(rules), length);
    while (true) {
      auto piece = co_await source.read();
      if (!piece) uploaded.error = piece.error().code;
      if (!piece || piece->empty()) break;
      uploaded.bytes += *piece;
    }
    uploaded.trailer = source.trailers()->get("x-amz-checksum-crc32");
  };
  loop.run_until_done(body());
  return uploaded;
}

// The vendor's documented example of a chunked upload: 66,560 letters 'a' in two chunks.
TEST(AwsChunked, AcceptsTheDocumentedExampleAndNoChangeOfIt) {
  const Claim claim{.date = "20130524",
                    .region = "us-east-1",
                    .service = "s3",
                    .signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
                    .timestamp = "20130524T000000Z"};
  const std::string key = signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", claim);
  const auto rules = *ChunkedRules::from(kStreamingSigned, claim, key);
  const std::string coded =
      "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
      std::string(65536, 'a') +
      "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
      std::string(1024, 'a') +
      "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
  EXPECT_EQ(decode(coded, rules, 66560).bytes.size(), 66560u);
  EXPECT_EQ(decode(coded, rules, 66560).error, "");
  std::string changed = coded;
  changed[66000] = 'b';
  EXPECT_EQ(decode(changed, rules, 66560).error, "SignatureDoesNotMatch");
  EXPECT_EQ(decode(coded.substr(0, 66000), rules, 66560).error, "IncompleteBody");
  EXPECT_EQ(decode(coded, rules, 66559).error, "InvalidChunk");
}

TEST(AwsChunked, ReadsUnsignedChunksWithATrailer) {
  const auto rules = *ChunkedRules::from(kStreamingUnsignedTrailer, {}, {});
  const std::string large(8192, 'a');
  const std::string end = "6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
  const Uploaded uploaded = decode("2000\r\n" + large + "\r\n" + end, rules, 8198);
  EXPECT_EQ(uploaded.bytes, large + " world");
  EXPECT_EQ(uploaded.error, "");
  EXPECT_EQ(uploaded.trailer, "DUoRhQ==");
  EXPECT_EQ(decode("5\r\nhello\r\n" + end, rules, 11).error, "InvalidChunk");
  EXPECT_EQ(decode("5\r\nhelloX\r\n0\r\n\r\n", rules, {}).error, "InvalidChunk");
  EXPECT_EQ(decode("zz\r\n", rules, {}).error, "InvalidChunk");
}

}  // namespace
}  // namespace hearth::wire::sigv4
