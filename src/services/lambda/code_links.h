// Links to a function's code package that work for ten minutes without credentials, as GetFunction gives
// them. The link carries what it opens and until when, sealed with the server's key; nothing is stored.
#pragma once
#include <string>

#include "base/clock.h"
#include "io/http_message.h"
#include "store/blob.h"

namespace hearth::services::lambda {

class CodeLinks {
 public:
  static constexpr std::string_view kPathPrefix = "/_hearth/code/";

  CodeLinks(std::string server_key, store::Blobs& blobs, const Clock& clock)
      : server_key_(std::move(server_key)), blobs_(blobs), clock_(clock) {}

  // `request` tells under which address the caller reached us; null gives the path alone.
  std::string make(const io::Request* request, const store::BlobInfo& code) const;
  // Serves a link: the package, or 403 for one that is changed or too old.
  Task<io::Response> serve(io::Request request) const;

 private:
  std::string seal(std::string_view blob_id, int64_t expires_ms) const;

  std::string server_key_;
  store::Blobs& blobs_;
  const Clock& clock_;
};

}  // namespace hearth::services::lambda
