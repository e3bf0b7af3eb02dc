// Promise: your AWS code runs unchanged: checksums of parts make those of the whole.
#include "services/s3/checksum.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace hearth::services::s3 {
namespace {

Checksum of(ChecksumKind kind, std::string_view bytes) {
  BodyDigests digests(kind);
  digests.update(bytes);
  return digests.finish().checksum;
}

TEST(Checksum, OfPartsIsThatOfTheWholeWhereItCanBe) {
  const std::string first(1000, 'a'), second(77, 'b');
  for (const auto& [kind, name, size_bytes, linear] : checksum_algorithms()) {
    const std::vector<PartChecksum> parts = {{of(kind, first).value, first.size()},
                                             {of(kind, second).value, second.size()}};
    if (is_linear(kind)) EXPECT_EQ(combined_of(kind, parts), of(kind, first + second));
    const Checksum composite = composite_of(kind, parts);
    EXPECT_EQ(composite.value, of(kind, parts[0].value + parts[1].value).value);
    EXPECT_TRUE(text_of(composite).ends_with("-2"));
    EXPECT_EQ(type_of(composite), "COMPOSITE");
  }
}

TEST(Checksum, NamesAndSizesAreKnown) {
  for (const auto& [kind, name, size_bytes, linear] : checksum_algorithms()) {
    EXPECT_EQ(parse_checksum_kind(name_of(kind)), kind);
    EXPECT_EQ(parse_checksum_kind(to_lower(name_of(kind))), kind);
    const Checksum checksum = of(kind, "x");
    EXPECT_EQ(checksum.value.size(), size_bytes_of(kind));
    EXPECT_EQ(parse_checksum({kind, text_of(checksum)}).value(), checksum.value);
    EXPECT_FALSE(parse_checksum({kind, text_of(checksum) + "A"}));
    EXPECT_FALSE(parse_checksum({kind, "AA=="}));
  }
  EXPECT_FALSE(parse_checksum_kind("MD4"));
}

}  // namespace
}  // namespace hearth::services::s3
