// Promise: your AWS code runs unchanged: a form means the same however its bytes arrive.
#include "services/s3/multipart.h"

#include <gtest/gtest.h>

#include "store/testing.h"

namespace hearth::services::s3 {
namespace {

// Gives a text in pieces of one size.
class Pieces final : public io::BodySource {
 public:
  Pieces(std::string text, size_t size_bytes) : text_(std::move(text)), size_bytes_(size_bytes) {}
  Async<std::string> read() override {
    std::string piece = text_.substr(0, size_bytes_);
    text_.erase(0, piece.size());
    co_return piece;
  }

 private:
  std::string text_;
  size_t size_bytes_;
};

// "name|filename|type|bytes;" of each part, or the error's code.
Async<std::string> told(std::string text, size_t piece_bytes) {
  std::unique_ptr<io::BodySource> source = std::make_unique<Pieces>(std::move(text), piece_bytes);
  MultipartReader reader(io::Body(std::move(source)), "b-1");
  std::string all;
  while (true) {
    TRY(const auto part, co_await reader.next());
    if (!part) co_return all;
    all += part->name + "|" + part->filename.value_or("-") + "|" + part->content_type + "|";
    while (true) {
      TRY(const std::string piece, co_await reader.read());
      if (piece.empty()) break;
      all += piece;
    }
    all += ";";
  }
}

std::string tell(const std::string& text, size_t piece_bytes = 1000) {
  io::Loop loop;
  auto all = store::testing::run(loop, told(text, piece_bytes));
  return all ? *all : all.error().code;
}

const std::string kForm =
    "ignored\r\n--b-1  \r\nContent-Disposition: form-data; name=\"a "
    "\\\"b\"\r\n\r\n1\r\n--b-2\r\n\r\n--b-1\r\n"
    "content-disposition:form-data;name=empty\r\nX-Other: y\r\n\r\n\r\n--b-1\r\n"
    "Content-Type: text/plain\r\nContent-Disposition: form-data; filename=\"C:\\dir\\f; x.txt\"; "
    "name=\"file\"\r\n\r\n"
    "\r\n--b-\r\r\n--b-1--\r\nignored";

TEST(Multipart, MeansTheSameInAnyPieces) {
  const std::string whole = "a \"b|-||1\r\n--b-2\r\n;empty|-||;file|f; x.txt|text/plain|\r\n--b-\r;";
  for (size_t piece_bytes = 1; piece_bytes <= kForm.size(); ++piece_bytes) {
    ASSERT_EQ(tell(kForm, piece_bytes), whole) << piece_bytes;
  }
}

TEST(Multipart, WhatBreaksOffIsNoForm) {
  const size_t end = kForm.find("--b-1--") + 7;
  for (size_t size = 0; size < end; ++size) {
    ASSERT_EQ(tell(kForm.substr(0, size)), "MalformedPOSTRequest") << size;
  }
}

TEST(Multipart, HeadsAreOfAForm) {
  EXPECT_EQ(tell("--b-1--"), "");
  for (const std::string head : {"Content-Disposition: attachment; name=a", "Content-Disposition: form-data",
                                 "X: y", "nothing", "Content-Disposition: form-data; name"}) {
    EXPECT_EQ(tell("--b-1\r\n" + head + "\r\n\r\nx\r\n--b-1--"), "MalformedPOSTRequest") << head;
  }
  EXPECT_EQ(tell("--b-1\r\n" + std::string(100'000, 'x')), "MalformedPOSTRequest");
  EXPECT_EQ(tell("--b-1x\r\n\r\n--b-1--"), "MalformedPOSTRequest");
}

TEST(Multipart, BoundariesAreInTheContentType) {
  EXPECT_EQ(boundary_of("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(boundary_of("Multipart/Form-Data ;charset=utf-8; Boundary=\"a b\""), "a b");
  EXPECT_EQ(boundary_of("multipart/mixed; boundary=abc"), std::nullopt);
  EXPECT_EQ(boundary_of("multipart/form-data"), std::nullopt);
  EXPECT_EQ(boundary_of("multipart/form-data; boundary="), std::nullopt);
  EXPECT_EQ(boundary_of("multipart/form-data; boundary=" + std::string(71, 'x')), std::nullopt);
}

}  // namespace
}  // namespace hearth::services::s3
