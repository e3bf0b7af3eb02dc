// Promise: only trusted code is deployed: a signature has one text, and holds for exactly what was signed.
#include "services/signer/signature.h"

#include <gtest/gtest.h>

#include "services/signer/platform.h"
#include "services/signer/signing_key.h"

namespace hearth::services::signer {
namespace {

Statement statement() {
  return {.profile_version_arn = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/AbCdEf1234",
          .job_arn = "arn:aws:signer:us-east-1:000000000000:/signing-jobs/j",
          .signed_at = from_epoch_ms(1000),
          .expires_at = from_epoch_ms(2000),
          .contents = std::string(48, '\xab')};
}

// docs/formats/signatures.md has this text.
TEST(Signature, IsTheTextOfTheFormatPage) {
  std::string contents;
  for (int i = 0; i < 48; ++i) contents += "ab";
  EXPECT_EQ(write_signature(statement(), "sig"),
            "hearth-signature 1\n"
            "profile arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/AbCdEf1234\n"
            "job arn:aws:signer:us-east-1:000000000000:/signing-jobs/j\n"
            "signed 1000\n"
            "expires 2000\n"
            "contents " +
                contents +
                "\n"
                "signature c2ln\n");
}

TEST(Signature, IsReadAsItWasWritten) {
  const std::string text = write_signature(statement(), "sig");
  const auto read = read_signature(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->statement.text(), statement().text());
  EXPECT_EQ(read->bytes, "sig");
}

TEST(Signature, IsNoneWithAnyByteMissingOrMore) {
  const std::string text = write_signature(statement(), "sig");
  for (size_t i = 0; i < text.size(); ++i) EXPECT_FALSE(read_signature(text.substr(0, i))) << i;
  for (const char* more : {" ", "\n", "job x\n"}) EXPECT_FALSE(read_signature(text + more));
  EXPECT_FALSE(read_signature("\n" + text));
}

// Two texts that are read alike would let somebody change one and keep the signature.
TEST(Signature, HasNoOtherSpelling) {
  const std::string text = write_signature(statement(), "sig");
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    return changed.replace(changed.find(from), from.size(), to);
  };
  for (const auto& [from, to] : {std::pair{"signed 1000", "signed 01000"},
                                 {"signed 1000", "signed +1000"},
                                 {"expires 2000", "expires 99999999999999999999"},
                                 {"expires 2000", "expires -1"},
                                 {"contents ab", "contents AB"},
                                 {"contents ab", "contents "},
                                 {"signature 1", "signature 2"},
                                 {"\njob", "\n job"},
                                 {"c2ln", "c2ln="}}) {
    EXPECT_FALSE(read_signature(with(from, to))) << from << " " << to;
  }
}

TEST(SigningKey, SignsWhatItsPublicKeyChecks) {
  const SigningKey key = SigningKey::make(), other = SigningKey::make();
  const std::string signature = sign(key.private_der, "text");
  EXPECT_TRUE(is_signed(key.public_der, "text", signature));
  EXPECT_FALSE(is_signed(key.public_der, "texu", signature));
  EXPECT_FALSE(is_signed(other.public_der, "text", signature));
  EXPECT_FALSE(is_signed(key.public_der, "text", ""));
  EXPECT_FALSE(is_signed("", "text", signature));
  EXPECT_NE(key.private_der, other.private_der);
}

TEST(Validity, EndsOnTheCalendar) {
  using namespace std::chrono_literals;
  const TimePoint from = std::chrono::sys_days(2026y / 1 / 31) + 5h;
  EXPECT_EQ(end_of({.value = 1, .unit = "DAYS"}, from), std::chrono::sys_days(2026y / 2 / 1) + 5h);
  EXPECT_EQ(end_of({.value = 1, .unit = "MONTHS"}, from), std::chrono::sys_days(2026y / 2 / 28) + 5h);
  EXPECT_EQ(end_of({.value = 2, .unit = "YEARS"}, from), std::chrono::sys_days(2028y / 1 / 31) + 5h);
  EXPECT_EQ(end_of({}, from), std::chrono::sys_days(2037y / 4 / 30) + 5h);
}

TEST(Validity, IsBetweenADayAnd135Months) {
  const auto of = [](int value, const char* unit) {
    return validity_of(api::signer::SignatureValidityPeriod{.value = value, .type = unit}).has_value();
  };
  EXPECT_TRUE(of(1, "DAYS") && of(135, "MONTHS") && of(11, "YEARS"));
  EXPECT_FALSE(of(0, "DAYS") || of(136, "MONTHS") || of(12, "YEARS") || of(-1, "YEARS") || of(4200, "DAYS"));
  EXPECT_EQ(validity_of({})->value, 135);
}

}  // namespace
}  // namespace hearth::services::signer
