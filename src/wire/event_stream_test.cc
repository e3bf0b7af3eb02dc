// Promise: your AWS code runs unchanged.
// Events have the bytes that the vendor's clients decode.
#include "wire/event_stream.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace hearth::wire {
namespace {

// Decoded with botocore's event stream buffer to the same parts.
TEST(EventStream, AMessageHasItsLengthsHeadersAndCheckSums) {
  EXPECT_EQ(hex_encode(event_message("PayloadChunk", "application/octet-stream", "hello")),
            "0000006f0000005af5fe871f"
            "0b3a6576656e742d7479706507000c5061796c6f61644368756e6b"
            "0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d"
            "0d3a6d6573736167652d747970650700056576656e74"
            "68656c6c6f"
            "29e71260");
}

TEST(EventStream, AnEmptyPayloadIsAMessageToo) {
  const std::string message = event_message("InvokeComplete", "application/json", "");
  EXPECT_EQ(static_cast<unsigned char>(message[3]), message.size());
}

}  // namespace
}  // namespace hearth::wire
