// Promise: your AWS code runs unchanged: what is wrong with an image is told as the service tells it.
#include "services/lambda/image_errors.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

TEST(ImageErrors, ReasonCodesAreOfTheImageOrOfThePlatform) {
  EXPECT_EQ(reason_code({.code = "ImageNotFound", .message = ""}), "ImageDeleted");
  EXPECT_EQ(reason_code({.code = "ImageDenied", .message = ""}), "ImageAccessDenied");
  for (const char* code : {"DigestMismatch", "LayerInvalid", "ImageTooLarge", "ImageInvalid", "ConfigInvalid",
                           "ManifestUnsupported"}) {
    EXPECT_EQ(reason_code({.code = code, .message = ""}), "InvalidImage") << code;
    EXPECT_FALSE(may_pass({.code = code, .message = ""})) << code;
  }
  for (const char* code : {"ImageUnavailable", "StoreFull", "IoError", "Timeout", "TruncatedBody"}) {
    EXPECT_EQ(reason_code({.code = code, .message = ""}), "InternalError") << code;
    EXPECT_TRUE(may_pass({.code = code, .message = ""})) << code;
  }
}

TEST(ImageErrors, WhatIsSaidOfAnImageNamesItAndSaysWhy) {
  const Error gone = told({.code = "ImageNotFound", .message = ""}, "host/app:v1");
  EXPECT_EQ(gone.code, "InvalidParameterValueException");
  EXPECT_EQ(gone.message, "Source image host/app:v1 does not exist. Provide a valid source image.");
  const Error wrong = told({.code = "LayerInvalid", .message = "a path climbs out"}, "host/app:v1");
  EXPECT_EQ(wrong.message,
            "Source image host/app:v1 is not valid. Provide a valid source image. Reason: a path climbs out");
  EXPECT_EQ(told({.code = "Timeout", .message = "late"}, "host/app:v1").code, "ServiceException");
}

}  // namespace
}  // namespace hearth::services::lambda
