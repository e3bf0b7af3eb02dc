// The metadata of an environment (2026-01-15): where it runs, for those who show the environment's token. It
// answers at the address of the Runtime API.
//
// Threads: the environment's loop.
#pragma once
#include <string>
#include <string_view>

#include "execution/variables.h"
#include "io/http_message.h"

namespace hearth::execution {

class MetadataApi {
 public:
  static bool serves(std::string_view path) { return path.starts_with(kPrefix); }

  // `token` cannot be guessed.
  explicit MetadataApi(std::string token) : token_(std::move(token)) {}

  io::Response handle(const io::Request& request, const std::string& region) const;
  // Where it is and with which token, for the processes.
  void add_to(Variables& variables) const;

 private:
  static constexpr std::string_view kPrefix = "/2026-01-15/metadata/";

  std::string token_;
};

// Of the region's first zone, which is this machine: "use1-az1" of "us-east-1".
std::string availability_zone_id(std::string_view region);

}  // namespace hearth::execution
